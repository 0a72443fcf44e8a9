//! The body of an answer, unpacked as it arrives and never larger than is accepted.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use http_body_util::BodyExt;
use hyper::HeaderMap;
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue};

use super::NoAnswer;
use super::client::innermost;

/// What the other side is told that is understood.
pub(super) const ENCODING: &str = "gzip";

/// Reads a body up to so many bytes, unpacked. A packed one loses the headers that say so.
pub(super) async fn read(headers: &mut HeaderMap, body: Incoming, max: usize) -> Result<Vec<u8>, NoAnswer> {
    if headers.get(CONTENT_ENCODING).is_some_and(is_gzip) {
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
        // Few answers are packed: not in every future that reads one.
        return Box::pin(unpacked(body, max)).await;
    }
    let hint = body.size_hint().exact().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let mut out = Bounded { body: Vec::with_capacity(hint.min(max)), max };
    each(body, |bytes| out.write_all(bytes), max).await?;
    Ok(out.body)
}

/// Whether a body is packed in the one way that is understood, by its name or its older one.
fn is_gzip(encoding: &HeaderValue) -> bool {
    let name = encoding.as_bytes().trim_ascii();
    [ENCODING, "x-gzip"].iter().any(|gzip| name.eq_ignore_ascii_case(gzip.as_bytes()))
}

async fn unpacked(body: Incoming, max: usize) -> Result<Vec<u8>, NoAnswer> {
    let mut unpacker = MultiGzDecoder::new(Bounded { body: Vec::new(), max });
    let mut any = false;
    let take = |bytes: &[u8]| {
        any |= !bytes.is_empty();
        unpacker.write_all(bytes)
    };
    each(body, take, max).await?;
    if !any {
        // The answer to HEAD is packed and has no body.
        return Ok(Vec::new());
    }
    unpacker.finish().map(|out| out.body).map_err(|e| refused(&e, max))
}

/// Hands on each piece of a body as it arrives.
async fn each(
    mut body: Incoming,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
    max: usize,
) -> Result<(), NoAnswer> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|e| NoAnswer::Broken(innermost(&e)))?;
        // What is not data are trailers, which no condition sees.
        if let Some(bytes) = frame.data_ref() {
            take(bytes).map_err(|e| refused(&e, max))?;
        }
    }
    Ok(())
}

fn refused(error: &io::Error, max: usize) -> NoAnswer {
    if error.kind() == io::ErrorKind::FileTooLarge {
        NoAnswer::TooLarge(max)
    } else {
        NoAnswer::Broken(innermost(error))
    }
}

/// A body that takes no more than is accepted.
struct Bounded {
    body: Vec<u8>,
    max: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.body.len() + bytes.len() > self.max {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.body.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
