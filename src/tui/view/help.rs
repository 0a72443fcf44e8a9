//! The keys of a screen, made from the keymap, and what the signs mean.

use crate::domain::assess::Status;
use crate::tui::keymap::{Context, Keymap};
use crate::tui::look::Look;

use super::pen::Words;

/// One row of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelpRow {
    /// A heading.
    Title(&'static str),
    /// Keys and what they do.
    Keys(String, &'static str),
    /// A status, with its sign.
    Sign(Status),
    /// Nothing.
    Gap,
}

/// The rows of a screen's help: its own keys, those of windows and typing, and the signs.
pub fn rows(context: Context, keys: &Keymap) -> Vec<HelpRow> {
    let mut out = Vec::new();
    let others = [Context::Search, Context::List, Context::Facts, Context::Members, Context::Input];
    let shown: Vec<Context> = match context {
        Context::Portfolio | Context::Today | Context::MyWork | Context::AllChecks => {
            vec![context, Context::Search, Context::List]
        }
        Context::Kickoff => [context, Context::Draft, Context::List, Context::Facts, Context::Members].into(),
        Context::Engagement | Context::Readiness | Context::Validation | Context::History => {
            std::iter::once(context).chain(others).collect()
        }
        Context::Search
        | Context::List
        | Context::Reading
        | Context::Facts
        | Context::Members
        | Context::Palette
        | Context::Input
        | Context::Draft
        | Context::Confirm => vec![context],
    };
    for context in shown {
        if !out.is_empty() {
            out.push(HelpRow::Gap);
        }
        out.push(HelpRow::Title(context.title()));
        for binding in keys.rows(context).iter().filter(|row| !row.keys.is_empty()) {
            let names: Vec<_> = binding.keys.iter().map(|k| k.name()).collect();
            out.push(HelpRow::Keys(names.join(" "), binding.help));
        }
    }
    if context == Context::Engagement {
        out.push(HelpRow::Gap);
        out.push(HelpRow::Title("Signs"));
        out.extend(
            [
                Status::Done,
                Status::Todo,
                Status::Partly,
                Status::Regressed,
                Status::Rejected,
                Status::Expired,
                Status::Stale,
                Status::Waived,
                Status::NotApplicable,
            ]
            .map(HelpRow::Sign),
        );
    }
    out
}

/// A row in words.
pub(super) fn words(row: &HelpRow, look: &Look) -> Words {
    let theme = &look.theme;
    match row {
        HelpRow::Title(title) => Words::new(*title, theme.title),
        HelpRow::Keys(keys, help) => Words::new(format!("  {keys:<16}"), theme.key).and(*help, theme.text),
        HelpRow::Sign(status) => Words::new("  ", theme.text)
            .and(look.glyphs.status(*status), theme.status(*status))
            .and(format!("               {}", status.word()), theme.text),
        HelpRow::Gap => Words::default(),
    }
}
