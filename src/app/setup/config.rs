//! `config.toml`.

use std::fmt;
use std::path::Path;

use serde::Deserialize;

use super::SetupError;
use crate::domain::ids::MemberName;
use crate::domain::text::SafeText;

/// The most bytes of a configuration that are read.
const MAX_BYTES: u64 = 64 * 1024;

/// What the user has set. Every key may be left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What the user is called in engagements.
    pub name: Option<MemberName>,
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
    fn hostile_words_are_shown_not_sent() {
        let fault = parse("name = 'a' \u{1b}[2J\n").unwrap_err();
        assert!(!fault.to_string().contains('\u{1b}'), "{fault}");
        assert!(parse("name = ''").is_err());
        assert!(parse("theme = 'pink'").is_err());
    }
}
