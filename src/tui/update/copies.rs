//! Copying, and opening links.

use url::Url;

use crate::domain::text::SafeText;
use crate::tui::effect::{Capacity, Effect};
use crate::tui::keymap::Context;
use crate::tui::model::Model;
use crate::tui::model::list::List;
use crate::tui::model::popup::{Choice, Choose, Confirm, Deed, Popup, Why};
use crate::tui::model::toast::Tone;

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

/// What can be copied, with its name. Each text is one safe line: a line break that is pasted into a shell
/// runs what stands before it.
fn offered(model: &Model) -> Vec<(&'static str, String)> {
    found(model).into_iter().map(|(what, text)| (what, SafeText::new(&text).into())).collect()
}

fn found(model: &Model) -> Vec<(&'static str, String)> {
    let Some(engagement) = model.engagement() else {
        let Some(summary) =
            model.portfolio.selected().filter(|_| model.screen_context() == Context::Portfolio)
        else {
            return Vec::new();
        };
        let id = summary.engagement.to_string();
        return vec![
            ("id", id.clone()),
            ("name", summary.name.clone()),
            ("command", format!("golive open {id}")),
        ];
    };
    let id = &engagement.id;
    let mut out = Vec::new();
    if model.screen_context() == Context::Engagement
        && let Some((_, item)) = engagement.item()
    {
        out.push(("item", item.id.to_string()));
        out.push(("title", item.title.clone()));
        let command = match engagement.part().and_then(|n| item.parts.get(n)) {
            Some(part) => format!("golive tick {id} {}/{}", item.id, part.id),
            None => format!("golive tick {id} {}", item.id),
        };
        out.push(("command", command));
        let last =
            item.check.as_ref().and_then(|c| engagement.recent.get(&c.check)).and_then(|line| line.front());
        if let Some(check) = &item.check {
            out.push(("check", format!("golive check {id} {}", check.check)));
        }
        out.extend(last.and_then(|o| o.request_id.clone()).map(|request| ("request id", request)));
        out.extend(links(model).into_iter().map(|link| ("link", link)));
    }
    out.push(("engagement", id.to_string()));
    out.push(("name", engagement.state.name.clone()));
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
