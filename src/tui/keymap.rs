//! Which key does what: one table, and what a person's configuration makes of it. The footer, the `?` help,
//! the palette, what a key does and the tests are made from it.
//!
//! [`KEYMAP`] is the table: to add an act, add a row. A screen asks the [`Keymap`] of its model, never the
//! table: its keys may be others.

mod bound;
mod rebind;

pub use bound::{Bound, Keymap};
pub use rebind::{Clash, Wish, key_named};

use super::input::Key;

/// What a person can do on a screen. The configuration knows each by its name in `snake_case`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum Act {
    /// Move the cursor up one row.
    Up,
    /// Move the cursor down one row.
    Down,
    /// Move up one page.
    PageUp,
    /// Move down one page.
    PageDown,
    /// Go to the first row.
    First,
    /// Go to the last row.
    Last,
    /// Open what is under the cursor, or accept.
    Open,
    /// One step back: close, cancel, leave.
    Back,
    /// Give the keys to the next panel.
    NextPanel,
    /// Give the keys to the panel before.
    PrevPanel,
    /// Find by typing.
    Search,
    /// Show only some of the rows.
    Filter,
    /// Run all checks now.
    CheckAll,
    /// Sort the portfolio in the next way.
    Sort,
    /// Sort the portfolio the other way round.
    Reverse,
    /// Choose the row under the cursor to do something with, or no longer.
    Pick,
    /// Choose all rows that are shown.
    PickAll,
    /// Write a report into a file.
    Report,
    /// Go to what needs attention today.
    ShowToday,
    /// Show or hide the curve of the engagement.
    Curve,
    /// Read everything again.
    Reload,
    /// Tick or untick.
    Tick,
    /// Sign the stage as a whole.
    Sign,
    /// Run the check now.
    Check,
    /// Make a remark.
    Note,
    /// Attach evidence.
    Evidence,
    /// Mark as not applicable.
    NotApplicable,
    /// Send back.
    Reject,
    /// Ask for an exception, or grant one.
    Waive,
    /// Open a gate in an emergency, or end one.
    BreakGlass,
    /// Take back one's own last act.
    Undo,
    /// Start an action of the item.
    Action,
    /// Show what holds the gate.
    Why,
    /// Show decisions and fields.
    Facts,
    /// Show the people and their roles.
    Members,
    /// Agree on a decision.
    Confirm,
    /// Give a role to a person.
    Assign,
    /// Take a role from a person.
    Unassign,
    /// Let a person sign with a further key.
    AddKey,
    /// Revoke a key of a person.
    RevokeKey,
    /// Take a person off.
    RemoveMember,
    /// Go to the list of all engagements.
    ShowPortfolio,
    /// Go to the engagement's stages and items.
    ShowEngagement,
    /// Go to what waits for my roles, everywhere.
    ShowMyWork,
    /// Go to the presenter's view of the kickoff.
    ShowKickoff,
    /// Go to the live checks.
    ShowReadiness,
    /// Go to the go/no-go board.
    ShowValidation,
    /// Go to the log.
    ShowHistory,
    /// Go on to the next point of the agenda.
    Next,
    /// Go back to the point before.
    Previous,
    /// Mark the row.
    Mark,
    /// Tick all that is marked.
    TickMarked,
    /// Have another person sign what is marked.
    NextSigner,
    /// Take back all that was ticked together.
    UndoBulk,
    /// Write down an open point.
    Remark,
    /// Write the minutes.
    Minutes,
    /// Begin the kickoff now.
    Begin,
    /// Copy something.
    Copy,
    /// Open a link.
    OpenLink,
    /// Say yes.
    Yes,
    /// Show the keys.
    Help,
    /// Show every act by name.
    Palette,
    /// Leave golive.
    Quit,
}

impl Act {
    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Where the keys go. The configuration knows each by its name in `snake_case`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Context {
    /// The list of all engagements.
    Portfolio,
    /// What needs attention today.
    Today,
    /// What waits for my roles, everywhere.
    MyWork,
    /// The live checks of all engagements.
    AllChecks,
    /// One engagement: its stages and items.
    Engagement,
    /// The presenter's view of one engagement.
    Kickoff,
    /// The live checks of one engagement.
    Readiness,
    /// The go/no-go board of one engagement.
    Validation,
    /// The log of one engagement.
    History,
    /// Typing a search on a screen.
    Search,
    /// A window with rows to take one from.
    List,
    /// A window with something to read.
    Reading,
    /// The window of decisions and fields.
    Facts,
    /// The window of people.
    Members,
    /// The help: typing over lines to read.
    Help,
    /// The palette: typing over a list.
    Palette,
    /// Typing into a window.
    Input,
    /// Typing on a page of the kickoff.
    Draft,
    /// A question.
    Confirm,
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 19] = [
        Self::Portfolio,
        Self::Today,
        Self::MyWork,
        Self::AllChecks,
        Self::Engagement,
        Self::Kickoff,
        Self::Readiness,
        Self::Validation,
        Self::History,
        Self::Search,
        Self::List,
        Self::Reading,
        Self::Facts,
        Self::Members,
        Self::Help,
        Self::Palette,
        Self::Input,
        Self::Draft,
        Self::Confirm,
    ];

    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether it is a screen, and no window or text over one.
    pub fn is_screen(self) -> bool {
        SCREENS.contains(&self)
    }

    /// Whether letters are text there.
    pub fn typing(self) -> bool {
        TYPING.contains(&self)
    }

    /// Its name in the help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Portfolio => "Portfolio",
            Self::Today => "Today",
            Self::MyWork => "My work",
            Self::AllChecks => "Readiness of all",
            Self::Engagement => "Engagement",
            Self::Kickoff => "Kickoff",
            Self::Readiness => "Readiness",
            Self::Validation => "Validation",
            Self::History => "History",
            Self::Search => "While searching",
            Self::List => "In a window",
            Self::Reading => "While reading",
            Self::Facts => "Decisions and fields",
            Self::Members => "People",
            Self::Help => "In this help",
            Self::Palette => "In the palette",
            Self::Input => "While typing",
            Self::Draft => "While typing in the kickoff",
            Self::Confirm => "At a question",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Where it holds.
    pub contexts: &'static [Context],
    /// Keys that do it, the one to show first.
    pub keys: &'static [Key],
    /// What they do.
    pub act: Act,
    /// The same in words, one line.
    pub help: &'static str,
    /// The word in the footer, if it stands there.
    pub footer: Option<&'static str>,
}

const LISTS: &[Context] = &[
    Context::Portfolio,
    Context::Today,
    Context::MyWork,
    Context::AllChecks,
    Context::Engagement,
    Context::Kickoff,
    Context::Readiness,
    Context::Validation,
    Context::History,
    Context::List,
    Reading,
    Context::Facts,
    Context::Members,
];
const TYPED_LISTS: &[Context] = &[Context::Search, Context::Palette, Context::Help, Context::Draft];
/// Every screen.
const SCREENS: &[Context] = &[
    Context::Portfolio,
    Context::Today,
    Context::MyWork,
    Context::AllChecks,
    Context::Engagement,
    Context::Kickoff,
    Context::Readiness,
    Context::Validation,
    Context::History,
];
/// The screens of all engagements.
const OVERVIEWS: &[Context] = &[Context::Portfolio, Context::Today, Context::MyWork, Context::AllChecks];
/// The screens of one engagement.
const ROOMS: &[Context] =
    &[Context::Engagement, Context::Kickoff, Context::Readiness, Context::Validation, Context::History];
/// Screens with a search.
const SEARCHED: &[Context] = &[Context::Portfolio, Context::Engagement, Context::History];
/// Screens with something to copy.
const COPIED: &[Context] = &[Context::Portfolio, Context::Engagement];
const WINDOWS: &[Context] = &[Context::List, Context::Facts, Context::Members];
const TYPING: &[Context] =
    &[Context::Search, Context::Palette, Context::Input, Context::Draft, Context::Help];
/// Where typing ends in something being taken.
const TAKING: &[Context] = &[Context::Search, Context::Palette, Context::Input, Context::Draft];

const fn row(
    contexts: &'static [Context],
    keys: &'static [Key],
    act: Act,
    help: &'static str,
    footer: Option<&'static str>,
) -> Binding {
    Binding { contexts, keys, act, help, footer }
}

use Context::{Confirm, Engagement, Facts, History, Kickoff, Members, Portfolio, Readiness, Reading};
use Key::{Char, Ctrl};

/// The table, in the order of footer and help.
pub static KEYMAP: &[Binding] = &[
    row(&[Engagement], &[Char(' ')], Act::Tick, "tick or untick the box under the cursor", Some("tick")),
    row(&[Engagement], &[Char('s')], Act::Sign, "sign the stage as a whole", Some("sign")),
    row(&[Engagement], &[Char('c')], Act::Check, "run the item's check now", Some("check now")),
    row(&[Readiness], &[Key::Enter], Act::Open, "go to the item that the check is of", Some("item")),
    row(&[Readiness], &[Char('c')], Act::Check, "run the check under the cursor now", Some("check now")),
    row(&[Readiness], &[Char('C')], Act::CheckAll, "run all checks now", Some("all")),
    row(
        &[Readiness],
        &[Char('f')],
        Act::Filter,
        "show all, failing, pending or unknown ones",
        Some("filter"),
    ),
    row(&[Readiness], &[Key::Tab, Key::Right], Act::NextPanel, "give the keys to the details", None),
    row(&[Readiness], &[Key::BackTab, Key::Left], Act::PrevPanel, "give the keys to the checks", None),
    row(&[History], &[Key::Enter], Act::Open, "open the event down to its signature", Some("open")),
    row(
        &[History],
        &[Char('f')],
        Act::Filter,
        "show only some: by kind, person, stage, item",
        Some("filter"),
    ),
    row(&[Engagement], &[Char('n')], Act::Note, "make a remark on the item", Some("note")),
    row(&[Engagement], &[Char('e')], Act::Evidence, "attach evidence, or take some off", Some("evidence")),
    row(&[Engagement], &[Char('a')], Act::Action, "start an action of the item", Some("action")),
    row(&[Engagement], &[Char('x')], Act::NotApplicable, "mark the item as not applicable", None),
    row(&[Engagement], &[Char('r')], Act::Reject, "send the item back with a reason", None),
    row(&[Engagement], &[Char('w')], Act::Waive, "ask for an exception, or grant one asked for", None),
    row(&[Engagement], &[Char('!')], Act::BreakGlass, "break-glass: open a gate in an emergency", None),
    row(&[Engagement], &[Char('b')], Act::Why, "show what holds the stage's gate shut", Some("why")),
    row(&[Kickoff], &[Char('n'), Key::Right], Act::Next, "go on to the next point", Some("next")),
    row(&[Kickoff], &[Char('p'), Key::Left], Act::Previous, "go back to the point before", Some("previous")),
    row(&[Kickoff], &[Key::Enter], Act::Open, "type it, or take the row under the cursor", Some("answer")),
    row(&[Kickoff], &[Char(' ')], Act::Mark, "mark the row; where there is none, go on", Some("mark")),
    row(&[Kickoff], &[Char('c')], Act::Confirm, "agreed in the room: confirm the decision", Some("agreed")),
    row(&[Kickoff], &[Char('t')], Act::TickMarked, "tick all that is marked", Some("tick marked")),
    row(
        &[Kickoff],
        &[Char('o')],
        Act::NextSigner,
        "have another person sign what is marked",
        Some("other signer"),
    ),
    row(&[Kickoff], &[Char('U')], Act::UndoBulk, "take back all that was ticked together", Some("undo all")),
    row(
        &[Kickoff],
        &[Char('x'), Key::Delete],
        Act::Unassign,
        "take the role from the person",
        Some("remove"),
    ),
    row(
        &[Kickoff],
        &[Char('w')],
        Act::Minutes,
        "write the minutes as Markdown and HTML",
        Some("write minutes"),
    ),
    row(&[Kickoff], &[Char('i')], Act::Remark, "write down an open point", Some("open point")),
    row(&[Kickoff], &[Char('b')], Act::Begin, "begin the kickoff now, and its minutes", None),
    row(&[Kickoff], &[Key::Tab], Act::NextPanel, "to the next part of the agenda", None),
    row(&[Kickoff], &[Key::BackTab], Act::PrevPanel, "to the part of the agenda before", None),
    row(ROOMS, &[Char('u')], Act::Undo, "take back your own last act", Some("undo")),
    row(ROOMS, &[Char('d')], Act::Facts, "show decisions and fields", Some("decisions")),
    row(ROOMS, &[Char('m')], Act::Members, "show the people and their roles", Some("people")),
    row(OVERVIEWS, &[Key::Enter, Char('l')], Act::Open, "open the engagement", Some("open")),
    row(&[Engagement], &[Key::Enter], Act::Open, "go into the stage, or into the item's detail", None),
    row(&[Portfolio], &[Char('t')], Act::ShowToday, "go to what needs attention today", Some("today")),
    row(&[Portfolio], &[Char('f')], Act::Filter, "show only mine, stuck, due, regressed...", Some("filter")),
    row(
        &[Context::AllChecks],
        &[Char('f')],
        Act::Filter,
        "show only failing, unknown, pending...",
        Some("filter"),
    ),
    row(&[Portfolio], &[Char('o')], Act::Sort, "sort by urgency or a column", Some("sort")),
    row(&[Portfolio], &[Char('O')], Act::Reverse, "sort the other way round", None),
    row(&[Portfolio], &[Char(' ')], Act::Pick, "select the engagement, or no longer", Some("select")),
    row(&[Portfolio], &[Char('*')], Act::PickAll, "select all that are shown, or none", None),
    row(&[Portfolio], &[Char('a')], Act::Assign, "give a role to a person in the selected", None),
    row(&[Portfolio], &[Char('r')], Act::Report, "write a report on the selected into a file", None),
    row(&[Portfolio, History], &[Char('v')], Act::Curve, "show or hide what was done when", None),
    row(COPIED, &[Char('y')], Act::Copy, "copy an id, a link or a command", Some("copy")),
    row(&[Engagement], &[Char('o')], Act::OpenLink, "open a link of the item", None),
    row(SEARCHED, &[Char('/')], Act::Search, "find by typing", Some("find")),
    row(OVERVIEWS, &[Ctrl('r')], Act::Reload, "read all engagements again", None),
    row(ROOMS, &[Ctrl('r')], Act::Reload, "read the engagement again", None),
    row(&[Confirm], &[Char('y'), Key::Enter], Act::Yes, "yes", Some("yes")),
    row(&[Confirm], &[Char('n'), Key::Esc, Char('q')], Act::Back, "no", Some("no")),
    row(&[Context::List], &[Key::Enter], Act::Open, "take the row under the cursor", Some("choose")),
    row(&[Facts], &[Key::Enter, Char('e')], Act::Open, "change the value under the cursor", Some("change")),
    row(&[Facts], &[Char('c')], Act::Confirm, "agree on the decision under the cursor", Some("agree")),
    row(&[Members], &[Key::Enter, Char('a')], Act::Assign, "give the role to a person", Some("assign")),
    row(
        &[Members],
        &[Char('d'), Key::Delete],
        Act::Unassign,
        "take the role from the person",
        Some("remove"),
    ),
    row(&[Members], &[Char('K')], Act::AddKey, "let the person sign with a further key", None),
    row(&[Members], &[Char('R')], Act::RevokeKey, "revoke a key of the person", None),
    row(&[Members], &[Char('X')], Act::RemoveMember, "take the person off, with roles and keys", None),
    row(TAKING, &[Key::Enter], Act::Open, "accept", Some("accept")),
    row(TAKING, &[Key::Esc], Act::Back, "cancel", Some("cancel")),
    row(&[Context::Help], &[Key::Esc, Key::Enter, Key::F(1)], Act::Back, "close the help", Some("close")),
    row(&[Reading], &[Key::Esc, Char('q'), Key::Enter], Act::Back, "close the window", Some("close")),
    row(WINDOWS, &[Key::Esc, Char('q')], Act::Back, "close the window", Some("close")),
    row(&[Engagement], &[Key::Tab, Key::Right], Act::NextPanel, "give the keys to the next panel", None),
    row(&[Engagement], &[Key::BackTab, Key::Left], Act::PrevPanel, "give the keys to the panel before", None),
    row(&[Engagement], &[Key::Esc], Act::Back, "back: search, panel, portfolio", None),
    row(&[Portfolio], &[Key::Esc], Act::Back, "end search, selection, filters", None),
    row(
        &[Context::Today, Context::MyWork, Context::AllChecks],
        &[Key::Esc],
        Act::Back,
        "back to the portfolio",
        None,
    ),
    row(
        &[Context::Kickoff, Context::Readiness, Context::Validation, Context::History],
        &[Key::Esc],
        Act::Back,
        "back to the engagement",
        None,
    ),
    row(SCREENS, &[Char('1')], Act::ShowPortfolio, "go to all engagements", None),
    row(SCREENS, &[Char('2')], Act::ShowEngagement, "go to the engagement's items", None),
    row(SCREENS, &[Char('3')], Act::ShowMyWork, "go to what waits for me", None),
    row(SCREENS, &[Char('4')], Act::ShowKickoff, "go to the kickoff", None),
    row(SCREENS, &[Char('5')], Act::ShowReadiness, "go to the live checks", None),
    row(SCREENS, &[Char('6')], Act::ShowValidation, "go to the go/no-go board", None),
    row(SCREENS, &[Char('7')], Act::ShowHistory, "go to the log", None),
    row(LISTS, &[Char('j'), Key::Down], Act::Down, "down", None),
    row(LISTS, &[Char('k'), Key::Up], Act::Up, "up", None),
    row(LISTS, &[Key::PageDown, Ctrl('d')], Act::PageDown, "one page down", None),
    row(LISTS, &[Key::PageUp, Ctrl('u')], Act::PageUp, "one page up", None),
    row(LISTS, &[Char('g'), Key::Home], Act::First, "to the first row", None),
    row(LISTS, &[Char('G'), Key::End], Act::Last, "to the last row", None),
    row(TYPED_LISTS, &[Key::Down], Act::Down, "down", None),
    row(TYPED_LISTS, &[Key::Up], Act::Up, "up", None),
    row(TYPED_LISTS, &[Key::PageDown], Act::PageDown, "one page down", None),
    row(TYPED_LISTS, &[Key::PageUp], Act::PageUp, "one page up", None),
    row(SCREENS, &[Char(':'), Ctrl('p')], Act::Palette, "list every act by name", Some("palette")),
    row(SCREENS, &[Char('?'), Key::F(1)], Act::Help, "show the keys", Some("help")),
    row(SCREENS, &[Char('q')], Act::Quit, "leave golive", Some("quit")),
    row(&Context::ALL, &[Ctrl('c')], Act::Quit, "leave golive at once", None),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use strum::IntoEnumIterator as _;

    fn rows(context: Context) -> impl Iterator<Item = &'static Binding> {
        KEYMAP.iter().filter(move |b| b.contexts.contains(&context))
    }

    #[test]
    fn no_key_is_bound_twice_in_one_context() {
        for context in Context::ALL {
            let mut seen = HashSet::new();
            for key in rows(context).flat_map(|b| b.keys) {
                assert!(seen.insert(*key), "{key:?} twice in {context:?}");
            }
        }
    }

    #[test]
    fn every_context_can_be_left_and_quit() {
        for context in Context::ALL {
            assert!(rows(context).any(|b| matches!(b.act, Act::Back | Act::Quit)), "{context:?}");
            assert_eq!(Keymap::default().act(context, Ctrl('c')), Some(Act::Quit));
        }
    }

    #[test]
    fn typing_takes_no_letter_for_an_act() {
        for context in TYPING.iter().copied() {
            assert!(rows(context).flat_map(|b| b.keys).all(|k| !matches!(k, Char(_))));
        }
    }

    #[test]
    fn every_act_has_a_row() {
        let unbound: Vec<Act> = Act::iter().filter(|act| !KEYMAP.iter().any(|b| b.act == *act)).collect();
        assert!(unbound.is_empty(), "{unbound:?}");
    }

    #[test]
    fn help_is_one_short_line() {
        assert!(KEYMAP.iter().all(|b| !b.help.is_empty() && b.help.len() <= 50));
    }
}
