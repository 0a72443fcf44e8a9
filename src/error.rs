//! What a failed run says and how it exits: the one error type at the edge of the program.
//!
//! Inside the library each layer has its own `thiserror` type. At the edge each becomes a [`Failure`]:
//! a kind that decides the exit code, what went wrong, and hints on what to do about it.

use std::error::Error;
use std::fmt;

/// Why a run failed; decides the exit code (DESIGN section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Not ready, or a check failed: 1.
    NotReady,
    /// Wrong usage or a bad file: 2.
    Usage,
    /// Unknown or stale: 3.
    Unknown,
    /// Refused by a gate or for want of a role: 4.
    Refused,
    /// The store, a file or the network: 5.
    Store,
}

impl Kind {
    /// The exit code of the process.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::NotReady => 1,
            Self::Usage => 2,
            Self::Unknown => 3,
            Self::Refused => 4,
            Self::Store => 5,
        }
    }
}

/// A failed run.
#[derive(Debug)]
pub struct Failure {
    /// Decides the exit code.
    pub kind: Kind,
    /// What went wrong, with its causes.
    pub source: Box<dyn Error + Send + Sync>,
    /// What to do about it, one sentence each.
    pub hints: Vec<String>,
}

impl Failure {
    /// A failure of a kind.
    pub fn new(kind: Kind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, source: source.into(), hints: Vec::new() }
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source)?;
        let mut cause = self.source.source();
        while let Some(inner) = cause {
            write!(f, ": {inner}")?;
            cause = inner.source();
        }
        Ok(())
    }
}

impl Error for Failure {}
