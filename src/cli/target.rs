//! `golive target`

use super::args::Day;
use super::out::Out;
use super::session::Session;
use super::{Ending, done};
use crate::domain::command::Command;
use crate::domain::ids::EngagementId;
use crate::error::Failure;

/// `golive target`
#[derive(Debug, clap::Args)]
pub struct Target {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The day, such as 2026-12-12, or none
    pub date: Day,
}

pub(super) async fn run(args: Target, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let command = Command::SetTarget { target: args.date.0 };
    let did = session.act(&args.engagement, command, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}
