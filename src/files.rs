//! Files that appear whole or not at all, and folders that nobody else reads.
//!
//! Keys and stores are made at first use, maybe by two processes at once and maybe on a disk that is
//! about to fill up. Each is therefore written under a name of its own and then linked to the name it
//! is for: a link either takes the name or finds that another process was first. What replaces a file is
//! renamed over it, which never follows a link that stands there.
//!
//! Everything is for its owner only (mode 600); [`write_new`] and [`replace`] are all that most callers need.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// How [`write_new`] or [`publish`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// The name was free and is now ours.
    Ours,
    /// Someone else had the name already; their file stands as it was.
    Theirs,
}

/// Makes a folder and those above it, readable by the owner only. Folders that are there already
/// keep their mode: they may be meant for others too.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Writes a file whose name must be free, whole or not at all.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<Published> {
    let unfinished = unfinished_name(path);
    write_private(&unfinished, bytes)?;
    publish(&unfinished, path)
}

/// Writes a file in place of the one that has the name, if any, whole or not at all.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = unfinished_name(path);
    write_private(&unfinished, bytes)?;
    if let Err(error) = fs::rename(&unfinished, path) {
        // Nobody looks for it under that name.
        let _ = fs::remove_file(&unfinished);
        return Err(error);
    }
    sync_folder_of(path)
}

/// Why a file that decides what may happen on this machine cannot be relied on.
#[derive(Debug, thiserror::Error)]
pub enum Doubtful {
    /// It cannot be read or written.
    #[error("cannot be used: {0}")]
    Io(#[from] io::Error),
    /// Another user could have written it.
    #[error("can be written by others than its owner")]
    NotPrivate,
    /// It is larger than anybody's.
    #[error("is too large")]
    TooLarge,
}

/// Reads a text that only its owner may have written, of at most `max` bytes; none when there is no file.
pub fn read_own(path: &Path, max: u64) -> Result<Option<String>, Doubtful> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e.into()),
    };
    let kind = file.metadata()?;
    let own = kind.uid() == rustix::process::geteuid().as_raw();
    if !kind.is_file() || !own || kind.permissions().mode() & 0o022 != 0 {
        return Err(Doubtful::NotPrivate);
    }
    if kind.len() > max {
        return Err(Doubtful::TooLarge);
    }
    let mut text = String::new();
    file.take(max).read_to_string(&mut text)?;
    Ok(Some(text))
}

/// A name beside `path` that no other process uses, for a file that is not finished.
pub fn unfinished_name(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{:016x}.new", rand::random::<u64>()));
    path.with_file_name(name)
}

/// Writes a new file that only its owner can read, and waits until the disk has it.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a file under this name would be taken for a damaged one later.
        let _ = fs::remove_file(path);
    }
    written
}

/// Gives a finished file its real name, unless that name is taken. The unfinished name is gone
/// afterwards, whatever happened.
pub fn publish(unfinished: &Path, path: &Path) -> io::Result<Published> {
    let outcome = match fs::hard_link(unfinished, path) {
        Ok(()) => Ok(Published::Ours),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(Published::Theirs),
        // Some file systems have no hard links. A rename would replace a file made in this very
        // moment; copying into a file that must not exist yet cannot.
        Err(e) if e.kind() == io::ErrorKind::Unsupported || e.kind() == io::ErrorKind::PermissionDenied => {
            copy_new(unfinished, path)
        }
        Err(e) => Err(e),
    };
    let removed = fs::remove_file(unfinished);
    let published = outcome?;
    removed?;
    sync_folder_of(path)?;
    Ok(published)
}

fn copy_new(from: &Path, to: &Path) -> io::Result<Published> {
    let bytes = fs::read(from)?;
    match write_private(to, &bytes) {
        Ok(()) => Ok(Published::Ours),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(Published::Theirs),
        Err(e) => Err(e),
    }
}

/// A new name is only safe from a power cut once its folder is on the disk.
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        Some(_) | None => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_folder_and_file_are_for_their_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a/b");
        private_folder(&folder).unwrap();
        write_private(&folder.join("f"), b"x").unwrap();
        assert_eq!((mode(&folder), mode(&folder.join("f"))), (0o700, 0o600));
    }

    #[test]
    fn whoever_publishes_second_keeps_the_first_ones_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        for (text, expected) in [("first", Published::Ours), ("second", Published::Theirs)] {
            assert_eq!(write_new(&path, text.as_bytes()).unwrap(), expected);
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing unfinished is left");
    }

    #[test]
    fn what_replaces_a_file_follows_no_link_and_leaves_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (dir.path().join("f"), dir.path().join("elsewhere"));
        fs::write(&elsewhere, "untouched").unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        replace(&path, b"new").unwrap();
        assert!(!path.symlink_metadata().unwrap().is_symlink());
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"new".to_vec(), 0o600));
        assert_eq!(fs::read(&elsewhere).unwrap(), b"untouched");
        let folder = dir.path().join("folder");
        fs::create_dir(&folder).unwrap();
        assert!(replace(&folder, b"x").is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3, "nothing unfinished is left");
    }

    #[test]
    fn a_file_that_others_can_write_is_not_relied_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        assert!(read_own(&path, 9).unwrap().is_none());
        replace(&path, b"text").unwrap();
        assert_eq!(read_own(&path, 4).unwrap().as_deref(), Some("text"));
        assert!(matches!(read_own(&path, 3), Err(Doubtful::TooLarge)));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o622)).unwrap();
        assert!(matches!(read_own(&path, 9), Err(Doubtful::NotPrivate)));
    }

    #[test]
    fn a_copy_never_replaces_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        write_private(&from, b"new").unwrap();
        write_private(&to, b"old").unwrap();
        assert_eq!(copy_new(&from, &to).unwrap(), Published::Theirs);
        assert_eq!(fs::read(&to).unwrap(), b"old");
    }
}
