//! Where values that come back once are kept: new files that only their owner can read.
//!
//! A file is never written twice: its name has the attempt in it. It is read back and compared before
//! anybody is told that the value is safe. When the first place fails, there is a second one.

use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::domain::ids::EngagementId;
use crate::domain::secret::SecretSource;
use crate::files::{private_folder, sync_folder_of, write_private};

/// The folders for values.
#[derive(Debug, Clone)]
pub struct Vault {
    folder: PathBuf,
    spare: PathBuf,
}

/// Why a value is nowhere.
#[derive(Debug, thiserror::Error)]
#[error("{} in one place, {} in the other", .0.kind(), .1.kind())]
pub(super) struct NotKept(io::Error, io::Error);

impl Vault {
    /// A vault in this folder; `spare` takes what the first does not.
    pub fn new(folder: PathBuf, spare: PathBuf) -> Self {
        Self { folder, spare }
    }

    /// Whether values of an engagement can be kept: tried out before anything is sent.
    pub(super) fn try_out(&self, engagement: &EngagementId) -> io::Result<()> {
        let folder = self.folder.join(engagement.as_str());
        let path = folder.join(format!(".try-{:016x}", rand::random::<u64>()));
        let tried = keep_at(&path, b"golive tries out whether a value can be kept here");
        let removed = std::fs::remove_file(&path);
        tried.and(removed)
    }

    /// Keeps a value in a new file. Gives where it is, and whether that is the second place.
    pub(super) fn keep(
        &self,
        engagement: &EngagementId,
        name: &str,
        value: &[u8],
    ) -> Result<(SecretSource, Place), NotKept> {
        let at = |folder: &Path, engagement: &EngagementId| {
            let path = folder.join(engagement.as_str()).join(name);
            keep_at(&path, value)?;
            let absolute = std::path::absolute(&path)?;
            let text = absolute.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
            SecretSource::file(text).map_err(|_| io::Error::from(io::ErrorKind::InvalidFilename))
        };
        match at(&self.folder, engagement) {
            Ok(source) => Ok((source, Place::First)),
            Err(first) => match at(&self.spare, engagement) {
                Ok(source) => Ok((source, Place::Second)),
                Err(second) => Err(NotKept(first, second)),
            },
        }
    }

    /// The files that an attempt wrote, wherever they are.
    pub(super) fn of_attempt(&self, engagement: &EngagementId, attempt: Uuid) -> Vec<SecretSource> {
        let ending = format!("-{}", short(attempt));
        let mut found = Vec::new();
        for folder in [&self.folder, &self.spare] {
            // A folder that is not there, or cannot be read, holds nothing that could be named.
            let Ok(entries) = std::fs::read_dir(folder.join(engagement.as_str())) else { continue };
            let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
            let mut paths: Vec<String> = paths
                .filter_map(|path| std::path::absolute(path).ok()?.to_str().map(str::to_owned))
                .filter(|path| path.ends_with(&ending))
                .collect();
            paths.sort();
            found.extend(paths.iter().filter_map(|path| SecretSource::file(path).ok()));
        }
        found
    }

    /// The file with the hashes of a secret's last values.
    pub(super) fn past_of(&self, engagement: &EngagementId, secret: &str) -> PathBuf {
        self.folder.join(engagement.as_str()).join(format!("{secret}.past.json"))
    }
}

/// The name of the file in which an attempt keeps something.
pub(super) fn file_name(what: &str, attempt: Uuid) -> String {
    format!("{what}-{}", short(attempt))
}

fn short(attempt: Uuid) -> String {
    attempt.simple().to_string().chars().take(12).collect()
}

/// Which of the two places took a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    First,
    Second,
}

/// Writes a new private file and makes sure that it says what was written.
fn keep_at(path: &Path, value: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
        private_folder(folder)?;
        // A folder that was made just now is safe from a power cut once the one above it is on the disk.
        sync_folder_of(folder)?;
    }
    write_private(path, value)?;
    sync_folder_of(path)?;
    let back = Zeroizing::new(std::fs::read(path)?);
    if back.as_slice() == value { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn id() -> EngagementId {
        EngagementId::new("acme").unwrap()
    }

    #[test]
    fn a_value_is_in_a_file_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::new(dir.path().join("a"), dir.path().join("b"));
        vault.try_out(&id()).unwrap();
        let (SecretSource::File(path), Place::First) = vault.keep(&id(), "key", b"v").unwrap() else {
            panic!()
        };
        assert_eq!(std::fs::read(&path).unwrap(), b"v");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let folder = std::fs::metadata(dir.path().join("a/acme")).unwrap();
        assert_eq!(folder.permissions().mode() & 0o777, 0o700);
        assert_eq!(std::fs::read_dir(dir.path().join("a/acme")).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn what_an_attempt_left_is_found_in_both_places_and_nothing_of_another() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::new(dir.path().join("a"), dir.path().join("b"));
        let (mine, other) = (Uuid::from_u128(7 << 100), Uuid::from_u128(8 << 100));
        assert_eq!(vault.of_attempt(&id(), mine), []);
        let (first, _) = vault.keep(&id(), &file_name("key", mine), b"v").unwrap();
        vault.keep(&id(), &file_name("key", other), b"v").unwrap();
        let spare = Vault::new(dir.path().join("b"), dir.path().join("c"));
        let (second, _) = spare.keep(&id(), &file_name("answer", mine), b"v").unwrap();
        assert_eq!(vault.of_attempt(&id(), mine), [first, second]);
    }

    #[test]
    fn what_the_first_place_does_not_take_goes_to_the_second_and_never_over_another() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a"), "a file, no folder").unwrap();
        let vault = Vault::new(dir.path().join("a"), dir.path().join("b"));
        assert!(vault.try_out(&id()).is_err());
        let (SecretSource::File(path), Place::Second) = vault.keep(&id(), "key", b"v").unwrap() else {
            panic!()
        };
        assert!(path.ends_with("b/acme/key"));
        assert!(vault.keep(&id(), "key", b"w").is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"v");
    }
}
