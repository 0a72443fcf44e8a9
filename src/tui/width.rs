//! Cutting, padding and wrapping by what a text takes up on the screen, not by its bytes or characters.
//!
//! The unit is the grapheme, as in ratatui: a letter with its combining marks, an emoji with its joiners.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr;

/// The cells that a text takes up.
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).map(UnicodeWidthStr::width).sum() }
}

/// The text in at most `max` cells, with `ellipsis` (one cell) in place of what does not fit.
pub fn cut(text: &str, max: usize, ellipsis: &str) -> String {
    if width(text) <= max {
        return text.to_owned();
    }
    match max.checked_sub(1) {
        Some(room) => take(text, room) + ellipsis,
        None => String::new(),
    }
}

/// As much of the text as goes into `room` cells.
fn take(text: &str, room: usize) -> String {
    let mut used = 0;
    let fits = |g: &&str| {
        used += g.width();
        used <= room
    };
    text.graphemes(true).take_while(fits).collect()
}

/// The text in exactly `cells` cells: cut, or filled up with spaces on the right.
pub fn fit(text: &str, cells: usize, ellipsis: &str) -> String {
    let mut out = cut(text, cells, ellipsis);
    let left = cells.saturating_sub(width(&out));
    out.extend(std::iter::repeat_n(' ', left));
    out
}

/// The text in exactly `cells` cells, filled up on the left.
pub fn fit_right(text: &str, cells: usize, ellipsis: &str) -> String {
    let cut = cut(text, cells, ellipsis);
    let left = cells.saturating_sub(width(&cut));
    let mut out = " ".repeat(left);
    out.push_str(&cut);
    out
}

/// The text in lines of at most `max` cells, broken between words; a word longer than a line is broken
/// where the line ends. At least one line, at most `lines`, the last cut with `ellipsis`.
pub fn wrap(text: &str, max: usize, lines: usize, ellipsis: &str) -> Vec<String> {
    if max == 0 || lines == 0 {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let mut rest = word;
        let mut wide = width(rest);
        if used > 0 && used + 1 + wide <= max {
            line.push(' ');
            line.push_str(rest);
            used += 1 + wide;
            continue;
        }
        if used > 0 {
            out.push(std::mem::take(&mut line));
        }
        while wide > max {
            if out.len() > lines {
                break;
            }
            let (head, tail) = split_at(rest, max);
            out.push(head.to_owned());
            rest = tail;
            wide = width(rest);
        }
        rest.clone_into(&mut line);
        used = wide;
        if out.len() > lines {
            break;
        }
    }
    if !line.is_empty() || out.is_empty() {
        out.push(line);
    }
    if out.len() > lines {
        out.truncate(lines);
        if let Some(last) = out.last_mut() {
            *last = take(last, max - 1) + ellipsis;
        }
    }
    out
}

/// The text in pieces of at most `max` cells, nothing left out and nothing moved.
pub fn chunks(text: &str, max: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() && max > 0 {
        let (head, tail) = split_at(rest, max);
        out.push(head.to_owned());
        rest = tail;
    }
    out
}

/// Splits where `max` cells are full; the first part has at least one grapheme, so that a loop ends.
fn split_at(text: &str, max: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += grapheme.width();
        if used > max && at > 0 {
            return text.split_at(at);
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_and_marks_are_counted_by_cells() {
        assert_eq!(width("東京"), 4);
        assert_eq!(width("e\u{301}a"), 2);
        assert_eq!(cut("東京都", 4, "…"), "東…");
        assert_eq!(fit("東京都", 4, "…"), "東… ");
        assert_eq!(cut("e\u{301}te\u{301}s", 3, "…"), "e\u{301}t…");
    }

    #[test]
    fn cutting_to_nothing_is_nothing() {
        assert_eq!(cut("abc", 0, "…"), "");
        assert_eq!(cut("abc", 1, "…"), "…");
        assert_eq!(fit_right("7", 3, "…"), "  7");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("verify against the raw body", 12, 9, "…"), ["verify", "against the", "raw body"]);
        assert_eq!(wrap("", 12, 9, "…"), [""]);
    }

    #[test]
    fn a_long_word_breaks_at_the_end_of_the_line() {
        assert_eq!(wrap("ab abcdefgh", 3, 9, "…"), ["ab", "abc", "def", "gh"]);
    }

    #[test]
    fn too_many_lines_end_in_an_ellipsis() {
        assert_eq!(wrap("one two three four", 5, 2, "…"), ["one", "two…"]);
        assert_eq!(wrap("abcdefghijkl", 4, 2, "…"), ["abcd", "efg…"]);
    }

    #[test]
    fn no_line_is_wider_than_asked_whatever_the_text() {
        proptest::proptest!(|(text in "\\PC{0,80}", max in 2usize..20, lines in 1usize..6)| {
            let wrapped = wrap(&text, max, lines, "…");
            proptest::prop_assert!(wrapped.len() <= lines);
            proptest::prop_assert!(wrapped.iter().all(|l| width(l) <= max), "{wrapped:?}");
            proptest::prop_assert!(width(&cut(&text, max, "…")) <= max);
            proptest::prop_assert_eq!(width(&fit(&text, max, "…")), max);
        });
    }
}
