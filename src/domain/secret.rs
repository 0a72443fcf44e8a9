//! Where a secret's value is. The value itself never becomes part of an event, a log or a screen.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::{EngagementId, SecretId};

/// Where the value of a secret is read from, at the last moment before it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretSource {
    /// An environment variable of the process that sends it.
    Env(String),
    /// A file that holds nothing else.
    File(String),
    /// A program that prints it, such as a password manager's, with its arguments. Run without a shell.
    Command(Vec<String>),
    /// An entry in the keyring of the system. Known to every golive, so that each reads every log, whether
    /// or not it was built to open the keyring.
    Keyring {
        /// What the entry is for.
        service: String,
        /// Whose it is.
        user: String,
    },
}

/// Why a source cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSource {
    /// Not the name of an environment variable.
    #[error("a variable's name has letters, digits and '_', and does not start with a digit")]
    Variable,
    /// Not a path that can be kept.
    #[error("a path has 1 to 1024 characters and no control characters")]
    Path,
    /// Not a command that can be kept.
    #[error("a command has 1 to 32 words of at most 1024 characters and no control characters")]
    Command,
    /// Not an entry that can be kept.
    #[error("a keyring's entry is SERVICE/USER, each of 1 to 256 characters and no control characters")]
    Keyring,
}

impl SecretSource {
    /// An environment variable, by name.
    pub fn env(name: &str) -> Result<Self, BadSource> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let good = name.bytes().next().is_some_and(|b| !b.is_ascii_digit())
            && name.len() <= 128
            && name.bytes().all(allowed);
        if good { Ok(Self::Env(name.to_owned())) } else { Err(BadSource::Variable) }
    }

    /// A file, by path.
    pub fn file(path: &str) -> Result<Self, BadSource> {
        let good = !path.is_empty() && path.chars().count() <= 1024 && !path.chars().any(char::is_control);
        if good { Ok(Self::File(path.to_owned())) } else { Err(BadSource::Path) }
    }

    /// A program and its arguments.
    pub fn command(argv: &[String]) -> Result<Self, BadSource> {
        let word = |w: &String| w.chars().count() <= 1024 && !w.chars().any(char::is_control);
        let good = (1..=32).contains(&argv.len()) && !argv[0].is_empty() && argv.iter().all(word);
        if good { Ok(Self::Command(argv.to_vec())) } else { Err(BadSource::Command) }
    }

    /// An entry in the keyring.
    pub fn keyring(service: &str, user: &str) -> Result<Self, BadSource> {
        let part = |t: &str| (1..=256).contains(&t.chars().count()) && !t.chars().any(char::is_control);
        let good = part(service) && part(user);
        let entry = || Self::Keyring { service: service.to_owned(), user: user.to_owned() };
        if good { Ok(entry()) } else { Err(BadSource::Keyring) }
    }

    /// An entry in the keyring as it is typed: `SERVICE/USER`. Only a service may have a `/` in it, as
    /// many are addresses.
    pub fn keyring_entry(typed: &str) -> Result<Self, BadSource> {
        let (service, user) = typed.rsplit_once('/').ok_or(BadSource::Keyring)?;
        Self::keyring(service, user)
    }

    /// The entry that belongs to one secret of one engagement, on every machine alike.
    pub fn keyring_of(engagement: &EngagementId, secret: &SecretId) -> Self {
        Self::Keyring { service: "golive".to_owned(), user: format!("{engagement}.{secret}") }
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::File(path) => write!(f, "file {path}"),
            Self::Command(argv) => write!(f, "command {}", argv.join(" ")),
            Self::Keyring { service, user } => write!(f, "keyring {service}/{user}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_and_paths_are_sources() {
        assert!(SecretSource::env("STAGE_KEY").is_ok());
        assert_eq!(SecretSource::env("1KEY"), Err(BadSource::Variable));
        assert_eq!(SecretSource::env("sk=live"), Err(BadSource::Variable));
        assert_eq!(SecretSource::env(""), Err(BadSource::Variable));
        assert_eq!(SecretSource::file("a\u{1b}"), Err(BadSource::Path));
        assert_eq!(SecretSource::command(&[]), Err(BadSource::Command));
        assert_eq!(SecretSource::command(&["a\u{1b}".into()]), Err(BadSource::Command));
        assert!(SecretSource::command(&["pass".into(), "show".into(), String::new()]).is_ok());
    }

    #[test]
    fn an_entry_of_the_keyring_has_a_service_and_a_user() {
        let typed = SecretSource::keyring_entry("https://api.example/ann").unwrap();
        assert_eq!(typed, SecretSource::keyring("https://api.example", "ann").unwrap());
        assert_eq!(typed.to_string(), "keyring https://api.example/ann");
        let long = "é".repeat(256);
        assert!(SecretSource::keyring(&long, &long).is_ok());
        for bad in ["golive", "/ann", "golive/", "a\u{1b}/ann", "a/b\n", &format!("a/{long}b")] {
            assert_eq!(SecretSource::keyring_entry(bad), Err(BadSource::Keyring), "{bad:?}");
        }
    }

    #[test]
    fn each_secret_of_an_engagement_has_its_own_entry() {
        let of = |engagement: &str, secret: &str| {
            let (engagement, secret) = (EngagementId::new(engagement), SecretId::new(secret));
            SecretSource::keyring_of(&engagement.unwrap(), &secret.unwrap())
        };
        assert_eq!(of("acme", "key"), SecretSource::keyring_entry("golive/acme.key").unwrap());
        assert_ne!(of("acme", "key"), of("acme", "other"));
    }
}
