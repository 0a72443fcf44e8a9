//! The columns of the portfolio, and how rows are sorted by them.

use std::cmp::Ordering;

use chrono::TimeDelta;

use crate::domain::ids::MemberName;
use crate::domain::summary::Summary;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// The merchant's name.
    Merchant,
    /// The runbook's provider.
    Provider,
    /// A bar of all stages.
    Stages,
    /// The current stage.
    Stage,
    /// Items done, of those that apply.
    Done,
    /// Who must act next.
    Waiting,
    /// How long the current stage has been current.
    Days,
    /// Settled checks.
    Checks,
    /// The day of going live.
    Target,
    /// Days left when the lead times of what is open are taken off.
    Slack,
    /// How long since anything happened.
    Quiet,
}

impl Column {
    /// In the order in which they stand.
    pub const ALL: [Self; 11] = [
        Self::Merchant,
        Self::Provider,
        Self::Stages,
        Self::Stage,
        Self::Done,
        Self::Waiting,
        Self::Days,
        Self::Checks,
        Self::Target,
        Self::Slack,
        Self::Quiet,
    ];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Merchant => "Merchant",
            Self::Provider => "Provider",
            Self::Stages => "Stages",
            Self::Stage => "Stage",
            Self::Done => "Done",
            Self::Waiting => "Waiting on",
            Self::Days => "In",
            Self::Checks => "Checks",
            Self::Target => "Go-live",
            Self::Slack => "Slack",
            Self::Quiet => "Quiet",
        }
    }

    /// How rows are sorted by it.
    pub fn order(self) -> &'static str {
        match self {
            Self::Merchant => "merchant, A to Z",
            Self::Provider => "provider, A to Z",
            Self::Stages | Self::Stage => "stage, the earliest first",
            Self::Done => "done, the least first",
            Self::Waiting => "waiting on, by role and person",
            Self::Days => "days in the stage, the longest first",
            Self::Checks => "checks, the most failing first",
            Self::Target => "go-live, the soonest first",
            Self::Slack => "slack, the least first",
            Self::Quiet => "quiet, the longest first",
        }
    }
}

/// What rows are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Regressed first, then the nearest target, then the longest quiet; live ones last.
    #[default]
    Urgency,
    /// A column.
    By(Column),
}

impl Sort {
    /// Every way, the usual one first.
    pub fn all() -> impl Iterator<Item = Self> {
        // The bar and the name of the stage are in the same order.
        let columns = Column::ALL.into_iter().filter(|column| *column != Column::Stages);
        std::iter::once(Self::Urgency).chain(columns.map(Self::By))
    }

    /// Its words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Urgency => "most urgent first",
            Self::By(column) => column.order(),
        }
    }
}

/// Which way round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// As the words of [`Sort`] say.
    #[default]
    Usual,
    /// The other way round.
    Reversed,
}

impl Direction {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Usual => Self::Reversed,
            Self::Reversed => Self::Usual,
        }
    }
}

/// Which of two rows comes first. What is live comes last wherever it waits for nobody; rows without a date
/// come after those with one; neither is turned round.
pub fn order(sort: Sort, direction: Direction, a: &Summary, b: &Summary) -> Ordering {
    let turn = |ordering: Ordering| match direction {
        Direction::Usual => ordering,
        Direction::Reversed => ordering.reverse(),
    };
    let live_last = a.current.is_none().cmp(&b.current.is_none());
    let quiet = || a.last_at.cmp(&b.last_at);
    let target = || dated(a.target, b.target, turn);
    let chosen = match sort {
        Sort::Urgency => {
            let regressed = turn((b.regressed > 0).cmp(&(a.regressed > 0)));
            live_last.then(regressed).then_with(target).then_with(|| turn(quiet()))
        }
        Sort::By(column) => match column {
            Column::Merchant => turn(text(&a.name, &b.name)),
            Column::Provider => turn(text(&a.provider, &b.provider)),
            Column::Stages | Column::Stage => {
                live_last.then_with(|| turn(a.current.cmp(&b.current).then_with(|| share(a, b))))
            }
            Column::Done => turn(share(a, b)),
            Column::Waiting => live_last.then_with(|| turn(waiting(a).cmp(&waiting(b)))),
            Column::Days => live_last.then_with(|| turn(a.pace.since.cmp(&b.pace.since))),
            Column::Checks => turn(b.lights[1].cmp(&a.lights[1]).then(b.lights[2].cmp(&a.lights[2]))),
            Column::Target => live_last.then_with(target),
            Column::Slack => live_last.then_with(|| dated(slack(a), slack(b), turn)),
            Column::Quiet => live_last.then_with(|| turn(quiet())),
        },
    };
    chosen.then_with(|| a.engagement.cmp(&b.engagement))
}

/// No date comes after every date, whichever way round.
fn dated<T: Ord>(a: Option<T>, b: Option<T>, turn: impl Fn(Ordering) -> Ordering) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => turn(a.cmp(&b)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// The day by which all the work must have begun: slack counts down to it.
fn slack(row: &Summary) -> Option<chrono::NaiveDate> {
    let lead = TimeDelta::try_days(row.pace.lead_days.into())?;
    row.target?.checked_sub_signed(lead)
}

fn share(a: &Summary, b: &Summary) -> Ordering {
    let of = |row: &Summary, other: &Summary| row.done.saturating_mul(other.total.max(1));
    of(a, b).cmp(&of(b, a))
}

fn waiting(row: &Summary) -> (bool, Option<(&str, Option<&str>)>) {
    let first = row.waiting_on.first();
    let who = first.map(|w| (w.role.as_str(), w.people.first().map(MemberName::as_str)));
    (who.is_none(), who)
}

/// Whatever their case.
fn text(a: &str, b: &str) -> Ordering {
    let small = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
    if a.is_ascii() && b.is_ascii() {
        let (a, b) = (a.bytes(), b.bytes());
        return a.map(|c| c.to_ascii_lowercase()).cmp(b.map(|c| c.to_ascii_lowercase()));
    }
    small(a).cmp(&small(b))
}
