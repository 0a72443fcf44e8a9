//! Which runbooks may run programs on this machine: those whose digest a person has trusted.
//!
//! The list is a private file in golive's own folder, one line for each runbook. A digest is of the bytes
//! of the whole file, so a runbook that changes by one byte is not trusted any more. The list is read again
//! for each run: what is trusted or revoked while golive runs counts at once.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::domain::digest::Digest;
use crate::domain::text::SafeText;
use crate::files;

/// The largest list, in bytes.
const MAX_LIST: u64 = 1024 * 1024;

/// Whether programs may run, and for which runbooks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Commands {
    /// Never: this is a server, or a machine that nobody has asked.
    #[default]
    Forbidden,
    /// For the runbooks of this list.
    Trusted(TrustList),
}

/// The list of trusted runbooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustList(PathBuf);

/// A trusted runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// The digest of its bytes, in hexadecimal.
    pub digest: String,
    /// What it was called when it was trusted.
    pub name: SafeText,
}

/// Why the list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It cannot be read or written.
    #[error("the list of trusted runbooks cannot be used: {0}")]
    Io(#[from] io::Error),
    /// Another user could have written it.
    #[error("the list of trusted runbooks can be written by others than its owner")]
    NotPrivate,
    /// It is larger than anybody's.
    #[error("the list of trusted runbooks is too large")]
    TooLarge,
}

impl TrustList {
    /// The list in this file, which need not be there.
    pub fn new(file: PathBuf) -> Self {
        Self(file)
    }

    /// Where the list is.
    pub fn file(&self) -> &Path {
        &self.0
    }

    /// The trusted runbooks, in the order in which they were trusted.
    pub fn list(&self) -> Result<Vec<Trusted>, TrustError> {
        let mut file = match File::open(&self.0) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e.into()),
        };
        let kind = file.metadata()?;
        let own = kind.uid() == rustix::process::geteuid().as_raw();
        if !kind.is_file() || !own || kind.permissions().mode() & 0o022 != 0 {
            return Err(TrustError::NotPrivate);
        }
        if kind.len() > MAX_LIST {
            return Err(TrustError::TooLarge);
        }
        let mut text = String::new();
        Read::by_ref(&mut file).take(MAX_LIST).read_to_string(&mut text)?;
        let entry = |line: &str| {
            let (digest, name) = line.split_once(' ')?;
            let good = digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
            good.then(|| Trusted { digest: digest.to_owned(), name: SafeText::clipped(name, 200) })
        };
        Ok(text.lines().filter_map(entry).collect())
    }

    /// Whether a runbook is trusted.
    pub fn trusts(&self, digest: &Digest) -> Result<bool, TrustError> {
        let digest = digest.to_string();
        Ok(self.list()?.iter().any(|trusted| trusted.digest == digest))
    }

    /// Trusts a runbook.
    pub fn add(&self, digest: &Digest, name: &str) -> Result<(), TrustError> {
        let digest = digest.to_string();
        let mut list = self.list()?;
        list.retain(|trusted| trusted.digest != digest);
        list.push(Trusted { digest, name: SafeText::clipped(name, 200) });
        self.write(&list)
    }

    /// Trusts a runbook no longer; says whether it was trusted.
    pub fn remove(&self, digest: &str) -> Result<bool, TrustError> {
        let mut list = self.list()?;
        let before = list.len();
        list.retain(|trusted| trusted.digest != digest);
        let gone = list.len() < before;
        if gone {
            self.write(&list)?;
        }
        Ok(gone)
    }

    /// Whole or not at all: half a list would look like a whole one.
    fn write(&self, list: &[Trusted]) -> Result<(), TrustError> {
        if let Some(folder) = self.0.parent() {
            files::private_folder(folder)?;
        }
        let lines: Vec<String> = list.iter().map(|t| format!("{} {}\n", t.digest, t.name)).collect();
        let unfinished = files::unfinished_name(&self.0);
        files::write_private(&unfinished, lines.concat().as_bytes())?;
        if let Err(e) = fs::rename(&unfinished, &self.0) {
            // What is left of it must not lie about under another name.
            let _ = fs::remove_file(&unfinished);
            return Err(e.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_trusted_is_listed_until_it_is_revoked() {
        let folder = tempfile::tempdir().unwrap();
        let list = TrustList::new(folder.path().join("deep/trusted"));
        let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
        assert!(!list.trusts(&one).unwrap());
        list.add(&one, "one\n1").unwrap();
        list.add(&two, "two").unwrap();
        list.add(&one, "one again").unwrap();
        let names: Vec<String> = list.list().unwrap().into_iter().map(|t| t.name.to_string()).collect();
        assert_eq!(names, ["two", "one again"]);
        assert!(list.trusts(&one).unwrap() && list.trusts(&two).unwrap());
        assert!(!list.trusts(&Digest::of(b"one ")).unwrap());
        assert!(list.remove(&one.to_string()).unwrap());
        assert!(!list.remove(&one.to_string()).unwrap());
        assert!(!list.trusts(&one).unwrap() && list.trusts(&two).unwrap());
        assert_eq!(fs::metadata(list.file()).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(list.file().parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_list_that_others_can_write_counts_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let list = TrustList::new(folder.path().join("trusted"));
        list.add(&Digest::of(b"one"), "one").unwrap();
        fs::set_permissions(list.file(), fs::Permissions::from_mode(0o622)).unwrap();
        assert!(matches!(list.trusts(&Digest::of(b"one")), Err(TrustError::NotPrivate)));
    }

    #[test]
    fn what_is_no_entry_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let list = TrustList::new(folder.path().join("trusted"));
        let digest = Digest::of(b"one").to_string();
        files::write_private(list.file(), format!("junk\n{digest}\n{} x\n", &digest[..63]).as_bytes())
            .unwrap();
        assert_eq!(list.list().unwrap(), []);
    }
}
