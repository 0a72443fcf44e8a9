//! `golive gate`

mod junit;

use std::path::PathBuf;

use super::files::{self, Replace};
use super::json::GateJson;
use super::out::{Out, Tone};
use super::session::Session;
use super::{Ending, emergencies, withheld, words};
use crate::app::{App, GateReport, GateStanding};
use crate::domain::ids::{EngagementId, StageId};
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};

/// `golive gate`
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The stage whose gate is meant; the last gate, which leads to live traffic, when none is named
    #[arg(long)]
    pub stage: Option<StageId>,
    /// Run the checks that have no fresh pass first
    #[arg(long)]
    pub run: bool,
    /// Where to write a report for a pipeline, too.
    #[arg(long, value_name = "FILE", help = "Also write a JUnit report")]
    pub junit: Option<PathBuf>,
}

pub(super) async fn run(args: Arguments, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let app = session.app().await?;
    let mut report = app.gate(&args.engagement, args.stage.as_ref()).await?;
    if args.run && refresh(app, &report).await? {
        report = app.gate(&args.engagement, args.stage.as_ref()).await?;
    }
    if let Some(path) = &args.junit {
        files::write_document(path, &junit::report(&report), Replace::Asked)?;
    }
    if out.json() {
        out.value(&GateJson::new(&report))?;
    } else {
        tell(&report, out);
    }
    if report.standing != GateStanding::Open {
        withheld::remind(app, &report.engagement);
    }
    Ok(match report.standing {
        GateStanding::Open => Ending::Done,
        GateStanding::Shut | GateStanding::BreakGlass => Ending::Answered(Kind::NotReady),
        GateStanding::Unknown => Ending::Answered(Kind::Unknown),
    })
}

/// Runs the checks that the gate waits for; says whether there were any.
pub(super) async fn refresh(app: &App, report: &GateReport) -> Result<bool, Failure> {
    let wanted = report.checks_to_run();
    if wanted.is_empty() {
        return Ok(false);
    }
    let runner = app.runner().map_err(|e| Failure::new(Kind::Store, e))?;
    app.run_checks(&runner, report.engagement.id(), &wanted).await?;
    Ok(true)
}

fn tell(report: &GateReport, out: &mut Out) {
    let engagement = &report.engagement;
    let gate = SafeText::new(&words::gate(report.stage.as_ref(), engagement)).to_string();
    let open = match &report.stage {
        Some(_) => "open: the stages before it are complete, and every check in them is fresh",
        None => "open, and every check behind it is fresh",
    };
    let (word, tone) = match report.standing {
        GateStanding::Open => (open, Tone::Good),
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
        out.line(format!("golive gate {} --run asks them again first", engagement.id()));
    }
    words::expiring(engagement, &engagement.assess(report.at), None, report.at, out);
}
