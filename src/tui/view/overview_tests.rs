//! The screens of all engagements, as they are drawn.

use chrono::TimeDelta;

use super::tests::{plain, text};
use crate::domain::assess::assess;
use crate::domain::burn_up::Point;
use crate::domain::ids::EngagementId;
use crate::domain::open_work::open_work;
use crate::domain::pace::Ends;
use crate::domain::readiness;
use crate::domain::release::GoNoGo;
use crate::domain::summary::{Emergency, Summary};
use crate::domain::verdict::Verdict;
use crate::tui::effect::Effect;
use crate::tui::input::{Key, Size};
use crate::tui::model::Model;
use crate::tui::model::gathered::Read;
use crate::tui::msg::Msg;
use crate::tui::testing::*;
use crate::tui::update::update;

const SIZES: [Size; 3] = [Size::new(80, 24), Size::new(120, 40), Size::new(200, 60)];

/// Engagements of every kind.
pub(in crate::tui) fn many() -> Vec<Summary> {
    let acme = World::acme().summary();
    let like = |id: &str, name: &str| Summary {
        engagement: EngagementId::new(id).unwrap(),
        name: name.to_owned(),
        regressed: 0,
        lights: [3, 0, 1],
        ..acme.clone()
    };
    let today = noon().date_naive();
    let mut live = like("bolt", "Bolt Bikes");
    live.current = None;
    live.waiting_on.clear();
    live.stages.iter_mut().for_each(|s| s.complete = true);
    live.done = live.total;
    live.pace.decided = Some(GoNoGo::Go);
    let mut young = World::new(runbook(), "cedar", "Cedar & Sons").summary();
    young.target = None;
    let mut late = like("delta", "Delta Freight International Holding GmbH");
    late.target = Some(today - TimeDelta::days(3));
    late.pace.since = noon() - TimeDelta::days(31);
    late.pace.moved_at = noon() - TimeDelta::days(12);
    late.pace.lead_days = 4;
    late.waived = 2;
    let mut today_due = like("echo", "Écho 東京 Shop");
    today_due.target = Some(today);
    today_due.waiting_on[0].people = vec![person("Dana Ruiz")];
    let mut soon = like("fox", "Fox & Finch");
    soon.target = Some(today + TimeDelta::days(5));
    soon.pace.lead_days = 7;
    let mut mine = like("gale", "Gale Outdoor");
    mine.waiting_on[0].people = vec![person("Dana Ruiz")];
    mine.opened_at = noon() - TimeDelta::days(40);
    let mut ending = like("hill", "Hill Street Coffee");
    ending.opened_at = noon() - TimeDelta::days(40);
    ending.pace.ends = Some(Ends {
        title: "Weekly review".to_owned(),
        warns: noon() - TimeDelta::days(1),
        at: noon() + TimeDelta::days(2),
    });
    let mut open = like("iris", "Iris Optics");
    open.emergencies = vec![Emergency {
        stage: Some("Pre-production".to_owned()),
        by: person("Dana Ruiz"),
        until: noon() + TimeDelta::hours(2),
    }];
    vec![live, young, late, today_due, soon, mine, ending, open, acme]
}

fn all_sizes(screen: &str, make: impl Fn(Size) -> Model) {
    for size in SIZES {
        insta::assert_snapshot!(format!("{screen}_{}x{}", size.width, size.height), text(&make(size)));
    }
    let ascii = text(&plain(make(Size::new(100, 30))));
    insta::assert_snapshot!(format!("{screen}_plain"), ascii);
    // Names may be of any script; everything else is ASCII.
    let bare = ascii.replace("Écho 東京 Shop", "");
    assert!(bare.is_ascii(), "{bare}");
    for (width, height) in [(1, 1), (39, 11), (40, 12), (41, 13), (60, 12), (500, 200)] {
        text(&make(Size::new(width, height)));
    }
}

fn curve() -> Vec<Point> {
    let today = noon().date_naive();
    (0..=40_i64)
        .map(|n| Point {
            day: today - TimeDelta::days(40 - n),
            done: usize::try_from(n / 4).unwrap(),
            waived: 0,
            total: 12,
        })
        .collect()
}

/// The portfolio with everything that it asks for.
pub(super) fn shown(size: Size) -> Model {
    let (mut model, effects) = empty(size);
    let Some(Effect::LoadPortfolio { request, .. }) = effects.first().cloned() else { panic!("{effects:?}") };
    let rows = Msg::Portfolio { request, answer: Ok(many()), more: crate::tui::msg::More::Complete };
    for effect in update(&mut model, rows, now()) {
        if let Effect::LoadBurnUp { request, engagement } = effect {
            update(&mut model, Msg::BurnUp { request, engagement, answer: Ok(curve()) }, now());
        }
    }
    model
}

/// What is due today.
pub(super) fn today(size: Size) -> Model {
    let mut model = portfolio(size, many());
    press(&mut model, [Key::Char('t')]);
    model
}

/// What waits for Lin, in two engagements.
pub(super) fn my_work(size: Size) -> Model {
    let mut rows = many();
    for row in &mut rows {
        row.waiting_on.iter_mut().for_each(|w| w.people = vec![person("Dana Ruiz")]);
    }
    let mut model = portfolio(size, rows);
    let world = World::acme();
    let assessment = assess(&world.runbook, &world.state, noon());
    let lines = open_work(&world.runbook, &world.state, &assessment, &person("Lin Chen"));
    for effect in press(&mut model, [Key::Char('3')]) {
        let Effect::LoadWork { request, engagements } = effect else { continue };
        let answer = engagements
            .into_iter()
            .zip([lines.clone(), lines.clone()])
            .map(|(id, lines)| {
                let name = model.portfolio.of(&id).unwrap().name.clone();
                (id, Read { name, last_at: noon(), lines })
            })
            .collect();
        update(&mut model, Msg::Work { request, answer }, now());
    }
    model
}

/// The checks of three engagements.
pub(super) fn all_checks(size: Size) -> Model {
    let mut model = portfolio(size, many());
    let world = World::acme();
    for effect in press(&mut model, [Key::Char('5')]) {
        let Effect::LoadChecks { request, engagements } = effect else { continue };
        let verdicts = [Verdict::Fail, Verdict::Unknown, Verdict::Pass];
        let answer = engagements
            .into_iter()
            .zip(verdicts)
            .map(|(id, verdict)| {
                let seen = observation("webhook", verdict, noon() - TimeDelta::seconds(40));
                let latest = [(seen.check.clone(), seen)].into();
                let mut lines = readiness::lines(&world.runbook, &world.state, &latest);
                if verdict != Verdict::Fail {
                    lines[0].settled = Some(Verdict::Pass);
                }
                let name = model.portfolio.of(&id).unwrap().name.clone();
                (id, Read { name, last_at: noon(), lines })
            })
            .collect();
        update(&mut model, Msg::Checks { request, answer }, now());
    }
    model
}

#[test]
fn the_portfolio_sorted_filtered_and_selected() {
    all_sizes("portfolio_picked", |size| {
        let mut model = shown(size);
        model
            .portfolio
            .sort_by(crate::tui::model::columns::Sort::By(crate::tui::model::columns::Column::Slack));
        model.portfolio.toggle(crate::tui::model::filters::Filter::DueThisWeek);
        press(&mut model, [Key::Char('*'), Key::Down, Key::Char(' ')]);
        model
    });
}

#[test]
fn the_curve_below_the_list() {
    let mut model = portfolio(Size::new(80, 24), many());
    for effect in press(&mut model, [Key::Char('v')]) {
        if let Effect::LoadBurnUp { request, engagement } = effect {
            update(&mut model, Msg::BurnUp { request, engagement, answer: Ok(curve()) }, now());
        }
    }
    insta::assert_snapshot!(text(&model));
}

#[test]
fn the_windows_of_order_and_filters() {
    let mut model = portfolio(Size::new(80, 24), many());
    let mut seen = String::new();
    for key in ['o', 'f', 'r'] {
        press(&mut model, [Key::Char(key)]);
        seen.push_str(&text(&model));
        press(&mut model, [Key::Esc]);
    }
    insta::assert_snapshot!(seen);
}
