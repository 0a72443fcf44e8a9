//! `golive verify`

use super::args::One;
use super::json::VerifyJson;
use super::out::{Out, Tone};
use super::session::Session;
use super::{Ending, words};
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};

pub(super) async fn run(args: One, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let report = session.app().await?.verify(&args.engagement).await?;
    // Files are looked at once the log that names them can be believed.
    let files = if report.whole() {
        let engagement = session.load(&args.engagement).await?;
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
        for (name, count) in &report.authors {
            let signed = words::count(*count, "event", "events");
            out.line(format!("  {} signed {signed}", SafeText::new(name.as_str())));
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
