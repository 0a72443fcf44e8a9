//! Seals of what is kept beside the log.
//!
//! SQLite notices a damaged page only when its structure no longer holds; a digit that became another one it
//! reads as it is. The log has its chain and its signatures. Observations, passes and the lines of the portfolio
//! have a digest over their row instead, and one that does not fit makes the row count as not there. It is
//! no secret: against whoever writes to the file on purpose only the log holds.

use crate::domain::digest::Digest;

/// The seal of a row: of its table's name and its columns.
pub(super) fn of(table: &str, columns: &[&[u8]]) -> Digest {
    let start = [b"golive.seal.v1".as_slice(), table.as_bytes()];
    Digest::of_parts(start.into_iter().chain(columns.iter().copied()))
}

/// Whether a row has the seal of its columns.
pub(super) fn holds(seal: Option<&[u8]>, table: &str, columns: &[&[u8]]) -> bool {
    seal == Some(of(table, columns).as_bytes().as_slice())
}
