//! The files of a release: all of them, or none that could be used.
//!
//! The artefact gets its name last, so that one which is there has its signature beside it. Whoever is killed
//! before that leaves at most the two files beside it, which the next try finds to be its own.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::text::SafeText;
use crate::files::{self, Published};

/// What is added to the artefact's name for the signature.
const SIGNATURE: &str = ".sig";
/// What is added to the artefact's name for those who may sign.
const ALLOWED: &str = ".allowed_signers";

/// A release as files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseFiles {
    /// The DSSE envelope.
    pub artefact: Vec<u8>,
    /// The SSHSIG over exactly those bytes.
    pub signature: String,
    /// Who may sign, for `ssh-keygen -Y verify -f`.
    pub allowed_signers: String,
}

/// How writing ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The files are new.
    New,
    /// The very same files were there.
    There,
}

/// Why a release was not written.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// Another file has the name.
    #[error("{} is there already and is another file", shown(.0))]
    Taken(PathBuf),
    /// It is a folder, or nothing that could be one's name.
    #[error("{} is no name for a file", shown(.0))]
    NoName(PathBuf),
    /// The folder is not there.
    #[error("there is no folder {}", shown(.0))]
    NoFolder(PathBuf),
    /// The system said no.
    #[error("{} cannot be written: {source}", shown(.path))]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl ReleaseFiles {
    /// The signature's file.
    pub fn signature_path(artefact: &Path) -> PathBuf {
        beside(artefact, SIGNATURE)
    }

    /// The file with those who may sign.
    pub fn allowed_signers_path(artefact: &Path) -> PathBuf {
        beside(artefact, ALLOWED)
    }

    /// Writes all of it, for the owner only. With `replace`, files that are there go first: a new signature
    /// is never seen beside an old artefact.
    pub fn write(&self, artefact: &Path, replace: bool) -> Result<Written, NotWritten> {
        let signature = Self::signature_path(artefact);
        let allowed = Self::allowed_signers_path(artefact);
        let all = [
            (signature.as_path(), self.signature.as_bytes()),
            (allowed.as_path(), self.allowed_signers.as_bytes()),
            (artefact, self.artefact.as_slice()),
        ];
        if replace {
            for (path, _) in all.iter().rev() {
                match fs::remove_file(path) {
                    Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(path, e)),
                    Ok(()) | Err(_) => {}
                }
            }
        }
        if let Some((path, _)) = all.iter().find(|(path, bytes)| taken(path, bytes)) {
            return Err(NotWritten::Taken(path.to_path_buf()));
        }
        let was_there = same(artefact, &self.artefact);
        for (path, bytes) in all.iter().filter(|(path, bytes)| !same(path, bytes)) {
            let published = files::write_new(path, bytes).map_err(|e| failed(path, e))?;
            if published == Published::Theirs && !same(path, bytes) {
                return Err(NotWritten::Taken(path.to_path_buf()));
            }
        }
        Ok(if was_there { Written::There } else { Written::New })
    }
}

fn failed(path: &Path, source: io::Error) -> NotWritten {
    NotWritten::Io { path: path.to_owned(), source }
}

fn shown(path: &Path) -> SafeText {
    SafeText::clipped(&path.to_string_lossy(), 300)
}

fn beside(artefact: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(artefact);
    name.push(ending);
    PathBuf::from(name)
}

/// Whether something else has the name.
fn taken(path: &Path, bytes: &[u8]) -> bool {
    fs::symlink_metadata(path).is_ok() && !same(path, bytes)
}

/// Whether the file is there with exactly these bytes. What is no regular file is not opened.
fn same(path: &Path, bytes: &[u8]) -> bool {
    let alike = fs::symlink_metadata(path).is_ok_and(|m| m.is_file() && m.len() == bytes.len() as u64);
    alike && fs::read(path).is_ok_and(|there| there == bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn release(text: &str) -> ReleaseFiles {
        ReleaseFiles {
            artefact: text.as_bytes().to_vec(),
            signature: format!("sig of {text}"),
            allowed_signers: "all".to_owned(),
        }
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn three_files_for_their_owner_only_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.json");
        assert_eq!(release("a").write(&path, false).unwrap(), Written::New);
        assert_eq!(release("a").write(&path, false).unwrap(), Written::There);
        assert_eq!(names(dir.path()), ["r.json", "r.json.allowed_signers", "r.json.sig"]);
        for name in names(dir.path()) {
            assert_eq!(fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn another_file_is_replaced_only_when_asked_and_never_in_part() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.json");
        release("a").write(&path, false).unwrap();
        assert!(matches!(release("b").write(&path, false), Err(NotWritten::Taken(_))));
        assert_eq!(fs::read(&path).unwrap(), b"a");
        assert_eq!(fs::read(dir.path().join("r.json.sig")).unwrap(), b"sig of a");
        assert_eq!(release("b").write(&path, true).unwrap(), Written::New);
        assert_eq!(fs::read(dir.path().join("r.json.sig")).unwrap(), b"sig of b");
        assert_eq!(names(dir.path()).len(), 3);
    }

    #[test]
    fn what_a_killed_try_left_is_taken_up_and_what_is_anothers_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.json");
        fs::write(dir.path().join("r.json.sig"), "sig of a").unwrap();
        assert_eq!(release("a").write(&path, false).unwrap(), Written::New);
        let other = dir.path().join("s.json");
        fs::write(dir.path().join("s.json.sig"), "mine").unwrap();
        assert!(matches!(release("a").write(&other, false), Err(NotWritten::Taken(_))));
        assert!(!other.exists());
    }

    #[test]
    fn a_link_or_a_folder_in_the_way_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.json");
        std::os::unix::fs::symlink(dir.path().join("elsewhere"), &path).unwrap();
        assert!(matches!(release("a").write(&path, false), Err(NotWritten::Taken(_))));
        assert!(!dir.path().join("elsewhere").exists());
        let folder = dir.path().join("folder");
        fs::create_dir(&folder).unwrap();
        assert!(matches!(release("a").write(&folder, true), Err(NotWritten::Io { .. })));
        assert!(release("a").write(&dir.path().join("no/r.json"), false).is_err());
    }
}
