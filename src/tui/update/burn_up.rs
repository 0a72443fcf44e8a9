//! The curve of an engagement: asked for by whoever shows it.

use crate::domain::burn_up::Point;
use crate::domain::ids::EngagementId;
use crate::tui::effect::{Effect, RequestId};
use crate::tui::model::Model;
use crate::tui::msg::Failed;

use super::answers;

/// Asks for the curve of an engagement unless it is known, or on its way.
pub(super) fn want(model: &mut Model, engagement: &EngagementId) -> Option<Effect> {
    if !model.burn_ups.wanted(engagement) {
        return None;
    }
    let request = model.request();
    model.burn_ups.ask(request, engagement.clone());
    Some(Effect::LoadBurnUp { request, engagement: engagement.clone() })
}

pub(super) fn answered(
    model: &mut Model,
    request: RequestId,
    engagement: EngagementId,
    answer: Result<Vec<Point>, Failed>,
) -> Vec<Effect> {
    let points = answer.unwrap_or_else(|failed| {
        answers::tell(model, failed);
        Vec::new()
    });
    model.burn_ups.take(request, engagement, points);
    model.touch();
    Vec::new()
}
