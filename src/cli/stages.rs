//! Stages by id, with the nearest one when there is none.

use crate::app::Engagement;
use crate::domain::ids::StageId;
use crate::domain::nearest::nearest;
use crate::error::{Failure, Kind};

/// The place of a stage in the runbook.
pub(super) fn index(engagement: &Engagement, stage: &StageId) -> Result<usize, Failure> {
    let runbook = &engagement.runbook;
    if let Some(index) = runbook.stage_index(stage.as_str()) {
        return Ok(index);
    }
    let failure = Failure::new(Kind::Usage, format!("the runbook has no stage '{stage}'"));
    let ids = || runbook.stages().iter().map(|s| s.id.as_str());
    Err(match nearest(stage.as_str(), ids()) {
        Some(near) => failure.hint(format!("did you mean '{near}'?")),
        None => failure.hint(format!("there are {}", ids().collect::<Vec<_>>().join(", "))),
    })
}
