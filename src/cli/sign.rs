//! `golive sign`

use super::out::Out;
use super::session::Session;
use super::{Ending, done};
use crate::domain::command::Command;
use crate::domain::ids::{EngagementId, MemberName, StageId};
use crate::error::Failure;

/// `golive sign`
#[derive(Debug, clap::Args)]
pub struct Sign {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The stage
    pub stage: StageId,
    /// The person in the room whose approval this is
    #[arg(long, value_name = "NAME", value_parser = MemberName::new)]
    pub on_behalf_of: Option<MemberName>,
}

pub(super) async fn run(args: Sign, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let command = Command::SignStage { stage: args.stage };
    let did = session.act(&args.engagement, command, args.on_behalf_of).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}
