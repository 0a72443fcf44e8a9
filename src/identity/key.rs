//! golive's own key: made at first use, never replaced.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rand::TryRng as _;
use rand::rngs::SysRng;
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{LineEnding, PrivateKey};
use zeroize::Zeroizing;

use super::error::{IdentityError, KeyFault};
use super::public::PublicKey;
use super::purpose::Purpose;
use super::signature::{Signature, Signer, sign_with};
use crate::files;

/// The name of the key file in its folder. The format is OpenSSH's: `ssh-keygen` reads it.
pub const KEY_FILE: &str = "id_ed25519";

/// An ed25519 key file has some 400 bytes.
const MAX_FILE: u64 = 16 * 1024;

/// golive's own ed25519 key.
#[derive(Clone)]
pub struct Key {
    private: PrivateKey,
    public: PublicKey,
    path: PathBuf,
}

impl Key {
    /// Opens the key in `folder`, and makes folder and key when there is none. Processes that start at
    /// the same moment end up with the same key.
    pub fn open(folder: &Path) -> Result<Self, IdentityError> {
        let path = folder.join(KEY_FILE);
        let io = |doing| {
            let path = path.clone();
            move |source| IdentityError::Io { path, doing, source }
        };
        files::private_folder(folder).map_err(io("made"))?;
        check_folder(folder, &path)?;
        // A link that leads nowhere is there too: symlink_metadata, not exists.
        match fs::symlink_metadata(&path) {
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => make(&path)?,
            Err(e) => return Err(io("read")(e)),
        }
        Self::read(path)
    }

    /// Opens a key that must be there already.
    pub fn read(path: PathBuf) -> Result<Self, IdentityError> {
        let text = read_private(&path)?;
        let private = read_text(&path, &text)?;
        let unusable = |fault| IdentityError::Unusable { path: path.clone(), fault };
        if private.is_encrypted() {
            return Err(unusable(KeyFault::Locked));
        }
        let public = PublicKey::from_data(private.public_key().key_data())
            .map_err(|_| unusable(KeyFault::NotEd25519))?;
        Ok(Self { private, public, path })
    }

    /// Where the key lies.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Signer for Key {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, purpose: Purpose, message: &[u8]) -> Result<Signature, IdentityError> {
        sign_with(&self.private, purpose.namespace(), message)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.public.fingerprint())
    }
}

/// Whoever can write to the folder can put a key of their own in place of ours.
fn check_folder(folder: &Path, path: &Path) -> Result<(), IdentityError> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let found = fs::metadata(folder).map_err(|source| IdentityError::Io {
        path: folder.to_owned(),
        doing: "read",
        source,
    })?;
    let mode = found.permissions().mode() & 0o7777;
    if mode & 0o022 == 0 {
        return Ok(());
    }
    Err(IdentityError::Unusable { path: path.to_owned(), fault: KeyFault::FolderTooOpen { mode } })
}

/// Reads the text of a key file; what is locked in it stays so.
pub(super) fn read_text(path: &Path, text: &[u8]) -> Result<PrivateKey, IdentityError> {
    let unusable = |fault| IdentityError::Unusable { path: path.to_owned(), fault };
    if text.starts_with(b"ssh-") || text.starts_with(b"ecdsa-") || text.starts_with(b"sk-") {
        return Err(unusable(KeyFault::PublicHalf));
    }
    PrivateKey::from_openssh(text).map_err(|e| unusable(fault_of(&e)))
}

/// Reads a file that only its owner can read.
pub(super) fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
    let failed = |source| IdentityError::Io { path: path.to_owned(), doing: "read", source };
    let unusable = |fault| IdentityError::Unusable { path: path.to_owned(), fault };
    // Asked by name first: opening a pipe would wait for a writer for ever.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(unusable(KeyFault::NotAFile));
    }
    let file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(unusable(KeyFault::TooOpen { mode }));
    }
    let mut text = Zeroizing::new(Vec::with_capacity(1024));
    file.take(MAX_FILE + 1).read_to_end(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_FILE {
        return Err(unusable(KeyFault::TooLarge));
    }
    Ok(text)
}

fn fault_of(error: &ssh_key::Error) -> KeyFault {
    match error {
        ssh_key::Error::AlgorithmUnknown | ssh_key::Error::AlgorithmUnsupported { .. } => {
            KeyFault::NotEd25519
        }
        _ => KeyFault::Damaged,
    }
}

fn make(path: &Path) -> Result<(), IdentityError> {
    let mut seed = Zeroizing::new([0; 32]);
    SysRng.try_fill_bytes(seed.as_mut_slice()).map_err(|_| IdentityError::NoRandomness)?;
    let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed));
    let key = PrivateKey::new(pair, "golive").map_err(IdentityError::NotSigned)?;
    let text = key.to_openssh(LineEnding::LF).map_err(IdentityError::NotSigned)?;
    files::write_new(path, text.as_bytes()).map(|_| ()).map_err(|source| IdentityError::Io {
        path: path.to_owned(),
        doing: "made",
        source,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs::Permissions;

    use super::*;

    fn fault(folder: &Path) -> KeyFault {
        match Key::open(folder) {
            Err(IdentityError::Unusable { fault, .. }) => fault,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_key_is_made_once_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("golive");
        let first = Key::open(&folder).unwrap();
        let again = Key::open(&folder).unwrap();
        assert_eq!(first.public(), again.public());
        let mode = |p: &Path| fs::metadata(p).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(first.path())), (0o700, 0o600));
    }

    #[test]
    fn starting_at_once_gives_one_key() {
        let dir = tempfile::tempdir().unwrap();
        let gate = std::sync::Barrier::new(8);
        let open = || {
            gate.wait();
            Key::open(dir.path()).unwrap().public().to_string()
        };
        let keys: BTreeSet<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(keys.len(), 1);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_key_that_others_can_read_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let key = Key::open(dir.path()).unwrap();
        fs::set_permissions(key.path(), Permissions::from_mode(0o640)).unwrap();
        assert_eq!(fault(dir.path()), KeyFault::TooOpen { mode: 0o640 });
    }

    #[test]
    fn a_folder_that_others_can_write_to_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o770)).unwrap();
        assert_eq!(fault(dir.path()), KeyFault::FolderTooOpen { mode: 0o770 });
    }

    #[test]
    fn a_damaged_key_is_an_error_and_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(KEY_FILE);
        let good = fs::read(Key::open(dir.path()).unwrap().path()).unwrap();
        for broken in [&[][..], &good[..good.len() / 2], b"hello", &[0xff; 100]] {
            fs::write(&path, broken).unwrap();
            assert_eq!(fault(dir.path()), KeyFault::Damaged);
            assert_eq!(fs::read(&path).unwrap(), broken);
        }
        fs::write(&path, vec![b'a'; 20_000]).unwrap();
        assert_eq!(fault(dir.path()), KeyFault::TooLarge);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("nowhere", dir.path().join(KEY_FILE)).unwrap();
        assert!(matches!(Key::open(dir.path()), Err(IdentityError::Io { doing: "read", .. })));
    }

    #[test]
    fn a_folder_in_the_keys_place_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(KEY_FILE)).unwrap();
        assert_eq!(fault(dir.path()), KeyFault::NotAFile);
    }

    #[test]
    fn debug_says_nothing_of_the_private_part() {
        let dir = tempfile::tempdir().unwrap();
        let key = Key::open(dir.path()).unwrap();
        assert_eq!(format!("{key:?}"), format!("Key({})", key.public().fingerprint()));
    }
}
