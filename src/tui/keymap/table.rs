//! The table: to add an act, add a row.

use super::{Act, Context};
use crate::tui::input::Key;

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

/// Where a cursor goes over rows, or lines are scrolled.
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
    Confirm,
];
/// Lists where `g` does nothing else.
const G_LISTS: &[Context] = &[
    Context::Portfolio,
    Context::Today,
    Context::MyWork,
    Context::AllChecks,
    Context::Engagement,
    Context::Kickoff,
    Context::Readiness,
    Context::History,
    Context::List,
    Reading,
    Context::Facts,
    Context::Members,
    Confirm,
];
const TYPED_LISTS: &[Context] = &[Context::Search, Context::Palette, Context::Help, Context::Draft];
/// Every screen.
pub(super) const SCREENS: &[Context] = &[
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
/// Screens with a search; the kickoff shows one thing at a time.
const SEARCHED: &[Context] = &[
    Context::Portfolio,
    Context::Today,
    Context::MyWork,
    Context::AllChecks,
    Context::Engagement,
    Context::Readiness,
    Context::Validation,
    Context::History,
];
/// Where there is something to copy.
const COPIED: &[Context] = &[
    Context::Portfolio,
    Context::Today,
    Context::MyWork,
    Context::AllChecks,
    Context::Engagement,
    Context::Readiness,
    Context::Validation,
    Context::History,
];
const WINDOWS: &[Context] = &[Context::List, Context::Facts, Context::Members];
pub(super) const TYPING: &[Context] =
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

use Context::{
    AllChecks, Confirm, Engagement, Facts, History, Kickoff, Members, Portfolio, Readiness, Reading,
    Validation,
};
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
    row(&[Validation], &[Key::Enter, Char('l')], Act::Open, "open the proof of the criterion", Some("proof")),
    row(&[Validation], &[Char('c')], Act::Check, "run every check that a go depends on", Some("run all")),
    row(
        &[Validation],
        &[Char('f')],
        Act::Filter,
        "show all criteria, or only what is open",
        Some("open only"),
    ),
    row(&[Validation], &[Char('o')], Act::GoToItem, "go to the item", Some("item")),
    row(
        &[Validation],
        &[Char('g')],
        Act::Decide,
        "decide go or no-go, and write the release",
        Some("decide"),
    ),
    row(ROOMS, &[Char('u')], Act::Undo, "take back your own last act", Some("undo")),
    row(ROOMS, &[Char('d')], Act::Facts, "show decisions and fields", Some("decisions")),
    row(ROOMS, &[Char('m')], Act::Members, "show the people and their roles", Some("people")),
    row(
        &[Engagement, Validation],
        &[Char('U')],
        Act::Upgrade,
        "go over to another version of the runbook",
        None,
    ),
    row(OVERVIEWS, &[Key::Enter, Char('l')], Act::Open, "open the engagement", Some("open")),
    row(&[Engagement], &[Key::Enter], Act::Open, "go into the stage, or into the item's detail", None),
    row(&[Portfolio], &[Char('t')], Act::ShowToday, "go to what needs attention today", Some("today")),
    row(&[Portfolio], &[Char('f')], Act::Filter, "show only mine, stuck, due, regressed...", Some("filter")),
    row(&[AllChecks], &[Char('c')], Act::Check, "run the check under the cursor now", Some("check now")),
    row(&[AllChecks], &[Char('C')], Act::CheckAll, "run all checks that are shown now", Some("all")),
    row(&[AllChecks], &[Char('f')], Act::Filter, "show only failing, unknown, pending...", Some("filter")),
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
    row(&[Facts, Members], &[Char('u')], Act::Undo, "take back your own last act", Some("undo")),
    row(&[Facts, Members], &[Char('y')], Act::Copy, "copy an id, a link or a command", Some("copy")),
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
    row(G_LISTS, &[Char('g'), Key::Home], Act::First, "to the first row", None),
    row(&[Validation], &[Key::Home], Act::First, "to the first row", None),
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
