//! One act on several engagements: a role given to a person, a report written.
//!
//! The rules of each engagement decide for themselves, where it is written; what they refused is summed up
//! with the reasons.

use tui_input::Input;

use crate::domain::ids::{EngagementId, MemberName};
use crate::tui::effect::{Capacity, Effect, RequestId};
use crate::tui::model::list::List;
use crate::tui::model::popup::{Ask, Choice, Choose, Deed, Many, Popup, Purpose, Why};
use crate::tui::model::toast::Tone;
use crate::tui::model::{Model, Overview, Screen};
use crate::tui::msg::{Failed, RoleOffer};

use super::answers;

/// Refusals that are told one by one.
const MAX_TOLD: usize = 6;

/// Asks for the roles that there are in the engagements meant.
pub(super) fn assign(model: &mut Model) -> Vec<Effect> {
    let engagements = model.portfolio.meant();
    if engagements.is_empty() {
        model.toast("There is no engagement to assign in.", Tone::Plain);
        return Vec::new();
    }
    let request = model.request();
    model.portfolio.many = Some(request);
    vec![Effect::LoadRoles { request, engagements }]
}

/// Lets the person choose one of the roles.
pub(super) fn roles(
    model: &mut Model,
    request: RequestId,
    engagements: &[EngagementId],
    answer: Result<Vec<RoleOffer>, Failed>,
) -> Vec<Effect> {
    let waited_for = model.portfolio.many.take_if(|asked| *asked == request).is_some();
    let here = matches!(model.screen, Screen::Overview) && model.overview == Overview::Portfolio;
    if !waited_for || !here || !model.popups.is_empty() {
        return Vec::new();
    }
    model.touch();
    let offers = match answer {
        Ok(offers) => offers,
        Err(failed) => {
            answers::tell(model, failed);
            return Vec::new();
        }
    };
    let all = engagements.len();
    let choice = |offer: RoleOffer| {
        let within =
            if offer.within == all { String::new() } else { format!("   in {} of {all}", offer.within) };
        Choice {
            label: format!("{}{within}", offer.name),
            capacity: Capacity::default(),
            deed: Deed::AssignMany(offer.role, engagements.to_vec()),
        }
    };
    let choices = offers.into_iter().map(choice).collect();
    let title = format!("Which role, in {}?", counted(all));
    model.push(Popup::Choose(Choose { title, choices, list: List::default() }));
    Vec::new()
}

/// Asks for the file of a report on the engagements meant.
pub(super) fn report(model: &mut Model) {
    let engagements = model.portfolio.meant();
    if engagements.is_empty() {
        model.toast("There is no engagement to report on.", Tone::Plain);
        return;
    }
    let title = format!("Report on {}", counted(engagements.len()));
    let hint = "a new file: Markdown, or by its ending .csv or .json".to_owned();
    let name = format!("golive-{}.md", model.portfolio.viewer().today);
    ask(model, title, hint, name, Many::Report(engagements));
}

/// Asks for a text that several engagements are about.
pub(super) fn ask(model: &mut Model, title: String, hint: String, prefill: String, many: Many) {
    let input = Input::new(prefill);
    model.push(Popup::Ask(Ask { title, hint, input, purpose: Purpose::Many(many), fault: None }));
}

/// Why a text will not do.
pub(super) fn fault(many: &Many, text: &str) -> Option<String> {
    match many {
        Many::Assign(..) => MemberName::new(text).err().map(|e| e.to_string()),
        Many::Report(_) if text.trim().is_empty() => Some("name a file".to_owned()),
        Many::Report(_) => None,
    }
}

/// Does it.
pub(super) fn accept(model: &mut Model, many: Many, text: &str) -> Vec<Effect> {
    let request = model.request();
    model.touch();
    match many {
        Many::Assign(role, engagements) => {
            let Ok(member) = MemberName::new(text) else {
                return Vec::new();
            };
            if engagements.len() > 1 {
                model.toast(format!("Assigning in {}", counted(engagements.len())), Tone::Plain);
            }
            vec![Effect::AssignMany { request, engagements, role, member }]
        }
        Many::Report(engagements) => {
            vec![Effect::WriteReport { request, engagements, path: text.trim().to_owned() }]
        }
    }
}

/// Sums up what came of an assignment.
pub(super) fn assigned(
    model: &mut Model,
    member: &MemberName,
    answer: Vec<(EngagementId, Result<(), String>)>,
) -> Vec<Effect> {
    let done = answer.iter().filter(|(_, outcome)| outcome.is_ok()).count();
    let refused: Vec<(EngagementId, String)> =
        answer.into_iter().filter_map(|(id, outcome)| Some((id, outcome.err()?))).collect();
    model.touch();
    if refused.is_empty() {
        model.portfolio.unpick();
        model.toast(format!("{member} has the role in {}", counted(done)), Tone::Good);
        return Vec::new();
    }
    let mut words = vec![format!("Done in {}, refused in {}:", done, refused.len())];
    let left = refused.len().saturating_sub(MAX_TOLD);
    words.extend(refused.into_iter().take(MAX_TOLD).map(|(id, why)| {
        let name = model.portfolio.of(&id).map_or_else(|| id.to_string(), |row| row.name.clone());
        format!("{name}: {why}")
    }));
    if left > 0 {
        words.push(format!("and {left} more"));
    }
    let title = format!("{member} was not assigned everywhere");
    model.push(Popup::Why(Why { title, words, blockers: Vec::new(), list: List::default() }));
    Vec::new()
}

/// Says where a report was written.
pub(super) fn reported(model: &mut Model, answer: Result<String, Failed>) -> Vec<Effect> {
    match answer {
        Ok(said) => {
            model.portfolio.unpick();
            model.toast(said, Tone::Good);
        }
        Err(failed) => answers::tell(model, failed),
    }
    model.touch();
    Vec::new()
}

pub(super) fn counted(engagements: usize) -> String {
    if engagements == 1 { "1 engagement".to_owned() } else { format!("{engagements} engagements") }
}
