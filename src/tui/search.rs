//! Finding by typing: every word must be in the text somewhere, whatever its case; best match first.
//!
//! Words and not loose letters: over ten thousand rows with names, stages and people in each, three letters
//! in some order are everywhere.

use std::borrow::Cow;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

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
        let text = searched(text);
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
        let text = searched(text);
        let text = Utf32Str::new(&text, &mut self.chars);
        self.pattern.score(text, &mut self.matcher)
    }

    /// Which characters of the text, the query has met, in order.
    pub fn hits(&mut self, text: &str) -> Vec<usize> {
        let mut hits = Vec::new();
        let text = searched(text);
        let text = Utf32Str::new(&text, &mut self.chars);
        if self.pattern.indices(text, &mut self.matcher, &mut hits).is_none() {
            return Vec::new();
        }
        in_order(hits)
    }
}

fn in_order(hits: Vec<u32>) -> Vec<usize> {
    let mut hits: Vec<usize> = hits.into_iter().map(|i| i as usize).collect();
    hits.sort_unstable();
    hits.dedup();
    hits
}

/// What is looked at of a text. The matcher (nucleo 0.3.1) overlooks a word at the very end of a text that is
/// not ASCII, so that such a text gets another end.
fn searched(text: &str) -> Cow<'_, str> {
    let text = head(text);
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(format!("{text} ")) }
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
    fn a_word_at_the_end_is_found_in_every_script() {
        assert_eq!(Finder::new("bank").hits("Łódź Bank"), [5, 6, 7, 8]);
        assert_eq!(Finder::new("ller").hits("Müller"), [2, 3, 4, 5]);
        assert_eq!(Finder::new("京").hits("東京"), [1]);
    }

    #[test]
    fn a_word_may_stand_in_another_of_several_texts() {
        assert_eq!(Finder::new("lin tick").any_hits("Lin Chen"), [0, 1, 2]);
        assert!(Finder::new("lin tick").hits("Lin Chen").is_empty());
    }

    #[test]
    fn an_endless_text_and_query_are_cut() {
        let mut finder = Finder::new(&"a".repeat(10_000));
        assert!(finder.score(&"a".repeat(1_000_000)).is_some());
    }
}
