//! `golive undo`

use super::args::One;
use super::out::Out;
use super::session::Session;
use super::{Ending, done, words};
use crate::domain::command::Command;
use crate::domain::event::Fact;
use crate::domain::text::SafeText;
use crate::error::Failure;

pub(super) async fn run(args: One, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let did = session.act(&args.engagement, Command::Undo { seq: None }, None).await?;
    done::tell(&did, out)?;
    // What can be taken back is not always what was done last.
    let undone = did.events.iter().find_map(|event| match event.fact {
        Fact::Undone { seq } => Some(seq),
        _ => None,
    });
    if !out.json()
        && let Some(seq) = undone
        && let Some(was) =
            session.app().await?.history(&args.engagement).await?.iter().find(|r| r.event.seq == seq)
    {
        let said = words::sentence(&was.event, &did.engagement);
        out.line(format!("event {seq} was: {}", SafeText::clipped(&said, 300)));
    }
    Ok(Ending::Done)
}
