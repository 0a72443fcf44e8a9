//! Heads remembered outside of the store.
//!
//! A chain of hashes shows every change but one: that its end was cut off. So each head that this
//! machine has written or believed is also noted in a file beside the store. A log that does not pass
//! through the head noted last was cut or rewritten.
//!
//! One line a head, only ever added to: `acme 12 <hash>`. A line is added after the append is on the
//! disk and is not waited for: after a power cut the file may be a few lines behind, never ahead. That
//! only makes it remember less. Removing the file on purpose makes golive forget what it saw.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::AppError;
use crate::domain::head::Head;
use crate::domain::ids::EngagementId;
use crate::files;

/// A file with more lines per engagement than this, and larger than [`SMALL`], is written anew.
const LINES_PER_ENGAGEMENT: usize = 8;
/// Bytes up to which nobody minds old lines.
const SMALL: usize = 256 * 1024;
/// A larger file is not ours: it would hold some hundred million heads.
const MAX_FILE: u64 = 1024 * 1024 * 1024;

/// The heads that this machine remembers.
pub(super) struct KeptHeads {
    path: Option<PathBuf>,
    known: Mutex<Option<HashMap<EngagementId, Head>>>,
}

impl KeptHeads {
    pub(super) fn new(path: Option<PathBuf>) -> Self {
        Self { path, known: Mutex::new(None) }
    }

    /// The head remembered for an engagement; the default head when none is.
    pub(super) fn get(&self, id: &EngagementId) -> Result<Head, AppError> {
        let mut known = self.lock();
        let heads = match &mut *known {
            Some(heads) => heads,
            None => known.insert(self.read()?),
        };
        Ok(heads.get(id).copied().unwrap_or_default())
    }

    /// The file, if heads are kept in one.
    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// All heads that are remembered.
    pub(super) fn all(&self) -> Result<HashMap<EngagementId, Head>, AppError> {
        let mut known = self.lock();
        let heads = match &mut *known {
            Some(heads) => heads,
            None => known.insert(self.read()?),
        };
        Ok(heads.clone())
    }

    /// Remembers a head, unless one further along is remembered.
    pub(super) fn put(&self, id: &EngagementId, head: Head) {
        let mut known = self.lock();
        if known.as_ref().and_then(|heads| heads.get(id)).is_some_and(|kept| kept.seq >= head.seq) {
            return;
        }
        if let Some(path) = &self.path
            && let Err(error) = add_line(path, id, head)
        {
            // What was appended is appended: that a cut of it may go unnoticed is no reason to say
            // that it failed.
            tracing::warn!(%error, "the head of the log could not be noted outside of the store");
        }
        if let Some(heads) = known.as_mut() {
            heads.insert(id.clone(), head);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<HashMap<EngagementId, Head>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> Result<HashMap<EngagementId, Head>, AppError> {
        let Some(path) = &self.path else {
            return Ok(HashMap::new());
        };
        let failed = |source| AppError::Heads { path: path.clone(), source };
        let text = match fs::metadata(path) {
            Ok(found) if found.len() > MAX_FILE => return Err(failed(io::ErrorKind::FileTooLarge.into())),
            Ok(_) => fs::read(path).map_err(failed)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(HashMap::new()),
            Err(e) => return Err(failed(e)),
        };
        let (heads, lines) = parse(&text);
        if text.len() > SMALL && lines > heads.len() * LINES_PER_ENGAGEMENT {
            // Another process may add a line in this moment and lose it: it remembers less, no more.
            if let Err(error) = rewrite(path, &heads) {
                tracing::debug!(%error, "the file of heads stays as long as it is");
            }
        }
        Ok(heads)
    }
}

/// The furthest head of each engagement, and how many lines there were. A line that is none, such as
/// the last one after a power cut, says nothing.
fn parse(text: &[u8]) -> (HashMap<EngagementId, Head>, usize) {
    let mut heads: HashMap<EngagementId, Head> = HashMap::new();
    let mut lines = 0;
    for line in text.split_inclusive(|b| *b == b'\n') {
        let Some((id, head)) = line.strip_suffix(b"\n").and_then(parse_line) else { continue };
        lines += 1;
        let kept = heads.entry(id).or_default();
        if head.seq >= kept.seq {
            *kept = head;
        }
    }
    (heads, lines)
}

fn parse_line(line: &[u8]) -> Option<(EngagementId, Head)> {
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let id = EngagementId::new(words.next()?).ok()?;
    let seq = words.next()?.parse().ok()?;
    let hash = words.next()?.parse().ok()?;
    words.next().is_none().then_some((id, Head { seq, hash }))
}

fn line(id: &EngagementId, head: Head) -> String {
    format!("{id} {} {}\n", head.seq, head.hash)
}

fn add_line(path: &Path, id: &EngagementId, head: Head) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    // One write: lines of several processes do not mix.
    file.write_all(line(id, head).as_bytes())
}

fn rewrite(path: &Path, heads: &HashMap<EngagementId, Head>) -> io::Result<()> {
    let text: Vec<String> = heads.iter().map(|(id, head)| line(id, *head)).collect();
    files::replace(path, text.concat().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::digest::Digest;

    fn head(seq: u64) -> Head {
        Head { seq, hash: Digest::of(&seq.to_be_bytes()) }
    }

    #[test]
    fn the_furthest_head_is_remembered_by_the_next_process() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.heads");
        let (acme, other) = (EngagementId::new("acme").unwrap(), EngagementId::new("other").unwrap());
        let kept = KeptHeads::new(Some(path.clone()));
        kept.put(&acme, head(1));
        kept.put(&acme, head(7));
        kept.put(&acme, head(3));
        let again = KeptHeads::new(Some(path));
        assert_eq!(again.get(&acme).unwrap(), head(7));
        assert_eq!(again.get(&other).unwrap(), Head::default());
    }

    #[test]
    fn half_a_line_and_lines_that_are_none_say_nothing() {
        let good = format!("acme 2 {}\n", head(2).hash);
        let half = &good.replace(" 2 ", " 9 ")[..40];
        for bad in [half, "acme x y\n", "\u{fffd}\n", "\n", "a/b 9 00\n"] {
            let (heads, _) = parse(format!("{good}{bad}").as_bytes());
            assert_eq!(heads.into_values().collect::<Vec<_>>(), [head(2)], "{bad}");
        }
    }

    #[test]
    fn a_long_file_is_written_anew_with_what_counts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.heads");
        let acme = EngagementId::new("acme").unwrap();
        let lines: Vec<String> = (1..5000).map(|seq| line(&acme, head(seq))).collect();
        fs::write(&path, lines.concat()).unwrap();
        assert_eq!(KeptHeads::new(Some(path.clone())).get(&acme).unwrap(), head(4999));
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1);
    }
}
