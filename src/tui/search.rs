//! Finding by typing: every word must be in the text somewhere, whatever its case; best match first.
//!
//! Words and not loose letters: over ten thousand rows with names, stages and people in each, three letters
//! in some order are everywhere.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::domain::text::SafeText;

/// The longest query that is looked at, in characters.
pub const MAX_QUERY: usize = 64;
/// Only so much of a text is searched, in characters: matching takes time in proportion.
const MAX_TEXT: usize = 256;

/// A query with the memory that matching needs.
pub struct Finder {
    pattern: Pattern,
    matcher: Matcher,
    chars: Vec<char>,
}

impl Finder {
    /// A query; an empty one matches everything.
    pub fn new(query: &str) -> Self {
        let query: String = query.chars().take(MAX_QUERY).collect();
        Self {
            // Each word is taken as it is: `^`, `!` and `'` mean themselves.
            pattern: Pattern::new(
                &query,
                CaseMatching::Ignore,
                Normalization::Smart,
                nucleo_matcher::pattern::AtomKind::Substring,
            ),
            matcher: Matcher::new(Config::DEFAULT),
            chars: Vec::new(),
        }
    }

    /// Which characters of one of several texts any word of the query has met: the words may stand in the
    /// others.
    pub fn any_hits(&mut self, text: &str) -> Vec<usize> {
        let text = shown(text);
        let text = Utf32Str::new(&text, &mut self.chars);
        let mut hits = Vec::new();
        for word in &self.pattern.atoms {
            let before = hits.len();
            if word.indices(text, &mut self.matcher, &mut hits).is_none() {
                hits.truncate(before);
            }
        }
        in_order(hits)
    }

    /// How well a text matches; none when it does not.
    pub fn score(&mut self, text: &str) -> Option<u32> {
        if text.is_ascii() {
            let text = Utf32Str::new(head(text), &mut self.chars);
            return self.pattern.score(text, &mut self.matcher);
        }
        let text = shown(text);
        let text = Utf32Str::new(&text, &mut self.chars);
        self.pattern.score(text, &mut self.matcher)
    }

    /// Which characters of the text, as it is shown, the query has met, in order.
    pub fn hits(&mut self, text: &str) -> Vec<usize> {
        let mut hits = Vec::new();
        // What is shown may have more characters: a control character is spelt out.
        let text = shown(text);
        let text = Utf32Str::new(&text, &mut self.chars);
        if self.pattern.indices(text, &mut self.matcher, &mut hits).is_none() {
            return Vec::new();
        }
        in_order(hits)
    }
}

/// As much of a text as is searched, safe to show. What is not ASCII gets a blank at its end: nucleo-matcher
/// 0.3.1 does not look for a substring at the very end of such a text.
fn shown(text: &str) -> String {
    let mut text = String::from(SafeText::new(head(text)));
    if !text.is_ascii() {
        text.push(' ');
    }
    text
}

fn in_order(hits: Vec<u32>) -> Vec<usize> {
    let mut hits: Vec<usize> = hits.into_iter().map(|i| i as usize).collect();
    hits.sort_unstable();
    hits.dedup();
    hits
}

fn head(text: &str) -> &str {
    text.char_indices().nth(MAX_TEXT).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_be_there_whatever_its_case() {
        let mut finder = Finder::new("hmac WEB");
        assert!(finder.score("Webhook endpoint verifies HMAC").is_some());
        assert!(finder.score("Card scenarios").is_none());
        assert!(Finder::new("").score("anything").is_some());
    }

    #[test]
    fn the_nearer_match_scores_higher() {
        let mut finder = Finder::new("acme");
        assert!(finder.score("Acme Ltd") > finder.score("Pacmed"));
    }

    #[test]
    fn hits_point_at_the_letters() {
        assert_eq!(Finder::new("lt ac").hits("Acme Ltd"), [0, 1, 5, 6]);
    }

    #[test]
    fn hits_point_at_the_letters_that_are_shown() {
        assert_eq!(Finder::new("me").hits("Ac\u{202e}me"), [8, 9]);
        assert_eq!(Finder::new("lin tick").any_hits("Lin Chen"), [0, 1, 2]);
        assert!(Finder::new("lin tick").hits("Lin Chen").is_empty());
    }

    #[test]
    fn a_word_at_the_end_is_found_in_every_alphabet() {
        for text in ["Hans Müller", "東京カフェ", "Ωmega", "x\u{301}yz"] {
            let last: String = text.chars().skip(text.chars().count() - 2).collect();
            assert!(Finder::new(&last).score(text).is_some(), "{last} in {text}");
        }
    }

    #[test]
    fn an_endless_text_and_query_are_cut() {
        let mut finder = Finder::new(&"a".repeat(10_000));
        assert!(finder.score(&"a".repeat(1_000_000)).is_some());
    }
}
