//! What is looked for in a run of bytes: keys by their form, card numbers, and the author's own patterns.
//! A hit says where it is and what kind of thing it is, and holds nothing of it.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::bytes::{Regex, RegexBuilder};

use super::cards;
use super::known::{ANCHORS, Anchor, Form, Letters};
use crate::checks::shown::COVERED;
use crate::domain::check::{NamedPattern, ScanKind};

/// How many bytes behind its beginning are looked at to tell what something is. What an author's pattern
/// finds may be longer; its beginning is found all the same.
pub const REACH: usize = 4096;
/// How many bytes before its beginning are looked at.
pub const LOOKBACK: usize = 64;
/// How many bytes of a value are looked at to tell whether it is a key. What repeats an anchor for ever has a
/// value at each of them.
const MAX_TOLD: usize = 256;
/// A value so long that is no key is not looked at again, but for an anchor that ends with it.
const PASSED: usize = 64;
/// No anchor is longer, in bytes.
const LONGEST_ANCHOR: usize = 16;
/// How far before its scheme the name of a header is looked for, in bytes.
const NAME_BEFORE: usize = 32;
/// The most bytes between a name and what is assigned to it, on either side of the sign.
const MOST_BETWEEN: usize = 8;
/// A value with fewer different letters is a row of x in a manual.
const LEAST_VARIED: usize = 5;
/// The shortest value that counts as a key where only a name says that it is one.
const LEAST_NAMED: usize = 20;

/// What a finding is called.
pub type Label = Cow<'static, str>;

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Where it begins.
    pub start: usize,
    /// Just behind it.
    pub end: usize,
    /// What it is.
    pub label: Label,
}

/// Why nothing can be looked for: too many patterns together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the patterns are too large together")]
pub struct TooLarge;

/// Looks for what a scan is to find.
#[derive(Debug, Clone)]
pub struct Detector {
    anchors: AhoCorasick,
    keys: bool,
    test_mode: bool,
    cards: bool,
    patterns: Vec<(String, Regex)>,
}

impl Detector {
    /// Looks for these kinds, and for what the author named besides.
    pub fn new(find: &[ScanKind], patterns: &[NamedPattern]) -> Result<Self, TooLarge> {
        let anchors = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(ANCHORS.iter().map(|(anchor, _)| anchor))
            .map_err(|_| TooLarge)?;
        let compiled = patterns.iter().map(|named| {
            let regex = RegexBuilder::new(named.pattern.source()).multi_line(true).build();
            regex.map(|regex| (named.name.clone(), regex)).map_err(|_| TooLarge)
        });
        Ok(Self {
            anchors,
            keys: find.contains(&ScanKind::Keys),
            test_mode: find.contains(&ScanKind::TestMode),
            cards: find.contains(&ScanKind::Cards),
            patterns: compiled.collect::<Result<_, _>>()?,
        })
    }

    /// Adds everything that begins from `from` on and before `to`, in order. The bytes around are looked
    /// at to tell what it is.
    pub fn find(&self, bytes: &[u8], from: usize, to: usize, hits: &mut Vec<Hit>) {
        hits.clear();
        if self.keys || self.test_mode {
            self.keys(bytes, from, to, hits);
        }
        if self.cards {
            let mut at = from;
            while let Some(card) = cards::next(bytes, at, to) {
                hits.push(Hit { start: card.start, end: card.end, label: card.label.into() });
                at = card.end;
            }
        }
        for (name, regex) in &self.patterns {
            let mut at = from;
            while let Some(found) = (at < to).then(|| regex.find_at(bytes, at)).flatten() {
                if found.start() >= to {
                    break;
                }
                hits.push(Hit { start: found.start(), end: found.end(), label: name.clone().into() });
                at = found.end().max(found.start() + 1);
            }
        }
        hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
        // What an author's pattern and a known form both find is one thing.
        hits.dedup_by_key(|hit| hit.start);
    }

    /// A text with everything that a scan would find taken out of it.
    pub fn cover(&self, text: &str) -> String {
        let mut hits = Vec::new();
        self.find(text.as_bytes(), 0, text.len(), &mut hits);
        let mut out = String::new();
        let mut at = 0;
        for hit in &hits {
            let end = text.ceil_char_boundary(hit.end);
            if let Some(before) = text.get(at..text.floor_char_boundary(hit.start)) {
                out.push_str(before);
                out.push_str(COVERED);
            }
            at = at.max(end);
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }

    fn keys(&self, bytes: &[u8], from: usize, to: usize, hits: &mut Vec<Hit>) {
        // A word before an anchor belongs to the key, so keys begin a little before their anchors.
        let last = (to + LOOKBACK).min(bytes.len());
        let mut at = from;
        while let Some(found) = (at < last).then(|| self.anchors.find(&bytes[at..last])).flatten() {
            let (start, end) = (at + found.start(), at + found.end());
            at = end;
            let Some((_, anchor)) = ANCHORS.get(found.pattern().as_usize()) else { continue };
            match self.key(*anchor, bytes, start, end) {
                Ok(hit)
                    if (from..to).contains(&hit.start)
                        && hits.last().is_none_or(|before| before.end <= hit.start) =>
                {
                    at = hit.end.clamp(end, last);
                    hits.push(hit);
                }
                Ok(_) => {}
                Err(NoKey(passed)) => at = at.max(passed),
            }
        }
    }

    fn key(&self, anchor: Anchor, bytes: &[u8], start: usize, end: usize) -> Result<Hit, NoKey> {
        match anchor {
            Anchor::Key(form) => {
                let begins = free_before(bytes, start) || bytes[start] == b'$';
                let end = if begins { self.form(&form, bytes, end) } else { Err(NoKey(end)) }?;
                Ok(Hit { start, end, label: form.label.into() })
            }
            Anchor::Mode(words, other) => {
                let begin = word_before(bytes, start);
                let word = &bytes[begin..start];
                let form = match words.iter().find(|(known, _)| known.as_bytes() == word) {
                    Some((_, form)) => form.ok_or(NoKey(end))?,
                    None if (2..=8).contains(&word.len()) => other,
                    None => return Err(NoKey(end)),
                };
                let end =
                    if free_before(bytes, begin) { self.form(&form, bytes, end) } else { Err(NoKey(end)) }?;
                Ok(Hit { start: begin, end, label: form.label.into() })
            }
            Anchor::TestHost if !self.test_mode => Err(NoKey(end)),
            Anchor::TestHost => Ok(Hit { start, end, label: "host of test mode".into() }),
            Anchor::Name | Anchor::Header | Anchor::Word | Anchor::Pem if !self.keys => Err(NoKey(end)),
            Anchor::Name => {
                let end = named_value(bytes, assigned(bytes, end).ok_or(NoKey(end))?)?;
                Ok(Hit { start, end, label: "key in an assignment".into() })
            }
            Anchor::Header | Anchor::Word => {
                let named = matches!(anchor, Anchor::Header) || of_authorization(bytes, start);
                let value = blank(bytes, end).filter(|_| named && free_before(bytes, start));
                let end = named_value(bytes, value.ok_or(NoKey(end))?)?;
                Ok(Hit { start, end, label: "key in a header".into() })
            }
            Anchor::Pem => {
                let line = &bytes[end..bytes.len().min(end + 32)];
                let line = line.split(|b| *b == b'\n').next().unwrap_or_default();
                let private = memchr::memmem::find(line, b"PRIVATE KEY").is_some();
                private.then(|| Hit { start, end, label: "private key".into() }).ok_or(NoKey(end))
            }
        }
    }

    /// The end of a key of this form that begins behind the anchor.
    fn form(&self, form: &Form, bytes: &[u8], from: usize) -> Result<usize, NoKey> {
        let wanted = form.counts_as.iter().any(|kind| match kind {
            ScanKind::Keys => self.keys,
            ScanKind::TestMode => self.test_mode,
            ScanKind::Cards => false,
        });
        if !wanted {
            return Err(NoKey(from));
        }
        let body = Body::told(bytes, from, form.letters);
        let mixed = body.digits || body.letters >= 2 * form.least.max(12);
        if body.letters >= form.least && mixed && body.is_varied() {
            Ok(body.whole(bytes, form.letters))
        } else {
            Err(body.passed())
        }
    }
}

/// There is no key, and none begins before this place.
struct NoKey(usize);

/// The letters of a value, as far as they tell what it is.
struct Body {
    from: usize,
    end: usize,
    /// How many; what a percent sign writes is one.
    letters: usize,
    digits: bool,
    alphabetic: bool,
    different: usize,
}

impl Body {
    fn told(bytes: &[u8], from: usize, letters: Letters) -> Self {
        let mut body = Self { from, end: from, letters: 0, digits: false, alphabetic: false, different: 0 };
        let mut seen = [false; 256];
        let last = bytes.len().min(from + MAX_TOLD);
        while body.end < last {
            let (byte, length) = byte(bytes, body.end);
            if !letters.has(byte) {
                break;
            }
            body.digits |= byte.is_ascii_digit();
            body.alphabetic |= byte.is_ascii_alphabetic();
            // What differs later on does not make a row of x a key.
            if body.letters < 64 && !std::mem::replace(&mut seen[usize::from(byte)], true) {
                body.different += 1;
            }
            body.letters += 1;
            body.end += length;
        }
        body
    }

    fn is_varied(&self) -> bool {
        self.different >= LEAST_VARIED
    }

    /// The end of the whole value, which may go on behind what tells what it is.
    fn whole(&self, bytes: &[u8], letters: Letters) -> usize {
        let mut end = self.end;
        while end < bytes.len().min(self.from + REACH - LOOKBACK) {
            let (byte, length) = byte(bytes, end);
            if !letters.has(byte) {
                break;
            }
            end += length;
        }
        end
    }

    fn passed(&self) -> NoKey {
        let long = self.end - self.from >= PASSED;
        NoKey(if long { self.end - LONGEST_ANCHOR } else { self.from })
    }
}

/// The byte at a place, or the one that a percent sign and two digits write there; and how long that is.
fn byte(bytes: &[u8], at: usize) -> (u8, usize) {
    let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
    match (bytes[at], digit(at + 1), digit(at + 2)) {
        (b'%', Some(high), Some(low)) => (u8::try_from(high * 16 + low).unwrap_or_default(), 3),
        (byte, _, _) => (byte, 1),
    }
}

/// The beginning of the lower-case word that ends here.
fn word_before(bytes: &[u8], end: usize) -> usize {
    let word = bytes[..end].iter().rev().take(LOOKBACK / 2).take_while(|b| b.is_ascii_lowercase()).count();
    let begin = end - word;
    // In `\nsk_live_` the letter behind the backslash is none of the word's.
    let escape = begin > 0 && bytes[begin - 1] == b'\\' && word > 0;
    begin + usize::from(escape)
}

/// Whether a word begins here.
fn free_before(bytes: &[u8], start: usize) -> bool {
    match start.checked_sub(1).map(|at| bytes[at]) {
        Some(b) if b.is_ascii_alphanumeric() => cards::escaped(bytes, start),
        Some(_) | None => true,
    }
}

/// The place behind a few bytes of those that are given, percent signs read.
fn behind(bytes: &[u8], mut at: usize, of: &[u8]) -> usize {
    for _ in 0..MOST_BETWEEN {
        match (at < bytes.len()).then(|| byte(bytes, at)) {
            Some((byte, length)) if of.contains(&byte) => at += length,
            Some(_) | None => break,
        }
    }
    at
}

/// Where the value begins that is assigned to a name which ends here: `name = "…`, `name: …`, `name%3D…`.
fn assigned(bytes: &[u8], from: usize) -> Option<usize> {
    let at = behind(bytes, from, b"\"' \\");
    let sign = behind(bytes, at, b":=>");
    (sign > at).then(|| behind(bytes, sign, b"\"' \\"))
}

/// Where the value begins behind the scheme of a header: `Bearer …`, `Bearer%20…`, `Bearer+…`.
fn blank(bytes: &[u8], from: usize) -> Option<usize> {
    let at = behind(bytes, from, b" +");
    (at > from).then_some(at)
}

/// Whether the name of the header stands before the scheme.
fn of_authorization(bytes: &[u8], start: usize) -> bool {
    let before = &bytes[start.saturating_sub(NAME_BEFORE)..start];
    before.windows(13).any(|word| word.eq_ignore_ascii_case(b"authorization"))
}

/// The end of a value that can only be told from a word by its looks: long, with letters and digits.
fn named_value(bytes: &[u8], from: usize) -> Result<usize, NoKey> {
    let body = Body::told(bytes, from, Letters::Base64);
    if !(body.letters >= LEAST_NAMED && body.digits && body.alphabetic && body.is_varied()) {
        return Err(body.passed());
    }
    // What is a key by its own form is found as that, with a better name.
    let head = &bytes[from..body.end.min(from + 24)];
    let known = ANCHORS.iter().any(|(anchor, what)| match what {
        Anchor::Key(_) | Anchor::Mode(..) => memchr::memmem::find(head, anchor.as_bytes()).is_some(),
        Anchor::TestHost | Anchor::Name | Anchor::Header | Anchor::Word | Anchor::Pem => false,
    });
    if known { Err(NoKey(from)) } else { Ok(body.whole(bytes, Letters::Base64)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::pattern::Pattern;

    fn labels(detector: &Detector, text: &str) -> Vec<String> {
        let mut hits = Vec::new();
        detector.find(text.as_bytes(), 0, text.len(), &mut hits);
        hits.into_iter().map(|hit| hit.label.into_owned()).collect()
    }

    fn found(text: &str) -> Vec<String> {
        labels(&Detector::new(&ScanKind::ALL, &[]).unwrap(), text)
    }

    /// Written in two parts, so that no scan of this repository finds it.
    fn key(prefix: &str, body: &str) -> String {
        format!("{prefix}{body}")
    }

    const BODY: &str = "51Hx9Qa2ZkLmN0pRsTuV3wXy";

    #[test]
    fn keys_are_found_by_their_form_wherever_they_stand() {
        for (prefix, label) in [
            ("sk_live_", "Stripe live secret key"),
            ("rk_live_", "Stripe live restricted key"),
            ("sk_test_", "Stripe test secret key"),
            ("pk_test_", "Stripe test publishable key"),
            ("flint_live_", "Flint live key"),
            ("flint_test_", "Flint test key"),
            ("whsec_", "webhook signing secret"),
            ("cust_live_", "live-mode key"),
            ("ord_test_", "test-mode id"),
            ("glpat-", "GitLab token"),
            ("Bearer ", "key in a header"),
            ("api_key = \"", "key in an assignment"),
            ("\"clientSecret\": \"", "key in an assignment"),
            ("SECRET_KEY=", "key in an assignment"),
        ] {
            let key = key(prefix, BODY);
            for text in [
                key.clone(),
                format!("x={key}&y"),
                format!("'{key}'"),
                format!("a\\n{key}"),
                format!("k%3D{key}%26"),
            ] {
                assert_eq!(found(&text), [label], "{text}");
            }
        }
        assert_eq!(found(&key("-----BEGIN RSA PRIV", "ATE KEY-----\nMIIE")), ["private key"]);
        assert_eq!(found(&format!("api_key: {}", key("sk_live_", BODY))), ["Stripe live secret key"]);
        assert_eq!(found("https://staging-api.example/v1"), ["host of test mode"]);
    }

    #[test]
    fn keys_are_found_as_addresses_forms_and_json_write_them() {
        for (text, label) in [
            ("api_key%3D@&x=1", "key in an assignment"),
            ("%7B%22api_key%22%3A%20%22@%22%7D", "key in an assignment"),
            (r#"{\\\"api_key\\\":\\\"@\\\"}"#, "key in an assignment"),
            ("authorization=Bearer%20@", "key in a header"),
            ("authorization=Bearer+@", "key in a header"),
            ("AUTHORIZATION: BEARER @", "key in a header"),
            ("Authorization: Basic @=", "key in a header"),
            ("authorization%3A%20Basic%20@%3D", "key in a header"),
            (r#""authorization": "basic @""#, "key in a header"),
            ("whsec_MfKQ9r8%2BKYqr%2FwjUPD8ILPZIo2LaLaSw%3D", "webhook signing secret"),
        ] {
            let text = text.replace('@', BODY);
            assert_eq!(found(&text), [label], "{text}");
        }
        let covered = Detector::new(&ScanKind::ALL, &[]).unwrap().cover(&format!(
            "whsec_MfKQ9r8%2BKYqr%2FwjUPD8ILPZIo2LaLaSw%3D&x Bearer {}!",
            "a1-b2_c3.d4".replace('.', "e5F6").repeat(100)
        ));
        assert_eq!(covered, "••••&x ••••!");
    }

    /// Each anchor of these has a value that goes on to the end of the text.
    #[test]
    fn what_repeats_an_anchor_is_looked_at_a_bounded_number_of_times() {
        let detector = Detector::new(&ScanKind::ALL, &[]).unwrap();
        for anchor in ["api_key=", "xoxb-", "client_secret=", "Bearer+"] {
            let text = anchor.repeat(100_000);
            let mut looks = 0;
            let mut at = 0;
            while let Some(found) = detector.anchors.find(&text.as_bytes()[at..]) {
                let (start, end) = (at + found.start(), at + found.end());
                let (_, what) = ANCHORS[found.pattern().as_usize()];
                at = match detector.key(what, text.as_bytes(), start, end) {
                    Ok(hit) => hit.end,
                    Err(NoKey(passed)) => passed.max(end),
                };
                looks += 1;
            }
            assert!(looks * (MAX_TOLD - LONGEST_ANCHOR) <= 2 * text.len(), "{anchor}: {looks}");
        }
        let last = format!("{}{BODY}", "api_key=".repeat(100));
        assert_eq!(found(&last), ["key in an assignment"]);
        let quoted = format!("{}\": \"{BODY}", "api_key=".repeat(100).trim_end_matches('='));
        assert_eq!(found(&quoted), ["key in an assignment"]);
    }

    #[test]
    fn no_anchor_is_longer_than_what_is_looked_at_again() {
        assert!(ANCHORS.iter().all(|(anchor, _)| anchor.len() <= LONGEST_ANCHOR));
    }

    #[test]
    fn what_only_looks_like_a_key_is_left_alone() {
        for text in [
            key("pk_live_", BODY),
            key("sk_live_", "short1"),
            key("sk_live_", &"x".repeat(24)),
            key("sk_live_", "..."),
            key("risk_assk_live", BODY),
            key("xsk_live", BODY),
            "a_test_function_with_a_long_name1".to_owned(),
            "the_test_runs_every_day".to_owned(),
            "api_key = process.env.STRIPE_SECRET_KEY_FOR_SHOP_2".to_owned(),
            "secretKey: \"${STRIPE_KEY_OF_THE_SHOP_NO_1}\"".to_owned(),
            "Bearer of the very long news of today 1".to_owned(),
            "bearer-token-of-the-long-name-1".to_owned(),
            format!("Basic {BODY}"),
            "authorization: Basic authentication, as in RFC 7617".to_owned(),
            "api_key%3Dprocess.env.STRIPE_SECRET_KEY_FOR_SHOP_2".to_owned(),
            "-----BEGIN CERTIFICATE-----".to_owned(),
            key("AKIA", "lowercaseletters"),
        ] {
            assert_eq!(found(&text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn only_what_is_asked_for_is_found() {
        let text = [
            key("sk_live_", BODY),
            key("pk_test_", BODY),
            key("sk_test_", BODY),
            "4242424242424242".to_owned(),
        ]
        .join("\n");
        let of = |kind| labels(&Detector::new(&[kind], &[]).unwrap(), &text);
        assert_eq!(of(ScanKind::Keys), ["Stripe live secret key", "Stripe test secret key"]);
        assert_eq!(of(ScanKind::TestMode), ["Stripe test publishable key", "Stripe test secret key"]);
        assert_eq!(of(ScanKind::Cards), ["test card number"]);
    }

    #[test]
    fn an_authors_pattern_gives_its_own_name() {
        let pattern = Pattern::new("^acme_[a-z]{4,}").unwrap();
        let named = NamedPattern { name: "Acme id".to_owned(), pattern };
        let detector = Detector::new(&[], &[named]).unwrap();
        assert_eq!(labels(&detector, "acme_abcd\nx acme_abcd\nacme_efgh"), ["Acme id", "Acme id"]);
    }

    #[test]
    fn what_is_found_is_covered() {
        let detector = Detector::new(&ScanKind::ALL, &[]).unwrap();
        let text = format!("é {} é 4242 4242 4242 4242.", key("sk_live_", BODY));
        assert_eq!(detector.cover(&text), "é •••• é ••••.");
        assert_eq!(detector.cover("nothing é"), "nothing é");
    }
}
