//! `golive decide`

use super::out::Out;
use super::session::Session;
use super::{Ending, done};
use crate::domain::command::Command;
use crate::domain::ids::{DecisionId, EngagementId};
use crate::error::Failure;

/// `golive decide`
#[derive(Debug, clap::Args)]
pub struct Decide {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The decision
    pub decision: DecisionId,
    /// The value; the proposed one when confirming without
    #[arg(required_unless_present = "confirm")]
    pub value: Option<String>,
    /// Agree on it, which is for a lead to do
    #[arg(long)]
    pub confirm: bool,
}

pub(super) async fn run(args: Decide, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let Decide { engagement, decision, value, confirm } = args;
    let command = match (value, confirm) {
        (value, true) => Command::Confirm { decision, value },
        (value, false) => Command::Propose { decision, value: value.unwrap_or_default() },
    };
    let did = session.act(&engagement, command, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}
