//! Where the passphrase of a key file comes from.

use std::io;
use std::path::Path;

use zeroize::Zeroizing;

/// Whoever can be asked for the passphrase of a key file. Waits for a person: not for async code.
pub trait AskPassphrase: Send + Sync {
    /// Asks once. `again` says that the one given before was wrong.
    fn ask(&self, key: &Path, again: bool) -> Result<Zeroizing<String>, NoPassphrase>;
}

/// Why there is no passphrase.
#[derive(Debug, thiserror::Error)]
pub enum NoPassphrase {
    /// Nobody can be asked.
    #[error("there is no terminal to ask for it")]
    NoTerminal,
    /// The person would not say.
    #[error("it was not given")]
    NotGiven,
    /// Wrong as often as it was asked for.
    #[error("it was wrong {0} times")]
    Wrong(usize),
    /// The terminal failed.
    #[error("the terminal cannot be read")]
    Terminal(#[source] io::Error),
}

/// Asks nobody: for processes without a person.
#[derive(Debug, Clone, Copy, Default)]
pub struct NobodyToAsk;

impl AskPassphrase for NobodyToAsk {
    fn ask(&self, _: &Path, _: bool) -> Result<Zeroizing<String>, NoPassphrase> {
        Err(NoPassphrase::NoTerminal)
    }
}
