//! Where the other version of a runbook comes from.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use crate::app::LocalFiles;
use crate::domain::ids::RunbookId;
use crate::domain::text::SafeText;
use crate::runbook::{MAX_BYTES, find};

/// Why there is no runbook to go over to.
#[derive(Debug, thiserror::Error)]
pub enum NoRunbook {
    /// None is named, and golive brings none of that id.
    #[error("no runbook '{0}' comes with golive")]
    NotBundled(RunbookId),
    /// The file cannot be read.
    #[error("{path} cannot be read: {source}")]
    Io {
        /// The file.
        path: SafeText,
        /// Why.
        source: io::Error,
    },
    /// The user is somewhere else.
    #[error("files cannot be read from here; name a runbook that comes with golive")]
    NoLocalFiles,
}

/// A runbook to go over to: a file, or one that comes with golive; the latter of the same id when none is
/// named. With it comes the name for its faults.
pub fn runbook_named(
    to: Option<&str>,
    keeps: &RunbookId,
    local: LocalFiles,
) -> Result<(String, Vec<u8>), NoRunbook> {
    let bundled = |name: &str| find(name).map(|b| (b.file_name.to_owned(), b.text.as_bytes().to_vec()));
    let Some(name) = to else {
        return bundled(keeps.as_str()).ok_or_else(|| NoRunbook::NotBundled(keeps.clone()));
    };
    let path = Path::new(name);
    let from_file = || match local {
        LocalFiles::Allowed => Ok((name.to_owned(), read(path)?)),
        LocalFiles::Refused => Err(NoRunbook::NoLocalFiles),
    };
    match bundled(name) {
        // A file of that name is what is meant, where files may be named at all.
        Some(found) if local == LocalFiles::Refused || !path.is_file() => Ok(found),
        Some(_) | None => from_file(),
    }
}

/// One byte more than the largest is read, so that the loader can say that it is too large.
fn read(path: &Path) -> Result<Vec<u8>, NoRunbook> {
    let failed = |source| NoRunbook::Io { path: SafeText::clipped(&path.to_string_lossy(), 300), source };
    // Asked by name first: opening a pipe would wait for a writer for ever.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(failed(io::Error::other("it is no regular file")));
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_BYTES + 1).unwrap_or(u64::MAX);
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(failed)?;
    Ok(bytes)
}
