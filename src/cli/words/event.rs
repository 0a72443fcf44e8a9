//! What an event says, in one line, about an engagement.

use crate::app::Engagement;
use crate::domain::event::Event;
use crate::domain::ids::StageId;
use crate::domain::sentence;

/// What happened, without who and when. Not yet safe to print: texts of people are in it.
pub fn sentence(event: &Event, engagement: &Engagement) -> String {
    sentence::sentence(&engagement.runbook, event)
}

/// "the gate of Go-live", "the last gate".
pub fn gate(stage: Option<&StageId>, engagement: &Engagement) -> String {
    sentence::gate(&engagement.runbook, stage)
}

/// The title of a stage; its id when the runbook no longer has it.
pub fn stage_title(id: &StageId, engagement: &Engagement) -> String {
    sentence::stage_title(&engagement.runbook, id)
}
