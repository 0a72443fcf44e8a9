//! Keys on security keys (FIDO) are refused wherever one could come in, and it is said that they are.
//!
//! The authenticator is made of software here: what it signs is OpenSSH's `PROTOCOL.u2f`, and ssh-keygen takes
//! it, so that a refusal is golive's own and no mistake in the test.

use std::fs;

use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha256};
use ssh_key::public::{Ed25519PublicKey, KeyData, SkEd25519};
use ssh_key::{Algorithm, HashAlg, SshSig};

use super::testing::keygen;
use super::*;

const APPLICATION: &str = "ssh:";
/// The person touched it.
const FLAGS: u8 = 1;
const COUNTER: u32 = 7;

struct Authenticator(SigningKey);

impl Authenticator {
    fn public(&self) -> ssh_key::PublicKey {
        let point = Ed25519PublicKey(self.0.verifying_key().to_bytes());
        ssh_key::PublicKey::new(KeyData::SkEd25519(SkEd25519::new(point, APPLICATION)), "")
    }

    fn sign(&self, namespace: &str, message: &[u8]) -> String {
        let asked = SshSig::signed_data(namespace, HashAlg::Sha512, message).unwrap();
        let mut signed = Sha256::digest(APPLICATION).to_vec();
        signed.push(FLAGS);
        signed.extend(COUNTER.to_be_bytes());
        signed.extend(Sha256::digest(asked));
        let mut raw = self.0.sign(&signed).to_bytes().to_vec();
        raw.push(FLAGS);
        raw.extend(COUNTER.to_be_bytes());
        let raw = ssh_key::Signature::new(Algorithm::SkEd25519, raw).unwrap();
        let key = self.public().key_data().clone();
        let signature = SshSig::new(key, namespace, HashAlg::Sha512, raw).unwrap();
        signature::armour(&signature).unwrap().into()
    }
}

#[test]
fn a_security_key_is_refused_as_one_though_ssh_keygen_takes_what_it_signs() {
    let key = Authenticator(SigningKey::from_bytes(&[7; 32]));
    let line = key.public().to_openssh().unwrap();
    let refused = PublicKey::parse(&line).unwrap_err();
    assert_eq!(refused, BadPublicKey::SecurityKey);
    assert!(refused.to_string().contains("security key"));
    assert_eq!(PublicKey::from_data(key.public().key_data()).unwrap_err(), BadPublicKey::NotEd25519);

    let dir = tempfile::tempdir().unwrap();
    let namespace = Purpose::Event.namespace();
    let pem = key.sign(namespace, b"a message");
    fs::write(dir.path().join("sig"), &pem).unwrap();
    fs::write(dir.path().join("allowed"), format!("dana {line}\n")).unwrap();
    let args = ["-Y", "verify", "-f", "allowed", "-I", "dana", "-n", namespace, "-s", "sig"];
    assert!(keygen(dir.path(), &args, b"a message").0, "the authenticator signs as a real one does");
    let refused = verify(b"a message", &pem, Purpose::Event).unwrap_err();
    assert_eq!(refused, BadSignature::Unsupported);
    assert!(refused.to_string().contains("security key"));
}
