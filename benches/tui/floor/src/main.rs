//! `floor portfolio FILE.db` and `floor runbook FILE.toml`: read N rows, show those that fit, `j` and `k`
//! move, `q` quits. Nothing is checked, gated, signed, coalesced or restored after a signal: this is the
//! limit that golive is measured against, not a program to use.

use std::error::Error;

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind};
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Row, Table};
use ratatui::{DefaultTerminal, Frame};
use serde::Deserialize;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What both sources are brought to: a heading and rows of cells.
struct List {
    heading: [&'static str; 4],
    widths: [Constraint; 4],
    rows: Vec<[String; 4]>,
}

/// The part of golive's runbook format that is on the screen; everything else in the file is skipped.
#[derive(Deserialize)]
struct Runbook {
    stages: Vec<Stage>,
}

#[derive(Deserialize)]
struct Stage {
    title: String,
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    title: String,
    owner: String,
}

fn runbook(path: &str) -> Outcome<List> {
    let book: Runbook = toml::from_str(&std::fs::read_to_string(path)?)?;
    let rows = book
        .stages
        .into_iter()
        .flat_map(|s| {
            let stage = s.title;
            s.items.into_iter().map(move |i| [i.id, i.title, i.owner, stage.clone()])
        })
        .collect();
    Ok(List {
        heading: ["id", "item", "owner", "stage"],
        widths: [Constraint::Length(10), Constraint::Fill(1), Constraint::Length(14), Constraint::Length(20)],
        rows,
    })
}

fn portfolio(path: &str) -> Outcome<List> {
    let db = rusqlite::Connection::open(path)?;
    let mut all = db.prepare("SELECT name, stage, waiting_on, target FROM engagement ORDER BY id")?;
    let rows =
        all.query_map([], |r| Ok([r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?]))?.collect::<Result<_, _>>()?;
    Ok(List {
        heading: ["merchant", "stage", "waiting on", "target"],
        widths: [Constraint::Fill(1), Constraint::Length(24), Constraint::Length(20), Constraint::Length(12)],
        rows,
    })
}

/// The rows that fit, with the chosen one among them.
fn draw(list: &List, chosen: usize, top: &mut usize, frame: &mut Frame) {
    let [head, body, foot] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)])
            .areas(frame.area());
    // Two lines of border and one of heading.
    let fit = usize::from(body.height).saturating_sub(3).max(1);
    *top = (*top).min(chosen).max((chosen + 1).saturating_sub(fit));
    let shown = &list.rows[*top..list.rows.len().min(*top + fit)];
    let rows = shown.iter().zip(*top..).map(|(cells, at)| {
        let style = if at == chosen { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
        Row::new(cells.each_ref().map(String::as_str)).style(style)
    });
    let heading = Row::new(list.heading).style(Style::new().add_modifier(Modifier::BOLD));
    frame.render_widget(Line::from(" floor"), head);
    frame.render_widget(Table::new(rows, list.widths).header(heading).block(Block::bordered()), body);
    frame.render_widget(Line::from(format!(" {} of {}", chosen + 1, list.rows.len())), foot);
}

fn show(list: &List, terminal: &mut DefaultTerminal) -> Outcome<()> {
    let last = list.rows.len().saturating_sub(1);
    let (mut chosen, mut top) = (0, 0);
    terminal.draw(|f| draw(list, chosen, &mut top, f))?;
    loop {
        match event::read()? {
            Event::Key(key) if key.kind == KeyEventKind::Press => match key.code {
                KeyCode::Char('q') => return Ok(()),
                KeyCode::Char('j') => chosen = last.min(chosen + 1),
                KeyCode::Char('k') => chosen = chosen.saturating_sub(1),
                _ => continue,
            },
            Event::Resize(..) => {}
            _ => continue,
        }
        terminal.draw(|f| draw(list, chosen, &mut top, f))?;
    }
}

fn main() -> Outcome<()> {
    let mut args = std::env::args().skip(1);
    let list = match (args.next().as_deref(), args.next()) {
        (Some("runbook"), Some(path)) => runbook(&path)?,
        (Some("portfolio"), Some(path)) => portfolio(&path)?,
        _ => return Err("usage: floor portfolio FILE.db | floor runbook FILE.toml".into()),
    };
    let mut terminal = ratatui::init();
    let outcome = show(&list, &mut terminal);
    ratatui::restore();
    outcome
}
