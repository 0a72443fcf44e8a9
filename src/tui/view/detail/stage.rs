//! One stage as a whole: its gate, what holds it, who signs it and how that stands, what it is about.

use crate::domain::assess::{Gate, StageAssessment, Standing};
use crate::domain::runbook::Stage;
use crate::tui::model::engagement::Engagement;
use crate::tui::view::page::Page;
use crate::tui::words::{blocker, owner};

/// The lines of the stage under the cursor.
pub(super) fn write(page: &mut Page<'_>, engagement: &Engagement) {
    let Some((stage, assessed)) = engagement.stage() else {
        return;
    };
    let theme = page.look.theme;
    gate(page, engagement, assessed);
    let totals = assessed.totals;
    let mut said = format!("{} of {} done", totals.done, totals.total);
    if totals.waived > 0 {
        said = format!("{said}, {} waived", totals.waived);
    }
    if totals.not_applicable > 0 {
        said = format!("{said}; {} do not apply", totals.not_applicable);
    }
    page.labelled("Items", &said, theme.text);
    let early = assessed.items.iter().filter(|item| item.ready_early).count();
    if early > 0 {
        let said = format!("{early} ready early: their checks pass ahead of the stage");
        page.marked("", page.look.glyphs.early, theme.good, &said, theme.text);
    }
    signoffs(page, engagement, stage, assessed);
    if let Some(hint) = &stage.hint {
        page.labelled("About", hint, theme.text);
    }
}

fn gate(page: &mut Page<'_>, engagement: &Engagement, assessed: &StageAssessment) {
    let (theme, glyphs) = (page.look.theme, page.look.glyphs);
    let sign = glyphs.stage(assessed.gate, assessed.complete);
    let (style, said) = match (assessed.gate, assessed.complete) {
        (Gate::Open, true) => (theme.good, "complete"),
        (Gate::Open, false) => (theme.busy, "open, in work"),
        (Gate::Warned, _) => (theme.warn, "open, with a warning: what is before it is not done"),
        (Gate::BreakGlass, _) => (theme.bad, "opened by BREAK-GLASS"),
        (Gate::Shut, _) => (theme.warn, "shut"),
    };
    page.marked("Gate", sign, style, said, theme.text);
    let Some(held) = engagement.held().filter(|held| held.count > 0) else {
        return;
    };
    for (n, why) in held.first.iter().enumerate() {
        let label = if n == 0 { "Held by" } else { "" };
        let subject = blocker::subject(&engagement.runbook, why);
        let said = format!("{subject}: {}", blocker::reason(&engagement.runbook, why));
        page.marked(label, glyphs.todo, theme.muted, &said, theme.text);
    }
    let more = held.count - held.first.len();
    if more > 0 {
        page.labelled("", &format!("and {more} more"), theme.muted);
    }
}

fn signoffs(page: &mut Page<'_>, engagement: &Engagement, stage: &Stage, assessed: &StageAssessment) {
    let (theme, glyphs) = (page.look.theme, page.look.glyphs);
    if stage.signoff.is_empty() {
        page.labelled("Signed", "no signature is asked for: complete when its items are", theme.muted);
    }
    let mut label = "Signed";
    for signoff in &assessed.signoffs {
        let role = engagement.runbook.role_name(&signoff.role);
        let who = |approval: &crate::domain::state::Approval| {
            let by = if approval.recorded() {
                format!(", recorded by {}", approval.by.name)
            } else {
                String::new()
            };
            format!("{role}: {}{by}, {}", approval.signoff.member, page.moment(approval.at))
        };
        let (sign, style, said) = match &signoff.standing {
            Standing::Missing => {
                let people = owner::people(&engagement.state, &signoff.role);
                (glyphs.todo, theme.text, format!("{role}: waits for {people}"))
            }
            Standing::Current(approval) => (glyphs.done, theme.good, who(approval)),
            Standing::Stale(approval, why) => {
                (glyphs.stale, theme.warn, format!("{}; no longer counts: {why}", who(approval)))
            }
        };
        page.marked(label, sign, style, &said, theme.text);
        label = "";
    }
    if stage.distinct && stage.signoff.len() > 1 {
        page.labelled("", "different people must sign", theme.muted);
    }
}
