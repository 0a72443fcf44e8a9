//! `golive gate`

mod junit;

use super::args::Gate as Arguments;
use super::json::GateJson;
use super::out::{Out, Tone};
use super::session::Session;
use super::{Ending, emergencies, files, words};
use crate::app::{GateReport, GateStanding};
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};

pub(super) async fn run(args: Arguments, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let report = session.app().await?.gate(&args.engagement, args.stage.as_ref()).await?;
    if let Some(path) = &args.junit {
        std::fs::write(path, junit::report(&report)).map_err(|e| {
            Failure::new(Kind::Store, format!("{} cannot be written: {e}", files::shown(path)))
        })?;
    }
    if out.json() {
        out.value(&GateJson::new(&report))?;
    } else {
        tell(&report, out);
    }
    Ok(match report.standing {
        GateStanding::Open => Ending::Done,
        GateStanding::Shut | GateStanding::BreakGlass => Ending::Answered(Kind::NotReady),
        GateStanding::Unknown => Ending::Answered(Kind::Unknown),
    })
}

fn tell(report: &GateReport, out: &mut Out) {
    let engagement = &report.engagement;
    let gate = match &report.stage {
        Some(stage) => format!("the gate of {stage}"),
        None => "the last gate".to_owned(),
    };
    let (word, tone) = match report.standing {
        GateStanding::Open => ("open, and every check behind it is fresh", Tone::Good),
        GateStanding::Shut => ("shut", Tone::Bad),
        GateStanding::BreakGlass => ("NOT READY; opened by BREAK-GLASS", Tone::Bad),
        GateStanding::Unknown => {
            ("unknown: nothing holds it shut, but checks have no fresh pass", Tone::Waiting)
        }
    };
    out.line(format!("{}: {gate} is {}", engagement.id(), out.paint(tone, word)));
    emergencies::tell(engagement, report.at, out);
    for blocker in report.blockers.iter().chain(&report.not_fresh) {
        out.line(format!("  - {}", SafeText::new(&words::blocker(blocker, engagement))));
    }
    if report.standing == GateStanding::Unknown {
        out.line(format!("golive check {} asks them all again", engagement.id()));
    }
}
