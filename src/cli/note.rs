//! `golive note`

use super::out::Out;
use super::session::Session;
use super::{Ending, done};
use crate::domain::command::Command;
use crate::domain::ids::{EngagementId, ItemId};
use crate::error::Failure;

/// `golive note`
#[derive(Debug, clap::Args)]
pub struct Note {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item
    #[arg(required_unless_present = "whole")]
    pub item: Option<ItemId>,
    /// The remark
    #[arg(required_unless_present = "whole")]
    pub text: Option<String>,
    /// The remark, on the engagement as a whole
    #[arg(long = "engagement", value_name = "TEXT", conflicts_with_all = ["item", "text"])]
    pub whole: Option<String>,
}

pub(super) async fn run(args: Note, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let text = args.whole.or(args.text).unwrap_or_default();
    let command = Command::Note { item: args.item, text };
    let did = session.act(&args.engagement, command, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}
