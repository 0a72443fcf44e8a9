//! Which key signs.

use std::fmt;
use std::path::PathBuf;

use crate::domain::text::SafeText;

/// Which key signs, as the configuration says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum KeyChoice {
    /// A key of golive's own, made at first use.
    #[default]
    Own,
    /// The person's own key file.
    File(PathBuf),
    /// A key that ssh-agent holds.
    Agent(Named),
}

/// How a key in ssh-agent is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// By its fingerprint, `SHA256:…`.
    Fingerprint(String),
    /// By the comment that `ssh-add -l` shows.
    Comment(String),
    /// By the file with its public half.
    PublicFile(PathBuf),
}

impl fmt::Display for KeyChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("golive's own key"),
            Self::File(path) => {
                write!(f, "key file {}", SafeText::clipped(&path.to_string_lossy(), 300))
            }
            Self::Agent(named) => write!(f, "ssh-agent, {named}"),
        }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fingerprint(text) => write!(f, "key {}", SafeText::clipped(text, 100)),
            Self::Comment(text) => write!(f, "key '{}'", SafeText::clipped(text, 100)),
            Self::PublicFile(path) => {
                write!(f, "key of {}", SafeText::clipped(&path.to_string_lossy(), 300))
            }
        }
    }
}
