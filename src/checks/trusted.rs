//! Which runbooks may run programs on this machine: those whose digest a person has trusted.
//!
//! The list is a private file in golive's own folder, one line for each runbook: its digest, the folder in
//! which it was trusted as a JSON string, and its name. A digest is of the bytes of the whole file, so a runbook
//! that changes by one byte is not trusted any more. The folder is there for programs that are named relative to
//! it: the same words name another program elsewhere. The list is read again for each run: what is trusted or
//! revoked while golive runs counts at once.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::digest::Digest;
use crate::domain::text::SafeText;
use crate::files::{self, Doubtful};

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
    /// Where golive was when it was trusted.
    pub folder: PathBuf,
    /// What it was called when it was trusted.
    pub name: SafeText,
}

/// Why the list cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the list of trusted runbooks {0}")]
pub struct TrustError(#[from] Doubtful);

impl From<io::Error> for TrustError {
    fn from(error: io::Error) -> Self {
        Self(error.into())
    }
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
        let text = files::read_own(&self.0, MAX_LIST)?.unwrap_or_default();
        Ok(text.lines().filter_map(entry).collect())
    }

    /// The entry of a runbook, if it is trusted.
    pub fn find(&self, digest: &Digest) -> Result<Option<Trusted>, TrustError> {
        let digest = digest.to_string();
        Ok(self.list()?.into_iter().find(|trusted| trusted.digest == digest))
    }

    /// Trusts a runbook, whose programs are looked for in this folder.
    pub fn add(&self, digest: &Digest, folder: &Path, name: &str) -> Result<(), TrustError> {
        // A path that is no text would come back as another one.
        if folder.to_str().is_none() {
            return Err(io::Error::other("the name of this folder is not UTF-8").into());
        }
        let digest = digest.to_string();
        let mut list = self.list()?;
        list.retain(|trusted| trusted.digest != digest);
        list.push(Trusted { digest, folder: folder.to_owned(), name: SafeText::clipped(name, 200) });
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
        if let Some(parent) = self.0.parent() {
            files::private_folder(parent)?;
        }
        let line = |t: &Trusted| {
            let folder = serde_json::Value::from(t.folder.to_string_lossy());
            format!("{} {folder} {}\n", t.digest, t.name)
        };
        Ok(files::replace(&self.0, list.iter().map(line).collect::<String>().as_bytes())?)
    }
}

/// What a line says; nothing when it is no entry.
fn entry(line: &str) -> Option<Trusted> {
    let (digest, rest) = line.split_once(' ')?;
    let mut words = serde_json::Deserializer::from_str(rest).into_iter::<PathBuf>();
    let folder = words.next()?.ok()?;
    let name = rest.get(words.byte_offset()..)?.strip_prefix(' ')?;
    let good = digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
    good.then(|| Trusted { digest: digest.to_owned(), folder, name: SafeText::clipped(name, 200) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusts(list: &TrustList, digest: &Digest) -> bool {
        list.find(digest).unwrap().is_some()
    }

    #[test]
    fn what_is_trusted_is_listed_with_its_folder_until_it_is_revoked() {
        let folder = tempfile::tempdir().unwrap();
        let list = TrustList::new(folder.path().join("deep/trusted"));
        let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
        assert!(!trusts(&list, &one));
        let odd = Path::new("/a b/\"c\nd");
        list.add(&one, odd, "one\n1").unwrap();
        list.add(&two, odd, "two").unwrap();
        list.add(&one, odd, "one again").unwrap();
        let names: Vec<String> = list.list().unwrap().into_iter().map(|t| t.name.to_string()).collect();
        assert_eq!(names, ["two", "one again"]);
        assert!(list.list().unwrap().iter().all(|t| t.folder == odd));
        assert!(!trusts(&list, &Digest::of(b"one ")));
        assert!(list.remove(&one.to_string()).unwrap());
        assert!(!list.remove(&one.to_string()).unwrap());
        assert!(!trusts(&list, &one) && trusts(&list, &two));
        assert_eq!(std::fs::read_dir(list.file().parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_entry_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let list = TrustList::new(folder.path().join("trusted"));
        let digest = Digest::of(b"one").to_string();
        let lines = format!("junk\n{digest}\n{digest} name\n{digest} \"/a\"\n{} \"/a\" x\n", &digest[..63]);
        files::write_private(list.file(), lines.as_bytes()).unwrap();
        assert_eq!(list.list().unwrap(), []);
    }
}
