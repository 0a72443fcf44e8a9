//! Files that the user names: read within bounds, told apart from what cannot be read.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};
use crate::files::{self, Published};
use crate::identity::PublicKey;
use crate::runbook::MAX_BYTES;

/// A public key file has some 100 bytes.
const MAX_KEY: usize = 16 * 1024;

/// Reads a runbook. One byte more than the largest is read, so that the loader can say that it is too
/// large.
pub(super) fn read_runbook(path: &Path) -> Result<Vec<u8>, Failure> {
    read(path, MAX_BYTES + 1)
}

/// Reads a public key.
pub(super) fn read_key(path: &Path) -> Result<PublicKey, Failure> {
    let bytes = read(path, MAX_KEY)?;
    let text = String::from_utf8_lossy(&bytes);
    PublicKey::parse(&text).map_err(|e| {
        let shown = shown(path);
        Failure::new(Kind::Usage, e)
            .hint(format!("{shown} should be a .pub file, as golive whoami prints it"))
    })
}

/// Reads at most `max` bytes of a regular file.
pub(super) fn read(path: &Path, max: usize) -> Result<Vec<u8>, Failure> {
    let failed = |e: io::Error| Failure::new(Kind::Usage, format!("{} cannot be read: {e}", shown(path)));
    // Asked by name first: opening a pipe would wait for a writer for ever.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(failed(io::Error::other("it is no regular file")));
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(max).unwrap_or(u64::MAX);
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(failed)?;
    Ok(bytes)
}

/// A path as it may be shown.
pub(super) fn shown(path: &Path) -> SafeText {
    SafeText::clipped(&path.to_string_lossy(), 300)
}

/// Refuses a path that no file can be written to, before anything is done for it.
pub(super) fn can_be_written(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.file_name().is_none() || path.is_dir() {
        return Err(Failure::new(Kind::Usage, format!("{} is no name for a file", shown(path))));
    }
    if !folder.is_dir() {
        return Err(Failure::new(Kind::Usage, format!("there is no folder {}", shown(folder))));
    }
    Ok(())
}

/// Whether a file that is there is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replace {
    /// It stays, and nothing is written.
    Never,
    /// It is.
    Asked,
}

impl Replace {
    /// By the flag `--force`.
    pub(super) fn by(force: bool) -> Self {
        if force { Self::Asked } else { Self::Never }
    }
}

/// Writes a document, whole or not at all, for its owner only.
pub(super) fn write_document(path: &Path, text: &str, replace: Replace) -> Result<(), Failure> {
    can_be_written(path)?;
    let failed = |e: io::Error| Failure::new(Kind::Store, format!("{} cannot be written: {e}", shown(path)));
    match replace {
        Replace::Asked => files::replace(path, text.as_bytes()).map_err(failed),
        Replace::Never => match files::write_new(path, text.as_bytes()).map_err(failed)? {
            Published::Ours => Ok(()),
            Published::Theirs => Err(taken(path)),
        },
    }
}

/// Says that a file is there already, unless it may be replaced: before anything is done for a new one.
pub(super) fn not_taken(path: &Path, replace: Replace) -> Result<(), Failure> {
    can_be_written(path)?;
    match replace {
        Replace::Never if path.symlink_metadata().is_ok() => Err(taken(path)),
        Replace::Never | Replace::Asked => Ok(()),
    }
}

fn taken(path: &Path) -> Failure {
    Failure::new(Kind::Usage, format!("{} is there already", shown(path)))
        .hint("--force replaces it; or name another file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_never_replaced_unasked_and_leaves_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.md");
        write_document(&path, "first", Replace::Never).unwrap();
        let refused = write_document(&path, "second", Replace::Never).unwrap_err();
        assert_eq!(refused.kind, Kind::Usage);
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        write_document(&path, "third", Replace::Asked).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "third");
        assert!(write_document(dir.path(), "x", Replace::Asked).is_err(), "a folder is no file");
        assert!(write_document(&dir.path().join("no/x.md"), "x", Replace::Asked).is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
