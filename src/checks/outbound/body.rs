//! The body of an answer, unpacked as it arrives and never larger than is accepted.

use std::io::{self, Write};
use std::sync::Arc;

use flate2::write::MultiGzDecoder;
use http_body_util::BodyExt;
use hyper::HeaderMap;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::client::innermost;
use super::{MAX_HELD, NoAnswer};

/// What the other side is told that is understood.
pub(super) const ENCODING: &str = "gzip";

/// A body of so many bytes is small: it is held without asking.
const SMALL: usize = 64 * 1024;

/// The share of a larger body in all that is held at once.
type Share = Option<Arc<OwnedSemaphorePermit>>;

/// Reads a body up to so many bytes, unpacked. A packed one loses the headers that say so.
pub(super) async fn read(
    headers: &mut HeaderMap,
    mut body: Incoming,
    max: usize,
    room: &Arc<Semaphore>,
) -> Result<(Vec<u8>, Share), NoAnswer> {
    if headers.get(CONTENT_ENCODING).is_some_and(is_gzip) {
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
        // Few answers are packed: not in every future that reads one.
        return Box::pin(unpacked(body, max, room)).await;
    }
    let said = body.size_hint().exact().and_then(|n| usize::try_from(n).ok()).unwrap_or(max);
    let most = said.min(max);
    let mut out = Bounded { body: Vec::with_capacity(most.min(SMALL)), max };
    let mut share = None;
    while let Some(bytes) = next(&mut body).await? {
        if share.is_none() && out.body.len() + bytes.len() > SMALL {
            share = held(room, most).await;
            out.body.reserve_exact(most.saturating_sub(out.body.len()));
        }
        out.write_all(&bytes).map_err(|e| refused(&e, max))?;
    }
    Ok((out.body, share))
}

/// Whether a body is packed in the one way that is understood, by its name or its older one.
fn is_gzip(encoding: &HeaderValue) -> bool {
    let name = encoding.as_bytes().trim_ascii();
    [ENCODING, "x-gzip"].iter().any(|gzip| name.eq_ignore_ascii_case(gzip.as_bytes()))
}

async fn unpacked(
    mut body: Incoming,
    max: usize,
    room: &Arc<Semaphore>,
) -> Result<(Vec<u8>, Share), NoAnswer> {
    let mut unpacker = MultiGzDecoder::new(Bounded { body: Vec::new(), max });
    let mut any = false;
    let mut share = None;
    while let Some(bytes) = next(&mut body).await? {
        any |= !bytes.is_empty();
        if share.is_none() {
            // How large it becomes is not known before.
            share = held(room, max).await;
        }
        unpacker.write_all(&bytes).map_err(|e| refused(&e, max))?;
        share = share.filter(|_| unpacker.get_ref().body.len() > SMALL);
    }
    if !any {
        // The answer to HEAD is packed and has no body.
        return Ok((Vec::new(), None));
    }
    let out = unpacker.finish().map_err(|e| refused(&e, max))?;
    Ok((out.body, share))
}

/// The next piece of a body as it arrives.
async fn next(body: &mut Incoming) -> Result<Option<Bytes>, NoAnswer> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|e| NoAnswer::Broken(innermost(&e)))?;
        // What is not data are trailers, which no condition sees.
        if let Ok(bytes) = frame.into_data() {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// A share of so many bytes, once there is room for all of them: whoever waits holds none, so that no two bodies
/// wait for each other.
async fn held(room: &Arc<Semaphore>, bytes: usize) -> Share {
    let bytes = u32::try_from(bytes.min(MAX_HELD)).unwrap_or(u32::MAX);
    // The semaphore is never closed.
    Arc::clone(room).acquire_many_owned(bytes).await.ok().map(Arc::new)
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
