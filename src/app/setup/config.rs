//! `config.toml`.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::SetupError;
use crate::domain::ids::MemberName;
use crate::domain::text::SafeText;
use crate::identity::{KeyChoice, Named};

/// The most bytes of a configuration that are read.
const MAX_BYTES: u64 = 64 * 1024;
/// The longest path or name of a key, in bytes.
const MAX_PATH: usize = 4096;

/// What the user has set. Every key may be left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What the user is called in engagements.
    pub name: Option<MemberName>,
    /// Which key signs for the user.
    #[serde(default)]
    pub identity: Identity,
    /// The store: a path, or `sqlite:PATH`.
    pub store: Option<String>,
    /// The largest file that is kept as evidence, in MiB.
    pub evidence_max_mib: Option<std::num::NonZeroU16>,
    /// The colours of the screen.
    #[serde(default)]
    pub theme: Theme,
    /// Whether the screen keeps to ASCII characters.
    #[serde(default)]
    pub ascii: bool,
}

/// `[identity]`: who the user is, and which key signs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// What the user is called in engagements; wins over `name` at the top.
    pub name: Option<MemberName>,
    /// The key.
    #[serde(default)]
    pub key: KeyText,
}

/// A key as it is written: `"own"`, `{ file = "…" }` or `{ agent = "…" }`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum KeyText {
    /// golive's own.
    #[default]
    Own,
    /// A key file; `~/` is the home folder, other relative paths start at the configuration.
    File(String),
    /// A key in ssh-agent: fingerprint, comment, or the file of its public half.
    Agent(String),
}

impl<'de> Deserialize<'de> for KeyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // An untagged enum would only say that nothing matched.
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = KeyText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"own\", { file = \"PATH\" } or { agent = \"FINGERPRINT\" }")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<KeyText, E> {
                if text == "own" {
                    Ok(KeyText::Own)
                } else {
                    Err(E::invalid_value(Unexpected::Other("another word"), &self))
                }
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<KeyText, A::Error> {
                let mut one = None;
                while let Some(key) = map.next_key::<Kind>()? {
                    let text: String = map.next_value()?;
                    if one.is_some() || text.trim().is_empty() || text.len() > MAX_PATH {
                        return Err(de::Error::invalid_value(Unexpected::Map, &self));
                    }
                    one = Some(match key {
                        Kind::File => KeyText::File(text),
                        Kind::Agent => KeyText::Agent(text),
                    });
                }
                one.ok_or_else(|| de::Error::invalid_value(Unexpected::Map, &self))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// Where a key is.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    File,
    Agent,
}

impl KeyText {
    /// Which key that is, seen from the folder of the configuration.
    pub(super) fn choice(&self, folder: &Path, home: Option<&Path>) -> KeyChoice {
        match self {
            Self::Own => KeyChoice::Own,
            Self::File(text) => KeyChoice::File(place(text, folder, home)),
            Self::Agent(text) if text.starts_with("SHA256:") => {
                KeyChoice::Agent(Named::Fingerprint(text.clone()))
            }
            Self::Agent(text) => {
                let path = place(text, folder, home);
                let is_path = text.starts_with(['~', '/', '.']) || path.is_file();
                KeyChoice::Agent(if is_path { Named::PublicFile(path) } else { Named::Comment(text.clone()) })
            }
        }
    }
}

fn place(text: &str, folder: &Path, home: Option<&Path>) -> PathBuf {
    match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => folder.join(text),
    }
}

/// The colours of the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// For dark terminals.
    #[default]
    Dark,
    /// No colours at all.
    None,
}

/// What is wrong with a configuration, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    /// The file.
    pub file: SafeText,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The words at fault, cut and safe to show.
    pub words: SafeText,
    /// What is wrong.
    pub message: SafeText,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, words, message } = self;
        write!(f, "{file}:{line}:{column}: {message}")?;
        if words.as_str().is_empty() { Ok(()) } else { write!(f, ": {words}") }
    }
}

impl std::error::Error for ConfigFault {}

/// Reads the configuration. Only one that nobody asked for by name may be missing.
pub(super) fn read(path: &Path, must_be_there: bool) -> Result<Config, SetupError> {
    let file = SafeText::clipped(&path.to_string_lossy(), 300);
    let unreadable = |source| SetupError::Unreadable { file: file.clone(), source };
    let text = match std::fs::metadata(path) {
        Ok(found) if !found.is_file() || found.len() > MAX_BYTES => {
            return Err(unreadable(std::io::Error::other("not a small regular file")));
        }
        Ok(_) => std::fs::read_to_string(path).map_err(unreadable)?,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && !must_be_there => return Ok(Config::default()),
        Err(e) => return Err(unreadable(e)),
    };
    parse(&text).map_err(|fault| SetupError::Config(Box::new(ConfigFault { file, ..fault })))
}

fn parse(text: &str) -> Result<Config, ConfigFault> {
    toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let before = text.get(..span.start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        let words = text.get(span).and_then(|w| w.lines().next()).unwrap_or_default();
        ConfigFault {
            file: SafeText::default(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            words: SafeText::clipped(words, 60),
            message: SafeText::clipped(error.message(), 300),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_named_with_its_place() {
        let fault = parse("name = 'Dana'\n  nmae = 'x'\n").unwrap_err();
        assert_eq!((fault.line, fault.column, fault.words.as_str()), (2, 3, "nmae"));
        assert!(fault.message.as_str().contains("unknown field"), "{fault}");
    }

    #[test]
    fn a_key_is_own_in_a_file_or_in_the_agent() {
        let key = |text: &str| {
            let config = parse(&format!("[identity]\nkey = {text}\n")).unwrap();
            config.identity.key.choice(Path::new("/etc/golive"), Some(Path::new("/home/dana")))
        };
        assert_eq!(key("'own'"), KeyChoice::Own);
        assert_eq!(parse("").unwrap().identity.key, KeyText::Own);
        assert_eq!(key("{ file = '~/.ssh/k' }"), KeyChoice::File("/home/dana/.ssh/k".into()));
        assert_eq!(key("{ file = 'k' }"), KeyChoice::File("/etc/golive/k".into()));
        let agent = |named| KeyChoice::Agent(named);
        assert_eq!(key("{ agent = 'SHA256:x' }"), agent(Named::Fingerprint("SHA256:x".to_owned())));
        assert_eq!(key("{ agent = '~/k.pub' }"), agent(Named::PublicFile("/home/dana/k.pub".into())));
        assert_eq!(key("{ agent = 'dana@laptop' }"), agent(Named::Comment("dana@laptop".to_owned())));
    }

    #[test]
    fn a_key_that_is_none_of_these_is_named_with_its_place() {
        for text in ["'mine'", "{}", "{ file = '' }", "{ file = 'a', agent = 'b' }", "{ fiel = 'a' }", "3"] {
            let fault = parse(&format!("[identity]\nkey = {text}\n")).unwrap_err();
            assert_eq!(fault.line, 2, "{text}: {fault}");
        }
        let fault = parse("[identity]\nkey = 'mine'\n").unwrap_err();
        assert_eq!(fault.words.as_str(), "'mine'");
        assert!(fault.message.as_str().contains("{ file = \"PATH\" }"), "{fault}");
        assert!(parse("[identity]\nkye = 'own'\n").is_err());
    }

    #[test]
    fn hostile_words_are_shown_not_sent() {
        let fault = parse("name = 'a' \u{1b}[2J\n").unwrap_err();
        assert!(!fault.to_string().contains('\u{1b}'), "{fault}");
        assert!(parse("name = ''").is_err());
        assert!(parse("theme = 'pink'").is_err());
    }
}
