//! The letters of a web page: those in which it says that it is written, else UTF-8.

use std::borrow::Cow;
use std::sync::LazyLock;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use regex::bytes::Regex;

use super::answer::Answer;

/// How far into a page it may say in which letters it is written, in bytes, as browsers look.
const HEAD: usize = 1024;

/// What a page says of its letters.
static META: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)<meta\s[^>]*charset\s*=\s*["']?\s*(?<name>[a-z0-9_:.-]+)"#).ok());

/// Why the body of an answer is no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoText {
    /// Packed in a way that is not unpacked.
    #[error("is packed as {0}, which cannot be looked into")]
    Packed(String),
    /// Not UTF-8, and it does not say what else it is.
    #[error("is not UTF-8 text, and does not say in which letters it is written")]
    Letters,
}

/// How a body is still packed, although all that is understood has been unpacked.
pub fn packed(answer: &Answer) -> Option<&str> {
    let how = answer.headers.get("content-encoding").map(|how| how.trim())?;
    (!(how.is_empty() || how.eq_ignore_ascii_case("identity"))).then_some(how)
}

/// The text of a page. A mark of its byte order outweighs the header, and that what the page itself says.
pub fn text(answer: &Answer) -> Result<Cow<'_, str>, NoText> {
    if let Some(how) = packed(answer) {
        return Err(NoText::Packed(super::shown::clipped(how, 20)));
    }
    let body = answer.body.as_slice();
    let said = Encoding::for_bom(body).map(|(letters, _)| letters);
    match said.or_else(|| in_header(answer)).or_else(|| in_page(body)) {
        Some(letters) => Ok(letters.decode(body).0),
        None => str::from_utf8(body).map(Cow::Borrowed).map_err(|_| NoText::Letters),
    }
}

fn in_header(answer: &Answer) -> Option<&'static Encoding> {
    let kind = answer.headers.get("content-type")?;
    kind.split(';').skip(1).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let charset = name.trim().eq_ignore_ascii_case("charset");
        charset.then(|| Encoding::for_label(value.trim().trim_matches('"').as_bytes())).flatten()
    })
}

/// A page in which this can be read is not UTF-16, whatever it says.
fn in_page(body: &[u8]) -> Option<&'static Encoding> {
    let head = &body[..body.len().min(HEAD)];
    let said = META.as_ref()?.captures(head)?.name("name")?;
    let letters = Encoding::for_label(said.as_bytes())?;
    Some(if letters == UTF_16LE || letters == UTF_16BE { UTF_8 } else { letters })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&str, &str)], body: &[u8]) -> Result<String, NoText> {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        text(&Answer { headers, body: body.to_vec(), ..Answer::default() }).map(Cow::into_owned)
    }

    #[test]
    fn a_page_is_read_in_its_own_letters() {
        let latin = [("content-type", "text/html; Charset=\"ISO-8859-1\"")];
        assert_eq!(read(&latin, b"caf\xe9 \x80").unwrap(), "café €");
        assert_eq!(
            read(&[], b"<meta charset=windows-1252>caf\xe9").unwrap(),
            "<meta charset=windows-1252>café"
        );
        let long = b"<META http-equiv=x content='text/html; charset=shift_jis'>\x93\xfa";
        assert!(read(&[], long).unwrap().ends_with("日"));
        let wide: Vec<u8> = "\u{feff}café".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&latin, &wide).unwrap(), "café");
        assert_eq!(read(&[], "<meta charset=utf-16>é".as_bytes()).unwrap(), "<meta charset=utf-16>é");
        assert_eq!(read(&[], "\u{feff}é".as_bytes()).unwrap(), "é");
    }

    #[test]
    fn what_says_nothing_is_utf_8_or_nothing() {
        assert_eq!(read(&[("content-type", "text/html; charset=klingon")], "é".as_bytes()).unwrap(), "é");
        assert_eq!(read(&[], b"caf\xe9"), Err(NoText::Letters));
        assert_eq!(read(&[("content-encoding", "br")], b"x"), Err(NoText::Packed("br".into())));
        assert_eq!(read(&[("content-encoding", "identity")], b"x").unwrap(), "x");
    }
}
