//! The line at the bottom: keys from the keymap, and on the right what matters most now.
//!
//! ```text
//!  space tick  s sign  c check now  n note  : palette  ? help            2 stages shut: why (b)
//! ```
//!
//! While a search is typed it stands here.

use ratatui::layout::{Position, Rect};

use crate::domain::assess::Gate;
use crate::tui::keymap::{Act, Bound, Context};
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::search::Typing;
use crate::tui::next;
use crate::tui::width;

use super::pen::Strip;
use super::regions::Target;
use super::{Canvas, kickoff};

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let theme = &model.look.theme;
    let context = model.context();
    let area = layout::areas(model.size).footer;
    let mut strip = Strip::new(canvas.buf, area, &model.look);
    strip.skip(1).skip_right(1);
    if let Some(search) = model.search() {
        // The end of a long query is what is being typed.
        let room = strip.room().saturating_sub(30).max(10);
        let scroll = search.input.visual_scroll(room);
        let shown: String = search.query().chars().skip(scroll).collect();
        strip.put("/", theme.key);
        let at = search.input.visual_cursor().max(scroll) - scroll;
        let x = strip.x().saturating_add(u16::try_from(at).unwrap_or(u16::MAX));
        if search.typing == Typing::Yes && model.popups.is_empty() {
            canvas.caret = Some(Position::new(x.min(area.right().saturating_sub(1)), area.y));
        }
        strip.put(&width::cut(&shown, room, model.look.glyphs.ellipsis), theme.text).put("   ", theme.text);
    } else if let Some((text, act)) = notice(model, context) {
        let style = if act.is_some() { theme.warn } else { theme.good };
        // The keys are worth more than the notice on a narrow screen.
        if width::width(&text) * 3 < strip.room()
            && let Some(spot) = strip.right(&text, style)
        {
            if let Some(act) = act {
                canvas.regions.add(spot, Target::Act(act));
            }
            strip.skip_right(2);
        }
    }
    if !model.popups.is_empty() {
        // The keys of a window stand in the window.
        return;
    }
    let shown = |b: &&Bound| b.footer.is_some() && !b.keys.is_empty() && next(model, b);
    let mut rows: Vec<&Bound> = model.keys.rows(context).iter().filter(shown).collect();
    let first = if context == model.screen_context() { next::acts(model) } else { Vec::new() };
    rows.sort_by_key(|b| first.iter().position(|act| *act == b.act).unwrap_or(usize::MAX));
    // Help is the way to all the others: it is kept when not all fit.
    let last: Vec<&Bound> = rows.iter().copied().filter(|b| b.act == Act::Help).collect();
    let kept: usize = last.iter().map(|b| wide(b)).sum();
    let mut spots = Vec::new();
    for binding in rows.iter().filter(|b| b.act != Act::Help) {
        if wide(binding) + kept > strip.room() {
            break;
        }
        spots.push(put(&mut strip, binding, model));
    }
    for binding in last {
        if wide(binding) <= strip.room() {
            spots.push(put(&mut strip, binding, model));
        }
    }
    for (spot, act) in spots {
        canvas.regions.add(spot, Target::Act(act));
    }
}

/// Whether the act is one that a person would do next on what is shown.
fn next(model: &Model, binding: &Bound) -> bool {
    model.context() != Context::Kickoff
        || model.engagement().is_none_or(|engagement| kickoff::offers(engagement, binding.act))
}

fn wide(binding: &Bound) -> usize {
    binding.key().len() + 1 + binding.footer.map_or(0, str::len) + 2
}

fn put(strip: &mut Strip<'_>, binding: &Bound, model: &Model) -> (Rect, Act) {
    let theme = &model.look.theme;
    let x = strip.x();
    strip.put(&binding.key(), theme.key).put(" ", theme.text);
    strip.put(binding.footer.unwrap_or_default(), theme.text);
    let spot = Rect { x, width: strip.x() - x, ..layout::areas(model.size).footer };
    strip.skip(2);
    (spot, binding.act)
}

/// What matters most now, with the act that tells more.
fn notice(model: &Model, context: Context) -> Option<(String, Option<Act>)> {
    if context == Context::Portfolio && model.portfolio.picked() > 0 {
        return Some((format!("{} selected", model.portfolio.picked()), None));
    }
    if context != Context::Engagement {
        return None;
    }
    let engagement = model.engagement()?;
    if engagement.assessment.complete() {
        return Some(("every stage is complete".to_owned(), None));
    }
    let (_, assessed) = engagement.stage()?;
    let key = model.key(Act::Why);
    let said = match (assessed.gate, engagement.shut()) {
        (Gate::Shut, _) => format!("this stage is shut: why ({key})"),
        (Gate::BreakGlass, _) => format!("opened by break-glass: why ({key})"),
        (Gate::Open | Gate::Warned, 0) => format!("last stage: what is open ({key})"),
        (Gate::Open | Gate::Warned, 1) => format!("1 stage shut: why ({key})"),
        (Gate::Open | Gate::Warned, n) => format!("{n} stages shut: why ({key})"),
    };
    Some((said, Some(Act::Why)))
}
