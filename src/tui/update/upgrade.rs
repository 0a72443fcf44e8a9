//! Going over to another version of the runbook: which, what it would do, and only then.

use crate::tui::effect::{Capacity, Effect, RequestId};
use crate::tui::model::Model;
use crate::tui::model::engagement::Pending;
use crate::tui::model::popup::{Choice, Deed, Popup, Purpose, Sheet, SheetLine, Weight};
use crate::tui::model::toast::Tone;
use crate::tui::msg::{Failed, PlannedUpgrade};

use super::{answers, popups};

/// Asks which version.
pub(super) fn ask(model: &mut Model) {
    let hint = "a file, or the id of a runbook that comes with golive; nothing for the newest of its kind";
    let title = "Go over to another version of the runbook".to_owned();
    popups::ask(model, title, hint.to_owned(), "", Purpose::UpgradeTo);
}

/// Asks what going over to it would do.
pub(super) fn plan(model: &mut Model, text: &str) -> Vec<Effect> {
    let to = Some(text.trim().to_owned()).filter(|t| !t.is_empty());
    asking(model, |request, engagement| Effect::PlanUpgrade { request, engagement, to })
}

/// The plan has come: it is shown, with the question at its end.
pub(super) fn planned(
    model: &mut Model,
    request: RequestId,
    answer: Result<PlannedUpgrade, Failed>,
) -> Vec<Effect> {
    // Whoever has gone elsewhere does not want to be asked any more.
    if model.engagement_mut().is_none_or(|e| e.pending.remove(&request).is_none()) {
        return Vec::new();
    }
    let title = "Another version of the runbook";
    match answer {
        Ok(PlannedUpgrade::Nothing) => {
            model.toast("Nothing to do: the engagement keeps this very runbook already.", Tone::Plain);
        }
        Ok(PlannedUpgrade::Faulty(faults)) => {
            let mut lines = vec![SheetLine::new("", "The runbook cannot be used.", Weight::Bad)];
            lines.extend(faults.into_iter().map(|line| SheetLine::new("", line, Weight::Plain)));
            model.push(Popup::Sheet(Sheet::new(title, lines)));
        }
        Ok(PlannedUpgrade::Plan { lines, opens }) => {
            let mut lines: Vec<SheetLine> =
                lines.into_iter().map(|(weight, line)| SheetLine::new("", line, weight)).collect();
            let (last, choice) = if opens {
                ("A gate that is shut would open: this is refused.", None)
            } else {
                let deed = Deed::Upgrade(request);
                let choice = Choice { label: String::new(), capacity: Capacity::default(), deed };
                ("Go over to it? Ticks of what is unchanged are kept.", Some(choice))
            };
            lines.push(SheetLine::new("", "", Weight::Plain));
            lines.push(SheetLine::new("", last, Weight::Title));
            model.push(Popup::Sheet(Sheet { choice, ..Sheet::new(title, lines) }));
        }
        Err(failed) => answers::tell(model, failed),
    }
    model.touch();
    Vec::new()
}

/// Goes over to what was shown.
pub(super) fn go(model: &mut Model, plan: RequestId) -> Vec<Effect> {
    asking(model, |request, engagement| Effect::Upgrade { request, engagement, plan })
}

fn asking(
    model: &mut Model,
    effect: impl FnOnce(RequestId, crate::domain::ids::EngagementId) -> Effect,
) -> Vec<Effect> {
    let request = model.request();
    model.touch();
    let Some(engagement) = model.engagement_mut() else {
        return Vec::new();
    };
    engagement.pending.insert(request, Pending { item: None });
    vec![effect(request, engagement.id.clone())]
}
