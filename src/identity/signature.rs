//! SSHSIG signatures: made, and checked strictly.
//!
//! The format is OpenSSH's `PROTOCOL.sshsig`. A signature that golive takes has one spelling only:
//! version 1, SHA-512, ed25519, nothing reserved, and the armour exactly as OpenSSH writes it. Two
//! texts can therefore never be one signature, and nothing can hide behind or before it.

use std::fmt;

use ssh_key::{Algorithm, HashAlg, LineEnding, SshSig};

use super::error::IdentityError;
use super::public::PublicKey;
use super::purpose::Purpose;
use crate::domain::ids::KeyFingerprint;

/// The longest armoured signature that is looked at. Ours have some 300 bytes.
const MAX_PEM: usize = 4096;

/// A signature in OpenSSH's armour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature(String);

impl Signature {
    /// The armoured text, ending in a line break.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Signature> for String {
    fn from(signature: Signature) -> String {
        signature.0
    }
}

/// Whatever can sign in a person's name.
pub trait Signer: Send + Sync {
    /// The key that signatures are checked with.
    fn public(&self) -> &PublicKey;

    /// Signs a message for a purpose. May wait for a person or a device: not for async code.
    fn sign(&self, purpose: Purpose, message: &[u8]) -> Result<Signature, IdentityError>;

    /// Does what signing needs once, such as asking for a passphrase, so that it need not be done later,
    /// when the terminal belongs to the screen. May wait for a person.
    fn ready(&self) -> Result<(), IdentityError> {
        Ok(())
    }
}

/// Whose signature it was. Whether that key may sign here is for the log to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedSigner {
    /// The fingerprint of the key.
    pub fingerprint: KeyFingerprint,
    /// The key, as the signature carries it.
    pub public: PublicKey,
}

/// Why a signature is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// Not an SSHSIG text in OpenSSH's own spelling, or something stands before or after it.
    #[error("not a signature as OpenSSH writes it")]
    Malformed,
    /// Made for something else: another of golive's purposes, or another program.
    #[error("made for another purpose (namespace)")]
    Namespace,
    /// A version, hash or kind of key that golive does not take.
    #[error(
        "made with another version, hash or kind of key than golive takes (ed25519, SHA-512, no security key)"
    )]
    Unsupported,
    /// It does not belong to this message, or the message was changed.
    #[error("it does not belong to these bytes")]
    Mismatch,
}

pub(super) fn sign_with(
    key: &ssh_key::PrivateKey,
    namespace: &str,
    message: &[u8],
) -> Result<Signature, IdentityError> {
    key.sign(namespace, HashAlg::Sha512, message)
        .and_then(|signature| armour(&signature))
        .map_err(IdentityError::NotSigned)
}

/// The one spelling that [`verify`] takes.
pub(super) fn armour(signature: &SshSig) -> Result<Signature, ssh_key::Error> {
    signature.to_pem(LineEnding::LF).map(canonical).map(Signature)
}

/// Checks a signature over `message` and says whose it is.
pub fn verify(message: &[u8], pem: &str, purpose: Purpose) -> Result<VerifiedSigner, BadSignature> {
    if pem.len() > MAX_PEM {
        return Err(BadSignature::Malformed);
    }
    let signature = SshSig::from_pem(pem).map_err(|e| match e {
        ssh_key::Error::AlgorithmUnknown | ssh_key::Error::AlgorithmUnsupported { .. } => {
            BadSignature::Unsupported
        }
        _ => BadSignature::Malformed,
    })?;
    if signature.version() != SshSig::VERSION
        || signature.hash_alg() != HashAlg::Sha512
        || signature.algorithm() != Algorithm::Ed25519
        || !signature.reserved().is_empty()
    {
        return Err(BadSignature::Unsupported);
    }
    let respelt = signature.to_pem(LineEnding::LF).map(canonical).map_err(|_| BadSignature::Malformed)?;
    if respelt != pem {
        return Err(BadSignature::Malformed);
    }
    if signature.namespace() != purpose.namespace() {
        return Err(BadSignature::Namespace);
    }
    let public = PublicKey::from_data(signature.public_key()).map_err(|_| BadSignature::Unsupported)?;
    public.inner().verify(purpose.namespace(), message, &signature).map_err(|_| BadSignature::Mismatch)?;
    Ok(VerifiedSigner { fingerprint: public.fingerprint().clone(), public })
}

/// OpenSSH ends the armour with one line break.
fn canonical(mut pem: String) -> String {
    if !pem.ends_with('\n') {
        pem.push('\n');
    }
    pem
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Key;

    fn signed() -> (tempfile::TempDir, Key, String) {
        let dir = tempfile::tempdir().unwrap();
        let key = Key::open(dir.path()).unwrap();
        let pem = key.sign(Purpose::Event, b"message").unwrap().into();
        (dir, key, pem)
    }

    #[test]
    fn a_signature_names_its_key() {
        let (_dir, key, pem) = signed();
        let signer = verify(b"message", &pem, Purpose::Event).unwrap();
        assert_eq!(&signer.public, key.public());
        assert_eq!(&signer.fingerprint, key.public().fingerprint());
    }

    #[test]
    fn another_message_is_refused() {
        let (_dir, _key, pem) = signed();
        assert_eq!(verify(b"massage", &pem, Purpose::Event), Err(BadSignature::Mismatch));
    }

    #[test]
    fn a_signature_for_one_purpose_is_worth_nothing_for_another() {
        let (_dir, key, _pem) = signed();
        for made in Purpose::ALL {
            let pem = key.sign(made, b"message").unwrap();
            for asked in Purpose::ALL {
                let outcome = verify(b"message", pem.as_str(), asked).map(|_| ());
                let expected = if made == asked { Ok(()) } else { Err(BadSignature::Namespace) };
                assert_eq!(outcome, expected, "made for {made}, asked for {asked}");
            }
        }
    }

    #[test]
    fn only_one_spelling_is_taken() {
        let (_dir, _key, pem) = signed();
        let respelt = [
            format!("{pem}\n"),
            format!("{pem}x"),
            format!("x\n{pem}"),
            format!(" {pem}"),
            pem.trim_end().to_owned(),
            pem.replace('\n', "\r\n"),
            format!("{pem}{pem}"),
            pem.replacen("\nU1NI", "\nU1NI\n", 1),
            String::new(),
            "a".repeat(MAX_PEM + 1),
        ];
        for text in respelt {
            assert_eq!(verify(b"message", &text, Purpose::Event), Err(BadSignature::Malformed), "{text:?}");
        }
    }

    #[test]
    fn another_hash_is_refused() {
        let (dir, ..) = signed();
        let text = std::fs::read(dir.path().join(crate::identity::KEY_FILE)).unwrap();
        let key = ssh_key::PrivateKey::from_openssh(text).unwrap();
        let pem = key
            .sign(Purpose::Event.namespace(), HashAlg::Sha256, b"message")
            .unwrap()
            .to_pem(LineEnding::LF)
            .unwrap();
        assert_eq!(verify(b"message", &canonical(pem), Purpose::Event), Err(BadSignature::Unsupported));
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let (_dir, _key, pem) = signed();
        for (at, byte) in pem.bytes().enumerate() {
            let mut bytes = pem.clone().into_bytes();
            bytes[at] = if byte == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(verify(b"message", &changed, Purpose::Event).is_err(), "character {at}");
        }
    }
}
