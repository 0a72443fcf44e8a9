//! The person's own key file, as `ssh-keygen` makes it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use zeroize::Zeroizing;

use super::testing::keygen;
use super::*;

/// Says one passphrase after the other, and counts the questions.
#[derive(Default)]
struct Person {
    says: Mutex<Vec<&'static str>>,
    asked: AtomicUsize,
}

impl AskPassphrase for Person {
    fn ask(&self, _: &Path, again: bool) -> Result<Zeroizing<String>, NoPassphrase> {
        assert_eq!(again, self.asked.fetch_add(1, Ordering::SeqCst) > 0);
        let said = self.says.lock().unwrap().pop();
        said.map(|s| Zeroizing::new(s.to_owned())).ok_or(NoPassphrase::NotGiven)
    }
}

fn person(says: &[&'static str]) -> Arc<Person> {
    Arc::new(Person { says: Mutex::new(says.iter().rev().copied().collect()), asked: AtomicUsize::new(0) })
}

fn made(dir: &Path, args: &[&str]) -> PathBuf {
    let args = [&["-q", "-f", "key"], args].concat();
    assert!(keygen(dir, &args, b"").0);
    dir.join("key")
}

fn locked(dir: &Path) -> PathBuf {
    made(dir, &["-t", "ed25519", "-N", "open sesame", "-a", "1"])
}

fn fault(path: PathBuf) -> KeyFault {
    match FileKey::read(path, Arc::new(NobodyToAsk)) {
        Err(IdentityError::Unusable { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_locked_key_asks_once_and_signs_as_ssh_keygen_does() {
    let dir = tempfile::tempdir().unwrap();
    let path = locked(dir.path());
    let who = person(&["open sesame"]);
    let key = FileKey::read(path, who.clone()).unwrap();
    let (_, line) = keygen(dir.path(), &["-lf", "key.pub"], b"");
    assert!(line.contains(key.public().fingerprint().as_str()), "{line}");
    assert_eq!(who.asked.load(Ordering::SeqCst), 0, "whose key it is stands outside of what is locked");
    key.ready().unwrap();
    for message in [b"one", b"two"] {
        let pem = key.sign(Purpose::Event, message).unwrap();
        assert_eq!(verify(message, pem.as_str(), Purpose::Event).unwrap().public, *key.public());
    }
    assert_eq!(who.asked.load(Ordering::SeqCst), 1);
    assert_eq!(format!("{key:?}"), format!("FileKey({})", key.public().fingerprint()));
}

#[test]
fn a_wrong_passphrase_is_asked_for_again_three_times_in_all() {
    let dir = tempfile::tempdir().unwrap();
    let path = locked(dir.path());
    let who = person(&["no", "open sesame"]);
    FileKey::read(path.clone(), who.clone()).unwrap().ready().unwrap();
    assert_eq!(who.asked.load(Ordering::SeqCst), 2);
    let who = person(&["no", "nor this", "", "open sesame"]);
    let outcome = FileKey::read(path, who.clone()).unwrap().ready();
    assert!(matches!(outcome, Err(IdentityError::Locked { why: NoPassphrase::Wrong(3), .. })), "{outcome:?}");
    assert_eq!(who.asked.load(Ordering::SeqCst), 3);
}

#[test]
fn nobody_to_ask_and_nobody_who_answers_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let path = locked(dir.path());
    let nobody = FileKey::read(path.clone(), Arc::new(NobodyToAsk)).unwrap();
    let outcome = nobody.sign(Purpose::Event, b"m");
    assert!(matches!(outcome, Err(IdentityError::Locked { why: NoPassphrase::NoTerminal, .. })));
    let outcome = FileKey::read(path, person(&[])).unwrap().ready();
    assert!(matches!(outcome, Err(IdentityError::Locked { why: NoPassphrase::NotGiven, .. })));
}

#[test]
fn every_cipher_that_ssh_keygen_offers_can_be_unlocked() {
    for cipher in ["aes256-ctr", "aes256-cbc", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"] {
        let dir = tempfile::tempdir().unwrap();
        let path = made(dir.path(), &["-t", "ed25519", "-N", "pass", "-a", "1", "-Z", cipher]);
        let outcome = FileKey::read(path, person(&["wrong", "pass"])).unwrap().ready();
        assert!(outcome.is_ok(), "{cipher}: {outcome:?}");
    }
}

#[test]
fn a_key_without_a_passphrase_asks_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let path = made(dir.path(), &["-t", "ed25519", "-N", ""]);
    let key = FileKey::read(path, Arc::new(NobodyToAsk)).unwrap();
    key.sign(Purpose::Release, b"m").unwrap();
}

#[test]
fn a_key_whose_public_half_is_anothers_is_not_used() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for args in [["-t", "ed25519", "-N", ""], ["-t", "ed25519", "-N", "pass"]] {
        let _ = fs::remove_file(dir.path().join("key"));
        let _ = fs::remove_file(other.path().join("key"));
        let path = made(dir.path(), &args);
        let theirs = FileKey::read(made(other.path(), &args), Arc::new(NobodyToAsk)).unwrap();
        let mine = FileKey::read(path.clone(), Arc::new(NobodyToAsk)).unwrap();
        let bytes = |key: &FileKey| key.public().inner().key_data().ed25519().unwrap().0;
        swap_in_file(&path, &bytes(&mine), &bytes(&theirs));
        let outcome = FileKey::read(path, person(&["pass"])).and_then(|key| key.ready());
        assert!(
            matches!(outcome, Err(IdentityError::Unusable { fault: KeyFault::Damaged, .. })),
            "{args:?}: {outcome:?}"
        );
    }
}

/// Puts other bytes in place of the first ones found in an OpenSSH private key file.
fn swap_in_file(path: &Path, from: &[u8], to: &[u8]) {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let text = fs::read_to_string(path).unwrap();
    let inner: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let mut bytes = STANDARD.decode(inner).unwrap();
    let at = bytes.windows(from.len()).position(|w| w == from).unwrap();
    bytes[at..at + from.len()].copy_from_slice(to);
    let coded = STANDARD.encode(bytes);
    let lines: Vec<&str> = coded.as_bytes().chunks(70).map(|l| std::str::from_utf8(l).unwrap()).collect();
    let text = format!(
        "-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n",
        lines.join("\n")
    );
    fs::write(path, text).unwrap();
}

#[test]
fn other_kinds_and_other_files_are_refused_in_their_own_words() {
    let dir = tempfile::tempdir().unwrap();
    for kind in ["ecdsa", "rsa"] {
        let _ = fs::remove_file(dir.path().join("key"));
        assert_eq!(fault(made(dir.path(), &["-t", kind, "-N", ""])), KeyFault::NotEd25519);
        let _ = fs::remove_file(dir.path().join("key"));
        assert_eq!(fault(made(dir.path(), &["-t", kind, "-N", "pass"])), KeyFault::NotEd25519);
    }
    let public = dir.path().join("key.pub");
    fs::set_permissions(&public, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(fault(public), KeyFault::PublicHalf);
    fs::write(dir.path().join("key"), "no key").unwrap();
    assert_eq!(fault(dir.path().join("key")), KeyFault::Damaged);
    assert!(matches!(
        FileKey::read(dir.path().join("nowhere"), Arc::new(NobodyToAsk)),
        Err(IdentityError::Io { doing: "read", .. })
    ));
}
