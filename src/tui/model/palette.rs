//! Every act by name: those of the screen first, then those of the windows that open from it, then those of
//! other screens. What cannot be done now says why.

use tui_input::Input;

use crate::tui::keymap::{Act, Bound, Context};
use crate::tui::search::Finder;

use super::Model;
use super::list::List;

/// Every act by name.
#[derive(Debug, Clone)]
pub struct Palette {
    /// What is typed.
    pub input: Input,
    /// The acts that match, best first, as indices of [`Palette::entries`].
    pub found: Vec<usize>,
    /// The cursor.
    pub list: List,
    /// All acts.
    pub entries: Vec<Entry>,
}

/// One act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is done: the act itself, or the one that leads to where it can be done.
    pub act: Act,
    /// What it does.
    pub help: &'static str,
    /// The key for it, where it can be done; empty when it has none.
    pub key: String,
    /// Where it can be done, if not here.
    pub place: Option<&'static str>,
    /// Why it cannot be done now.
    pub why_not: Option<String>,
}

/// The windows that open from a screen, with the act that opens each.
const WINDOWS: [(Context, Act); 2] = [(Context::Facts, Act::Facts), (Context::Members, Act::Members)];
/// The screens, with the act that goes there.
const SCREENS: [(Context, Act); 8] = [
    (Context::Portfolio, Act::ShowPortfolio),
    (Context::Today, Act::ShowToday),
    (Context::MyWork, Act::ShowMyWork),
    (Context::Engagement, Act::ShowEngagement),
    (Context::Kickoff, Act::ShowKickoff),
    (Context::Readiness, Act::ShowReadiness),
    (Context::Validation, Act::ShowValidation),
    (Context::History, Act::ShowHistory),
];

impl Palette {
    /// The palette of the screen that is shown. `why_not` says why an act cannot be done now.
    pub fn of(model: &Model, why_not: impl Fn(Act) -> Option<String>) -> Self {
        let here = model.screen_context();
        let entry =
            |row: &Bound, act, place, why_not| Entry { act, help: row.help, key: row.key(), place, why_not };
        let mut entries: Vec<Entry> =
            model.keys.offered(here).map(|row| entry(row, row.act, None, why_not(row.act))).collect();
        let known = |entries: &[Entry], row: &Bound| entries.iter().any(|e| e.help == row.help);
        for (context, through) in WINDOWS {
            if model.keys.key(here, through).is_none() {
                continue;
            }
            for row in model.keys.offered(context).filter(|row| !matches!(row.act, Act::Back | Act::Quit)) {
                if !known(&entries, row) {
                    entries.push(entry(row, through, Some(context.title()), None));
                }
            }
        }
        for (context, through) in SCREENS {
            // The same act goes to the checks of an engagement, or to those of all.
            let context = match context {
                Context::Readiness if model.engagement().is_none() => Context::AllChecks,
                context => context,
            };
            if context == here {
                continue;
            }
            for row in model.keys.offered(context).filter(|row| row.act != Act::Back) {
                if !known(&entries, row) {
                    entries.push(entry(row, through, Some(context.title()), None));
                }
            }
        }
        let mut palette = Self { input: Input::default(), found: Vec::new(), list: List::default(), entries };
        palette.find();
        palette
    }

    /// Looks for what is typed.
    pub fn find(&mut self) {
        let query = self.input.value();
        let mut finder = Finder::new(query);
        let mut found: Vec<(bool, u32, usize)> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(n, entry)| Some((entry.place.is_some(), finder.score(entry.help)?, n)))
            .collect();
        found.sort_by_key(|(elsewhere, score, _)| (*elsewhere, std::cmp::Reverse(*score)));
        self.found = found.into_iter().map(|(.., n)| n).collect();
        self.list = List::default();
    }

    /// The act under the cursor.
    pub fn selected(&self) -> Option<&Entry> {
        self.entries.get(*self.found.get(self.list.cursor)?)
    }
}
