//! Copying, and opening links.

use url::Url;

use crate::domain::board::About;
use crate::domain::ids::{CheckId, EngagementId};
use crate::domain::text::SafeText;
use crate::domain::verdict::Observation;
use crate::tui::effect::{Capacity, Effect};
use crate::tui::keymap::Context;
use crate::tui::model::Model;
use crate::tui::model::engagement::Engagement;
use crate::tui::model::list::List;
use crate::tui::model::popup::{Choice, Choose, Confirm, Deed, FactRow, Popup, Why, fact_rows, member_rows};
use crate::tui::model::toast::Tone;

use super::rooms;

/// The longest text that is copied, in bytes: terminals take little more.
pub const MAX_COPY: usize = 64 * 1024;
/// Links that are offered, at most.
const MAX_LINKS: usize = 20;

/// Offers what can be copied of what the cursor is on.
pub(super) fn copy(model: &mut Model) {
    let choices: Vec<Choice> = offered(model)
        .into_iter()
        .map(|(what, text)| choice(format!("{what:<12} {text}"), Deed::Copy(text)))
        .collect();
    if choices.is_empty() {
        model.toast("There is nothing to copy.", Tone::Plain);
        return;
    }
    model.push(Popup::Choose(Choose { title: "Copy".to_owned(), choices, list: List::default() }));
}

/// A text that can be copied, with its name.
type Offer = (&'static str, String);

/// What can be copied. Each text is one safe line: a line break that is pasted into a shell runs what stands
/// before it.
fn offered(model: &Model) -> Vec<Offer> {
    found(model).into_iter().map(|(what, text)| (what, SafeText::new(&text).into())).collect()
}

/// Of the row under the cursor first, then of the engagement.
fn found(model: &Model) -> Vec<Offer> {
    let mut out = match model.popups.last() {
        Some(Popup::Facts(list)) => fact(model, list.cursor),
        Some(Popup::Members(list)) => member(model, list.cursor),
        Some(_) => return Vec::new(),
        None => row(model),
    };
    let (id, name) = match model.engagement() {
        Some(engagement) => (engagement.id.clone(), engagement.state.name.clone()),
        None => match rooms::under_cursor(model) {
            Some((id, name)) => (id, name),
            None => return out,
        },
    };
    out.push(("open", format!("golive open {id}")));
    out.push(("engagement", id.to_string()));
    out.push(("name", name));
    out
}

fn row(model: &Model) -> Vec<Offer> {
    match (model.screen_context(), model.engagement()) {
        (Context::MyWork, _) => model.my_work.rows.selected().map_or_else(Vec::new, |row| {
            let id = &row.engagement;
            let command = match &row.work.item {
                Some(item) => format!("golive tick {id} {item}"),
                None => format!("golive sign {id} {} --as {}", row.work.stage, row.work.role),
            };
            let item = row.work.item.as_ref().map(|item| ("item", item.to_string()));
            item.into_iter().chain([("title", row.work.title.clone()), ("command", command)]).collect()
        }),
        (Context::AllChecks, _) => model.all_checks.rows.selected().map_or_else(Vec::new, |row| {
            let line = &row.line;
            let mut out = check(&row.engagement, &line.check, &line.title, None);
            if !line.summary.is_empty() {
                out.push(("observed", line.summary.clone()));
            }
            out
        }),
        (Context::Engagement, Some(engagement)) => item(model, engagement),
        (Context::Readiness, Some(engagement)) => {
            engagement.readiness.selected().map_or_else(Vec::new, |row| {
                let title = engagement.runbook.checks.get(&row.check).map_or("", |check| &check.title);
                check(&engagement.id, &row.check, title, last(engagement, &row.check))
            })
        }
        (Context::Validation, Some(engagement)) => {
            engagement.validation.selected().map_or_else(Vec::new, |criterion| {
                let title = ("title", criterion.title(&engagement.runbook));
                let stages = engagement.runbook.stages();
                match &criterion.about {
                    About::Item(place) => {
                        let item = engagement.at(*place).map(|(item, _)| ("item", item.id.to_string()));
                        item.into_iter().chain([title]).collect()
                    }
                    About::SignOff(stage, _) => {
                        let stage = stages.get(*stage).map(|stage| ("stage", stage.id.to_string()));
                        stage.into_iter().chain([title]).collect()
                    }
                }
            })
        }
        (Context::History, Some(engagement)) => {
            engagement.chronicle.selected().map_or_else(Vec::new, |line| {
                let command = format!("golive log {} --event {}", engagement.id, line.seq);
                let item = line.item.as_ref().map(|item| ("item", item.to_string()));
                let said = [("event", line.said.clone()), ("command", command)];
                said.into_iter().chain(item).collect()
            })
        }
        _ => Vec::new(),
    }
}

fn item(model: &Model, engagement: &Engagement) -> Vec<Offer> {
    let Some((_, item)) = engagement.item() else {
        return Vec::new();
    };
    let id = &engagement.id;
    let command = match engagement.part().and_then(|n| item.parts.get(n)) {
        Some(part) => format!("golive tick {id} {}/{}", item.id, part.id),
        None => format!("golive tick {id} {}", item.id),
    };
    let mut out = vec![("item", item.id.to_string()), ("title", item.title.clone()), ("command", command)];
    if let Some(used) = &item.check {
        out.push(("check", format!("golive check {id} {}", used.check)));
        out.extend(last(engagement, &used.check).into_iter().flat_map(observed));
    }
    out.extend(links(model).into_iter().map(|link| ("link", link)));
    out
}

fn check(id: &EngagementId, check: &CheckId, title: &str, last: Option<&Observation>) -> Vec<Offer> {
    let command = format!("golive check {id} {check}");
    let mut out = vec![("check", check.to_string()), ("title", title.to_owned()), ("command", command)];
    out.extend(last.into_iter().flat_map(observed));
    out
}

fn last<'a>(engagement: &'a Engagement, check: &CheckId) -> Option<&'a Observation> {
    engagement.recent.get(check)?.front()
}

/// What a check has seen.
fn observed(last: &Observation) -> impl Iterator<Item = Offer> + use<> {
    let request = last.request_id.clone().map(|request| ("request id", request));
    request.into_iter().chain([("observed", last.summary.clone())])
}

fn fact(model: &Model, at: usize) -> Vec<Offer> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let facts = &engagement.state.facts;
    match fact_rows(&engagement.runbook).get(at) {
        Some(FactRow::Decision(id)) => {
            let value = facts.decisions.get(*id).map(|(value, _)| ("value", value.clone()));
            value.into_iter().chain([("decision", id.to_string())]).collect()
        }
        Some(FactRow::Field(id)) => {
            let value = facts.fields.get(*id).map(|value| ("value", value.clone()));
            value.into_iter().chain([("field", id.to_string())]).collect()
        }
        // Never where it is: that may be a command.
        Some(FactRow::Secret(id)) => vec![("secret", id.to_string())],
        None => Vec::new(),
    }
}

fn member(model: &Model, at: usize) -> Vec<Offer> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let rows = member_rows(&engagement.runbook, &engagement.state);
    let Some((role, member)) = rows.get(at) else {
        return Vec::new();
    };
    let mut out = vec![("role", role.to_string())];
    if let Some(name) = member {
        out.insert(0, ("person", name.to_string()));
        let keys = engagement.state.members.get(*name).into_iter().flat_map(|member| member.keys.keys());
        out.extend(keys.map(|key| ("key", key.to_string())));
    }
    out
}

/// Copies a text.
pub(super) fn take(model: &mut Model, text: String) -> Vec<Effect> {
    if text.len() > MAX_COPY {
        model.toast(format!("It is longer than {} KiB, too long to copy.", MAX_COPY / 1024), Tone::Bad);
        return Vec::new();
    }
    model.toast(format!("Copied: {text}"), Tone::Good);
    vec![Effect::Copy { text }]
}

/// The terminal does not take it: it is shown, to be marked by mouse.
pub(super) fn show(model: &mut Model, text: String) {
    let words = vec![
        "This terminal does not take it. Hold shift and mark it by mouse:".to_owned(),
        String::new(),
        text,
    ];
    model.push(Popup::Why(Why {
        title: "Copy".to_owned(),
        words,
        blockers: Vec::new(),
        list: List::default(),
    }));
}

/// Offers the links of the item under the cursor.
pub(super) fn open(model: &mut Model) {
    let links = links(model);
    match links.as_slice() {
        [] => model.toast("There is no link on it.", Tone::Plain),
        [only] => ask(model, only.clone()),
        _ => {
            let choices = links.into_iter().map(|link| choice(link.clone(), Deed::AskLink(link))).collect();
            let title = "Which link?".to_owned();
            model.push(Popup::Choose(Choose { title, choices, list: List::default() }));
        }
    }
}

/// Asks before a link is opened, with all of it: what a link looks like and where it leads are two things.
pub(super) fn ask(model: &mut Model, link: String) {
    let choice = choice(link.clone(), Deed::OpenLink(link.clone()));
    let question = "Open this link?".to_owned();
    model.push(Popup::Confirm(Confirm { question, words: vec![link], choice }));
}

fn choice(label: String, deed: Deed) -> Choice {
    Choice { label, capacity: Capacity::default(), deed }
}

/// The links in the evidence and the hint of the item under the cursor.
fn links(model: &Model) -> Vec<String> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let Some((_, item)) = engagement.item() else {
        return Vec::new();
    };
    let state = engagement.state.item(item.id.as_str());
    let evidence = state.into_iter().flat_map(|s| s.evidence.iter().map(|e| e.reference.as_str()));
    let mut links: Vec<String> = Vec::new();
    for text in evidence.chain(item.hint.as_deref()) {
        for link in links_in(text) {
            if links.len() < MAX_LINKS && !links.contains(&link) {
                links.push(link);
            }
        }
    }
    links
}

/// The links in a text: http, https and mailto, nothing else.
fn links_in(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().filter_map(|word| {
        let word = word.trim_matches(|c: char| "()<>[]{}\"',;".contains(c)).trim_end_matches('.');
        link(word).then(|| word.to_owned())
    })
}

/// Whether a text is a link that may be opened.
pub fn link(text: &str) -> bool {
    text.len() <= 2048
        && text.chars().all(|c| c.is_ascii_graphic())
        && Url::parse(text).is_ok_and(|url| match url.scheme() {
            "http" | "https" => url.has_host(),
            "mailto" => true,
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_of_the_web_and_of_mail_are_opened() {
        let found = |text: &str| links_in(text).collect::<Vec<_>>();
        assert_eq!(
            found("see (https://a.example/x?y=1), or mailto:a@b.example."),
            ["https://a.example/x?y=1", "mailto:a@b.example"]
        );
        for bad in
            ["file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "ssh://h", "-o", "https://"]
        {
            assert!(found(bad).is_empty(), "{bad}");
        }
        assert!(!link("https://a.example/\u{202e}x") && !link(&format!("https://a/{}", "x".repeat(3000))));
    }
}
