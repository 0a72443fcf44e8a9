//! Regular expressions of a runbook, bounded in size; matching is linear in the text.

use std::fmt;

/// The longest pattern, in bytes.
pub const MAX_PATTERN: usize = 512;

/// A compiled regular expression.
#[derive(Clone)]
pub struct Pattern(regex::Regex);

/// Why a pattern does not compile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    /// Longer than [`MAX_PATTERN`] bytes.
    #[error("a pattern has at most {MAX_PATTERN} bytes")]
    TooLong,
    /// It is no regular expression, or its compiled form is too large.
    #[error("the pattern does not compile: {0}")]
    Syntax(String),
}

impl Pattern {
    /// Compiles a pattern.
    pub fn new(source: &str) -> Result<Self, BadPattern> {
        Self::build(source, false)
    }

    /// Compiles a pattern that takes upper and lower case as the same.
    pub fn caseless(source: &str) -> Result<Self, BadPattern> {
        Self::build(source, true)
    }

    fn build(source: &str, caseless: bool) -> Result<Self, BadPattern> {
        if source.len() > MAX_PATTERN {
            return Err(BadPattern::TooLong);
        }
        regex::RegexBuilder::new(source)
            .case_insensitive(caseless)
            .size_limit(256 * 1024)
            .build()
            .map(Self)
            .map_err(|e| {
                // The last line of regex's message says what is wrong; the lines before draw the
                // pattern, which the caller already points at.
                let text = e.to_string();
                let last = text.lines().last().unwrap_or_default();
                BadPattern::Syntax(last.trim_start_matches("error: ").to_owned())
            })
    }

    /// Whether the pattern is found in the text; anchors are the author's.
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// The characters of a text that are the reason why it is not in the form, each once: those that the
    /// pattern takes nowhere and without which it would match. None when the reason is another one.
    pub fn strangers(&self, text: &str) -> Vec<char> {
        let mut found = Vec::new();
        if self.matches(text) {
            return found;
        }
        for c in text.chars() {
            if !found.contains(&c) && !self.matches(c.encode_utf8(&mut [0; 4])) {
                found.push(c);
            }
        }
        let rest: String = text.chars().filter(|c| !found.contains(c)).collect();
        if !self.matches(&rest) {
            found.clear();
        }
        found
    }

    /// The pattern as the author wrote it.
    pub fn source(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.source())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source() == other.source()
    }
}

impl Eq for Pattern {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_named_where_they_are_the_reason() {
        let descriptor = Pattern::new("^[A-Za-z0-9 ]+$").unwrap();
        assert_eq!(descriptor.strangers("ACME*SHOP#1*"), ['*', '#']);
        assert!(descriptor.strangers("ACME").is_empty());
        let id = Pattern::new("^org_[a-z]+$").unwrap();
        assert!(id.strangers("acme").is_empty(), "the form is wrong, no character is");
        assert!(Pattern::new("^.+$").unwrap().strangers("").is_empty());
    }
}
