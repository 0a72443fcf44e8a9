//! Files that are attached as evidence: bytes under their own digest, in a folder beside the store.
//!
//! Neither a name nor a kind of file is trusted on the way in. What is no regular file (a link, a pipe, a
//! device, a folder) is refused without being read, and a file that changes while it is read is refused
//! afterwards. On the way out the bytes are hashed again: what is there under a digest has that digest, or
//! is told to be altered.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use sha2::{Digest as _, Sha256};

use crate::domain::digest::Digest;
use crate::domain::text::SafeText;
use crate::files;

/// The largest file that is kept unless the configuration says otherwise, in bytes.
pub const USUAL_MAX: u64 = 25 * 1024 * 1024;

/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;

/// The folder of evidence of one store.
#[derive(Debug, Clone)]
pub struct EvidenceFolder {
    root: PathBuf,
    max: u64,
}

/// A file whose bytes are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptFile {
    /// The digest of its bytes.
    pub digest: Digest,
    /// How many there are.
    pub size: u64,
}

/// Why a file cannot be kept, or not be given back.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// A link, a pipe, a device, a folder.
    #[error("{0} is no regular file")]
    NotRegular(SafeText),
    /// Larger than files may be.
    #[error("{name} is larger than {max} bytes, the most that is kept as evidence")]
    TooLarge {
        /// The file.
        name: SafeText,
        /// The most.
        max: u64,
    },
    /// Nothing in it.
    #[error("{0} is empty")]
    Empty(SafeText),
    /// It was written to in the meantime.
    #[error("{0} changed while it was read")]
    Changing(SafeText),
    /// It was not there, or could not be read or written.
    #[error("{name}: {source}")]
    Io {
        /// The file.
        name: SafeText,
        /// Why.
        source: io::Error,
    },
    /// The bytes are not in the folder.
    #[error("the file with digest {} is missing", .0.short())]
    Missing(Digest),
    /// Other bytes are in their place.
    #[error("the file with digest {} was altered", .0.short())]
    Altered(Digest),
}

impl EvidenceFolder {
    /// A folder that need not be there yet; files may have `max` bytes.
    pub fn new(root: PathBuf, max: u64) -> Self {
        Self { root, max }
    }

    /// Keeps the bytes of a file. When this returns, they are on the disk. Keeping the same bytes again is
    /// harmless, and mends what was altered in the meantime.
    pub fn keep(&self, source: &Path) -> Result<KeptFile, EvidenceError> {
        let name = || SafeText::clipped(&source.to_string_lossy(), 200);
        let failed = |source| EvidenceError::Io { name: name(), source };
        let file = open(source)
            .map_err(|e| if is_link(&e) { EvidenceError::NotRegular(name()) } else { failed(e) })?;
        let before = file.metadata().map_err(failed)?;
        if !before.is_file() {
            return Err(EvidenceError::NotRegular(name()));
        }
        if before.len() > self.max {
            return Err(EvidenceError::TooLarge { name: name(), max: self.max });
        }
        files::private_folder(&self.root).map_err(failed)?;
        let copy = Unfinished(files::unfinished_name(&self.root.join("evidence")));
        let mut to = create(&copy.0).map_err(failed)?;
        // One byte more than there may be shows a file that grows.
        let (digest, size) = copy_hashed(&file, &mut to, before.len().saturating_add(1)).map_err(failed)?;
        let after = file.metadata().map_err(failed)?;
        let stamp = |m: &fs::Metadata| (m.len(), m.mtime(), m.mtime_nsec());
        if size != before.len() || stamp(&before) != stamp(&after) {
            return Err(EvidenceError::Changing(name()));
        }
        if size == 0 {
            return Err(EvidenceError::Empty(name()));
        }
        to.sync_all().map_err(failed)?;
        let place = self.place(&digest);
        files::private_folder(place.parent().unwrap_or(&self.root)).map_err(failed)?;
        if self.check(&digest, size).is_err() {
            fs::rename(&copy.0, &place).map_err(failed)?;
            files::sync_folder_of(&place).map_err(failed)?;
        }
        Ok(KeptFile { digest, size })
    }

    /// Whether the bytes are there as they were.
    pub fn check(&self, digest: &Digest, size: u64) -> Result<(), EvidenceError> {
        self.read(digest, size, &mut io::sink())
    }

    /// Writes the bytes to a new file, readable by its owner only. A file that is there is left alone.
    pub fn export(&self, digest: &Digest, size: u64, to: &Path) -> Result<(), EvidenceError> {
        let failed =
            |source| EvidenceError::Io { name: SafeText::clipped(&to.to_string_lossy(), 200), source };
        let copy = Unfinished(files::unfinished_name(to));
        let mut out = create(&copy.0).map_err(failed)?;
        self.read(digest, size, &mut out)?;
        out.sync_all().map_err(failed)?;
        match files::publish(&copy.0, to).map_err(failed)? {
            files::Published::Ours => Ok(()),
            files::Published::Theirs => Err(failed(io::ErrorKind::AlreadyExists.into())),
        }
    }

    /// Hands the bytes on; an error when they turn out not to be those of the digest.
    fn read(&self, digest: &Digest, size: u64, to: &mut dyn io::Write) -> Result<(), EvidenceError> {
        let place = self.place(digest);
        let failed = |source| EvidenceError::Io { name: SafeText::new(&digest.short()), source };
        let file = match open(&place) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(EvidenceError::Missing(*digest)),
            Err(e) if is_link(&e) => return Err(EvidenceError::Altered(*digest)),
            Err(e) => return Err(failed(e)),
        };
        let found = file.metadata().map_err(failed)?;
        if !found.is_file() || found.len() != size {
            return Err(EvidenceError::Altered(*digest));
        }
        let (hashed, copied) = copy_hashed(&file, to, size.saturating_add(1)).map_err(failed)?;
        if hashed == *digest && copied == size { Ok(()) } else { Err(EvidenceError::Altered(*digest)) }
    }

    /// Where the bytes of a digest are: nothing but hexadecimal characters of golive's own.
    fn place(&self, digest: &Digest) -> PathBuf {
        let hex = digest.to_string();
        self.root.join(&hex[..2]).join(hex)
    }
}

/// Opens without following a link and without waiting for the other end of a pipe.
fn open(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn is_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

/// Copies at most `limit` bytes; the digest of what was copied, and how much it was.
fn copy_hashed(from: &File, to: &mut dyn io::Write, limit: u64) -> io::Result<(Digest, u64)> {
    let mut from = from.take(limit);
    let mut hasher = Sha256::new();
    let mut chunk = vec![0_u8; CHUNK];
    let mut size = 0_u64;
    loop {
        let n = match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        hasher.update(&chunk[..n]);
        to.write_all(&chunk[..n])?;
        size += n as u64;
    }
    let digest = Digest::from_slice(&hasher.finalize()).map_err(io::Error::other)?;
    Ok((digest, size))
}

/// A file that is gone again unless it got its real name.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Renamed or published already, in the usual case.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    struct Desk {
        dir: tempfile::TempDir,
        folder: EvidenceFolder,
    }

    fn desk() -> Desk {
        let dir = tempfile::tempdir().unwrap();
        let folder = EvidenceFolder::new(dir.path().join("golive.db.evidence"), 1000);
        Desk { dir, folder }
    }

    impl Desk {
        fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
            let path = self.dir.path().join(name);
            fs::write(&path, bytes).unwrap();
            path
        }

        /// Files in the folder, finished or not.
        fn kept(&self) -> usize {
            let Ok(entries) = fs::read_dir(&self.folder.root) else { return 0 };
            entries
                .map(|e| e.unwrap().path())
                .map(|p| if p.is_dir() { fs::read_dir(p).unwrap().count() } else { 1 })
                .sum()
        }
    }

    #[test]
    fn a_file_is_kept_under_its_digest_for_its_owner_only() {
        let desk = desk();
        let source = desk.file("report.pdf", b"the report");
        let kept = desk.folder.keep(&source).unwrap();
        assert_eq!(kept, KeptFile { digest: Digest::of(b"the report"), size: 10 });
        let place = desk.folder.place(&kept.digest);
        let mode = |p: &Path| fs::metadata(p).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode(&place), mode(place.parent().unwrap()), mode(&desk.folder.root)),
            (0o600, 0o700, 0o700)
        );
        desk.folder.keep(&source).unwrap();
        assert_eq!(desk.kept(), 1, "the same bytes are kept once");
        let out = desk.dir.path().join("copy.pdf");
        desk.folder.export(&kept.digest, kept.size, &out).unwrap();
        assert_eq!((fs::read(&out).unwrap().as_slice(), mode(&out)), (b"the report".as_slice(), 0o600));
        let again = desk.folder.export(&kept.digest, kept.size, &out);
        assert!(matches!(again, Err(EvidenceError::Io { .. })), "a file that is there is left alone");
    }

    #[test]
    fn what_is_no_regular_file_is_refused_without_being_read() {
        let desk = desk();
        let secret = desk.file("secret", b"x");
        let link = desk.dir.path().join("link");
        symlink(&secret, &link).unwrap();
        let pipe = desk.dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        for path in [link.as_path(), &pipe, Path::new("/dev/zero"), desk.dir.path()] {
            let refused = desk.folder.keep(path);
            assert!(matches!(refused, Err(EvidenceError::NotRegular(_))), "{path:?}: {refused:?}");
        }
        let missing = desk.folder.keep(&desk.dir.path().join("none"));
        assert!(matches!(missing, Err(EvidenceError::Io { .. })), "{missing:?}");
        assert_eq!(desk.kept(), 0);
    }

    #[test]
    fn files_have_a_size_and_leave_nothing_behind_when_refused() {
        let desk = desk();
        let large = desk.folder.keep(&desk.file("large", &[0; 1001]));
        assert!(matches!(large, Err(EvidenceError::TooLarge { max: 1000, .. })), "{large:?}");
        let empty = desk.folder.keep(&desk.file("empty", b""));
        assert!(matches!(empty, Err(EvidenceError::Empty(_))), "{empty:?}");
        assert!(desk.folder.keep(&desk.file("fits", &[0; 1000])).is_ok());
        assert_eq!(desk.kept(), 1);
    }

    #[test]
    fn a_file_that_grows_while_it_is_read_is_found_out() {
        let desk = desk();
        let source = desk.file("log", b"1234");
        let file = open(&source).unwrap();
        fs::write(&source, b"12345678").unwrap();
        let (_, copied) = copy_hashed(&file, &mut io::sink(), 5).unwrap();
        assert_eq!(copied, 5, "one byte more than it had, and no more than that");
    }

    #[test]
    fn what_is_missing_or_altered_is_told_apart_and_mended_by_keeping_it_again() {
        let desk = desk();
        let source = desk.file("report", b"the report");
        let KeptFile { digest, size } = desk.folder.keep(&source).unwrap();
        let place = desk.folder.place(&digest);
        for bytes in [&b"the repord"[..], b"short", b"much longer than it was"] {
            fs::write(&place, bytes).unwrap();
            assert!(matches!(desk.folder.check(&digest, size), Err(EvidenceError::Altered(_))));
            let out = desk.dir.path().join("out");
            assert!(desk.folder.export(&digest, size, &out).is_err());
            assert!(!out.exists(), "nothing is given out that is not what was signed");
        }
        fs::remove_file(&place).unwrap();
        symlink(&source, &place).unwrap();
        assert!(matches!(desk.folder.check(&digest, size), Err(EvidenceError::Altered(_))), "a link");
        fs::remove_file(&place).unwrap();
        assert!(matches!(desk.folder.check(&digest, size), Err(EvidenceError::Missing(_))));
        desk.folder.keep(&source).unwrap();
        desk.folder.check(&digest, size).unwrap();
    }
}
