//! A JSON text as it is read: names and texts stay where they are in the answer.
//!
//! What a check asks for once and throws away is not worth a tree with a copy of every text in it.
//! Meaning and limits are those of the reader ([`serde_json`]): the last of equal names counts, and more
//! than 128 levels are refused. So are more than [`MAX_VALUES`]: as values of the language, two bytes of text
//! may take hundreds.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt;

use minijinja::Value;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The most values of one text, those within others included.
pub const MAX_VALUES: u32 = 100_000;
/// What a map counts: even with one name it takes more than as many others.
pub const MAP: u32 = 4;

/// Values side by side, in all levels that are open at once, for which there is room from the start.
const USUAL: usize = 32;

/// Why a text is not read as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotJson {
    /// It is none, or nested too deep.
    #[error("is not JSON (line {line}, column {column})")]
    Syntax {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
    /// More than [`MAX_VALUES`].
    #[error("has too many values: more than {MAX_VALUES}")]
    TooMany,
}

/// Reads a text, with or without the mark of its byte order that some tools of Windows begin with.
pub fn read(text: &str) -> Result<Json<'_>, NotJson> {
    serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|e| {
        // Anything that is JSON is taken, so only what is counted here is refused as data.
        if e.is_data() { NotJson::TooMany } else { NotJson::Syntax { line: e.line(), column: e.column() } }
    })
}

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// A number with a fraction or an exponent, and a whole one too large for 64 bits.
    Float(f64),
    /// A whole number from 2^63 to 2^64 - 1.
    Large(u64),
    /// A text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Json<'a>>),
    /// Names and values as they stand in the text, equal names included.
    Map(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl Json<'_> {
    /// The value under a name.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(pairs) => pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value),
            Self::Null
            | Self::Bool(_)
            | Self::Whole(_)
            | Self::Float(_)
            | Self::Large(_)
            | Self::Text(_)
            | Self::List(_) => None,
        }
    }

    /// A text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null
            | Self::Bool(_)
            | Self::Whole(_)
            | Self::Float(_)
            | Self::Large(_)
            | Self::List(_)
            | Self::Map(_) => None,
        }
    }
}

impl From<Json<'_>> for Value {
    fn from(json: Json<'_>) -> Self {
        match json {
            Json::Null => Self::from(()),
            Json::Bool(value) => Self::from(value),
            Json::Whole(n) => Self::from(n),
            Json::Large(n) => Self::from(n),
            Json::Float(n) => Self::from(n),
            Json::Text(text) => Self::from(text.as_ref()),
            Json::List(list) => list.into_iter().map(Self::from).collect(),
            Json::Map(pairs) => {
                Self::from_pairs(pairs.into_iter().map(|(name, value)| (Self::from(name.as_ref()), value)))
            }
        }
    }
}

/// A text that is being read.
struct Reading<'de> {
    /// How many more values it may have.
    left: Cell<u32>,
    /// What has been read of lists that have not ended, the outer ones first. A list gets its own room when its
    /// length is known: most are short, and none grows step by step.
    entries: RefCell<Vec<Json<'de>>>,
    /// The same of maps.
    pairs: RefCell<Vec<(Cow<'de, str>, Json<'de>)>>,
}

impl Reading<'_> {
    fn begin() -> Self {
        Self {
            left: Cell::new(MAX_VALUES),
            entries: RefCell::new(Vec::with_capacity(USUAL)),
            pairs: RefCell::new(Vec::with_capacity(USUAL)),
        }
    }
}

/// Reads a value, as many as are left.
#[derive(Clone, Copy)]
struct Reader<'a, 'de>(&'a Reading<'de>);

impl Reader<'_, '_> {
    fn count<E: Error>(self, values: u32) -> Result<(), E> {
        let left = self.0.left.get().checked_sub(values).ok_or_else(|| E::custom("too many values"))?;
        self.0.left.set(left);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_, 'de> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        self.count(1)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_, 'de> {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Whole(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(i64::try_from(value).map_or(Json::Large(value), Json::Whole))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Float(value))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json<'de>, A::Error> {
        let entries = &self.0.entries;
        let begin = entries.borrow().len();
        while let Some(value) = seq.next_element_seed(self)? {
            entries.borrow_mut().push(value);
        }
        Ok(Json::List(entries.borrow_mut().drain(begin..).collect()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        self.count(MAP - 1)?;
        let pairs = &self.0.pairs;
        let begin = pairs.borrow().len();
        while let Some(Name(name)) = map.next_key()? {
            let value = map.next_value_seed(self)?;
            pairs.borrow_mut().push((name, value));
        }
        Ok(Json::Map(pairs.borrow_mut().drain(begin..).collect()))
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Reader(&Reading::begin()).deserialize(deserializer)
    }
}

struct Name<'a>(Cow<'a, str>);

struct NameReader;

impl<'de> Visitor<'de> for NameReader {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(value.to_owned())))
    }
}

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameReader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_where_they_are_unless_they_are_written_with_escapes() {
        let json: Json<'_> = serde_json::from_str(r#"{"a": "plain", "b\n": "\u00e9"}"#).unwrap();
        let Json::Map(pairs) = json else { unreachable!("it is a map") };
        assert!(matches!(&pairs[0], (Cow::Borrowed("a"), Json::Text(Cow::Borrowed("plain")))));
        assert_eq!(pairs[1], ("b\n".into(), Json::Text("é".into())));
    }

    #[test]
    fn what_is_nested_stays_where_it_belongs() {
        let text = r#"[1,[2,[],{"a":[3,{"b":4,"c":{}}],"d":5},6],{"e":[[7]]},8]"#;
        let whole = Json::Whole;
        let pair = |name: &'static str, value| (Cow::Borrowed(name), value);
        let a =
            Json::List(vec![whole(3), Json::Map(vec![pair("b", whole(4)), pair("c", Json::Map(vec![]))])]);
        let inner = Json::Map(vec![pair("a", a), pair("d", whole(5))]);
        let second = Json::List(vec![whole(2), Json::List(vec![]), inner, whole(6)]);
        let e = Json::List(vec![Json::List(vec![whole(7)])]);
        let all = vec![whole(1), second, Json::Map(vec![pair("e", e)]), whole(8)];
        assert_eq!(read(text), Ok(Json::List(all)));
    }

    #[test]
    fn the_last_of_equal_names_counts() {
        let json: Json<'_> = serde_json::from_str(r#"{"a": 1, "a": 2}"#).unwrap();
        assert_eq!(json.get("a"), Some(&Json::Whole(2)));
        assert_eq!(json.get("b"), None);
    }

    #[test]
    fn numbers_keep_their_kind() {
        let json: Json<'_> =
            serde_json::from_str("[1, -1, 1.0, 9223372036854775808, 1e400, 99999999999999999999]")
                .unwrap_or(Json::Null);
        // What is beyond a float is no JSON for the reader.
        assert_eq!(json, Json::Null);
        let json: Json<'_> = serde_json::from_str("[1, -1, 1.0, 9223372036854775808]").unwrap();
        let all = [Json::Whole(1), Json::Whole(-1), Json::Float(1.0), Json::Large(1 << 63)];
        assert_eq!(json, Json::List(all.to_vec()));
    }

    #[test]
    fn values_are_counted() {
        let list = |n: usize| format!("[{}0]", r#"{"a":0},"#.repeat(n));
        assert!(read(&list(19_999)).is_ok());
        assert_eq!(read(&list(20_000)), Err(NotJson::TooMany));
        assert_eq!(read("{,}"), Err(NotJson::Syntax { line: 1, column: 2 }));
    }

    #[test]
    fn as_values_of_the_language_it_is_what_the_language_reads() {
        let text = r#"{"b": [1, -1.5, 9223372036854775808, true, null], "a": {"x": "é", "x": "y"}}"#;
        assert_eq!(Value::from(read(text).unwrap()), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn nesting_is_bounded() {
        assert!(serde_json::from_str::<Json<'_>>(&"[".repeat(1_000_000)).is_err());
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert!(serde_json::from_str::<Json<'_>>(&deep).is_err());
    }
}
