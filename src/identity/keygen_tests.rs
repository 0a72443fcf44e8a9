//! golive and the real `ssh-keygen` come to the same answer on every signature.

use std::fs;
use std::path::Path;

use super::testing::keygen;
use super::*;
use crate::domain::ids::MemberName;

/// Does ssh-keygen take this signature as the member's?
fn keygen_accepts(folder: &Path, principal: &str, message: &[u8], pem: &str) -> bool {
    fs::write(folder.join("sig"), pem).unwrap();
    let args =
        ["-Y", "verify", "-f", "allowed", "-I", principal, "-n", Purpose::Event.namespace(), "-s", "sig"];
    keygen(folder, &args, message).0
}

fn folder_with_key() -> (tempfile::TempDir, Key) {
    let dir = tempfile::tempdir().unwrap();
    let key = Key::open(dir.path()).unwrap();
    (dir, key)
}

#[test]
fn the_fingerprint_is_the_one_that_ssh_keygen_prints() {
    let (dir, key) = folder_with_key();
    let (ok, printed) = keygen(dir.path(), &["-lf", KEY_FILE], b"");
    assert!(ok && printed.split(' ').any(|word| word == key.public().fingerprint().as_str()), "{printed}");
}

#[test]
fn ssh_keygen_reads_the_key_file() {
    let (dir, key) = folder_with_key();
    let (ok, public) = keygen(dir.path(), &["-yf", KEY_FILE], b"");
    assert!(ok);
    assert_eq!(&PublicKey::parse(&public).unwrap(), key.public());
}

#[test]
fn ssh_keygen_takes_ours_under_any_name_and_refuses_what_was_changed() {
    let (dir, key) = folder_with_key();
    let stranger = tempfile::tempdir().unwrap();
    let stranger = Key::open(stranger.path()).unwrap();
    for name in ["dana", "Dana Ruiz, \"CTO\" *"] {
        let name = MemberName::new(name).unwrap();
        fs::write(dir.path().join("allowed"), allowed_signers([(&name, key.public())])).unwrap();
        let who = principal(&name, key.public());
        let accepts = |message: &[u8], pem: &str| keygen_accepts(dir.path(), &who, message, pem);
        let pem = key.sign(Purpose::Event, b"a message").unwrap();
        assert!(accepts(b"a message", pem.as_str()));
        assert!(!accepts(b"a massage", pem.as_str()));
        assert!(!accepts(b"a message", key.sign(Purpose::Release, b"a message").unwrap().as_str()));
        assert!(!accepts(b"a message", stranger.sign(Purpose::Event, b"a message").unwrap().as_str()));
    }
}

#[test]
fn ours_takes_what_ssh_keygen_signs_and_is_spelt_the_same() {
    let (dir, key) = folder_with_key();
    for message in [b"".as_slice(), b"a message", &[0, 0xff, b'\n']] {
        let args = ["-Y", "sign", "-n", Purpose::Event.namespace(), "-f", KEY_FILE];
        let (ok, pem) = keygen(dir.path(), &args, message);
        assert!(ok);
        assert_eq!(verify(message, &pem, Purpose::Event).unwrap().public, *key.public());
        assert_eq!(key.sign(Purpose::Event, message).unwrap().as_str(), pem);
    }
}

#[test]
fn signatures_that_ssh_keygen_makes_for_others_are_refused() {
    let (dir, _key) = folder_with_key();
    let sign = |file: &str, namespace: &str, hash: &str| {
        let args = ["-Y", "sign", "-n", namespace, "-f", file, "-O", hash];
        let (ok, pem) = keygen(dir.path(), &args, b"m");
        assert!(ok);
        verify(b"m", &pem, Purpose::Event).unwrap_err()
    };
    assert_eq!(sign(KEY_FILE, "git", "hashalg=sha512"), BadSignature::Namespace);
    assert_eq!(sign(KEY_FILE, Purpose::Event.namespace(), "hashalg=sha256"), BadSignature::Unsupported);
    for (kind, file) in [("ecdsa", "other-ecdsa"), ("rsa", "other-rsa")] {
        assert!(keygen(dir.path(), &["-q", "-t", kind, "-N", "", "-f", file], b"").0);
        assert_eq!(
            sign(file, Purpose::Event.namespace(), "hashalg=sha512"),
            BadSignature::Unsupported,
            "{kind}"
        );
    }
}

#[test]
fn keys_of_other_kinds_and_locked_keys_are_errors_not_replaced() {
    let cases: [(&[&str], KeyFault); 3] = [
        (&["-t", "ecdsa", "-N", ""], KeyFault::NotEd25519),
        (&["-t", "rsa", "-N", ""], KeyFault::NotEd25519),
        (&["-t", "ed25519", "-N", "passphrase"], KeyFault::Locked),
    ];
    for (args, expected) in cases {
        let dir = tempfile::tempdir().unwrap();
        let args = [&["-q", "-f", KEY_FILE], args].concat();
        assert!(keygen(dir.path(), &args, b"").0);
        let before = fs::read(dir.path().join(KEY_FILE)).unwrap();
        match Key::open(dir.path()) {
            Err(IdentityError::Unusable { fault, .. }) => assert_eq!(fault, expected, "{args:?}"),
            other => panic!("{args:?}: {other:?}"),
        }
        assert_eq!(fs::read(dir.path().join(KEY_FILE)).unwrap(), before);
    }
}
