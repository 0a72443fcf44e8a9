//! Secrets that come back: some servers repeat what they were sent, and what they say is shown and logged.
//!
//! A value is found as it is and in the spellings of common writers: base64 and base64url wherever it begins in
//! a group of three bytes, hex, percent-encoded once or twice, as a form, with the escapes of JSON; letter case
//! aside. Nothing that was found is told, so it is found rather once too often than not at all.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD_NO_PAD};
use memchr::memmem::Finder;
use memchr::{memchr, memchr2};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::secrets;
use super::shown::COVERED;
use super::subject::SecretSources;
use crate::domain::json::Json;
use crate::domain::secret::SecretSource;

/// The shortest value, in bytes, that is looked for in every spelling: a shorter one is in many texts by chance.
pub const SHORTEST: usize = 8;
/// How often a text is decoded: twice percent-encoded within a text of JSON.
const LAYERS: usize = 3;
/// What stands before the base64 of a webhook's key.
const WEBHOOK_PREFIX: &str = "whsec_";

/// Base64 as people paste it, with or without the padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What is looked for. Cheap to clone; wiped when the last clone goes.
#[derive(Clone, Default)]
pub struct Echo(Option<Arc<[Zeroizing<Vec<u8>>]>>);

impl std::fmt::Debug for Echo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Echo({})", self.spellings().len())
    }
}

impl Echo {
    /// Of some secrets. One that is shorter than [`SHORTEST`] is looked for as it is.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let mut spellings = Vec::new();
        for secret in secrets {
            let value = secret.expose_secret();
            if value.len() < SHORTEST {
                spellings.extend((!value.is_empty()).then(|| folded(value.as_bytes())));
                continue;
            }
            for bytes in forms(value) {
                spellings.push(folded(&bytes));
                spellings.push(folded(Zeroizing::new(hex::encode(&*bytes)).as_bytes()));
                spellings.extend((0..3).map(|lead| base64_after(lead, &bytes)));
            }
        }
        Self((!spellings.is_empty()).then(|| spellings.into()))
    }

    fn spellings(&self) -> &[Zeroizing<Vec<u8>>] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Those that can be covered before an answer is judged, and the short ones: a key `ok` must not turn the
    /// `ok` of an answer into something else.
    pub fn split(secrets: &[SecretString]) -> (Self, Self) {
        let long = |secret: &&SecretString| secret.expose_secret().len() >= SHORTEST;
        (Self::of(secrets.iter().filter(long)), Self::of(secrets.iter().filter(|s| !long(s))))
    }

    /// Of the secrets of an engagement that a program or a file of this machine may hold as well: those that are
    /// read without asking anybody, and long enough. This blocks on the disk.
    pub fn nearby(sources: &SecretSources) -> Self {
        let near = sources.values().filter(|source| match source {
            SecretSource::Env(_) | SecretSource::File(_) => true,
            SecretSource::Command(_) | SecretSource::Keyring { .. } => false,
        });
        let values: Vec<SecretString> = near.filter_map(|source| secrets::read(source).ok()).collect();
        Self::split(&values).0
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The text with each of them covered; none when none is in it.
    pub fn cover(&self, text: &str) -> Option<String> {
        let mut found = self.places(text);
        if found.is_empty() {
            return None;
        }
        found.sort_by_key(|place| place.start);
        let (mut out, mut end) = (String::with_capacity(text.len()), 0);
        for place in found {
            if place.start >= end {
                out.push_str(text.get(end..place.start).unwrap_or_default());
                out.push_str(COVERED);
            }
            end = end.max(place.end);
        }
        out.push_str(text.get(end..).unwrap_or_default());
        Some(out)
    }

    /// Whether a text is one of them and nothing else.
    pub fn is_all_of(&self, text: &str) -> bool {
        self.cover(text).is_some_and(|covered| covered == COVERED)
    }

    /// Covers them in place.
    pub fn cover_text(&self, text: &mut String) {
        if let Some(covered) = self.cover(text) {
            *text = covered;
        }
    }

    /// Covers them in every name and text of a value.
    pub fn cover_json(&self, json: &mut Json<'_>) {
        let cover = |text: &mut Cow<'_, str>| {
            if let Some(covered) = self.cover(text) {
                *text = Cow::Owned(covered);
            }
        };
        match json {
            Json::Text(text) => cover(text),
            Json::List(list) => list.iter_mut().for_each(|entry| self.cover_json(entry)),
            Json::Map(pairs) => pairs.iter_mut().for_each(|(name, value)| {
                cover(name);
                self.cover_json(value);
            }),
            // A secret may be made of digits.
            Json::Whole(_) | Json::Large(_) | Json::Float(_) => {
                let digits = match json {
                    Json::Whole(n) => n.to_string(),
                    Json::Large(n) => n.to_string(),
                    Json::Float(n) => n.to_string(),
                    Json::Null | Json::Bool(_) | Json::Text(_) | Json::List(_) | Json::Map(_) => return,
                };
                if self.cover(&digits).is_some() {
                    *json = Json::Text(Cow::Borrowed(COVERED));
                }
            }
            Json::Null | Json::Bool(_) => {}
        }
    }

    /// Where they are in a text, in any order.
    fn places(&self, text: &str) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        if self.is_empty() {
            return places;
        }
        self.find(text.as_bytes(), |place| places.push(place));
        let mut layer = Layer::of(text.as_bytes(), None);
        for _ in 0..LAYERS {
            let Some(decoded) = layer else { break };
            let starts = &decoded.starts;
            self.find(&decoded.bytes, |place| places.push(starts[place.start]..starts[place.end]));
            layer = Layer::of(&decoded.bytes, Some(starts));
        }
        places
    }

    fn find(&self, bytes: &[u8], mut found: impl FnMut(Range<usize>)) {
        let bytes = folded(bytes);
        for spelling in self.spellings() {
            for at in Finder::new(&**spelling).find_iter(&bytes) {
                found(at..at + spelling.len());
            }
        }
    }
}

/// A value and what is in it: behind the prefix of a webhook's key, and in base64, where a password is behind
/// the first colon (RFC 7617).
fn forms(value: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let mut forms = vec![Zeroizing::new(value.as_bytes().to_vec())];
    let bare = value.strip_prefix(WEBHOOK_PREFIX);
    forms.extend(bare.map(|bare| Zeroizing::new(bare.as_bytes().to_vec())));
    if let Ok(inner) = LENIENT.decode(bare.unwrap_or(value)).map(Zeroizing::new) {
        if let Some(colon) = memchr(b':', &inner) {
            forms.push(Zeroizing::new(inner[colon + 1..].to_vec()));
        }
        forms.push(inner);
    }
    forms.retain(|bytes| bytes.len() >= SHORTEST);
    forms
}

/// The base64 of bytes that stand after so many others: what does not depend on what is before and behind.
fn base64_after(lead: usize, bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut all = Zeroizing::new(vec![0; lead]);
    all.extend_from_slice(bytes);
    let text = Zeroizing::new(STANDARD_NO_PAD.encode(&*all));
    folded(&text.as_bytes()[(lead * 8).div_ceil(6)..all.len() * 8 / 6])
}

/// Bytes as they are compared: letter case, the two alphabets of base64, and a space or `+` in a form aside.
fn folded(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let fold = |byte: &u8| match byte {
        b'-' | b' ' => b'+',
        b'_' => b'/',
        byte => byte.to_ascii_lowercase(),
    };
    Zeroizing::new(bytes.iter().map(fold).collect())
}

/// A text with its escapes decoded once, and where each byte, and the end, was in the text.
struct Layer {
    bytes: Zeroizing<Vec<u8>>,
    starts: Vec<usize>,
}

impl Layer {
    /// None when there is nothing to decode.
    fn of(bytes: &[u8], starts: Option<&[usize]>) -> Option<Self> {
        memchr2(b'%', b'\\', bytes)?;
        let mut out = Self { bytes: Zeroizing::new(Vec::with_capacity(bytes.len())), starts: Vec::new() };
        let mut at = 0;
        while at < bytes.len() {
            let before = out.bytes.len();
            let taken = out.decode(&bytes[at..]).unwrap_or_else(|| {
                out.bytes.push(bytes[at]);
                1
            });
            let start = starts.map_or(at, |starts| starts[at]);
            out.starts.extend((before..out.bytes.len()).map(|_| start));
            at += taken;
        }
        out.starts.push(starts.map_or(at, |starts| starts[at]));
        (out.bytes.len() < bytes.len()).then_some(out)
    }

    /// Decodes an escape that the bytes begin with; gives its length.
    fn decode(&mut self, bytes: &[u8]) -> Option<usize> {
        match bytes {
            [b'%', high, low, ..] => {
                let mut byte = [0];
                hex::decode_to_slice([*high, *low], &mut byte).ok()?;
                self.bytes.extend(byte);
                Some(3)
            }
            [b'\\', b'u', ..] => {
                let unit = |from: usize| {
                    let mut unit = [0; 2];
                    hex::decode_to_slice(bytes.get(from..from + 4)?, &mut unit).ok()?;
                    Some(u16::from_be_bytes(unit))
                };
                let first = unit(2)?;
                let second = (bytes.get(6..8) == Some(b"\\u")).then(|| unit(8)).flatten();
                let pair = char::decode_utf16([first].into_iter().chain(second)).next()?.ok()?;
                self.bytes.extend_from_slice(pair.encode_utf8(&mut [0; 4]).as_bytes());
                Some(if pair.len_utf16() == 2 { 12 } else { 6 })
            }
            [b'\\', escaped, ..] => {
                self.bytes.push(match escaped {
                    b'"' | b'\\' | b'/' => *escaped,
                    // The others stand for control characters, which no secret has.
                    _ => return None,
                });
                Some(2)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    const VALUE: &str = "sk/live+\"é~4711 x";

    fn echo(value: &str) -> Echo {
        Echo::of(&[SecretString::from(value)])
    }

    fn percent(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("%{b:02x}")).collect::<Vec<_>>().concat()
    }

    fn spellings(value: &str) -> Vec<String> {
        let json = serde_json::to_string(value).unwrap();
        let json = json.trim_start_matches('"').strip_suffix('"').unwrap().to_owned();
        let form: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let units = value.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect::<Vec<_>>().concat();
        vec![
            value.to_owned(),
            value.to_ascii_uppercase(),
            json.clone(),
            json.replace('/', "\\/"),
            units.clone(),
            units.replace('\\', "\\\\"),
            hex::encode(value),
            hex::encode_upper(value),
            form.clone(),
            form.to_lowercase(),
            form.replace('%', "%25"),
            percent(value.as_bytes()),
            percent(percent(value.as_bytes()).as_bytes()),
        ]
    }

    #[test]
    fn a_value_is_covered_in_every_spelling_and_nothing_else_is() {
        for spelling in spellings(VALUE) {
            let text = format!("é got [{spelling}] % \\ %zz");
            assert_eq!(echo(VALUE).cover(&text).as_deref(), Some("é got [••••] % \\ %zz"), "{spelling}");
        }
        assert_eq!(echo(VALUE).cover("é nothing of it \\u00e9 %20"), None);
        assert_eq!(echo("").cover("anything"), None);
    }

    #[test]
    fn base64_is_covered_wherever_the_value_begins() {
        for before in ["", "a", "ab", "abc", "user:"] {
            for after in ["", ":", "::", ":::"] {
                let whole = format!("{before}{VALUE}{after}");
                for text in [STANDARD.encode(&whole), URL_SAFE_NO_PAD.encode(&whole)] {
                    let covered = echo(VALUE).cover(&format!("got {text}")).unwrap();
                    assert!(covered.contains(COVERED) && covered.len() < 40, "{covered}");
                    let escaped = percent(text.as_bytes());
                    assert!(echo(VALUE).cover(&escaped).is_some(), "{escaped}");
                }
            }
        }
    }

    #[test]
    fn what_is_in_a_value_is_covered_as_well() {
        let basic = echo(&STANDARD.encode("user:long-password"));
        for text in ["long-password", "user:long-password", &hex::encode("long-password")] {
            assert!(basic.cover(text).unwrap().contains(COVERED), "{text}");
        }
        let hook = echo(&format!("whsec_{}", STANDARD.encode([7; 24])));
        assert_eq!(hook.cover(&STANDARD.encode([7; 24])).as_deref(), Some("••••"));
        assert_eq!(hook.cover(&hex::encode([7; 24])).as_deref(), Some("••••"));
    }

    #[test]
    fn a_short_value_is_covered_only_as_it_is() {
        let (long, short) = Echo::split(&[SecretString::from("ok"), SecretString::from(VALUE)]);
        assert_eq!(long.cover("ok"), None);
        assert_eq!(short.cover("it is ok").as_deref(), Some("it is ••••"));
        assert_eq!(short.cover(&hex::encode("ok")), None);
    }

    #[test]
    fn a_secret_of_digits_is_covered_where_it_comes_back_as_a_number() {
        let echo = Echo::of([&SecretString::from("90817263549")]);
        let mut json = crate::domain::json::read(r#"{"pin": 90817263549, "n": 9081726354}"#).unwrap();
        echo.cover_json(&mut json);
        assert!(matches!(json.get("pin"), Some(Json::Text(text)) if text == COVERED), "{json:?}");
        assert!(matches!(json.get("n"), Some(Json::Whole(9_081_726_354))), "{json:?}");
    }

    #[test]
    fn names_and_texts_of_json_are_covered() {
        let text = r#"{"sk\u002flive+4711": ["SK%2Flive%2B4711", {"a": "b"}], "n": 4711}"#;
        let mut json: Json<'_> = serde_json::from_str(text).unwrap();
        echo("sk/live+4711").cover_json(&mut json);
        assert_eq!(json, serde_json::from_str(r#"{"••••": ["••••", {"a": "b"}], "n": 4711}"#).unwrap());
    }

    proptest! {
        #[test]
        fn whatever_comes_is_cut_between_characters(text in r"([é%\\u0-9a-f/+ ]|sk/live\+4711|%73k/live\+4711){0,30}") {
            if let Some(covered) = echo("sk/live+4711").cover(&text) {
                prop_assert!(covered.contains(COVERED) && !covered.contains("sk/live+4711"));
            }
        }
    }
}
