//! The window of one event: what it says, its place in the chain, what its signature is worth now, and its
//! bytes as they were hashed and signed.
//!
//! ```text
//! ┌ Event 12 of 41 ─────────────────────────────────────────┐
//! │ Says     ticked Tokenise with FramePay as Developer     │
//! │ Chain    ✓ follows event 11; event 13 follows it        │
//! │ Signed   ✓ of these bytes, by this key (golive)         │
//! │ Right    ✓ the key spoke for Lin Chen then              │
//! └─────────────────────────────────────────────────────────┘
//! ```

use crate::domain::event_lines::event_lines;
use crate::domain::sentence::sentence;
use crate::domain::text::SafeText;
use crate::tui::keymap::Context;
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::event_window::EventWindow;
use crate::tui::msg::OpenedEvent;
use crate::tui::width;

use super::Canvas;
use super::page::Page;
use super::pen::{self, Strip, Words};
use super::windows::{self, Window};

/// Characters of the body that are shown; `golive log ID --event N` prints all of a longer one.
const BODY: usize = 32 * 1024;

/// The lines of an event, as wide as a window has room for.
pub fn lines(model: &Model, window: &EventWindow) -> Vec<Words> {
    let cells = layout::window_text(model.size);
    let mut page = Page::new(&model.look, model.now.at, cells + 2);
    match &window.opened {
        Some(opened) => write(&mut page, model, opened),
        None => page.text(&format!("Reading event {}.", window.seq), model.look.theme.muted),
    }
    page.lines
}

pub(super) fn draw(model: &Model, event: &EventWindow, canvas: &mut Canvas<'_>) {
    let lines = lines(model, event);
    let title = match &event.opened {
        Some(opened) => format!("Event {} of {}", event.seq, opened.last),
        None => format!("Event {}", event.seq),
    };
    let window = Window { title: &title, context: Context::Reading, text: Vec::new(), rows: lines.len() };
    let drawn = windows::open(model, &window, canvas);
    for (n, line) in lines.iter().skip(event.list.top).take(usize::from(drawn.rows.height)).enumerate() {
        Strip::new(canvas.buf, pen::row(drawn.rows, n), &model.look).words(line);
    }
}

fn write(page: &mut Page<'_>, model: &Model, opened: &OpenedEvent) {
    let theme = page.look.theme;
    let event = &opened.event;
    if let Some(engagement) = model.engagement() {
        page.labelled("Says", &sentence(&engagement.runbook, event), theme.text);
    }
    let at = page.look.zone.wall(event.at).format("%Y-%m-%d %H:%M:%S");
    page.labelled("Time", &format!("{at} ({})", event.at.format("%Y-%m-%dT%H:%M:%S%.3fZ")), theme.text);
    page.labelled("Author", event.by.name.as_str(), theme.text);
    page.labelled("Key", event.by.key.as_str(), theme.text);
    let next = if event.seq == opened.last {
        "it is the head".to_owned()
    } else {
        format!("event {} follows it", event.seq + 1)
    };
    let chain = match event.seq {
        1 => format!("the first event; {next}"),
        seq => format!("follows event {}; {next}", seq - 1),
    };
    let signed = format!("of these bytes, by this key, for '{}'", opened.namespace);
    let entitled = format!("the key spoke for {} then, who could do this", event.by.name);
    for (label, fault, good) in [
        ("Chain", &opened.chain, chain),
        ("Signed", &opened.signed, signed),
        ("Right", &opened.entitled, entitled),
    ] {
        match fault {
            None => page.marked(label, page.look.glyphs.done, theme.good, &good, theme.text),
            Some(fault) => {
                let said = format!("NOT GOOD: {fault}");
                page.marked(label, page.look.glyphs.fail, theme.bad, &said, theme.bad);
            }
        }
    }
    // A label narrower than the others: a hash is not to be broken.
    for (label, hash) in [("Before ", &event.prev), ("Hash   ", &opened.hash)] {
        page.lines.push(Words::new(label, theme.muted).and(hash.to_string(), theme.text));
    }
    page.labelled("Fact", event.fact.word(), theme.text);
    for (key, said) in event_lines(event) {
        page.labelled("", &format!("{key}: {said}"), theme.text);
    }
    page.text("Bytes, as they were hashed and signed:", theme.muted);
    let shown: String = opened.body.chars().take(BODY).collect();
    for line in width::chunks(SafeText::new(&shown).as_str(), page.cells) {
        page.lines.push(Words::new(line, theme.text));
    }
    if shown.len() < opened.body.len() {
        let said = format!("{} bytes more: golive log --event prints all", opened.body.len() - shown.len());
        page.text(&said, theme.muted);
    }
    page.text("Signature over them, for ssh-keygen -Y verify:", theme.muted);
    for line in opened.signature.lines() {
        page.lines.push(Words::new(line, theme.muted));
    }
}
