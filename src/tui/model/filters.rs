//! What narrows the portfolio besides a search. Several may hold at once: a row is shown when all let it
//! through.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::ids::MemberName;
use crate::domain::release::GoNoGo;
use crate::domain::summary::Summary;

/// Days without a tick or a signature after which an engagement counts as stuck.
pub const STUCK_DAYS: i64 = 7;
/// Days that count as this week, today being the first.
pub const WEEK_DAYS: i64 = 7;

/// Who looks, and when: what filters and the view of today depend on besides the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The name that the person at the screen goes by.
    pub me: MemberName,
    /// The moment.
    pub at: DateTime<Utc>,
    /// The day on the person's wall.
    pub today: NaiveDate,
}

/// One filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Filter {
    /// I take part.
    Mine,
    /// It waits for a role of mine.
    WaitsForMe,
    /// Nothing was ticked or signed for [`STUCK_DAYS`].
    Stuck,
    /// It is to be live within [`WEEK_DAYS`], or should have been.
    DueThisWeek,
    /// Work that was done is no longer.
    Regressed,
    /// Only the last stage is left, and nobody has said go.
    ReadyForValidation,
    /// A gate is held open in an emergency.
    BreakGlass,
}

impl Filter {
    /// Every filter, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::Mine,
        Self::WaitsForMe,
        Self::Stuck,
        Self::DueThisWeek,
        Self::Regressed,
        Self::ReadyForValidation,
        Self::BreakGlass,
    ];

    /// The word for a chip.
    pub fn word(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::WaitsForMe => "waits for me",
            Self::Stuck => "stuck",
            Self::DueThisWeek => "due this week",
            Self::Regressed => "regressed",
            Self::ReadyForValidation => "ready for validation",
            Self::BreakGlass => "break-glass",
        }
    }

    /// What it lets through.
    pub fn words(self) -> &'static str {
        match self {
            Self::Mine => "you hold a role in it",
            Self::WaitsForMe => "a role of yours must act next",
            Self::Stuck => "nothing ticked or signed for 7 days",
            Self::DueThisWeek => "go-live within 7 days, or overdue",
            Self::Regressed => "what was done is no longer",
            Self::ReadyForValidation => "only the last stage is left, nobody has said go",
            Self::BreakGlass => "a gate is held open in an emergency",
        }
    }

    /// Whether it lets a row through.
    pub fn lets(self, row: &Summary, viewer: &Viewer) -> bool {
        match self {
            Self::Mine => row.pace.people.contains(&viewer.me),
            Self::WaitsForMe => row.waits_for(&viewer.me),
            Self::Stuck => {
                row.current.is_some() && viewer.at - row.pace.moved_at >= TimeDelta::days(STUCK_DAYS)
            }
            Self::DueThisWeek => {
                let end = viewer.today + TimeDelta::days(WEEK_DAYS - 1);
                row.current.is_some() && row.target.is_some_and(|day| day <= end)
            }
            Self::Regressed => row.regressed > 0,
            Self::ReadyForValidation => {
                let last = row.stages.len().checked_sub(1);
                row.current.is_none_or(|n| Some(n) == last) && row.pace.decided != Some(GoNoGo::Go)
            }
            Self::BreakGlass => row.broken(viewer.at).next().is_some(),
        }
    }
}
