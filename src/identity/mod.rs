//! Who acts: keys, and SSHSIG signatures that stock `ssh-keygen` can check.
//!
//! - [`Key`]: golive's own ed25519 key, made at first use; a [`Signer`].
//! - [`FileKey`]: the person's own key file, whose passphrase whoever [`AskPassphrase`]s gets.
//! - [`AgentKey`]: a key that ssh-agent holds.
//! - [`KeyChoice`]: which of the three; each is a [`Signer`].
//! - [`Purpose`]: what a signature is for; one made for another purpose is refused.
//! - [`PublicKey`], [`fingerprint`](PublicKey::fingerprint): who signed.
//! - [`verify`]: is this signature over this message good, and whose is it?
//! - [`AllowedSigners`]: who could sign at which time, as a log tells it; [`allowed_signers`]: the file with which `ssh-keygen -Y verify` comes to the same answer.

mod agent;
#[cfg(test)]
mod agreement_tests;
mod allowed;
mod choice;
mod error;
mod file;
#[cfg(test)]
mod file_tests;
mod key;
#[cfg(test)]
mod keygen_tests;
mod passphrase;
mod public;
mod purpose;
#[cfg(test)]
mod security_key_tests;
mod signature;
mod signers;
#[cfg(test)]
mod testing;

pub use agent::{AgentFault, AgentKey};
pub use allowed::{allowed_signers, principal};
pub use choice::{KeyChoice, Named};
pub use error::{IdentityError, KeyFault};
pub use file::FileKey;
pub use key::{KEY_FILE, Key};
pub use passphrase::{AskPassphrase, NoPassphrase, NobodyToAsk};
pub use public::{BadPublicKey, PublicKey};
pub use purpose::Purpose;
pub use signature::{BadSignature, Signature, Signer, VerifiedSigner, verify};
pub use signers::{AllowedSigner, AllowedSigners, verify_time};
