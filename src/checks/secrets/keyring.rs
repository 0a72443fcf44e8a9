//! The keyring of the system as a source: the Secret Service, or the Keychain of macOS. Never the keys of
//! the kernel, which forget everything at a restart.

#[cfg(not(feature = "keyring"))]
pub(super) use closed::read;
#[cfg(feature = "keyring")]
pub(super) use open::read;

/// Why the keyring does not give a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyringFault {
    /// The feature `keyring` is off.
    #[error("this golive was built without the keyring; `cargo build --features keyring` builds one with it")]
    NotBuilt,
    /// Nothing serves it: no session bus, or no daemon on it.
    #[error("this session has no keyring, or it cannot be reached")]
    Unreachable,
    /// Nothing under this name.
    #[error("the keyring has no such entry")]
    NoEntry,
    /// Locked, and nobody unlocked it.
    #[error("the keyring is locked")]
    Locked,
    /// Which of them is meant, nobody can say.
    #[error("the keyring has more than one such entry")]
    Ambiguous,
    /// Earlier reads have no answer yet.
    #[error("the keyring has not answered earlier questions yet")]
    Busy,
    /// Anything else. What the keyring says of it is not told, as it may hold the value.
    #[error("the keyring could not read it")]
    Failed,
}

#[cfg(not(feature = "keyring"))]
mod closed {
    use zeroize::Zeroizing;

    use super::KeyringFault;
    use crate::checks::secrets::SecretError;
    use crate::domain::secret::SecretSource;

    /// Says that this golive cannot open a keyring.
    pub(in crate::checks::secrets) fn read(
        _service: &str,
        _user: &str,
        source: &SecretSource,
    ) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        Err(SecretError::Keyring(source.clone(), KeyringFault::NotBuilt))
    }
}

#[cfg(feature = "keyring")]
mod open {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{RecvTimeoutError, sync_channel};

    use keyring_core::Error;
    use keyring_core::api::CredentialStoreApi;
    use zeroize::Zeroizing;

    use super::KeyringFault;
    use crate::checks::secrets::{LONGEST_COMMAND, SecretError};
    use crate::domain::secret::SecretSource;

    /// How many reads may wait at once: a prompt that nobody answers must not gather threads.
    const MOST_AT_ONCE: usize = 8;

    static WAITING: AtomicUsize = AtomicUsize::new(0);

    /// One read that is under way.
    struct Turn;

    impl Turn {
        fn take() -> Option<Self> {
            let more = |n| (n < MOST_AT_ONCE).then_some(n + 1);
            WAITING.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok().map(|_| Self)
        }
    }

    impl Drop for Turn {
        fn drop(&mut self) {
            WAITING.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// Reads an entry. This blocks, for as long as a person may take to unlock the keyring.
    pub(in crate::checks::secrets) fn read(
        service: &str,
        user: &str,
        source: &SecretSource,
    ) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let failed = |fault| SecretError::Keyring(source.clone(), fault);
        // A log that others wrote may hold names that nobody could have typed.
        SecretSource::keyring(service, user).map_err(|_| failed(KeyringFault::NoEntry))?;
        let turn = Turn::take().ok_or_else(|| failed(KeyringFault::Busy))?;
        let (service, user) = (service.to_owned(), user.to_owned());
        let (send, receive) = sync_channel(1);
        // A thread of its own, as the keyring knows no deadline.
        std::thread::spawn(move || {
            let read = entry(&service, &user);
            drop(turn);
            let _ = send.send(read);
        });
        match receive.recv_timeout(LONGEST_COMMAND) {
            Ok(read) => read.map_err(failed),
            Err(RecvTimeoutError::Timeout) => Err(SecretError::TooSlow(source.clone())),
            Err(RecvTimeoutError::Disconnected) => Err(failed(KeyringFault::Failed)),
        }
    }

    /// A connection for each read: one that is kept would outlive a keyring that was started again.
    fn entry(service: &str, user: &str) -> Result<Zeroizing<Vec<u8>>, KeyringFault> {
        #[cfg(not(target_os = "macos"))]
        let store = zbus_secret_service_keyring_store::Store::new();
        #[cfg(target_os = "macos")]
        let store = apple_native_keyring_store::keychain::Store::new();
        let store = store.map_err(|_| KeyringFault::Unreachable)?;
        // As bytes: an error about text would hold the value.
        let read = store.build(service, user, None).and_then(|entry| entry.get_secret());
        read.map(Zeroizing::new).map_err(|e| fault(&e))
    }

    fn fault(error: &Error) -> KeyringFault {
        match error {
            Error::NoEntry => KeyringFault::NoEntry,
            Error::NoStorageAccess(_) => KeyringFault::Locked,
            Error::Ambiguous(_) => KeyringFault::Ambiguous,
            _ => KeyringFault::Failed,
        }
    }
}

#[cfg(test)]
mod tests;
