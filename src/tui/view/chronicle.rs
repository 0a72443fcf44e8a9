//! The log: one event a line, the newest on top.
//!
//! ```text
//! ┌ History: only ticks ──────────────────────────────── 3 of 41 ┐
//! │▸✓ 12:04  Lin Chen (Developer)   ticked Tokenise as Developer │
//! │ ✗ 11:58  Dana Ruiz (live check) Webhook is open again: …     │
//! └──────────────────────────────────────────────────────────────┘
//! ```

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::sentence::stage_title;
use crate::domain::text::SafeText;
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::chronicle::{Chronicle, Line, Mark, Older};
use crate::tui::model::engagement::Engagement;
use crate::tui::model::search::Search;
use crate::tui::search::Finder;
use crate::tui::width;
use crate::tui::words::{fact, time};

use super::pen::{self, Strip};
use super::regions::Target;
use super::{Canvas, chart, header};

pub(super) fn draw(model: &Model, engagement: &Engagement, canvas: &mut Canvas<'_>) {
    header::engagement(model, engagement, canvas.buf);
    let (look, theme) = (&model.look, &model.look.theme);
    let chronicle = &engagement.chronicle;
    let areas = layout::chronicle(model.size, chronicle.curve);
    if let Some(area) = areas.details {
        pen::frame(canvas.buf, area, "Burn-up", "", theme.border, look);
        chart::of(model, &engagement.id, engagement.state.target, layout::inside(area), canvas.buf);
    }
    pen::frame(canvas.buf, areas.list, &title(engagement), &right(chronicle), theme.focus, look);
    canvas.regions.add(areas.list, Target::Rows);
    if chronicle.is_empty() {
        let said = match (chronicle.older(), chronicle.asked) {
            (Older::Nothing, _) => "Nothing of that kind has happened.",
            (Older::Broken, _) => "The log cannot be read any further.",
            (Older::Unread | Older::From(_), _) => "Reading the log.",
        };
        Strip::new(canvas.buf, pen::row(areas.rows, 0), look).skip(3).put(said, theme.muted);
    }
    let sight = chronicle.list.sight(chronicle.len(), usize::from(areas.rows.height));
    let moments = sight.clone().filter_map(|at| chronicle.row(at)).map(|line| moment(model, line).len());
    let moment = moments.max().unwrap_or(0);
    let columns = Columns::of(engagement, usize::from(areas.rows.width), moment);
    let mut finder = model.search().and_then(Search::finder);
    for (n, at) in sight.enumerate() {
        let Some(line) = chronicle.row(at) else { continue };
        let area = pen::row(areas.rows, n);
        row(model, line, at == chronicle.list.cursor, &columns, finder.as_mut(), area, canvas);
        canvas.regions.add(area, Target::Row(at));
    }
}

/// What is shown: "History: ticks by Lin Chen".
fn title(engagement: &Engagement) -> String {
    let filter = &engagement.chronicle.filter;
    if filter.is_all() {
        return "History".to_owned();
    }
    let kind = filter.kind.map(|kind| kind.word().to_owned());
    let by = filter.by.as_ref().map(|name| format!("by {name}"));
    let stage = filter.stage.as_ref().map(|id| format!("in {}", stage_title(&engagement.runbook, id)));
    let item = filter.item.as_ref().map(|id| format!("on {}", fact::item_title(&engagement.runbook, id)));
    let asked: Vec<String> = [kind, by, stage, item].into_iter().flatten().collect();
    format!("History: only {}", asked.join(" "))
}

/// "3 of 41"; with a sign when there is more that has not been read.
fn right(chronicle: &Chronicle) -> String {
    let more = match chronicle.older() {
        Older::From(head) if chronicle.asked.is_some() => format!(", looking at event {}", head.seq),
        Older::From(_) => " and more".to_owned(),
        Older::Unread | Older::Broken | Older::Nothing => String::new(),
    };
    match chronicle.len() {
        0 => more.trim_start_matches(", ").to_owned(),
        n => format!("{} of {n}{more}", chronicle.list.cursor + 1),
    }
}

/// Cells of the columns, the same for all rows.
struct Columns {
    /// The number; none on a narrow screen.
    seq: usize,
    /// The longest moment in sight.
    moment: usize,
    /// Who, with the role where there is room.
    who: usize,
    role: bool,
}

impl Columns {
    fn of(engagement: &Engagement, room: usize, moment: usize) -> Self {
        let digits = engagement.state.head.seq.max(1).ilog10() as usize + 1;
        let (who, role) = match room {
            0..60 => (10, false),
            60..100 => (16, false),
            100..140 => (30, true),
            _ => (38, true),
        };
        Self { seq: if room < 60 { 0 } else { digits }, moment, who, role }
    }
}

fn moment(model: &Model, line: &Line) -> String {
    time::moment(line.at, model.now.at, model.look.zone)
}

fn row(
    model: &Model,
    line: &Line,
    chosen: bool,
    columns: &Columns,
    finder: Option<&mut Finder>,
    area: Rect,
    canvas: &mut Canvas<'_>,
) {
    let (look, theme, glyphs) = (&model.look, &model.look.theme, &model.look.glyphs);
    let base = if chosen { theme.cursor } else { theme.text };
    let (sign, style): (&str, Style) = match line.mark {
        Mark::Good => (glyphs.done, theme.good),
        Mark::Bad => (glyphs.fail, theme.bad),
        Mark::Back => (glyphs.rejected, theme.warn),
        Mark::Plain => (glyphs.dot, theme.muted),
    };
    let mut strip = Strip::new(canvas.buf, area, look);
    strip.cells(glyphs.marker(chosen, true), 1, theme.focus);
    strip.cells(sign, 1, style).skip(1);
    if columns.seq > 0 {
        strip.cells_right(&line.seq.to_string(), columns.seq, theme.muted).skip(2);
    }
    strip.cells_right(&moment(model, line), columns.moment, theme.muted).skip(2);
    let (who, said) = (SafeText::new(line.who.as_str()), SafeText::new(&line.said));
    let (who, said) = (who.as_str(), said.as_str());
    let (hits_who, hits_said) = finder.map_or_else(Default::default, |f| (f.any_hits(who), f.any_hits(said)));
    if columns.role && !line.role.is_empty() {
        let name = width::width(who).min(columns.who);
        strip.hits(who, &hits_who, name, base, theme.hit);
        strip.cells(&format!(" ({})", line.role), columns.who - name, theme.muted);
    } else if line.by_check {
        strip.cells(&line.role, columns.who, theme.muted);
    } else {
        strip.hits(who, &hits_who, columns.who, base, theme.hit);
    }
    strip.skip(2);
    let cells = strip.room();
    strip.hits(said, &hits_said, cells, base, theme.hit);
}
