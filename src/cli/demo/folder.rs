//! The folder in which a demo lives: store, keys, secrets and files. It goes when the demo goes.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::domain::secret::{BadSource, SecretSource};
use crate::files;

/// A folder for one demo, readable by its owner only, removed when it is dropped.
#[derive(Debug)]
pub(super) struct Folder(TempDir);

/// Why a file of the demo cannot be kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum FolderError {
    /// The folder cannot be made.
    #[error("no folder can be made for the demo")]
    Make(#[source] io::Error),
    /// A file in it cannot be written.
    #[error("a file of the demo cannot be written")]
    Write(#[source] io::Error),
    /// The folder lies where no runbook can point to.
    #[error("the folder for temporary files has a name that cannot be kept")]
    Name(#[from] BadSource),
    /// The folder cannot be removed.
    #[error("the folder of the demo cannot be removed")]
    Remove(#[source] io::Error),
}

impl Folder {
    /// Makes the folder among the temporary files.
    pub(super) fn make() -> Result<Self, FolderError> {
        let owner_only = Permissions::from_mode(0o700);
        let made = tempfile::Builder::new().prefix("golive-demo-").permissions(owner_only).tempdir();
        made.map(Self).map_err(FolderError::Make)
    }

    /// A path in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file that only its owner can read, and gives its path as text.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<String, FolderError> {
        let path = self.path(name);
        files::write_private(&path, text.as_bytes()).map_err(FolderError::Write)?;
        path.into_os_string().into_string().map_err(|_| BadSource::Path.into())
    }

    /// Puts a secret into a file of its own.
    pub(super) fn secret(&self, name: &str, value: &str) -> Result<SecretSource, FolderError> {
        Ok(SecretSource::file(&self.write(name, value)?)?)
    }

    /// Removes it with all that is in it.
    pub(super) fn remove(self) -> Result<(), FolderError> {
        self.0.close().map_err(FolderError::Remove)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn it_is_for_its_owner_only_and_goes_with_all_that_is_in_it() {
        let folder = Folder::make().unwrap();
        let root = folder.path("");
        let source = folder.secret("key", "not a real one").unwrap();
        let SecretSource::File(path) = source else { panic!("a secret in a file: {source}") };
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&root), mode(Path::new(&path))), (0o700, 0o600));
        folder.remove().unwrap();
        assert!(!root.exists());
    }

    #[test]
    fn dropping_it_removes_it_too() {
        let folder = Folder::make().unwrap();
        let root = folder.path("");
        folder.write("file", "text").unwrap();
        drop(folder);
        assert!(!root.exists());
    }
}
