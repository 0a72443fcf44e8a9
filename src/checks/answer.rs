//! What came back from the other side, bounded and with golive's own secrets taken out of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use minijinja::Value;
use tokio::sync::OwnedSemaphorePermit;

use super::echo::Echo;
use super::shown::clipped;
use crate::domain::json::{self, Json, NotJson};

/// The longest body, decompressed, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;
/// The longest request id that is kept, in characters.
const MAX_REQUEST_ID: usize = 100;

/// An answer to one request.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers by lower-case name; the values of a repeated one are joined by `, `.
    pub headers: BTreeMap<String, String>,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// From the request to the last byte.
    pub elapsed: Duration,
    /// Its share of all bodies that are held at once, when it is not small.
    pub room: Option<Arc<OwnedSemaphorePermit>>,
    /// The body as text without what is covered, and that; none when nothing in it is.
    pub covered: Option<(String, Echo)>,
}

impl Answer {
    /// Covers the secrets that were sent along, and may come back, in all that is read from the answer.
    pub fn cover(&mut self, echo: &Echo) {
        if echo.is_empty() {
            return;
        }
        self.headers.values_mut().for_each(|header| echo.cover_text(header));
        // What is in a text of the JSON is in the body as well, escapes and all: few bodies are read twice.
        let covered = str::from_utf8(&self.body).ok().and_then(|text| echo.cover(text));
        self.covered = covered.map(|text| (text, echo.clone()));
    }

    /// The body as text.
    pub fn text(&self) -> Result<&str, Unreadable> {
        match &self.covered {
            Some((text, _)) => Ok(text),
            None => self.sent(),
        }
    }

    fn sent(&self) -> Result<&str, Unreadable> {
        str::from_utf8(&self.body).map_err(|_| Unreadable::NotText)
    }

    /// The body as JSON. `serde_json` refuses more than 128 levels, so no nesting exhausts the stack.
    pub fn json(&self) -> Result<Value, Unreadable> {
        self.borrowed().map(Value::from)
    }

    /// The same, with names and texts left where they are.
    pub fn borrowed(&self) -> Result<Json<'_>, Unreadable> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Err(Unreadable::Empty);
        }
        let mut json = json::read(self.sent()?)?;
        if let Some((_, echo)) = &self.covered {
            echo.cover_json(&mut json);
        }
        Ok(json)
    }

    /// The other side's id of the request, for its support: a header, else a member of the JSON.
    pub fn request_id(&self, json: Option<&Value>) -> Option<String> {
        self.id(|name| json?.get_attr(name).ok()?.as_str().map(|id| clipped(id, MAX_REQUEST_ID)))
    }

    /// The same from JSON that is borrowed.
    pub fn request_id_in(&self, json: Option<&Json<'_>>) -> Option<String> {
        self.id(|name| json?.get(name)?.as_str().map(|id| clipped(id, MAX_REQUEST_ID)))
    }

    fn id(&self, member: impl Fn(&str) -> Option<String>) -> Option<String> {
        let header = self.headers.get("x-request-id").or_else(|| self.headers.get("request-id"));
        let id = match header {
            Some(header) => clipped(header, MAX_REQUEST_ID),
            None => ["requestId", "request_id"].into_iter().find_map(member)?,
        };
        (!id.is_empty()).then_some(id)
    }
}

/// Why a body says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No body where JSON is expected.
    #[error("the answer has no body")]
    Empty,
    /// Bytes that are no UTF-8.
    #[error("the answer is not UTF-8 text")]
    NotText,
    /// Not JSON, or nested too deep, or with too much in it.
    #[error("the answer {0}")]
    NotJson(#[from] NotJson),
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    fn answer(body: &str) -> Answer {
        Answer { status: 200, body: body.into(), ..Answer::default() }
    }

    #[test]
    fn a_secret_that_comes_back_is_covered_in_text_json_and_headers() {
        let mut echoed = answer(r#"{"a": "sk\/live\"1-2", "sk/l\u0069ve\"1-2": 1} "#);
        echoed.headers.insert("x-echo".into(), "got sk%2Flive%221-2".into());
        echoed.cover(&Echo::of(&[SecretString::from("sk/live\"1-2")]));
        assert_eq!(echoed.text(), Ok(r#"{"a": "••••", "••••": 1} "#));
        assert_eq!(serde_json::to_string(&echoed.json().unwrap()).unwrap(), r#"{"a":"••••","••••":1}"#);
        assert_eq!(echoed.headers["x-echo"], "got ••••");
    }

    #[test]
    fn a_mark_of_the_byte_order_is_no_part_of_the_json() {
        assert!(answer("\u{feff}{}").json().is_ok());
    }

    #[test]
    fn a_million_brackets_are_no_json_and_no_crash() {
        assert!(matches!(answer(&"[".repeat(1_000_000)).json(), Err(Unreadable::NotJson(_))));
        assert!(matches!(answer(&r#"{"a":"#.repeat(100_000)).json(), Err(Unreadable::NotJson(_))));
    }

    #[test]
    fn bytes_that_are_no_text_say_so() {
        let mut bytes = answer("");
        assert_eq!(bytes.json(), Err(Unreadable::Empty));
        bytes.body = vec![b'{', 0xff];
        assert_eq!(bytes.json(), Err(Unreadable::NotText));
    }

    #[test]
    fn the_request_id_is_in_a_header_or_in_the_json() {
        let mut both = answer(r#"{"requestId": "json-1"}"#);
        let json = both.json().unwrap();
        assert_eq!(both.request_id(Some(&json)).as_deref(), Some("json-1"));
        both.headers.insert("x-request-id".into(), "head\u{1b}er".into());
        assert_eq!(both.request_id(Some(&json)).as_deref(), Some("head␛er"));
        assert_eq!(answer("").request_id(None), None);
    }
}
