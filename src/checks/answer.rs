//! What came back from the other side, bounded and with golive's own secrets taken out of it.

use std::collections::BTreeMap;
use std::time::Duration;

use minijinja::Value;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroize as _;

use super::shown::{COVERED, clipped};
use crate::domain::json::Json;

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
}

impl Answer {
    /// Takes a secret that was sent along out of the answer: some servers repeat what they were sent,
    /// and what an answer says is shown and logged.
    pub fn cover(&mut self, secret: &SecretString) {
        let value = secret.expose_secret();
        if value.is_empty() {
            return;
        }
        for header in self.headers.values_mut().filter(|h| h.contains(value)) {
            *header = header.replace(value, COVERED);
        }
        // In JSON the same value can be written with escapes; these are the ways of common writers.
        let escaped = serde_json::to_string(value).unwrap_or_default();
        let escaped = escaped.trim_matches('"');
        let Ok(text) = str::from_utf8(&self.body) else {
            return;
        };
        let mut covered = None::<String>;
        for form in [value, escaped, &escaped.replace('/', "\\/")] {
            let now = covered.as_deref().unwrap_or(text);
            if now.contains(form) {
                covered = Some(now.replace(form, COVERED));
            }
        }
        if let Some(text) = covered {
            std::mem::replace(&mut self.body, text.into_bytes()).zeroize();
        }
    }

    /// The body as text.
    pub fn text(&self) -> Result<&str, Unreadable> {
        str::from_utf8(&self.body).map_err(|_| Unreadable::NotText)
    }

    /// The body as JSON. `serde_json` refuses more than 128 levels, so no nesting exhausts the stack.
    pub fn json(&self) -> Result<Value, Unreadable> {
        self.read()
    }

    /// The same, with names and texts left where they are.
    pub fn borrowed(&self) -> Result<Json<'_>, Unreadable> {
        self.read()
    }

    fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Unreadable> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Err(Unreadable::Empty);
        }
        let text = self.text()?;
        serde_json::from_str(text).map_err(|e| Unreadable::NotJson { line: e.line(), column: e.column() })
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
    /// Not JSON, or nested too deep.
    #[error("the answer is not JSON (line {line}, column {column})")]
    NotJson {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        Answer { status: 200, body: body.into(), ..Answer::default() }
    }

    #[test]
    fn a_secret_that_comes_back_is_covered_in_every_form() {
        let secret = SecretString::from("sk/live\"1");
        let mut echo = answer(r#"{"a": "sk/live\"1", "b": "sk\/live\"1"} sk/live"1"#);
        echo.headers.insert("x-echo".into(), "got sk/live\"1".into());
        echo.cover(&secret);
        assert_eq!(echo.text(), Ok(r#"{"a": "••••", "b": "••••"} ••••"#));
        assert_eq!(echo.headers["x-echo"], "got ••••");
    }

    #[test]
    fn a_million_brackets_are_no_json_and_no_crash() {
        assert!(matches!(answer(&"[".repeat(1_000_000)).json(), Err(Unreadable::NotJson { .. })));
        assert!(matches!(answer(&r#"{"a":"#.repeat(100_000)).json(), Err(Unreadable::NotJson { .. })));
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
