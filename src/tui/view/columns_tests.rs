//! Names of every script leave the borders where they are, on a terminal that has never heard of graphemes.
//!
//! The screens are drawn through the bytes that a terminal gets, and read back from an emulator.

use proptest::prelude::*;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::view;
use crate::domain::ids::MemberName;
use crate::domain::runbook::{Header, Runbook};
use crate::tui::input::{Key, Size};
use crate::tui::model::Model;
use crate::tui::model::engagement::Room;
use crate::tui::model::{Overview, Screen};
use crate::tui::plain::typing;
use crate::tui::testing::{World, engaged, portfolio, press, runbook};

const SIZE: Size = Size::new(120, 30);

/// Names that have broken tables before.
const HARD: [&str; 22] = [
    "東京ペイメント株式会社",
    "한국전자결제 주식회사",
    "e\u{301}te\u{301} cafe\u{301}",
    "a\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}",
    "שלום עולם בע״מ",
    "شركة المدفوعات لا إله",
    "فروشگاه\u{200c}ها",
    "👩\u{200d}💻 Labs",
    "👨\u{200d}👩\u{200d}👧\u{200d}👦 Family",
    "🇩🇪🇫🇷🇯🇵 Union",
    "1️⃣2️⃣3️⃣ Keycaps",
    "❤️ Heart ☎️",
    "👍🏽 Skin",
    "🏴\u{e0067}\u{e0062}\u{e007f} Tag",
    "क्षत्रिय भुगतान",
    "ตุ๊กตา น้ำ",
    "ﷺ ligature",
    "ｆｕｌｌｗｉｄｔｈ",
    "\u{200f}rtl\u{202e}mark\u{2066}s",
    "tab\tand\nbreak\r\u{1b}[2J",
    "\u{ad}\u{34f}\u{115f}\u{3164}hidden",
    "½ ― “quotes” № ™",
];

/// The screen as an emulator shows it, and how each cell of a column reads.
fn emulated(model: &Model) -> vt100::Parser {
    let mut bytes = Vec::new();
    let area = Rect::new(0, 0, model.size.width, model.size.height);
    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
    let mut terminal = Terminal::with_options(CrosstermBackend::new(&mut bytes), options).unwrap();
    terminal.draw(|frame| drop(view(model, frame))).unwrap();
    drop(terminal);
    let cells = |n| std::num::NonZero::new(n).unwrap();
    let mut emulator = vt100::Parser::new(cells(model.size.height), cells(model.size.width), 0);
    emulator.process(&bytes);
    emulator
}

/// The first and the last column between header and footer, where the borders are.
fn borders(model: &Model) -> (Vec<[String; 2]>, String) {
    let emulator = emulated(model);
    let screen = emulator.screen();
    let at =
        |row, column| screen.cell(row, column).map_or_else(String::new, |cell| cell.contents().to_owned());
    let rows = 1..model.size.height - 1;
    (rows.map(|row| [at(row, 0), at(row, model.size.width - 1)]).collect(), screen.contents())
}

/// The borders stand where they stand with a name that is easy.
fn borders_stand(name: &str) {
    for (n, (easy, hard)) in screens("Acme Ltd").iter().zip(&screens(name)).enumerate() {
        let (stands, _) = borders(easy);
        let (found, text) = borders(hard);
        assert_eq!(found, stands, "screen {n} with {name:?}:\n{text}");
    }
}

/// Each screen with a name wherever somebody outside writes one.
fn screens(name: &str) -> Vec<Model> {
    let mut world = World::acme();
    world.state.name = name.to_owned();
    let mut book = runbook();
    book.provider = name.to_owned();
    for role in book.roles.values_mut() {
        role.name = name.to_owned();
    }
    for check in book.checks.values_mut() {
        check.title = name.to_owned();
    }
    let book = renamed(&book, name);
    world.runbook = std::sync::Arc::new(book);
    let mut row = world.summary();
    if let Ok(person) = MemberName::new(name) {
        row.waiting_on[0].people = vec![person];
    }
    let mut models = vec![portfolio(SIZE, vec![row.clone(), row.clone()])];
    for overview in [Overview::MyWork, Overview::AllChecks] {
        let mut model = portfolio(SIZE, vec![row.clone()]);
        (model.overview, model.screen) = (overview, Screen::Overview);
        models.push(model);
    }
    for room in [Room::Items, Room::Kickoff, Room::Readiness, Room::Validation, Room::History] {
        let mut model = engaged(SIZE, &world, "Dana Ruiz");
        model.engagement_mut().unwrap().room = room;
        models.push(model);
    }
    for key in ['b', 'd', 'm', 'n', ':', '?', 'y'] {
        let mut model = engaged(SIZE, &world, "Dana Ruiz");
        press(&mut model, [Key::Char(key)]);
        // Elsewhere the letters of a name are keys.
        if typing(model.context()) {
            press(&mut model, name.chars().filter(|c| !c.is_control()).map(Key::Char));
        }
        models.push(model);
    }
    models
}

/// The runbook with a name for every title and hint.
fn renamed(book: &Runbook, name: &str) -> Runbook {
    let mut stages = book.stages().to_vec();
    for stage in &mut stages {
        stage.title = name.to_owned();
        for item in &mut stage.items {
            item.title = name.to_owned();
            item.hint = Some(name.to_owned());
            item.group = item.group.as_ref().map(|_| name.to_owned());
        }
    }
    let header = Header {
        id: book.id.clone(),
        title: book.title.clone(),
        version: book.version.clone(),
        provider: book.provider.clone(),
        source: book.source.clone(),
        digest: book.digest,
        roles: book.roles.clone(),
        fields: book.fields.clone(),
        secrets: book.secrets.clone(),
        decisions: book.decisions.clone(),
        checks: book.checks.clone(),
        actions: book.actions.clone(),
        troubleshooting: book.troubleshooting.clone(),
    };
    Runbook::new(header, stages)
}

#[test]
fn hard_names_leave_every_border_where_it_is() {
    for name in HARD {
        borders_stand(name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_mixture_of_names_leaves_every_border_where_it_is(
        parts in proptest::collection::vec(
            prop_oneof![
                3 => proptest::sample::select(HARD.to_vec()).prop_map(str::to_owned),
                1 => "\\PC{0,12}",
            ],
            1..4,
        )
    ) {
        // The emulator drops the replacement character, which terminals show.
        let name = parts.concat().replace('\u{fffd}', "");
        borders_stand(&name);
    }
}
