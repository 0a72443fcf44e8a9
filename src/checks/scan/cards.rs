//! Card numbers in any bytes: 13 to 19 digits in the groups that are printed on cards, from a network that
//! exists, with a right check digit, and standing by themselves.

/// The shortest number. Within one, no two bytes next to each other are without a digit but those of
/// [`BETWEEN`], so looking at every twelfth byte of the rest is enough to find all.
const SHORTEST: usize = 13;
const LONGEST: usize = 19;

/// What stands between groups: a space or a dash, or a space as an address, a form or JSON writes it.
const SEPARATORS: [&[u8]; 6] = [b" ", b"-", b"+", b"%20", b"\\u0020", b"\xc2\xa0"];
/// Bytes of them that are next to each other and no digits.
const BETWEEN: [[u8; 2]; 2] = [*b"\\u", *b"\xc2\xa0"];

/// Words that say what the number behind the underscore is.
const CARD_WORDS: [&[u8]; 6] = [b"card", b"creditcard", b"cardnumber", b"card_number", b"card_no", b"pan"];

/// Numbers that networks and providers publish for tests.
const TEST_NUMBERS: [&str; 12] = [
    "4242424242424242",
    "4111111111111111",
    "4012888888881881",
    "4000056655665556",
    "4000000000000002",
    "4000002500003155",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "378282246310005",
    "6011111111111117",
    "3056930009020004",
];

/// A number that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Card {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) label: &'static str,
}

/// The next number that begins at `from` or later, before `to`.
pub(super) fn next(bytes: &[u8], from: usize, to: usize) -> Option<Card> {
    let to = to.min(bytes.len());
    let mut at = from;
    while at < to {
        // Any number that begins from here on and is not over before this place has a digit at it or
        // right behind it, or is between groups.
        let probe = at + SHORTEST - 2;
        if !digit(bytes, probe) && !digit(bytes, probe + 1) && !between(bytes, probe) {
            at = probe + 1;
            continue;
        }
        let window = (probe + 1).min(to);
        while at < window {
            if let Some(card) = starts(bytes, at) {
                return Some(card);
            }
            at += 1;
        }
    }
    None
}

fn digit(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(u8::is_ascii_digit)
}

fn between(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..at + 2).is_some_and(|pair| BETWEEN.iter().any(|between| between == pair))
}

/// What separates the groups before and behind this place.
fn separator(bytes: &[u8], at: usize) -> Option<&'static [u8]> {
    let rest = bytes.get(at..)?;
    SEPARATORS.into_iter().find(|separator| rest.starts_with(separator))
}

/// The number that begins exactly here.
fn starts(bytes: &[u8], start: usize) -> Option<Card> {
    if !matches!(bytes.get(start), Some(b'2'..=b'6')) {
        return None;
    }
    let run = bytes[start..].iter().take(LONGEST + 1).take_while(|b| b.is_ascii_digit()).count();
    let alone = run >= SHORTEST;
    if !(alone || run == 4) || !free_before(bytes, start, alone) {
        return None;
    }
    let mut digits = [0_u8; LONGEST];
    let mut groups = [0_usize; LONGEST];
    let (mut count, mut group, mut at) = (0, 0, start);
    let mut separates = None::<&[u8]>;
    let mut best = None;
    loop {
        let before = count;
        while digit(bytes, at) {
            *digits.get_mut(count)? = bytes[at] - b'0';
            count += 1;
            at += 1;
        }
        *groups.get_mut(group)? = count - before;
        group += 1;
        if printed(&groups[..group]) && free_after(bytes, at, separates != Some(b"-")) {
            best =
                network(&digits[..count]).filter(|()| luhn(&digits[..count])).map(|()| (at, count)).or(best);
        }
        // Cards are printed in groups of four, or of four, six and the rest.
        let Some(next) = separator(bytes, at).filter(|_| groups[0] == 4) else { break };
        let behind = at + next.len();
        if !digit(bytes, behind) || *separates.get_or_insert(next) != next || count >= LONGEST {
            break;
        }
        at = behind;
        // More digits than a card has are the next number, which cannot be told from this one's group.
        if bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count() + count > LONGEST {
            break;
        }
    }
    let (end, count) = best?;
    let known =
        TEST_NUMBERS.iter().any(|test| test.bytes().map(|b| b - b'0').eq(digits[..count].iter().copied()));
    Some(Card { start, end, label: if known { "test card number" } else { "card number" } })
}

/// Whether the groups are those of a card.
fn printed(groups: &[usize]) -> bool {
    match groups {
        [all] => (SHORTEST..=LONGEST).contains(all),
        [4, 6, 4 | 5] | [4, 4, 4, 1..=4] | [4, 4, 4, 4, 1..=3] => true,
        _ => false,
    }
}

/// Whether what stands before a number ends there: not a longer word or number, a fraction, a telephone
/// number or a part of a UUID. What an escape or a percent sign wrote is no word.
fn free_before(bytes: &[u8], start: usize, alone: bool) -> bool {
    let back = |n: usize| start.checked_sub(n).and_then(|at| bytes.get(at)).copied();
    match back(1) {
        Some(b'.') => !back(2).is_some_and(|b| b.is_ascii_digit()),
        Some(b'-') => {
            !back(2).is_some_and(|b| if alone { b.is_ascii_digit() } else { b.is_ascii_hexdigit() })
        }
        // Of a telephone number, unless a form wrote a space behind a word.
        Some(b'+') => back(2).is_some_and(|b| b.is_ascii_alphabetic()),
        Some(b'_') => says_card(&bytes[..start - 1]),
        Some(b) if b.is_ascii_alphanumeric() => escaped(bytes, start),
        Some(_) | None => true,
    }
}

/// Whether the word at the end says that what follows is the number of a card.
fn says_card(before: &[u8]) -> bool {
    CARD_WORDS.iter().any(|word| {
        let Some(at) = before.len().checked_sub(word.len()) else { return false };
        let free = at == 0 || !before[at - 1].is_ascii_alphanumeric();
        free && before[at..].eq_ignore_ascii_case(word)
    })
}

/// Whether the letter before `start` belongs to `\n`, `%3D` or `\u0020` and the like.
pub(super) fn escaped(bytes: &[u8], start: usize) -> bool {
    let back = |n: usize| start.checked_sub(n).and_then(|at| bytes.get(at)).copied();
    let hex = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_hexdigit());
    (matches!(back(1), Some(b'n' | b't' | b'r')) && back(2) == Some(b'\\'))
        || (back(3) == Some(b'%') && hex(back(2)) && hex(back(1)))
        || (back(6) == Some(b'\\') && back(5) == Some(b'u') && (1..=4).all(|n| hex(back(n))))
}

/// Whether a number ends there. A group more behind the same dash would make it something else.
fn free_after(bytes: &[u8], end: usize, undashed: bool) -> bool {
    let next = |n: usize| bytes.get(end + n).copied();
    match next(0) {
        None => true,
        Some(b'.') => !next(1).is_some_and(|b| b.is_ascii_digit()),
        Some(b'-') => {
            !next(1).is_some_and(|b| if undashed { b.is_ascii_digit() } else { b.is_ascii_hexdigit() })
        }
        Some(b) => !(b.is_ascii_alphanumeric() || b == b'_'),
    }
}

/// Whether a network gives out numbers that begin so and are so long.
fn network(digits: &[u8]) -> Option<()> {
    let first = |n: usize| digits.iter().take(n).fold(0_u32, |all, d| all * 10 + u32::from(*d));
    let good = match (digits.first()?, digits.len()) {
        (4, 13 | 16 | 19) => true,
        (5, 16) => (51..=55).contains(&first(2)),
        (2, 16) => (2221..=2720).contains(&first(4)),
        (3, 15) => matches!(first(2), 34 | 37),
        (3, 14) => matches!(first(3), 300..=305) || matches!(first(2), 36 | 38 | 39),
        (3, 16..=19) => (3528..=3589).contains(&first(4)),
        (6, 16..=19) => {
            matches!(first(4), 6011 | 6304 | 6759 | 6761..=6763)
                || matches!(first(3), 644..=649)
                || matches!(first(2), 62 | 65)
        }
        _ => false,
    };
    good.then_some(())
}

/// The check digit of ISO/IEC 7812-1.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(n, d)| match (n % 2, u32::from(*d) * 2) {
            (0, _) => u32::from(*d),
            (_, twice) => twice / 10 + twice % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str) -> Vec<&str> {
        let bytes = text.as_bytes();
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(card) = next(bytes, from, bytes.len()) {
            found.push(&text[card.start..card.end]);
            from = card.end;
        }
        found
    }

    #[test]
    fn numbers_of_every_network_are_found_as_they_are_printed() {
        for text in [
            "4242424242424242",
            "4242 4242 4242 4242",
            "4242-4242-4242-4242",
            "5555555555554444",
            "2223003122003222",
            "378282246310005",
            "3782 822463 10005",
            "30569309025904",
            "3056 930902 5904",
            "6011111111111117",
            "3530111333300000",
            "6200000000000005",
            "4222222222222",
            "4000 0000 0000 0000 006",
            "4242+4242+4242+4242",
            "4242%204242%204242%204242",
            "4242\\u00204242\\u00204242\\u00204242",
            "4242\u{a0}4242\u{a0}4242\u{a0}4242",
            "3782%20822463%2010005",
        ] {
            assert_eq!(all(text), [text]);
            for (before, after) in
                [("pan=", "&x"), ("\"", "\","), ("a ", " b"), ("\\n", "\\n"), ("%3D", "%26")]
            {
                assert_eq!(all(&format!("{before}{text}{after}")), [text], "{before} {after}");
            }
        }
    }

    #[test]
    fn what_only_looks_like_a_card_is_left_alone() {
        for text in [
            "4242424242424241",
            "1732186523123",
            "20261121145557123",
            "2026112114555712",
            "1111111111111117",
            "42424242424242424242",
            "00004242424242424242",
            "a4242424242424242",
            "4242424242424242b",
            "0.4242424242424242",
            "4242424242424242.5",
            "+4242424242424242",
            "id_4242424242424242",
            "discard_4242424242424242",
            "1+4242+4242+4242+4242",
            "4242+4242%204242+4242",
            "4242\\u00214242\\u00214242\\u00214242",
            "4242-4242-4242-4242-4242",
            "12345678-4242-4242-4242-424242424242",
            "4abc4242-4242-4242-4242-4242424242ab",
            "4242 4242-4242 4242",
            "42 42 42 42 42 42 42 42",
            "424242 4242424242",
            "4242  4242 4242 4242",
            "4242\n4242424242 42",
        ] {
            assert_eq!(all(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn a_card_is_found_beside_other_numbers() {
        assert_eq!(all("id 12 4242424242424242 3"), ["4242424242424242"]);
        assert_eq!(all("4242 4242 4242 4242 12/26 123"), ["4242 4242 4242 4242"]);
        assert_eq!(all("4242424242424242,5555555555554444"), ["4242424242424242", "5555555555554444"]);
        assert_eq!(all("card-4242424242424242-void"), ["4242424242424242"]);
        assert_eq!(all("card: 4242424242424242."), ["4242424242424242"]);
        for before in ["card_", "x/PAN_", "test_card_number_", "card\\u003d", "is+", "%7B%22pan%22%3A%22"] {
            assert_eq!(all(&format!("{before}4242424242424242 x")), ["4242424242424242"], "{before}");
        }
    }

    #[test]
    fn published_test_numbers_are_told_apart() {
        let label = |text: &str| next(text.as_bytes(), 0, text.len()).unwrap().label;
        assert_eq!(label("4242 4242 4242 4242"), "test card number");
        assert_eq!(label("4539578763621486"), "card number");
    }

    /// The same without skipping.
    fn slowly(bytes: &[u8]) -> Vec<Card> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            match starts(bytes, at) {
                Some(card) => {
                    found.push(card);
                    at = card.end;
                }
                None => at += 1,
            }
        }
        found
    }

    proptest! {
        #[test]
        fn skipping_misses_nothing(
            parts in proptest::collection::vec("[ -]?(4242424242424242|4242 4242 4242 4242|4242%204242%204242%204242|4242\\\\u00204242\\\\u00204242\\\\u00204242|4242\u{a0}4242\u{a0}4242\u{a0}4242|4222222222222|[a-z ]{0,15}|[0-9]{1,6}|[.,=+-]|\\\\u)", 0..12)
        ) {
            let text = parts.concat();
            let bytes = text.as_bytes();
            let mut found = Vec::new();
            let mut from = 0;
            while let Some(card) = next(bytes, from, bytes.len()) {
                found.push(card);
                from = card.end;
            }
            prop_assert_eq!(found, slowly(bytes));
        }
    }
}
