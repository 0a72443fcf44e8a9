//! `golive note`

use super::args::Note;
use super::out::Out;
use super::session::Session;
use super::{Ending, done};
use crate::domain::command::Command;
use crate::error::Failure;

pub(super) async fn run(args: Note, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let text = args.whole.or(args.text).unwrap_or_default();
    let command = Command::Note { item: args.item, text };
    let did = session.act(&args.engagement, command, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}
