//! Searching a screen: the same everywhere. What a new query makes of a screen's rows stands in [`changed`].

use tui_input::Input;

use crate::tui::effect::Effect;
use crate::tui::keymap::{Act, Context};
use crate::tui::model::Model;
use crate::tui::model::portfolio::QueryChange;
use crate::tui::model::rows::Rows;
use crate::tui::model::search::{Search, Typing};
use crate::tui::search::MAX_QUERY;

use super::engagement;
use super::rooms;
use super::typing::Changed;

/// Begins, accepts or ends a search; none when the act is not about one.
pub(super) fn act(model: &mut Model, act: Act) -> Option<Vec<Effect>> {
    let typing = model.search().map(|search| search.typing);
    match (act, typing) {
        (Act::Search, _) => begin(model),
        (Act::Open, Some(Typing::Yes)) => accept(model),
        (Act::Back, Some(_)) => end(model),
        _ => return None,
    }
    Some(Vec::new())
}

fn begin(model: &mut Model) {
    if let Some(search) = model.search_mut() {
        search.typing = Typing::Yes;
        return;
    }
    match model.screen_context() {
        Context::Portfolio => model.portfolio.search = Some(Search::default()),
        Context::Engagement => engagement::search(model),
        Context::History => {
            if let Some(engagement) = model.engagement_mut() {
                engagement.chronicle.search = Some(Search::default());
            }
        }
        other => model.searches.begin(other),
    }
}

/// Keeps what was found, and gives the keys to the rows. An engagement goes to the item that was found.
fn accept(model: &mut Model) {
    if model.screen_context() == Context::Engagement {
        engagement::take_found(model);
    } else if model.query().trim().is_empty() {
        end(model);
    } else if let Some(search) = model.search_mut() {
        search.typing = Typing::No;
    }
}

fn end(model: &mut Model) {
    match model.screen_context() {
        Context::Portfolio => model.portfolio.search = None,
        Context::Engagement => return engagement::end_search(model),
        Context::History => {
            if let Some(engagement) = model.engagement_mut() {
                engagement.chronicle.search = None;
            }
        }
        // The cursor stays on its row.
        other => {
            model.searches.end(other);
            return;
        }
    }
    changed(model, QueryChange::Other);
}

/// Lets somebody type into the search that the keys go to, if they go to one.
pub(super) fn edit(model: &mut Model, change: impl FnOnce(&mut Input, usize) -> Changed) -> Changed {
    let Some(search) = model.search_mut().filter(|search| search.typing == Typing::Yes) else {
        return Changed::No;
    };
    let before = search.query().to_owned();
    if change(&mut search.input, MAX_QUERY) == Changed::No {
        return Changed::No;
    }
    let query = search.query();
    if query != before {
        let grown = !before.is_empty() && query.starts_with(&before);
        changed(model, if grown { QueryChange::Refined } else { QueryChange::Other });
    }
    Changed::Yes
}

/// The query of the screen is another.
fn changed(model: &mut Model, how: QueryChange) {
    let query = model.query().to_owned();
    match model.screen_context() {
        Context::Portfolio => {
            model.portfolio.list.cursor = 0;
            model.portfolio.filter(&query, how);
        }
        Context::Engagement => {
            if let Some(engagement) = model.engagement_mut() {
                engagement.rows = Rows::found(&engagement.runbook, &query);
            }
        }
        Context::History => {
            if let Some(engagement) = model.engagement_mut() {
                match how {
                    QueryChange::Refined => engagement.chronicle.meet_again(),
                    QueryChange::Other => engagement.chronicle.meet(),
                }
            }
        }
        // What these show is derived from the query where it settles.
        _ => {
            if let Some(list) = rooms::list(model) {
                list.cursor = 0;
            }
        }
    }
}
