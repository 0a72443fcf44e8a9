//! The line at the top.
//!
//! ```text
//!  golive  Acme Ltd · PaymentsAI     ▓▓▓▓▓▓▓░░░ 26/42   go-live 12 Dec, 21 d   Dana Ruiz · Architect
//! ```
//!
//! What does not fit is left out from the right, the progress last.

use ratatui::buffer::Buffer;

use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::columns::Sort;
use crate::tui::model::engagement::Engagement;
use crate::tui::width;
use crate::tui::words::time;

use super::pen::{Strip, Words};

/// Cells of the bar.
const BAR: usize = 10;

/// The header of an engagement.
pub(super) fn engagement(model: &Model, engagement: &Engagement, buf: &mut Buffer) {
    let (theme, glyphs) = (&model.look.theme, &model.look.glyphs);
    let totals = engagement.assessment.totals;
    let full = (totals.done * BAR).checked_div(totals.total).unwrap_or(0);
    let mut progress = vec![
        (glyphs.full.repeat(full), theme.good),
        (glyphs.rest.repeat(BAR - full), theme.muted),
        (format!(" {}/{}", totals.done, totals.total), theme.text),
    ];
    if totals.waived > 0 {
        progress.push((format!(" +{} waived", totals.waived), theme.warn));
    }
    let mut pieces = Vec::new();
    // Before everything else, and in words: the bar may be cut, this is not.
    if let Some((stage, glass)) = engagement.state.emergencies(model.now.at).next() {
        let end = model.look.zone.wall(glass.until).format("%d %b %H:%M");
        let gate = stage.map_or("last gate", |s| s.as_str());
        let said = format!("BREAK-GLASS {gate} until {end}");
        let fits = width::width(&said) * 3 <= usize::from(model.size.width);
        pieces.push(vec![(if fits { said } else { "BREAK-GLASS".to_owned() }, theme.bad)]);
    }
    pieces.push(progress);
    if let Some(target) = engagement.state.target {
        let today = model.look.zone.wall(model.now.at).date();
        let left = time::days_left(target, today);
        let style =
            if target < today && engagement.assessment.current.is_some() { theme.bad } else { theme.text };
        pieces.push(vec![(format!("go-live {}, {left}", time::day(target, today)), style)]);
    }
    let role = engagement.my_roles.first().map_or("onlooker", |r| engagement.runbook.role_name(r));
    let others = match engagement.my_roles.len() {
        0 | 1 => String::new(),
        n => format!(" +{}", n - 1),
    };
    pieces.push(vec![(format!("{} {} {role}{others}", engagement.me.name, glyphs.dot), theme.muted)]);
    let name = format!("{} {} {}", engagement.state.name, glyphs.dot, engagement.runbook.provider);
    line(model, &name, &pieces, buf);
}

/// The header of another screen of all engagements.
pub(super) fn overview(model: &Model, name: &str, buf: &mut Buffer) {
    let theme = &model.look.theme;
    line(model, name, &[vec![(model.me.name.to_string(), theme.muted)]], buf);
}

/// The header of the portfolio.
pub(super) fn portfolio(model: &Model, buf: &mut Buffer) {
    let (theme, portfolio) = (&model.look.theme, &model.portfolio);
    let mut said = match portfolio.total() {
        1 => "1 engagement".to_owned(),
        n => format!("{n} engagements"),
    };
    if portfolio.total() != portfolio.found() {
        said = format!("{} of {said}", portfolio.found());
    }
    let mut counts = vec![(said, theme.text)];
    if portfolio.regressed > 0 {
        let said = format!(" {} {} regressed", model.look.glyphs.dot, portfolio.regressed);
        counts.push((said, theme.bad));
    }
    let broken = portfolio.broken_until.iter().filter(|until| model.now.at < **until).count();
    let mut pieces = Vec::new();
    if broken > 0 {
        pieces.push(vec![(format!("{broken} BREAK-GLASS"), theme.bad)]);
    }
    pieces.push(counts);
    if portfolio.sort() == Sort::Urgency {
        pieces.push(vec![(Sort::Urgency.words().to_owned(), theme.muted)]);
    }
    pieces.push(vec![(model.me.name.to_string(), theme.muted)]);
    line(model, "Portfolio", &pieces, buf);
}

type Piece = Vec<(String, ratatui::style::Style)>;

/// The name on the left, pieces on the right, as many as leave the name twelve cells.
fn line(model: &Model, name: &str, pieces: &[Piece], buf: &mut Buffer) {
    let theme = &model.look.theme;
    let mut strip = Strip::new(buf, layout::areas(model.size).header, &model.look);
    strip.put(" golive ", theme.key).put(" ", theme.text);
    let wide = |p: &Piece| p.iter().map(|(text, _)| width::width(text)).sum::<usize>() + 3;
    let mut room = strip.room().saturating_sub(width::width(name).min(12) + 1);
    // First, so that it is kept: whoever waits looks for it.
    let busy = model.progress.word(model.now.up);
    let busy: Option<Piece> =
        busy.map(|word| vec![(format!("{} {word}", model.look.glyphs.pending), theme.busy)]);
    let mut kept = Vec::new();
    for piece in busy.iter().chain(pieces) {
        if wide(piece) > room {
            break;
        }
        room -= wide(piece);
        kept.push(piece);
    }
    // From the outside in: the last piece stands at the right end.
    strip.skip_right(1);
    for (n, piece) in kept.iter().rev().enumerate() {
        if n > 0 {
            strip.skip_right(3);
        }
        for (text, style) in piece.iter().rev() {
            strip.right(text, *style);
        }
    }
    strip.skip_right(2);
    strip.words(&Words::new(name, theme.title));
}
