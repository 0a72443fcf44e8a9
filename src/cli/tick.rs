//! `golive tick`, `golive untick`

use std::path::PathBuf;

use super::args::BoxName;
use super::out::Out;
use super::session::Session;
use super::{Ending, done, evidence};
use crate::domain::command::Command;
use crate::domain::ids::{EngagementId, MemberName};
use crate::error::Failure;

/// `golive tick`
#[derive(Debug, clap::Args)]
pub struct Tick {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item, or one part of it
    #[arg(value_name = "ITEM[/PART]")]
    pub item: BoxName,
    /// The person in the room whose approval this is
    #[arg(long, value_name = "NAME", value_parser = MemberName::new)]
    pub on_behalf_of: Option<MemberName>,
    /// A remark to go with it
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Evidence to attach: a text, a link or an id, as often as needed
    #[arg(long, value_name = "REF")]
    pub evidence: Vec<String>,
    /// A file to attach as evidence, as often as needed
    #[arg(long, value_name = "PATH")]
    pub evidence_file: Vec<PathBuf>,
}

/// `golive untick`
#[derive(Debug, clap::Args)]
pub struct Untick {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item, or one part of it
    #[arg(value_name = "ITEM[/PART]")]
    pub item: BoxName,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "ticked by mistake")]
    pub reason: String,
}

pub(super) async fn tick(args: Tick, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let Tick { engagement, item, on_behalf_of, note, evidence, evidence_file } = args;
    let evidence = evidence::gather(evidence, evidence_file, session).await?;
    let command = Command::Tick { item: item.item, part: item.part, note, evidence };
    let did = session.act(&engagement, command, on_behalf_of).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}

pub(super) async fn untick(args: Untick, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let Untick { engagement, item, reason } = args;
    let command = Command::Untick { item: item.item, part: item.part, reason };
    let did = session.act(&engagement, command, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}
