//! Carrying out a command: decide, sign, append; again when somebody else was faster.

use std::time::Duration;

use super::App;
use super::engagement::Engagement;
use super::error::AppError;
use super::sign::Draft;
use super::turn::{self, Turn};
use crate::domain::command::{Acting, Command};
use crate::domain::decide;
use crate::domain::event::Event;
use crate::domain::ids::{EngagementId, MemberName, RoleId};
use crate::store::StoreError;

/// How often a command is decided anew before golive gives up.
pub(super) const MAX_TRIES: u32 = 20;

/// A command and the capacity in which it is given.
#[derive(Debug, Clone)]
pub struct Act {
    /// What is asked for.
    pub command: Command,
    /// The role that the user chose, if one was named.
    pub role: Option<RoleId>,
    /// The person in the room whose approval is recorded.
    pub on_behalf_of: Option<MemberName>,
    /// The origins of a secret that stood before the user when they said yes.
    pub(super) shown: Option<Vec<String>>,
}

impl Act {
    /// A command given for oneself, in whichever role fits.
    pub fn new(command: Command) -> Self {
        Self { command, role: None, on_behalf_of: None, shown: None }
    }

    /// In this role.
    #[must_use]
    pub fn in_role(mut self, role: Option<RoleId>) -> Self {
        self.role = role;
        self
    }

    /// After these origins of a secret were shown.
    pub(super) fn showing(mut self, origins: Vec<String>) -> Self {
        self.shown = Some(origins);
        self
    }

    /// For this person, who is in the room.
    #[must_use]
    pub fn for_person(mut self, member: Option<MemberName>) -> Self {
        self.on_behalf_of = member;
        self
    }
}

/// A command that was carried out.
#[derive(Debug, Clone)]
pub struct Done {
    /// The engagement after it.
    pub engagement: Engagement,
    /// What was appended; nothing when nothing had to change.
    pub events: Vec<Event>,
}

impl App {
    /// Carries a command out. When it returns, the events are on the disk.
    pub async fn execute(&self, id: &EngagementId, act: Act) -> Result<Done, AppError> {
        let _ours = self.shared.writing.lock().await;
        turn::others(self.shared.heads.path()).await;
        let mut turn = None;
        for attempt in 0..MAX_TRIES {
            let engagement = self.load(id).await?;
            let now = self.now();
            let acting = Acting {
                by: engagement.me(self),
                role: act.role.clone(),
                on_behalf_of: act.on_behalf_of.clone(),
            };
            let facts =
                match decide::decide(&engagement.runbook, &engagement.state, &acting, &act.command, now) {
                    Ok(facts) => facts,
                    Err(refusal) => return Err(AppError::refused(refusal, Some(engagement))),
                };
            if facts.is_empty() {
                return Ok(Done { engagement, events: Vec::new() });
            }
            let expected = engagement.state.head;
            let ready = self
                .make_ready(Draft {
                    engagement: id.clone(),
                    by: acting.by,
                    at: now,
                    facts,
                    before: Some(engagement.state),
                    runbook: engagement.runbook,
                })
                .await?;
            self.agree_by(&ready.after, &ready.events, act.shown.as_deref()).await?;
            match self.shared.store.append(id, &expected, &ready.rows, ready.extra).await {
                Ok(head) => {
                    self.shared.cache.keep(&ready.after);
                    self.shared.heads.put(id, head);
                    return Ok(Done { engagement: ready.after, events: ready.events });
                }
                Err(StoreError::Conflict { .. }) => turn = self.next_turn(turn, attempt).await,
                Err(error) => return Err(error.into()),
            }
        }
        Err(AppError::Contended { id: id.clone() })
    }
}

impl App {
    /// What to do when another process was faster: wait for a turn, or else for a little while.
    pub(super) async fn next_turn(&self, turn: Option<Turn>, attempt: u32) -> Option<Turn> {
        let turn = match turn {
            Some(turn) => Some(turn),
            None => turn::wait(self.shared.heads.path()).await,
        };
        if turn.is_none() {
            tokio::time::sleep(pause(attempt)).await;
        }
        turn
    }
}

/// A random pause that grows: those who met once should not meet again.
fn pause(attempt: u32) -> Duration {
    let longest = 2_000 * u64::from(attempt + 1);
    Duration::from_micros(rand::random_range(0..longest))
}
