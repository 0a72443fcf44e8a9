//! One engagement as its log has it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::App;
use crate::domain::assess::{Assessment, assess};
use crate::domain::event::Author;
use crate::domain::ids::EngagementId;
use crate::domain::runbook::Runbook;
use crate::domain::state::State;
use crate::domain::summary::Summary;

/// An engagement at one head of its log. Cheap to clone; it never changes.
#[derive(Debug, Clone)]
pub struct Engagement {
    /// The runbook that it keeps.
    pub runbook: Arc<Runbook>,
    /// What its log comes down to.
    pub state: Arc<State>,
}

impl Engagement {
    /// Its id.
    pub fn id(&self) -> &EngagementId {
        &self.state.engagement
    }

    /// Everything that depends on the time.
    pub fn assess(&self, now: DateTime<Utc>) -> Assessment {
        assess(&self.runbook, &self.state, now)
    }

    /// The engagement in one line.
    pub fn summary(&self, now: DateTime<Utc>) -> Summary {
        Summary::new(&self.runbook, &self.state, &self.assess(now))
    }

    /// Who the user of `app` is here: the member that the key speaks for, or, when it speaks for
    /// nobody, the name that the user goes by.
    pub fn me(&self, app: &App) -> Author {
        let author = app.author();
        match self.state.member_of_key(&author.key) {
            Some((name, _)) => Author { name: name.clone(), key: author.key },
            None => author,
        }
    }
}
