//! A key that ssh-agent holds: the agent signs, the private half never leaves it.

#[cfg(test)]
mod tests;
mod wire;

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ssh_key::{HashAlg, SshSig};

use super::choice::Named;
use super::error::IdentityError;
use super::public::PublicKey;
use super::purpose::Purpose;
use super::signature::{Signature, Signer, armour, verify};
use crate::domain::text::SafeText;
use wire::Held;

/// How long the agent has to say which keys it holds.
const LIST_WITHIN: Duration = Duration::from_secs(10);
/// How long it has to sign: it may ask a person first (`ssh-add -c`), or wait for a touch.
const SIGN_WITHIN: Duration = Duration::from_mins(2);
/// A public key file has some 100 bytes.
const MAX_PUBLIC_FILE: u64 = 16 * 1024;

/// A key that ssh-agent holds.
pub struct AgentKey {
    socket: PathBuf,
    public: PublicKey,
    blob: Vec<u8>,
}

/// What an agent did not do.
#[derive(Debug, thiserror::Error)]
pub enum AgentFault {
    /// There is none.
    #[error("there is no ssh-agent: SSH_AUTH_SOCK is not set")]
    None,
    /// It cannot be reached, or it fell silent.
    #[error("ssh-agent did not answer")]
    Silent(#[source] std::io::Error),
    /// What it sent is not the agent protocol.
    #[error("ssh-agent sent what is no answer")]
    Nonsense,
    /// It refused.
    #[error("ssh-agent refused")]
    Refused,
    /// It signed something else, or with another key.
    #[error("ssh-agent's signature is not good")]
    BadSignature,
    /// It does not hold the key.
    #[error("ssh-agent does not hold {wanted}; it holds {held}")]
    NotHeld {
        /// Which key.
        wanted: Named,
        /// Those that it holds, as they may be shown.
        held: SafeText,
    },
    /// It holds several keys of that comment.
    #[error("ssh-agent holds several keys with the comment '{0}': name one by its fingerprint")]
    Several(SafeText),
    /// It is not an ed25519 key.
    #[error("the key in ssh-agent is of kind {0}, and golive signs with ed25519 keys only")]
    OtherKind(SafeText),
    /// The file with the public half cannot be used.
    #[error("{} is no ed25519 public key file", SafeText::clipped(&.0.to_string_lossy(), 300))]
    PublicFile(PathBuf),
}

impl AgentKey {
    /// Looks for a key in the agent behind `socket`, the value of `SSH_AUTH_SOCK`.
    pub fn find(socket: Option<&Path>, wanted: &Named) -> Result<Self, IdentityError> {
        let socket = socket.filter(|s| !s.as_os_str().is_empty()).ok_or(AgentFault::None)?;
        let held = wire::list(socket, LIST_WITHIN)?;
        let found = pick(&held, wanted)?;
        let public = ssh_key::PublicKey::from_bytes(&found.blob)
            .ok()
            .and_then(|key| PublicKey::from_data(key.key_data()).ok())
            .ok_or_else(|| AgentFault::OtherKind(SafeText::clipped(&found.kind(), 60)))?;
        Ok(Self { socket: socket.to_owned(), public, blob: found.blob.clone() })
    }
}

fn pick<'a>(held: &'a [Held], wanted: &Named) -> Result<&'a Held, AgentFault> {
    let mut fit = match wanted {
        Named::Fingerprint(text) => held.iter().filter(|h| h.fingerprint() == *text).collect::<Vec<_>>(),
        Named::Comment(text) => held.iter().filter(|h| h.comment == text.as_bytes()).collect(),
        Named::PublicFile(path) => {
            let public = read_public(path).ok_or_else(|| AgentFault::PublicFile(path.clone()))?;
            held.iter().filter(|h| h.fingerprint() == public.fingerprint().as_str()).collect()
        }
    };
    match (fit.pop(), fit.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(one), false) => Err(AgentFault::Several(one.shown_comment())),
        (None, _) => Err(AgentFault::NotHeld { wanted: wanted.clone(), held: shown(held) }),
    }
}

/// The keys that an agent holds, for people: the first few.
fn shown(held: &[Held]) -> SafeText {
    const FEW: usize = 5;
    let mut words: Vec<String> =
        held.iter().take(FEW).map(|h| format!("{} ({})", h.fingerprint(), h.shown_comment())).collect();
    if held.len() > FEW {
        words.push(format!("{} more", held.len() - FEW));
    }
    SafeText::clipped(&if words.is_empty() { "none".to_owned() } else { words.join(", ") }, 800)
}

fn read_public(path: &Path) -> Option<PublicKey> {
    // Asked by name first: opening a pipe would wait for a writer for ever.
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    File::open(path).ok()?.take(MAX_PUBLIC_FILE).read_to_string(&mut text).ok()?;
    PublicKey::parse(&text).ok()
}

impl Signer for AgentKey {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, purpose: Purpose, message: &[u8]) -> Result<Signature, IdentityError> {
        let namespace = purpose.namespace();
        let to_sign =
            SshSig::signed_data(namespace, HashAlg::Sha512, message).map_err(IdentityError::NotSigned)?;
        let raw = wire::sign(&self.socket, &self.blob, &to_sign, SIGN_WITHIN)?;
        let raw = ssh_key::Signature::try_from(raw.as_slice()).map_err(|_| AgentFault::BadSignature)?;
        let key = self.public.inner().key_data().clone();
        let signature =
            SshSig::new(key, namespace, HashAlg::Sha512, raw).map_err(|_| AgentFault::BadSignature)?;
        let signature = armour(&signature).map_err(IdentityError::NotSigned)?;
        // The agent is another program, maybe on another machine: what it made is looked at before it is
        // written for ever.
        match verify(message, signature.as_str(), purpose) {
            Ok(signer) if signer.public == self.public => Ok(signature),
            Ok(_) | Err(_) => Err(AgentFault::BadSignature.into()),
        }
    }
}

impl fmt::Debug for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentKey({})", self.public.fingerprint())
    }
}
