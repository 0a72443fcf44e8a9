//! What a person would do next where the cursor is: these acts stand first in the footer.

use crate::domain::assess::Gate;
use crate::domain::verdict::Verdict;

use super::keymap::{Act, Context};
use super::model::Model;
use super::model::engagement::{Engagement, Panel};

/// The acts that come first, the likeliest first. The others follow in the order of the keymap.
pub fn acts(model: &Model) -> Vec<Act> {
    match model.screen_context() {
        Context::Engagement => model.engagement().map_or_else(Vec::new, in_engagement),
        _ => Vec::new(),
    }
}

fn in_engagement(engagement: &Engagement) -> Vec<Act> {
    let Some((stage, assessed)) = engagement.stage() else {
        return Vec::new();
    };
    if assessed.gate == Gate::Shut {
        // Whatever is tried there is refused for the same reason.
        return vec![Act::Why, Act::Note];
    }
    let mut acts = Vec::new();
    let settled = assessed.totals.done + assessed.totals.waived >= assessed.totals.total;
    let mine = stage.signoff.iter().any(|role| engagement.my_roles.contains(role));
    if settled && mine && !assessed.complete {
        acts.push(Act::Sign);
    }
    if engagement.panel == Panel::Stages && !settled {
        acts.push(Act::Open);
    }
    if let Some((place, item)) = engagement.item()
        && let Some((_, assessed)) = engagement.at(place)
    {
        let check = item.check.as_ref().and_then(|c| engagement.state.checks.get(&c.check));
        match assessed.configured {
            Some(false) if !assessed.status.settled() => acts.push(Act::Facts),
            Some(true) if check.is_none_or(|c| c.verdict != Verdict::Pass) => acts.push(Act::Check),
            Some(_) | None => {}
        }
    }
    acts.push(Act::Tick);
    if assessed.gate != Gate::Open {
        acts.push(Act::Why);
    }
    acts
}
