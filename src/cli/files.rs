//! Files that the user names: read within bounds, told apart from what cannot be read.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};
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
