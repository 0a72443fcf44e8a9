//! Finding words in the visible text of a page.

/// Whether a text has another in it, letter case and runs of white space aside.
pub fn contains(text: &str, wanted: &str) -> bool {
    let wanted = wanted.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    !wanted.is_empty() && text.to_lowercase().contains(&wanted)
}

/// The surroundings of a word that stands by itself in the text, letter case aside.
pub fn around_word(text: &str, word: &str) -> Option<String> {
    const AROUND: usize = 20;
    let text = text.to_lowercase();
    let word = word.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let (from, to) = whole_words(&text, &word).next()?;
    let before: String = text[..from].chars().rev().take(AROUND).collect();
    let after: String = text[to..].chars().take(AROUND).collect();
    Some(format!("{}{word}{after}", before.chars().rev().collect::<String>()))
}

/// Whether an amount stands beside a currency code: `EUR 12.00`, `12,00 EUR`.
pub fn amount_in(text: &str, code: &str) -> bool {
    let code = code.trim().to_uppercase();
    whole_words(text, &code).any(|(from, to)| {
        let before = text[..from].trim_end().chars().next_back();
        let after = text[to..].trim_start().chars().next();
        [before, after].into_iter().flatten().any(|c| c.is_ascii_digit())
    })
}

/// Where a word stands with no letter or digit that would continue it. A digit may touch a currency
/// code, so only like continues like: `12EUR` holds the word `EUR`, `NEUR` does not.
fn whole_words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = (usize, usize)> + 'a {
    let edge = |inside: Option<char>, outside: Option<char>| match (inside, outside) {
        (Some(a), Some(b)) if a.is_alphabetic() => !(b.is_alphabetic() || b == '_'),
        (Some(a), Some(b)) if a.is_numeric() => !b.is_numeric(),
        (Some(_), Some(_)) | (None, _) | (_, None) => true,
    };
    let matches = if word.is_empty() { None } else { Some(text.match_indices(word)) };
    matches.into_iter().flatten().filter_map(move |(from, found)| {
        let to = from + found.len();
        let free = edge(word.chars().next(), text[..from].chars().next_back())
            && edge(word.chars().next_back(), text[to..].chars().next());
        free.then_some((from, to))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_white_space_do_not_matter() {
        assert!(contains("About ACME Ltd, Berlin", "acme\n  ltd"));
        assert!(!contains("About Acme", "Acme Ltd"));
        assert!(!contains("anything", "  "));
    }

    #[test]
    fn only_whole_words_are_found() {
        assert!(around_word("Lorem ipsum dolor", "ipsum").is_some());
        assert!(around_word("This is a TEST.", "test").is_some());
        assert!(around_word("the latest contest", "test").is_none());
        assert!(around_word("coming  soon", "coming soon").is_none());
        assert!(around_word("Coming soon!", "coming  soon").is_some());
        assert!(around_word("İstanbul ẞ", "ß").is_some());
    }

    #[test]
    fn an_amount_is_beside_its_code() {
        for good in ["EUR 12.00", "12,00 EUR", "12EUR", "from 9 EUR a month"] {
            assert!(amount_in(good, "eur"), "{good}");
        }
        for bad in ["we take EUR and USD", "NEUR 12", "12 eur", "EURO 12"] {
            assert!(!amount_in(bad, "EUR"), "{bad}");
        }
    }
}
