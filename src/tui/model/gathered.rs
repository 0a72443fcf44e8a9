//! Lines that are read engagement by engagement, as far as they have been read.
//!
//! Which engagements are wanted, and when they are to be read again, the portfolio says: its row of an
//! engagement names the last event, and is another when time has changed it. So nothing is read twice, and a screen of thousands fills by and by.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::domain::ids::EngagementId;
use crate::domain::summary::Summary;
use crate::tui::effect::RequestId;

use super::portfolio::{Portfolio, Reading};

/// Engagements that are asked for at once.
pub const AT_ONCE: usize = 32;

/// What was read of one engagement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<T> {
    /// The merchant's name.
    pub name: String,
    /// When the last event was written that was looked at.
    pub last_at: DateTime<Utc>,
    /// When the lines change next without an event.
    pub turns: Option<DateTime<Utc>>,
    /// The lines.
    pub lines: Vec<T>,
}

/// A screen of lines of many engagements.
pub trait Gathering {
    /// A line.
    type Line;

    /// What has been read.
    fn read(&mut self) -> &mut Gathered<Self::Line>;

    /// Makes the rows anew of what has been read.
    fn arrange(&mut self);

    /// Looks at the portfolio for engagements that are to be read; says whether the rows are others.
    fn look(
        &mut self,
        portfolio: &Portfolio,
        now: DateTime<Utc>,
        belongs: impl Fn(&Summary) -> bool,
    ) -> bool {
        let gone = self.read().look(portfolio, now, belongs);
        if gone {
            self.arrange();
        }
        gone
    }

    /// Takes an answer in; says whether the rows are others.
    fn take(&mut self, request: RequestId, answer: Vec<(EngagementId, Read<Self::Line>)>) -> bool {
        let waited_for = self.read().take(request, answer);
        if waited_for {
            self.arrange();
        }
        waited_for
    }
}

/// Lines of many engagements.
#[derive(Debug)]
pub struct Gathered<T> {
    known: HashMap<EngagementId, Read<T>>,
    wanting: Vec<EngagementId>,
    asked: Option<RequestId>,
    /// The version of the portfolio that was looked at last.
    looked_at: Option<u64>,
}

impl<T> Default for Gathered<T> {
    fn default() -> Self {
        Self { known: HashMap::new(), wanting: Vec::new(), asked: None, looked_at: None }
    }
}

impl<T> Gathered<T> {
    /// Looks at the portfolio for engagements that are to be read; says whether lines have gone.
    fn look(
        &mut self,
        portfolio: &Portfolio,
        now: DateTime<Utc>,
        belongs: impl Fn(&Summary) -> bool,
    ) -> bool {
        if portfolio.reading != Reading::Done || self.looked_at == Some(portfolio.version()) {
            return false;
        }
        self.looked_at = Some(portfolio.version());
        let rows: Vec<&Summary> = portfolio.by_urgency().into_iter().filter(|row| belongs(row)).collect();
        let there: HashSet<&EngagementId> = rows.iter().map(|row| &row.engagement).collect();
        let before = self.known.len();
        self.known.retain(|id, _| there.contains(id));
        let fresh = |row: &&Summary| {
            let known = self.known.get(&row.engagement);
            known.is_some_and(|k| k.last_at >= row.last_at && k.turns.is_none_or(|at| at > now))
        };
        self.wanting = rows.into_iter().filter(|row| !fresh(row)).map(|row| row.engagement.clone()).collect();
        self.wanting.reverse();
        self.known.len() != before
    }

    /// The engagements to be asked for next; none while others are on their way.
    pub fn next(&mut self, request: RequestId) -> Option<(RequestId, Vec<EngagementId>)> {
        if self.asked.is_some() || self.wanting.is_empty() {
            return None;
        }
        let from = self.wanting.len().saturating_sub(AT_ONCE);
        let mut some = self.wanting.split_off(from);
        some.reverse();
        self.asked = Some(request);
        Some((request, some))
    }

    /// Takes an answer in; says whether it was waited for.
    fn take(&mut self, request: RequestId, answer: Vec<(EngagementId, Read<T>)>) -> bool {
        if self.asked.take_if(|asked| *asked == request).is_none() {
            return false;
        }
        self.known.extend(answer);
        true
    }

    /// Forgets everything, so that it is read again.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Whether something is yet to be read.
    pub fn is_reading(&self) -> bool {
        self.looked_at.is_none() || self.asked.is_some() || !self.wanting.is_empty()
    }

    /// What is known.
    pub fn known(&self) -> impl Iterator<Item = (&EngagementId, &Read<T>)> {
        self.known.iter()
    }

    /// What is known of one engagement.
    pub fn of(&self, engagement: &EngagementId) -> Option<&Read<T>> {
        self.known.get(engagement)
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, engagement: &EngagementId) -> Option<&mut Read<T>> {
        self.known.get_mut(engagement)
    }
}
