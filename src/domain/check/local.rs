//! Checks that look at this machine and not at an API: files, leaked keys, a program's verdict.

use std::time::Duration;

use crate::domain::expression::{Expression, Template};
use crate::domain::pattern::Pattern;

/// A result that a tool left in a file, such as the summary of a load test. Conditions see `data`,
/// `size` (bytes), `fields` and `decisions`.
#[derive(Debug, Clone)]
pub struct FileCheck {
    /// The file.
    pub path: Template,
    /// How it is written; told by the file's extension when the author did not say.
    pub format: Option<FileFormat>,
    /// An older result says nothing any more.
    pub max_age: Option<Duration>,
    /// All must hold for a pass.
    pub expect: Vec<Expression>,
}

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileFormat {
    /// JSON
    Json,
    /// TOML
    Toml,
}

impl FileFormat {
    /// The format that the name of a file tells.
    pub fn of(path: &str) -> Option<Self> {
        let (_, extension) = path.trim().rsplit_once('.')?;
        [Self::Json, Self::Toml].into_iter().find(|format| extension.eq_ignore_ascii_case(format.word()))
    }

    /// The word of the runbook format, which is also the usual extension.
    pub fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Toml => "toml",
        }
    }
}

/// The certificate that a server shows.
#[derive(Debug, Clone)]
pub struct TlsCheck {
    /// A host, `host:port` or an https address.
    pub host: Template,
    /// Fewer days left than this fail; fewer than twice as many are warned of.
    pub days_left: u32,
    /// A PEM file with further roots to trust.
    pub ca: Option<Template>,
}

/// Keys, test-mode ids and card numbers where there must be none.
#[derive(Debug, Clone)]
pub struct ScanCheck {
    /// Files and folders.
    pub paths: Vec<Template>,
    /// A page that is scanned with its scripts, those of other hosts included.
    pub site: Option<Template>,
    /// What is looked for.
    pub find: Vec<ScanKind>,
    /// What the author looks for besides.
    pub patterns: Vec<NamedPattern>,
    /// Globs of what is left out: files relative to each folder, and scripts of other sites than the page's by
    /// host and path.
    pub skip: Vec<String>,
}

/// What a scan looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScanKind {
    /// Secret keys, of live mode or test mode.
    Keys,
    /// What belongs to test mode: its keys, ids and hosts.
    TestMode,
    /// Card numbers.
    Cards,
}

impl ScanKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Keys, Self::TestMode, Self::Cards];

    /// The word of the runbook format.
    pub fn word(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::TestMode => "test-mode",
            Self::Cards => "cards",
        }
    }
}

/// A pattern and what its matches are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPattern {
    /// The kind that a finding names.
    pub name: String,
    /// Must not be found.
    pub pattern: Pattern,
}

/// A program whose verdict counts. Conditions see `exit`, `stdout`, `stderr`, `json` when standard output
/// is JSON, `fields` and `decisions`.
#[derive(Debug, Clone)]
pub struct CommandCheck {
    /// The program, which no field can change.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<Template>,
    /// Further variables of its environment.
    pub env: Vec<(String, Template)>,
    /// All must hold for a pass.
    pub expect: Vec<Expression>,
}
