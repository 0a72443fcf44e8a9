//! [`SafeText`]: the only text from outside that reaches a terminal or a report.
//!
//! Runbooks, HTTP bodies, names and notes are hostile until shown otherwise. A terminal obeys control
//! characters, bidirectional overrides reorder what a person reads, and invisible characters make two
//! different names look alike. All of them are *shown* instead: `\u{1b}` becomes `␛`, a right-to-left
//! override becomes `⟨202E⟩`. Ordinary letters of every script, emoji included, pass as they are.

use std::fmt::{self, Write as _};

/// Text in which nothing is left that a terminal or a reader could be deceived by. One line: line
/// breaks become spaces; [`SafeText::lines`] keeps them apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SafeText(String);

/// More combining marks than this on one character are dropped: stacked marks paint over the lines
/// above and below.
const MAX_MARKS: usize = 4;

impl SafeText {
    /// Makes any text safe to show on one line.
    pub fn new(text: &str) -> Self {
        if is_plain(text) {
            return Self(text.to_owned());
        }
        let mut out = String::with_capacity(text.len() + 8);
        let mut marks = 0;
        for c in text.chars() {
            if is_mark(c) {
                marks += 1;
                if marks > MAX_MARKS {
                    continue;
                }
            } else {
                marks = 0;
            }
            push_safe(&mut out, c);
        }
        Self(out)
    }

    /// Makes each line of a text safe by itself. An empty text has no lines.
    pub fn lines(text: &str) -> Vec<Self> {
        text.lines().map(Self::new).collect()
    }

    /// At most `max` characters, with `…` in place of the rest.
    pub fn clipped(text: &str, max: usize) -> Self {
        let safe = Self::new(text);
        if safe.0.len() <= max {
            return safe;
        }
        if safe.0.chars().count() <= max {
            return safe;
        }
        let mut short: String = safe.0.chars().take(max.saturating_sub(1)).collect();
        short.push('…');
        Self(short)
    }

    /// The safe text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<SafeText> for String {
    fn from(text: SafeText) -> String {
        text.0
    }
}

impl AsRef<str> for SafeText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Whether a text is printable ASCII, and so safe as it is. Nearly all are: it is looked at without an early end,
/// many bytes at a time.
pub fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |plain, b| plain & (0x20..0x7f).contains(&b))
}

fn push_safe(out: &mut String, c: char) {
    match c {
        '\n' | '\t' | '\r' => out.push(' '),
        '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}')),
        '\u{7f}' => out.push('\u{2421}'),
        _ if is_deceptive(c) => {
            let _ = write!(out, "⟨{:04X}⟩", c as u32);
        }
        _ => out.push(c),
    }
}

/// Characters that a terminal obeys or that a reader cannot see: C1 controls, bidirectional
/// embeddings, overrides and isolates (Unicode TR 36, section 3), line and paragraph separators, tags,
/// zero-width characters but the joiner that emoji need, interlinear annotations, fillers.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
        | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e000}'..='\u{f8ff}'
        | '\u{e0000}'..='\u{e0fff}'
        | '\u{f0000}'..='\u{10ffff}')
}

fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_shown_not_sent() {
        assert_eq!(SafeText::new("a\u{1b}[2Jb\u{7}").as_str(), "a␛[2Jb␇");
        assert_eq!(SafeText::new("\u{9b}31m").as_str(), "⟨009B⟩31m");
        assert_eq!(SafeText::new("x\u{7f}").as_str(), "x␡");
    }

    #[test]
    fn bidi_and_invisible_characters_are_shown() {
        assert_eq!(SafeText::new("pay\u{202e}lap").as_str(), "pay⟨202E⟩lap");
        assert_eq!(SafeText::new("a\u{200b}b\u{e0041}").as_str(), "a⟨200B⟩b⟨E0041⟩");
        assert_eq!(SafeText::new("a\u{2028}b").as_str(), "a⟨2028⟩b");
    }

    #[test]
    fn ordinary_scripts_and_emoji_pass() {
        for text in ["Łódź", "東京", "שלום", "👩‍💻", "café"] {
            assert_eq!(SafeText::new(text).as_str(), text);
        }
    }

    #[test]
    fn stacked_marks_are_cut() {
        let zalgo = format!("a{}", "\u{301}".repeat(40));
        assert_eq!(SafeText::new(&zalgo).as_str().chars().count(), 1 + MAX_MARKS);
    }

    #[test]
    fn a_line_break_does_not_break_the_line() {
        assert_eq!(SafeText::new("a\nb\r\nc").as_str(), "a b  c");
        assert_eq!(SafeText::lines("a\nb").len(), 2);
    }

    #[test]
    fn clipping_counts_characters() {
        assert_eq!(SafeText::clipped("abcdef", 4).as_str(), "abc…");
        assert_eq!(SafeText::clipped("abcd", 4).as_str(), "abcd");
    }
}
