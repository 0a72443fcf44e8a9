//! Telling a demo on the command line: one line an act, who on the left and what on the right.
//!
//! ```text
//! Stage 0  Invitation and KYC
//!   by itself     ✓ Invitation is accepted, the merchant has joined the organization
//!                   KYC status: 2 expectations met
//!   refused       ✗ Ruth Adler ticks "Business goals and expected volume are
//!                   written down"
//!                   stage 'Discovery' (discovery) is shut
//! ```

use unicode_width::UnicodeWidthStr as _;

use super::super::out::{Out, Tone};
use super::cast::Person;
use super::play::{Given, Look};
use crate::app::{AppError, Change, Refused};
use crate::domain::runbook::Runbook;
use crate::domain::text::SafeText;
use crate::domain::verdict::Verdict;
use crate::error::Failure;

/// The width of the left column: the longest name of the cast and a gap.
const WHO: usize = 14;
/// Where the text of an act begins: behind a margin, the left column, a mark and a space.
const TEXT: usize = 2 + WHO + 2;
/// The width of everything, in columns: what any terminal has.
const WIDTH: usize = 80;
/// The longest text of somebody else that is told, in characters.
const SAID: usize = 300;
/// Hints that are told of a refusal; of the others only the number is said.
const HINTS: usize = 2;

/// What a line is about. Never told by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Done, passed, signed.
    Ticked,
    /// Refused, failed, open again.
    Refused,
    /// Not yet.
    Waits,
    /// Nobody can say.
    Unknown,
    /// Something is known or decided that was not.
    Set,
    /// Something happened outside.
    Outside,
    /// Not needed here.
    Skipped,
    /// Just so.
    Plain,
}

impl Mark {
    fn sign(self) -> char {
        match self {
            Self::Ticked => '✓',
            Self::Refused => '✗',
            Self::Waits => '…',
            Self::Unknown => '?',
            Self::Set => '=',
            Self::Outside => '!',
            Self::Skipped => '-',
            Self::Plain => ' ',
        }
    }

    fn tone(self) -> Tone {
        match self {
            Self::Ticked => Tone::Good,
            Self::Refused => Tone::Bad,
            Self::Waits | Self::Unknown | Self::Outside => Tone::Waiting,
            Self::Skipped => Tone::Faint,
            Self::Set | Self::Plain => Tone::Plain,
        }
    }

    fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Ticked,
            Verdict::Fail => Self::Refused,
            Verdict::Pending => Self::Waits,
            Verdict::Unknown => Self::Unknown,
        }
    }
}

/// Tells a demo. A reader who leaves early ends nothing: the rest is told to nobody.
pub(super) struct Narrator<'o> {
    out: &'o mut Out,
}

impl<'o> Narrator<'o> {
    pub(super) fn new(out: &'o mut Out) -> Self {
        Self { out }
    }

    /// A line of its own.
    pub(super) fn say(&mut self, text: &str) {
        self.tell(Tone::Plain, 0, text);
    }

    /// A free line.
    pub(super) fn pause(&mut self) {
        self.out.line("");
    }

    /// The title of what follows.
    pub(super) fn heading(&mut self, text: &str) {
        self.pause();
        self.tell(Tone::Strong, 0, text);
    }

    /// Something that happens: who or how, a mark, and what.
    pub(super) fn act(&mut self, who: &str, mark: Mark, what: &str) {
        let sign = self.out.paint(mark.tone(), mark.sign());
        let mut indent = format!("  {:<WHO$}{sign} ", SafeText::new(who));
        for line in wrapped(WIDTH - TEXT, what) {
            self.out.line(format_args!("{indent}{line}"));
            indent = " ".repeat(TEXT);
        }
        self.out.flush();
    }

    /// More about the line before.
    pub(super) fn detail(&mut self, text: &str) {
        self.tell(Tone::Faint, TEXT, text);
    }

    fn tell(&mut self, tone: Tone, indent: usize, text: &str) {
        for line in wrapped(WIDTH - indent, text) {
            let line = self.out.paint(tone, line);
            self.out.line(format_args!("{:indent$}{line}", ""));
        }
        self.out.flush();
    }

    /// What results of checks changed; results that changed nothing are not told.
    pub(super) fn looks(&mut self, runbook: &Runbook, looks: &[Look]) {
        for look in looks {
            let said = &look.observation.summary;
            for change in &look.changes {
                match change {
                    Change::Ticked(item) => {
                        self.act("by itself", Mark::Ticked, title_of(runbook, item.as_str()));
                        self.detail(said);
                    }
                    Change::Reopened(item) => {
                        self.act("open again", Mark::Refused, title_of(runbook, item.as_str()));
                    }
                    Change::Captured(field) => self.act("by itself", Mark::Set, field.as_str()),
                    // The tick that came of it says so.
                    Change::Settled(_, Verdict::Pass) if look.ticked() => {}
                    Change::Settled(check, verdict) => {
                        let title = runbook.checks.get(check).map_or(check.as_str(), |c| c.title.as_str());
                        self.act("check", Mark::of(*verdict), &format!("{title}: {}", verdict.word()));
                        if *verdict != Verdict::Pass {
                            self.detail(said);
                        }
                    }
                }
            }
        }
    }

    /// Approvals.
    pub(super) fn given(&mut self, given: &[Given]) {
        for approval in given {
            let boxes =
                if approval.boxes > 0 { format!(", {} boxes", approval.boxes) } else { String::new() };
            let evidence = if approval.evidence > 0 { ", with evidence" } else { "" };
            self.act(approval.by.name, Mark::Ticked, &format!("{}{boxes}{evidence}", approval.title));
        }
    }

    /// A refusal that was provoked, in the words of the command line.
    pub(super) fn refused(&mut self, by: &Person, tried: &str, refused: Box<Refused>) {
        self.act("refused", Mark::Refused, &format!("{} {tried}", by.name));
        let failure = Failure::from(AppError::Refused(refused));
        self.detail(&failure.to_string());
        // What to type would be typed in vain: the engagement is gone when the demo is.
        let hints: Vec<&String> = failure.hints.iter().filter(|h| !h.starts_with("golive ")).collect();
        for hint in hints.iter().take(HINTS) {
            self.detail(hint);
        }
        if hints.len() > HINTS {
            self.detail(&format!("and {} more", hints.len() - HINTS));
        }
    }
}

fn title_of<'a>(runbook: &'a Runbook, item: &'a str) -> &'a str {
    runbook.item(item).map_or(item, |(_, i)| i.title.as_str())
}

/// A text of anybody's, made safe, in lines of so many columns. A single longer word stays whole.
fn wrapped(room: usize, text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in SafeText::clipped(text, SAID).as_str().split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_goes_on_in_the_next() {
        let text = "word ".repeat(20);
        let lines = wrapped(62, text.trim());
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines.iter().all(|line| line.width() <= 62), "{lines:?}");
        assert_eq!(lines.join(" "), text.trim());
    }

    #[test]
    fn spaces_that_align_stay() {
        assert_eq!(wrapped(80, "Stage 0  Invitation"), ["Stage 0  Invitation"]);
    }

    #[test]
    fn what_others_say_cannot_move_the_cursor_or_fill_the_screen() {
        let told = wrapped(80, &format!("\u{1b}[2J{}", "x".repeat(10_000))).join("\n");
        assert!(!told.contains('\u{1b}') && told.len() < 1000, "{told}");
    }
}
