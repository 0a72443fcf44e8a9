//! `config.toml`.
//!
//! Read as a runbook is: every fault in one pass, with its place. What the screen alone understands is handed
//! to it unread, so that its faults are told in the same breath.

use std::fmt;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::SetupError;
use crate::app::notify::{self, Notify};
use crate::domain::ids::MemberName;
use crate::domain::text::SafeText;
use crate::identity::{KeyChoice, Named};
use crate::runbook::Faults;
use crate::runbook::fault::{Draft, Gathering, Span};
use crate::runbook::read::{Count, Node, Read, Text, entries, shape, spot};

/// The most bytes of a configuration that are read.
const MAX_BYTES: u64 = 64 * 1024;
/// The longest path or name of a key, in bytes.
const MAX_PATH: usize = 4096;

/// What the user has set. Every key may be left out.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// What the user is called in engagements.
    pub name: Option<MemberName>,
    /// Which key signs for the user.
    pub identity: Identity,
    /// The store: a path, or `sqlite:PATH`.
    pub store: Option<String>,
    /// The largest file that is kept as evidence, in MiB.
    pub evidence_max_mib: Option<NonZeroU16>,
    /// What is told when nobody looks, and how.
    pub notify: Notify,
}

/// `[identity]`: who the user is, and which key signs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// What the user is called in engagements; wins over `name` at the top.
    pub name: Option<MemberName>,
    /// The key.
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

/// The parts of a configuration that only a screen understands.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScreenParts<'a> {
    /// `[theme]`, or its name alone.
    pub theme: Option<&'a Node<'a>>,
    /// `glyphs`
    pub glyphs: Option<&'a Node<'a>>,
    /// `[keys]`
    pub keys: Option<&'a Node<'a>>,
    /// `[clipboard]`
    pub clipboard: Option<&'a Node<'a>>,
}

/// Reads those parts.
pub(crate) type ReadScreen<'r> = &'r mut dyn for<'a> FnMut(&ScreenParts<'a>, &mut Gathering<'_>);

shape! {
    /// The whole file.
    struct RawConfig {
        "name" => name: Text<'a>,
        "identity" => identity: RawIdentity<'a>,
        "store" => store: Text<'a>,
        "evidence_max_mib" => evidence_max_mib: Count,
        "theme" => theme: &'a Node<'a>,
        "glyphs" => glyphs: &'a Node<'a>,
        "keys" => keys: &'a Node<'a>,
        "clipboard" => clipboard: &'a Node<'a>,
        "notify" => notify: notify::RawNotify<'a>,
    }
}

shape! {
    /// `[identity]`
    struct RawIdentity {
        "name" => name: Text<'a>,
        "key" => key: KeyText,
    }
}

impl<'a> Read<'a> for KeyText {
    fn read(node: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<Self> {
        let wrong = |at: Span, out: &mut Gathering<'_>| {
            let message = "a key is \"own\", { file = \"PATH\" } or { agent = \"FINGERPRINT\" }";
            out.push(Draft::error(at, message));
            None
        };
        let table = match node.get_ref() {
            DeValue::String(text) if text == "own" => return Some(Self::Own),
            DeValue::Table(table) => table,
            _ => return wrong(spot(node), out),
        };
        let mut pairs = table.iter();
        let (Some((kind, value)), None) = (pairs.next(), pairs.next()) else {
            return wrong(spot(node), out);
        };
        let text = match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() && text.len() <= MAX_PATH => text.to_string(),
            _ => return wrong(spot(value), out),
        };
        match kind.get_ref().as_ref() {
            "file" => Some(Self::File(text)),
            "agent" => Some(Self::Agent(text)),
            _ => wrong(kind.span().into(), out),
        }
    }
}

impl KeyText {
    /// Which key that is, seen from the folder of the configuration.
    pub(super) fn choice(&self, folder: &Path, home: Option<&Path>) -> KeyChoice {
        match self {
            Self::Own => KeyChoice::Own,
            Self::File(text) => KeyChoice::File(beginning_at(text, folder, home)),
            Self::Agent(text) if text.starts_with("SHA256:") => {
                KeyChoice::Agent(Named::Fingerprint(text.clone()))
            }
            Self::Agent(text) => {
                let path = beginning_at(text, folder, home);
                let is_path = text.starts_with(['~', '/', '.']) || path.is_file();
                KeyChoice::Agent(if is_path { Named::PublicFile(path) } else { Named::Comment(text.clone()) })
            }
        }
    }
}

fn beginning_at(text: &str, folder: &Path, home: Option<&Path>) -> PathBuf {
    match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => folder.join(text),
    }
}

/// All that is wrong with a configuration; drawn under the lines it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFaults {
    /// What is wrong, and where.
    pub faults: Faults,
    /// The file's bytes.
    source: Vec<u8>,
}

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.faults.0.len();
        let faults = if count == 1 { "a fault".to_owned() } else { format!("{count} faults") };
        write!(f, "the configuration has {faults}\n{}", self.faults.render(&self.source))
    }
}

impl std::error::Error for ConfigFaults {}

/// Reads the configuration. Only one that nobody asked for by name may be missing.
pub(super) fn read(path: &Path, must_be_there: bool, screen: ReadScreen<'_>) -> Result<Config, SetupError> {
    let name = path.to_string_lossy();
    let unreadable =
        |source| SetupError::Unreadable { file: SafeText::clipped(&path.to_string_lossy(), 300), source };
    let bytes = match std::fs::metadata(path) {
        Ok(found) if !found.is_file() || found.len() > MAX_BYTES => {
            return Err(unreadable(std::io::Error::other("not a small regular file")));
        }
        Ok(_) => std::fs::read(path).map_err(unreadable)?,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && !must_be_there => Vec::new(),
        Err(e) => return Err(unreadable(e)),
    };
    parse(&name, &bytes, screen)
        .map_err(|faults| SetupError::Config(Box::new(ConfigFaults { faults, source: bytes })))
}

fn parse(name: &str, bytes: &[u8], screen: ReadScreen<'_>) -> Result<Config, Faults> {
    let mut out = Gathering::new(name, bytes);
    let config = whole(bytes, screen, &mut out);
    let failed = out.failed();
    let faults = out.finish();
    match config {
        Some(config) if !failed => Ok(config),
        Some(_) | None => Err(Faults(faults)),
    }
}

fn whole(bytes: &[u8], screen: ReadScreen<'_>, out: &mut Gathering<'_>) -> Option<Config> {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let start = error.valid_up_to();
            let end = start + error.error_len().unwrap_or(1);
            out.push(Draft::error(Span::new(start, end), "this is not UTF-8 text"));
            return None;
        }
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        // Only the parser's message: its Display draws the line as it is, control characters and all.
        let at = error.span().map(Span::from).unwrap_or_default();
        out.push(Draft::error(at, format!("this is no TOML: {}", error.message())));
    }
    if !errors.is_empty() {
        return None;
    }
    let start = Span::new(0, text.find('\n').unwrap_or(text.len()));
    let raw: RawConfig<'_> = entries(table.get_ref(), start, out);
    screen(
        &ScreenParts { theme: raw.theme, glyphs: raw.glyphs, keys: raw.keys, clipboard: raw.clipboard },
        out,
    );
    let identity = raw.identity.unwrap_or_default();
    Some(Config {
        name: raw.name.and_then(|name| member(name, out)),
        identity: Identity {
            name: identity.name.and_then(|name| member(name, out)),
            key: identity.key.unwrap_or_default(),
        },
        store: raw.store.map(|store| store.text.to_owned()),
        evidence_max_mib: raw.evidence_max_mib.and_then(|mib| mebibytes(mib, out)),
        notify: raw.notify.map(|raw| raw.resolve(out)).unwrap_or_default(),
    })
}

fn member(name: Text<'_>, out: &mut Gathering<'_>) -> Option<MemberName> {
    MemberName::new(name.text).map_err(|why| out.push(Draft::error(name.at, why.to_string()))).ok()
}

fn mebibytes(count: Count, out: &mut Gathering<'_>) -> Option<NonZeroU16> {
    let mib = u16::try_from(count.count).ok().and_then(NonZeroU16::new);
    if mib.is_none() {
        out.push(Draft::error(count.at, format!("a size in MiB is 1 to {}", u16::MAX)));
    }
    mib
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Config, Faults> {
        parse("config.toml", text.as_bytes(), &mut |_, _| {})
    }

    fn faults(text: &str) -> Vec<(usize, usize, String, String)> {
        let faults = parsed(text).unwrap_err().0;
        faults.into_iter().map(|f| (f.at.line, f.at.column, f.words, f.message)).collect()
    }

    #[test]
    fn every_fault_is_named_with_its_place_in_one_pass() {
        let all = faults("nmae = 'x'\nevidence_max_mib = 0\n  store = 3\nname = ''\n");
        let places: Vec<_> =
            all.iter().map(|(line, column, words, _)| (*line, *column, words.as_str())).collect();
        assert_eq!(places, [(1, 1, "nmae"), (2, 20, "0"), (3, 11, "3"), (4, 8, "''")]);
        let faults = parsed("nmae = 'x'").unwrap_err();
        assert_eq!(faults.0[0].hint.as_deref(), Some("did you mean 'name'?"));
    }

    #[test]
    fn what_the_screen_finds_is_told_with_the_rest() {
        let faults = parse("c", b"nmae = 'x'\n[keys]\n", &mut |parts, out| {
            out.push(Draft::error(spot(parts.keys.unwrap()), "no"));
        });
        let lines: Vec<usize> = faults.unwrap_err().0.iter().map(|f| f.at.line).collect();
        assert_eq!(lines, [1, 2]);
    }

    #[test]
    fn a_key_is_own_in_a_file_or_in_the_agent() {
        let key = |text: &str| {
            let config = parsed(&format!("[identity]\nkey = {text}\n")).unwrap();
            config.identity.key.choice(Path::new("/etc/golive"), Some(Path::new("/home/dana")))
        };
        assert_eq!(key("'own'"), KeyChoice::Own);
        assert_eq!(parsed("").unwrap().identity.key, KeyText::Own);
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
            let faults = faults(&format!("[identity]\nkey = {text}\n"));
            assert_eq!((faults.len(), faults[0].0), (1, 2), "{text}: {faults:?}");
            assert!(faults[0].3.contains("{ file = \"PATH\" }"), "{faults:?}");
        }
        assert_eq!(faults("[identity]\nkey = 'mine'\n")[0].2, "'mine'");
        assert!(parsed("[identity]\nkye = 'own'\n").is_err());
    }

    #[test]
    fn hostile_words_are_shown_not_sent() {
        let source = b"name = 'a' \x1b[2J\n".to_vec();
        let faults = parse("c\u{1b}", &source, &mut |_, _| {}).unwrap_err();
        let said = ConfigFaults { faults, source }.to_string();
        assert!(!said.contains('\u{1b}'), "{said}");
        assert!(parse("c", b"\xff", &mut |_, _| {}).is_err());
    }

    #[test]
    fn a_broken_file_is_told_and_not_read_in_part() {
        let faults = faults("name = 'Dana\nstore = \n");
        assert!(faults.iter().all(|f| f.3.starts_with("this is no TOML")), "{faults:?}");
    }
}
