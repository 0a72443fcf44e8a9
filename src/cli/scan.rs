//! `golive scan`

use std::path::PathBuf;

use serde::Serialize;

use super::Ending;
use super::out::{Out, Tone};
use crate::checks::scan::detect::Detector;
use crate::checks::scan::stream::{Place, Stop};
use crate::checks::scan::sweep::{Finding, Sweep};
use crate::checks::scan::{globs, walk};
use crate::domain::check::ScanKind;
use crate::error::{Failure, Kind};

/// `golive scan`
#[derive(Debug, clap::Args)]
pub struct Scan {
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What to look for; everything when not given
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub find: Vec<ScanFor>,
    /// What to leave out of a folder, such as 'fixtures/**'
    #[arg(long, value_name = "GLOB")]
    pub skip: Vec<String>,
}

/// What a scan looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ScanFor {
    /// Secret keys
    Keys,
    /// Keys, ids and hosts of test mode
    TestMode,
    /// Card numbers
    Cards,
}

pub(super) fn run(args: &Scan, out: &mut Out) -> Result<Ending, Failure> {
    let usage = |e: &dyn std::fmt::Display| Failure::new(Kind::Usage, e.to_string());
    let skip = globs(&args.skip).map_err(|e| usage(&e).hint("such as 'fixtures/**' or '*.snap'"))?;
    let find: Vec<ScanKind> = if args.find.is_empty() {
        ScanKind::ALL.to_vec()
    } else {
        args.find.iter().map(|kind| ScanKind::from(*kind)).collect()
    };
    let detector = Detector::new(&find, &[]).map_err(|e| usage(&e))?;
    let paths: Vec<String> = args.paths.iter().map(|p| p.to_string_lossy().into_owned()).collect();
    let sweep = walk::sweep(&paths, &skip, &detector, &Stop::default());
    if out.json() {
        out.value(&SweepJson::from(&sweep))?;
    } else {
        tell(&sweep, out);
    }
    Ok(ending(&sweep))
}

impl From<ScanFor> for ScanKind {
    fn from(word: ScanFor) -> Self {
        match word {
            ScanFor::Keys => Self::Keys,
            ScanFor::TestMode => Self::TestMode,
            ScanFor::Cards => Self::Cards,
        }
    }
}

fn ending(sweep: &Sweep) -> Ending {
    if !sweep.findings.is_empty() {
        Ending::Answered(Kind::NotReady)
    } else if sweep.files == 0 || !sweep.unread.is_empty() || sweep.stopped {
        Ending::Answered(Kind::Unknown)
    } else {
        Ending::Done
    }
}

fn tell(sweep: &Sweep, out: &mut Out) {
    for finding in &sweep.findings {
        let label = out.paint(Tone::Bad, &finding.label);
        out.line(format!("{finding}  {label}"));
    }
    for unread in &sweep.unread {
        let why = out.paint(Tone::Waiting, &unread.why);
        out.line(format!("{}  {why}", unread.source));
    }
    if sweep.more_unread > 0 {
        out.line(format!("and {} more that could not be looked at", sweep.more_unread));
    }
    let looked = sweep.looked_at();
    out.line(match sweep.findings.len() as u64 + sweep.more {
        0 if sweep.files == 0 => "no file was looked at".to_owned(),
        0 => format!("nothing found in {looked}"),
        _ if sweep.more > 0 => {
            format!(
                "{} found in {looked}, the first {} named",
                sweep.findings.len() as u64 + sweep.more,
                sweep.findings.len()
            )
        }
        found => format!("{found} found in {looked}"),
    });
}

/// A scan for programs.
#[derive(Serialize)]
struct SweepJson<'a> {
    findings: Vec<FindingJson<'a>>,
    more: u64,
    unread: Vec<UnreadJson<'a>>,
    more_unread: u64,
    files: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    byte: Option<u64>,
    kind: &'a str,
}

#[derive(Serialize)]
struct UnreadJson<'a> {
    path: &'a str,
    why: &'a str,
}

impl<'a> From<&'a Sweep> for SweepJson<'a> {
    fn from(sweep: &'a Sweep) -> Self {
        let finding = |finding: &'a Finding| {
            let (line, column, byte) = match finding.place {
                Place::Text { line, column } => (Some(line), Some(column), None),
                Place::Binary(byte) => (None, None, Some(byte)),
            };
            FindingJson { path: finding.source.as_str(), line, column, byte, kind: &finding.label }
        };
        let unread = sweep.unread.iter().map(|u| UnreadJson { path: u.source.as_str(), why: &u.why });
        Self {
            findings: sweep.findings.iter().map(finding).collect(),
            more: sweep.more,
            unread: unread.collect(),
            more_unread: sweep.more_unread,
            files: sweep.files,
            bytes: sweep.bytes,
        }
    }
}
