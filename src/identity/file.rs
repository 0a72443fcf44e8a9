//! The person's own key file, locked with a passphrase or not.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ssh_key::{Kdf, PrivateKey};

use super::error::{IdentityError, KeyFault};
use super::key::{read_private, read_text};
use super::passphrase::{AskPassphrase, NoPassphrase};
use super::public::PublicKey;
use super::purpose::Purpose;
use super::signature::{Signature, Signer, sign_with};

/// How often a passphrase is asked for before golive gives up, as `ssh` does.
const TRIES: usize = 3;
/// The most rounds of bcrypt that are worked through. `ssh-keygen -a` makes 24 unless told otherwise, and
/// 1,000 take some ten seconds.
const MAX_ROUNDS: u32 = 10_000;

/// The person's own key file. A locked one is unlocked when it first signs, or by [`Signer::ready`].
pub struct FileKey {
    path: PathBuf,
    public: PublicKey,
    locked: PrivateKey,
    open: OnceLock<PrivateKey>,
    /// One question at a time.
    asking: Mutex<()>,
    ask: Arc<dyn AskPassphrase>,
}

impl FileKey {
    /// Reads the file. Asks for nothing yet: whose key it is stands outside of what is locked.
    pub fn read(path: PathBuf, ask: Arc<dyn AskPassphrase>) -> Result<Self, IdentityError> {
        let text = read_private(&path)?;
        let locked = read_text(&path, &text)?;
        let unusable = |fault| IdentityError::Unusable { path: path.clone(), fault };
        let public = PublicKey::from_data(locked.public_key().key_data())
            .map_err(|_| unusable(KeyFault::NotEd25519))?;
        if matches!(locked.kdf(), Kdf::Bcrypt { rounds, .. } if *rounds > MAX_ROUNDS) {
            return Err(unusable(KeyFault::TooManyRounds));
        }
        let open = OnceLock::new();
        if !locked.is_encrypted() {
            check_halves(&path, &locked, &public)?;
            let _ = open.set(locked.clone());
        }
        Ok(Self { path, public, locked, open, asking: Mutex::new(()), ask })
    }

    /// Where the key lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn unlocked(&self) -> Result<&PrivateKey, IdentityError> {
        let _one = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = self.open.get() {
            return Ok(key);
        }
        let refused = |why| IdentityError::Locked { path: self.path.clone(), why };
        for n in 0..TRIES {
            let passphrase = self.ask.ask(&self.path, n > 0).map_err(refused)?;
            match self.locked.decrypt(passphrase.as_bytes()) {
                Ok(key) => {
                    check_halves(&self.path, &key, &self.public)?;
                    return Ok(self.open.get_or_init(|| key));
                }
                Err(ssh_key::Error::Crypto) => {}
                Err(_) => {
                    let fault = KeyFault::Damaged;
                    return Err(IdentityError::Unusable { path: self.path.clone(), fault });
                }
            }
        }
        Err(refused(NoPassphrase::Wrong(TRIES)))
    }
}

/// The public half stands outside of what the passphrase protects: somebody could have put another there,
/// and golive would sign in the name of a key that it is not.
fn check_halves(path: &Path, key: &PrivateKey, public: &PublicKey) -> Result<(), IdentityError> {
    let inner = key.key_data().ed25519().map(|pair| ssh_key::public::KeyData::from(pair.public));
    if inner.as_ref() == Some(public.inner().key_data()) {
        return Ok(());
    }
    Err(IdentityError::Unusable { path: path.to_owned(), fault: KeyFault::Damaged })
}

impl Signer for FileKey {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, purpose: Purpose, message: &[u8]) -> Result<Signature, IdentityError> {
        sign_with(self.unlocked()?, purpose.namespace(), message)
    }

    fn ready(&self) -> Result<(), IdentityError> {
        self.unlocked().map(|_| ())
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileKey({})", self.public.fingerprint())
    }
}
