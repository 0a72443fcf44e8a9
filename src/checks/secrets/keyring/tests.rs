//! Against a Secret Service of its own: a session bus and a keyring that end with the test.

use super::KeyringFault;
use crate::checks::secrets::SecretError;
use crate::domain::secret::SecretSource;

#[cfg(not(feature = "keyring"))]
#[test]
fn without_the_feature_it_is_told_how_to_get_it() {
    let source = SecretSource::keyring("golive", "acme.key").unwrap();
    let error = crate::checks::secrets::read(&source).unwrap_err();
    assert_eq!(error, SecretError::Keyring(source, KeyringFault::NotBuilt));
    assert!(error.to_string().contains("--features keyring"), "{error}");
}

#[cfg(all(feature = "keyring", target_os = "linux"))]
mod service {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use keyring_core::api::CredentialStoreApi;
    use secrecy::ExposeSecret;

    use super::*;
    use crate::checks::secrets;

    /// Set for the second half of a test, which runs on a bus of its own.
    const INSIDE: &str = "GOLIVE_TEST_KEYRING";

    /// Runs a test of this module once more, in a session that has a bus, an unlocked keyring and an empty
    /// home. A process of its own, as a session is named by the environment.
    fn again(test: &str) {
        let home = tempfile::tempdir().unwrap();
        for program in ["dbus-run-session", "gnome-keyring-daemon", "secret-tool"] {
            let mut asked = Command::new(program);
            let found = asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            let why =
                "is missing: the Debian packages dbus, gnome-keyring and libsecret-tools (`make tools`)";
            found.unwrap_or_else(|e| panic!("{program} {why}: {e}"));
        }
        let script = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null && \
                      exec \"$0\" --exact \"$1\" --nocapture";
        let done = Command::new("dbus-run-session")
            .args(["--", "timeout", "120", "sh", "-c", script])
            .arg(std::env::current_exe().unwrap())
            .arg(format!("{}::{test}", module_path!().split_once("::").unwrap().1))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .env(INSIDE, test)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = [done.stdout, done.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).join("\n");
        assert!(done.status.success() && said.contains("1 passed"), "{said}");
    }

    fn inside() -> bool {
        std::env::var_os(INSIDE).is_some()
    }

    /// Has the desktop's own tool store a value.
    fn store(user: &str, more: &[&str], value: &[u8]) {
        let mut tool = Command::new("secret-tool")
            .args(["store", "--label=golive", "service", "golive", "username", user])
            .args(more)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        tool.stdin.take().unwrap().write_all(value).unwrap();
        assert!(tool.wait().unwrap().success());
    }

    /// Locks the keyring over the bus, as Debian's `secret-tool lock` crashes.
    fn lock() {
        let done = Command::new("dbus-send")
            .args(["--session", "--print-reply", "--dest=org.freedesktop.secrets"])
            .args(["/org/freedesktop/secrets", "org.freedesktop.Secret.Service.Lock"])
            .arg("array:objpath:/org/freedesktop/secrets/collection/login")
            .stdout(Stdio::null())
            .status();
        assert!(done.unwrap().success());
    }

    fn source(user: &str) -> SecretSource {
        SecretSource::keyring("golive", user).unwrap()
    }

    fn fault(user: &str) -> KeyringFault {
        let error = secrets::read(&source(user)).unwrap_err();
        let SecretError::Keyring(named, fault) = error else { panic!("{error}") };
        assert_eq!(named, source(user));
        fault
    }

    #[test]
    fn what_another_program_stored_is_read() {
        if !inside() {
            return again("what_another_program_stored_is_read");
        }
        store("acme.key", &[], b"sk_1\n");
        store("acme.other", &[], b"sk_2");
        assert_eq!(secrets::read(&source("acme.key")).unwrap().expose_secret(), "sk_1");
    }

    #[test]
    fn what_cannot_be_sent_is_refused_without_showing_it() {
        if !inside() {
            return again("what_cannot_be_sent_is_refused_without_showing_it");
        }
        store("empty", &[], b"\n");
        store("control", &[], b"hid\x1bden");
        // More than the desktop's tool takes.
        let long = zbus_secret_service_keyring_store::Store::new().unwrap().build("golive", "long", None);
        long.unwrap().set_secret(&vec![b'a'; secrets::MAX_SECRET + 1]).unwrap();
        assert_eq!(secrets::read(&source("empty")).unwrap_err(), SecretError::Empty(source("empty")));
        assert_eq!(secrets::read(&source("long")).unwrap_err(), SecretError::TooLong(source("long")));
        let error = secrets::read(&source("control")).unwrap_err();
        assert!(matches!(error, SecretError::NotText(_)));
        assert!(!format!("{error} {error:?}").contains("hid"));
    }

    #[test]
    fn no_entry_two_entries_and_a_locked_keyring_are_told_apart() {
        if !inside() {
            return again("no_entry_two_entries_and_a_locked_keyring_are_told_apart");
        }
        assert_eq!(fault("acme.key"), KeyringFault::NoEntry);
        store("twice", &["site", "a"], b"sk_1");
        store("twice", &["site", "b"], b"sk_2");
        assert_eq!(fault("twice"), KeyringFault::Ambiguous);
        let mut unnameable = String::from("acme");
        unnameable.push('\0');
        let source = SecretSource::Keyring { service: "golive".into(), user: unnameable };
        let refused = SecretError::Keyring(source.clone(), KeyringFault::NoEntry);
        assert_eq!(secrets::read(&source).unwrap_err(), refused);
        // Nobody is here to answer the question for its password.
        lock();
        assert_eq!(fault("twice"), KeyringFault::Locked);
    }
}
