//! Who acts: keys, and SSHSIG signatures that stock `ssh-keygen` can check.
//!
//! - [`Key`]: golive's own ed25519 key, made at first use; a [`Signer`].
//! - [`Signer`]: whatever can sign; a user's own key file and ssh-agent slot in here.
//! - [`Purpose`]: what a signature is for; one made for another purpose is refused.
//! - [`PublicKey`], [`fingerprint`](PublicKey::fingerprint): who signed.
//! - [`verify`]: is this signature over this message good, and whose is it?
//! - [`allowed_signers`]: the file with which `ssh-keygen -Y verify` comes to the same answer.

mod allowed;
mod error;
mod key;
#[cfg(test)]
mod keygen_tests;
mod public;
mod purpose;
mod signature;

pub use allowed::{allowed_signers, principal};
pub use error::{IdentityError, KeyFault};
pub use key::{KEY_FILE, Key};
pub use public::{BadPublicKey, PublicKey};
pub use purpose::Purpose;
pub use signature::{BadSignature, Signature, Signer, VerifiedSigner, verify};
