//! What a signature is for.

use std::fmt;

/// What a signature is for: its SSHSIG namespace. A signature made for one purpose is worth nothing for
/// another, and nothing signed here can pass for a signed commit or a login, nor the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// An event of the log.
    Event,
    /// A release: the artefact of a decision to go live or not.
    Release,
}

impl Purpose {
    /// All purposes, in the order in which `allowed_signers` lists them.
    pub const ALL: [Self; 2] = [Self::Event, Self::Release];

    /// The namespace, as `ssh-keygen -Y verify -n` takes it. Written into every signature: never renamed.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Event => "golive",
            Self::Release => "golive-release",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.namespace())
    }
}
