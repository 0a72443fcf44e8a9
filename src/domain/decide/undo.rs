//! What can be taken back (DESIGN rule 13), and by whom.

use chrono::{DateTime, Utc};

use super::super::ids::KeyFingerprint;
use super::super::refusal::Refusal;
use super::super::runbook::Runbook;
use super::super::state::{Before, State};
use super::open_stage;

/// The event that whoever holds a key would take back: the last of theirs, or the one named. Refuses when it
/// is not theirs, when its subject has changed since, and when it would tick in a shut stage. Asked before an
/// undo is written, and again when it is read.
pub fn undoable(
    runbook: &Runbook,
    state: &State,
    key: &KeyFingerprint,
    seq: Option<u64>,
    now: DateTime<Utc>,
) -> Result<u64, Refusal> {
    let (at, entry) = state
        .undo
        .iter()
        .enumerate()
        .rev()
        .find(|(_, u)| u.key == *key && seq.is_none_or(|seq| u.seq == seq))
        .ok_or(Refusal::NothingToUndo)?;
    let changed = || Refusal::ChangedSince { seq: entry.seq, word: entry.word };
    if state.undo.iter().skip(at + 1).any(|later| same_subject(&later.before, &entry.before)) {
        return Err(changed());
    }
    // A person's value is no longer captured; when it is, an action's answer has replaced it since.
    if let Before::Field(id, ..) = &entry.before
        && state.captured.contains(id)
    {
        return Err(changed());
    }
    if let Before::Item(id, _) = &entry.before {
        let machine = state.items.get(id).map_or(0, |i| {
            let proven = i.proven.as_ref().map_or(0, |p| p.seq);
            proven.max(i.reopened.as_ref().map_or(0, |r| r.seq))
        });
        if machine > entry.seq {
            return Err(changed());
        }
        // Bringing a tick back in a shut stage would be ticking in it.
        let (stage, _) = super::item(runbook, id)?;
        open_stage(runbook, state, stage, now)?;
    }
    Ok(entry.seq)
}

fn same_subject(a: &Before, b: &Before) -> bool {
    match (a, b) {
        (Before::Item(a, _), Before::Item(b, _)) => a == b,
        (Before::Stage(a, _), Before::Stage(b, _)) => a == b,
        (Before::Field(a, ..), Before::Field(b, ..)) => a == b,
        (Before::Decision(a, _), Before::Decision(b, _)) => a == b,
        (Before::Target(_), Before::Target(_)) => true,
        (
            Before::Item(..)
            | Before::Stage(..)
            | Before::Field(..)
            | Before::Decision(..)
            | Before::Target(_),
            _,
        ) => false,
    }
}
