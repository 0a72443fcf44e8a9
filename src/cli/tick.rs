//! `golive tick`, `golive untick`

use super::args::{Tick, Untick};
use super::out::Out;
use super::session::Session;
use super::{Ending, done, evidence};
use crate::domain::command::Command;
use crate::error::Failure;

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
