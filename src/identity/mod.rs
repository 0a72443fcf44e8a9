//! Who acts: keys, and SSHSIG signatures that stock `ssh-keygen` can check.
//!
//! - [`Key`]: golive's own ed25519 key, made at first use; a [`Signer`].
//! - [`Signer`]: whatever can sign; a user's own key file and ssh-agent slot in here.
//! - [`PublicKey`], [`fingerprint`](PublicKey::fingerprint): who signed.
//! - [`verify`]: is this signature over this message good, and whose is it?
//! - [`allowed_signers`]: the file with which `ssh-keygen -Y verify` comes to the same answer.

mod allowed;
mod error;
mod key;
#[cfg(test)]
mod keygen_tests;
mod public;
mod signature;

pub use allowed::{allowed_signers, principal};
pub use error::{IdentityError, KeyFault};
pub use key::{KEY_FILE, Key};
pub use public::{BadPublicKey, PublicKey};
pub use signature::{BadSignature, Signature, Signer, VerifiedSigner, verify};

/// The SSHSIG namespace of everything that golive signs, so that a signature made for golive can
/// never pass for a signed commit or a login, nor the other way round.
pub const NAMESPACE: &str = "golive";
