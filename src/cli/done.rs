//! What a command that wrote something says.

use super::json::DoneJson;
use super::out::Out;
use super::words::sentence;
use crate::app::{Done, Engagement};
use crate::domain::event::Event;
use crate::domain::text::SafeText;
use crate::error::Failure;

/// Tells what was appended: one line per event, or one object.
pub(super) fn tell(done: &Done, out: &mut Out) -> Result<(), Failure> {
    tell_events(&done.engagement, &done.events, out)
}

/// Tells several acts as one.
pub(super) fn tell_events(engagement: &Engagement, events: &[Event], out: &mut Out) -> Result<(), Failure> {
    let seq = engagement.state.head.seq;
    if out.json() {
        return out.value(&DoneJson { engagement: engagement.id(), seq, events: events.iter().collect() });
    }
    for event in events {
        let says = SafeText::clipped(&sentence(event, engagement), 300);
        out.line(format!("{}: {says}", event.seq));
    }
    Ok(())
}
