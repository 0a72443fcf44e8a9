//! `golive verify`

use std::path::{Path, PathBuf};

use super::args::LogOrRelease;
use super::json::{ReleaseCheckJson, VerifyJson};
use super::out::{Out, Tone};
use super::session::Session;
use super::{Ending, files, words};
use crate::app::release::{MAX_RELEASE, ReleaseCheck, ReleaseFiles, ReleaseParts, verify_release};
use crate::clock::{Clock as _, SystemClock};
use crate::domain::head::Head;
use crate::domain::ids::{EngagementId, MemberName};
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};

/// `golive verify`
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// An engagement, or the file of a release
    #[arg(value_name = "ID|FILE")]
    pub target: LogOrRelease,
    /// A release that the engagement's log must pass through, as often as needed
    #[arg(long, value_name = "FILE")]
    pub against: Vec<PathBuf>,
}

/// The most bytes of a file beside a release that are read.
const MAX_BESIDE: usize = 1024 * 1024;

pub(super) async fn run(args: Arguments, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let id = match args.target {
        LogOrRelease::File(path) => return release(&path, out),
        LogOrRelease::Engagement(id) => id,
    };
    let mut released = Vec::new();
    for path in &args.against {
        match head_of(path, &id, out)? {
            Ok(head) => released.push(head),
            Err(ending) => return Ok(ending),
        }
    }
    let report = session.app().await?.verify_against(&id, &released).await?;
    // Files are looked at once the log that names them can be believed.
    let files = if report.whole() {
        let engagement = session.load(&id).await?;
        session.app().await?.evidence_faults(&engagement).await?
    } else {
        Vec::new()
    };
    let good = report.whole() && files.is_empty();
    let ending = if good { Ending::Done } else { Ending::Answered(Kind::Store) };
    if out.json() {
        out.value(&VerifyJson::new(&report).with_evidence(&files))?;
        return Ok(ending);
    }
    if report.whole() {
        let good = words::count(report.good, "event", "events");
        out.line(format!("{}: {good}, every one good", report.engagement));
        out.line(format!("  head {} {}", report.head.seq, report.head.hash));
        authors(&report.authors, out);
        for (path, head) in args.against.iter().zip(&released) {
            out.line(format!("  passes through event {}, where {} was made", head.seq, files::shown(path)));
        }
        for file in &files {
            let text = format!("evidence '{}' of {}: {}", file.name, file.item, file.fault);
            out.line(out.paint(Tone::Bad, SafeText::clipped(&text, 300)));
        }
        return Ok(ending);
    }
    let faults = words::count(report.faults.len(), "fault", "faults");
    let heading = format!("{}: {faults}; nothing of this log may be believed", report.engagement);
    out.line(out.paint(Tone::Bad, heading));
    for fault in &report.faults {
        let name = fault.name.as_ref().map_or_else(String::new, |n| format!(" of {n}"));
        let text = format!("event {}{name}: {}", fault.seq, fault.fault);
        out.line(format!("  {}", SafeText::clipped(&text, 300)));
    }
    Ok(ending)
}

/// The head that a release names, if it is a good release of this engagement; how to end, if it is not.
fn head_of(path: &Path, id: &EngagementId, out: &mut Out) -> Result<Result<Head, Ending>, Failure> {
    let check = check(path)?;
    if !check.whole() {
        return tell(path, &check, out).map(Err);
    }
    if check.engagement != *id {
        let other = format!("{} is a release of engagement '{}'", files::shown(path), check.engagement);
        return Err(Failure::new(Kind::Usage, other));
    }
    Ok(Ok(check.head))
}

/// Checks a release; needs no store, no configuration and no name.
pub(super) fn release(path: &Path, out: &mut Out) -> Result<Ending, Failure> {
    let check = check(path)?;
    tell(path, &check, out)
}

fn check(path: &Path) -> Result<ReleaseCheck, Failure> {
    let artefact = files::read(path, MAX_RELEASE + 1)?;
    let beside = |path: std::path::PathBuf| match path.symlink_metadata() {
        Ok(_) => files::read(&path, MAX_BESIDE).map(Some),
        Err(_) => Ok(None),
    };
    let signature = beside(ReleaseFiles::signature_path(path))?;
    let allowed_signers = beside(ReleaseFiles::allowed_signers_path(path))?;
    let parts = ReleaseParts {
        artefact: &artefact,
        signature: signature.as_deref(),
        allowed_signers: allowed_signers.as_deref(),
    };
    verify_release(&parts, SystemClock.now()).map_err(|e| {
        Failure::new(Kind::Usage, format!("{} is no release: {e}", files::shown(path)))
            .hint("golive release makes one; golive verify ID checks the log of an engagement")
    })
}

fn tell(path: &Path, check: &ReleaseCheck, out: &mut Out) -> Result<Ending, Failure> {
    let ending = if check.whole() { Ending::Done } else { Ending::Answered(Kind::NotReady) };
    if out.json() {
        out.value(&ReleaseCheckJson::new(check))?;
        return Ok(ending);
    }
    let shown = files::shown(path);
    if !check.whole() {
        let faults = words::count(check.faults.len(), "fault", "faults");
        out.line(out.paint(Tone::Bad, format!("{shown}: {faults}; this release may not be relied on")));
        for fault in &check.faults {
            out.line(format!("  {}", SafeText::clipped(&fault.to_string(), 300)));
        }
        return Ok(ending);
    }
    let safe = |text: &str| SafeText::clipped(text, 300);
    let role = check.role.as_ref().map_or_else(String::new, |r| format!(" as {r}"));
    out.line(format!("{shown}: a good release"));
    let (id, version, digest) = &check.runbook;
    out.line(format!(
        "  {} ({}), runbook {} {}",
        safe(&check.name),
        check.engagement,
        safe(id),
        safe(version)
    ));
    out.line(format!(
        "  {} decided by {}{} at {}",
        check.outcome,
        safe(&check.by),
        safe(&role),
        words::moment(check.at)
    ));
    if let Some(reason) = &check.reason {
        out.line(format!("  because: {}", safe(reason)));
    }
    out.line(format!("  signed with {}", safe(&check.key)));
    out.line(format!("  the log begins with {}", safe(&check.opened_by)));
    out.line(format!("  {}, every one good", words::count(check.good, "event", "events")));
    authors(&check.authors, out);
    out.line(format!("  head {} {}", check.head.seq, check.head.hash));
    out.line(format!("  runbook sha256 {}", safe(digest)));
    out.line("Whether these keys are those people's is for you to know: compare the fingerprints.");
    Ok(ending)
}

fn authors(authors: &std::collections::BTreeMap<MemberName, usize>, out: &mut Out) {
    for (name, count) in authors {
        let signed = words::count(*count, "event", "events");
        out.line(format!("  {} signed {signed}", SafeText::new(name.as_str())));
    }
}
