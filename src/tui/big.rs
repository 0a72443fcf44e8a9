//! Large letters, for headings that many people read from far away. Capitals only, five dots high; a text with
//! a letter that is not among them is not drawn large, but never left out.

/// Dots from top to bottom.
pub const DOTS: usize = 5;

/// How large a dot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Half a cell high: three rows a line.
    Half,
    /// A cell: five rows a line.
    Full,
}

impl Scale {
    /// Rows of one line of letters.
    pub fn rows(self) -> usize {
        match self {
            Self::Half => DOTS.div_ceil(2),
            Self::Full => DOTS,
        }
    }
}

/// A heading in large letters: lines of dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner {
    /// How large a dot is.
    pub scale: Scale,
    /// The lines, each as its rows of dots.
    pub lines: Vec<[String; DOTS]>,
}

/// Lines of one heading, at most.
const MAX_LINES: usize = 3;

impl Banner {
    /// The text in so many cells, broken between words, in the first of the scales in which it fits; none
    /// when it fits in none.
    pub fn fit(text: &str, width: usize, height: usize, scales: &[Scale]) -> Option<Self> {
        let lines = broken(text, width)?;
        let scale = scales.iter().copied().find(|scale| {
            // A row between two lines, so that they can be told apart.
            lines.len() * (scale.rows() + 1) <= height + 1
        })?;
        let lines = lines.iter().map(|line| dots(line)).collect::<Option<_>>()?;
        Some(Self { scale, lines })
    }

    /// The rows it takes up.
    pub fn rows(&self) -> usize {
        (self.lines.len() * (self.scale.rows() + 1)).saturating_sub(1)
    }
}

/// The text in lines that are no wider than `width` dots.
fn broken(text: &str, width: usize) -> Option<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        if let Some(line) = lines.last_mut() {
            let longer = format!("{line} {word}");
            if wide(&longer)? <= width {
                *line = longer;
                continue;
            }
        }
        if wide(word)? > width || lines.len() == MAX_LINES {
            return None;
        }
        lines.push(word.to_owned());
    }
    (!lines.is_empty()).then_some(lines)
}

/// Dots from left to right, one between two letters.
fn wide(text: &str) -> Option<usize> {
    let mut sum = 0;
    for c in text.chars() {
        sum += letter(c)?[0].len() + 1;
    }
    Some(usize::saturating_sub(sum, 1))
}

fn dots(line: &str) -> Option<[String; DOTS]> {
    let mut out: [String; DOTS] = Default::default();
    for (n, c) in line.chars().enumerate() {
        for (row, dots) in out.iter_mut().zip(letter(c)?) {
            if n > 0 {
                row.push('.');
            }
            row.push_str(dots);
        }
    }
    Some(out)
}

/// The dots of a letter; small letters are drawn as capitals.
fn letter(c: char) -> Option<[&'static str; DOTS]> {
    Some(match c.to_ascii_uppercase() {
        'A' => [".##.", "#..#", "####", "#..#", "#..#"],
        'B' => ["###.", "#..#", "###.", "#..#", "###."],
        'C' => [".###", "#...", "#...", "#...", ".###"],
        'D' => ["###.", "#..#", "#..#", "#..#", "###."],
        'E' => ["####", "#...", "###.", "#...", "####"],
        'F' => ["####", "#...", "###.", "#...", "#..."],
        'G' => [".###", "#...", "#.##", "#..#", ".###"],
        'H' => ["#..#", "#..#", "####", "#..#", "#..#"],
        'I' => ["###", ".#.", ".#.", ".#.", "###"],
        'J' => ["..##", "...#", "...#", "#..#", ".##."],
        'K' => ["#..#", "#.#.", "##..", "#.#.", "#..#"],
        'L' => ["#...", "#...", "#...", "#...", "####"],
        'M' => ["#...#", "##.##", "#.#.#", "#...#", "#...#"],
        'N' => ["#...#", "##..#", "#.#.#", "#..##", "#...#"],
        'O' => [".##.", "#..#", "#..#", "#..#", ".##."],
        'P' => ["###.", "#..#", "###.", "#...", "#..."],
        'Q' => [".##.", "#..#", "#..#", "#.#.", ".#.#"],
        'R' => ["###.", "#..#", "###.", "#.#.", "#..#"],
        'S' => [".###", "#...", ".##.", "...#", "###."],
        'T' => ["#####", "..#..", "..#..", "..#..", "..#.."],
        'U' => ["#..#", "#..#", "#..#", "#..#", ".##."],
        'V' => ["#...#", "#...#", "#...#", ".#.#.", "..#.."],
        'W' => ["#...#", "#...#", "#.#.#", "##.##", "#...#"],
        'X' => ["#...#", ".#.#.", "..#..", ".#.#.", "#...#"],
        'Y' => ["#...#", ".#.#.", "..#..", "..#..", "..#.."],
        'Z' => ["####", "...#", ".##.", "#...", "####"],
        '0' => [".##.", "#.##", "#..#", "##.#", ".##."],
        '1' => [".#.", "##.", ".#.", ".#.", "###"],
        '2' => ["###.", "...#", ".##.", "#...", "####"],
        '3' => ["###.", "...#", ".##.", "...#", "###."],
        '4' => ["#..#", "#..#", "####", "...#", "...#"],
        '5' => ["####", "#...", "###.", "...#", "###."],
        '6' => [".##.", "#...", "###.", "#..#", ".##."],
        '7' => ["####", "...#", "..#.", ".#..", ".#.."],
        '8' => [".##.", "#..#", ".##.", "#..#", ".##."],
        '9' => [".##.", "#..#", ".###", "...#", ".##."],
        ' ' => ["..", "..", "..", "..", ".."],
        '.' => [".", ".", ".", ".", "#"],
        ',' => ["..", "..", "..", ".#", "#."],
        ':' => [".", "#", ".", "#", "."],
        ';' => ["..", ".#", "..", ".#", "#."],
        '-' | '–' => ["...", "...", "###", "...", "..."],
        '_' => ["...", "...", "...", "...", "###"],
        '/' => ["..#", "..#", ".#.", "#..", "#.."],
        '?' => ["###.", "...#", ".##.", "....", ".#.."],
        '!' => ["#", "#", "#", ".", "#"],
        '\'' | '’' => ["#", "#", ".", ".", "."],
        '"' => ["#.#", "#.#", "...", "...", "..."],
        '(' => [".#", "#.", "#.", "#.", ".#"],
        ')' => ["#.", ".#", ".#", ".#", "#."],
        '&' => [".#..", "#.#.", ".#..", "#.#.", ".#.#"],
        '+' => ["...", ".#.", "###", ".#.", "..."],
        '%' => ["#..#", "...#", ".##.", "#...", "#..#"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(text: &str, width: usize, height: usize) -> Option<Banner> {
        Banner::fit(text, width, height, &[Scale::Full, Scale::Half])
    }

    #[test]
    fn every_letter_is_as_wide_in_each_of_its_rows() {
        for c in (' '..='~').chain(['–', '’']) {
            if let Some(rows) = letter(c) {
                assert!(rows.iter().all(|r| r.len() == rows[0].len()), "{c}");
                assert!(rows.iter().all(|r| r.bytes().all(|b| b == b'#' || b == b'.')), "{c}");
            }
        }
    }

    #[test]
    fn no_two_letters_look_alike() {
        let all: Vec<char> = ('A'..='Z').chain('0'..='9').collect();
        let drawn: std::collections::HashSet<_> = all.iter().map(|c| letter(*c).unwrap()).collect();
        assert_eq!(drawn.len(), all.len());
    }

    #[test]
    fn a_heading_breaks_between_words_and_shrinks_to_what_there_is() {
        let wide = fit("Dynamic descriptor", 100, 20).unwrap();
        assert_eq!((wide.lines.len(), wide.scale, wide.rows()), (1, Scale::Full, 5));
        let two = fit("Dynamic descriptor", 60, 11).unwrap();
        assert_eq!((two.lines.len(), two.scale, two.rows()), (2, Scale::Full, 11));
        assert_eq!(fit("Dynamic descriptor", 60, 7).unwrap().scale, Scale::Half);
        assert_eq!(fit("Dynamic descriptor", 60, 6), None);
    }

    #[test]
    fn what_cannot_be_drawn_large_is_not_drawn_in_part() {
        assert_eq!(fit("Acmé", 200, 50), None);
        assert_eq!(fit("descriptor", 20, 50), None);
        assert_eq!(fit("", 200, 50), None);
        assert_eq!(fit("a b c d", 5, 50), None);
    }

    #[test]
    fn it_is_never_wider_or_higher_than_asked() {
        proptest::proptest!(|(text in "[ -~]{0,40}", width in 1usize..120, height in 1usize..30)| {
            if let Some(banner) = fit(&text, width, height) {
                proptest::prop_assert!(banner.rows() <= height);
                proptest::prop_assert!(banner.lines.iter().flatten().all(|row| row.len() <= width));
            }
        });
    }
}
