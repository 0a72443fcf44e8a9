//! "Did you mean": the nearest of the words there are.

use super::fault::Gathering;
use crate::domain::nearest::nearest;

/// Names longer than this are not compared: the comparison is quadratic in their length.
const MAX_NAME: usize = 64;
/// Of more words than this, only the first are compared.
const MAX_WORDS: usize = 1000;
/// As many words are listed when none is near.
const MAX_LISTED: usize = 12;

/// A hint for a word that is none of those there are; none when the fault would not be kept anyway.
pub(crate) fn hint<'k, I>(word: &str, known: impl Fn() -> I, out: &Gathering<'_>) -> Option<String>
where
    I: Iterator<Item = &'k str>,
{
    if out.full() {
        return None;
    }
    let comparable = known().take(MAX_WORDS).filter(|k| k.len() <= MAX_NAME);
    if word.len() <= MAX_NAME
        && let Some(near) = nearest(word, comparable)
    {
        return Some(format!("did you mean '{near}'?"));
    }
    let listed: Vec<&str> = known().take(MAX_LISTED + 1).collect();
    match listed.len() {
        0 => None,
        n if n > MAX_LISTED => Some(format!("there are {}, …", listed[..MAX_LISTED].join(", "))),
        _ => Some(format!("there are {}", listed.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_suggested_and_when_none_is_near_all_are_listed() {
        let known = ["developer", "business", "qa"];
        let out = Gathering::new("x", b"");
        let hint = |word| hint(word, || known.into_iter(), &out).unwrap();
        assert_eq!(hint("develper"), "did you mean 'developer'?");
        assert_eq!(hint("zzzzzz"), "there are developer, business, qa");
        assert_eq!(hint(&"developer".repeat(9)), "there are developer, business, qa");
    }
}
