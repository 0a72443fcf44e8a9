//! What can be wrong with a key that signs.

use std::io;
use std::path::{Path, PathBuf};

use super::agent::AgentFault;
use super::passphrase::NoPassphrase;
use crate::domain::text::SafeText;

/// Why there is no key to sign with, or why it did not sign.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The key file or its folder could not be read or made.
    #[error("the key file {} could not be {doing}", show(.path))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was being done: `read`, `made`.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The file is there and must not be used as it is. It is never replaced: the events that it
    /// signed can be told from forged ones only as long as it lives.
    #[error("the key file {} {fault}", show(.path))]
    Unusable {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        fault: KeyFault,
    },
    /// The system gave no random bytes to make a key from.
    #[error("the system has no random bytes to make a key from")]
    NoRandomness,
    /// The key file is locked, and its passphrase was not to be had.
    #[error("the key file {} is locked with a passphrase, and {why}", show(.path))]
    Locked {
        /// The file.
        path: PathBuf,
        /// Why.
        why: NoPassphrase,
    },
    /// ssh-agent did not do it.
    #[error(transparent)]
    Agent(#[from] AgentFault),
    /// The key is there and did not sign.
    #[error("the key could not sign")]
    NotSigned(#[source] ssh_key::Error),
}

/// What is wrong with a key file; reads on after its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// Its group or everybody can read or write it.
    #[error(
        "can be read by others (mode {mode:03o}): run chmod 600 on it, or make a new key if others may have copied it"
    )]
    TooOpen {
        /// The permission bits.
        mode: u32,
    },
    /// Others can write to its folder and so put another key in its place.
    #[error("lies in a folder that others can write to (mode {mode:03o}): run chmod 700 on the folder")]
    FolderTooOpen {
        /// The permission bits of the folder.
        mode: u32,
    },
    /// A folder, a pipe or a device.
    #[error("is not a regular file")]
    NotAFile,
    /// Larger than any ed25519 key.
    #[error("is too large for a key")]
    TooLarge,
    /// Not an OpenSSH private key, or one that was cut or changed.
    #[error("is damaged or no OpenSSH private key: put it back from a copy; golive does not replace it")]
    Damaged,
    /// Locked with a passphrase.
    #[error("is locked with a passphrase, and golive's own key has none")]
    Locked,
    /// A key of another kind.
    #[error(
        "is no ed25519 key, and golive signs with no other, nor with a security key: make one with ssh-keygen -t ed25519"
    )]
    NotEd25519,
    /// The public half in place of the private one.
    #[error("is the public half of a key: name the file without .pub")]
    PublicHalf,
    /// Locked so well that unlocking takes minutes.
    #[error("takes too many rounds to unlock: lock it anew with ssh-keygen -p -a 100")]
    TooManyRounds,
}

/// A path as it may be shown: it comes from the environment or the command line.
fn show(path: &Path) -> SafeText {
    SafeText::clipped(&path.to_string_lossy(), 300)
}
