//! `golive validate`: the board of a go/no-go.

mod json;

use super::out::{Out, Tone};
use super::session::Session;
use super::table::{self, Cell};
use super::{Ending, emergencies, withheld, words};
use crate::app::{BoardReport, GateStanding};
use crate::domain::backing::Backing;
use crate::domain::board::{Criterion, Freshness, Ground};
use crate::domain::ids::EngagementId;
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};

use json::BoardJson;

/// `golive validate`
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// Run every check that going live depends on first
    #[arg(long)]
    pub run: bool,
    /// Show only what does not hold
    #[arg(long)]
    pub open: bool,
}

/// The longest title in the table, in characters.
const MAX_TITLE: usize = 56;
/// The longest reason or proof in the table, in characters.
const MAX_PROOF: usize = 90;

pub(super) async fn run(args: Arguments, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let app = session.app().await?;
    let mut report = app.board(&args.engagement).await?;
    if args.run {
        let wanted = report.board.checks(&report.engagement.runbook, &report.assessment);
        if !wanted.is_empty() {
            let runner = app.runner().map_err(|e| Failure::new(Kind::Store, e))?;
            app.run_checks(&runner, &args.engagement, &wanted).await?;
            report = app.board(&args.engagement).await?;
        }
    }
    let standing = report.board.standing;
    if args.open {
        report.board.criteria.retain(|c| !c.ground.holds());
    }
    if out.json() {
        out.value(&BoardJson::new(&report))?;
    } else {
        tell(&report, out);
    }
    if standing != GateStanding::Open {
        withheld::remind(app, &report.engagement);
    }
    Ok(match standing {
        GateStanding::Open => Ending::Done,
        GateStanding::Shut | GateStanding::BreakGlass => Ending::Answered(Kind::NotReady),
        GateStanding::Unknown => Ending::Answered(Kind::Unknown),
    })
}

fn tell(report: &BoardReport, out: &mut Out) {
    let BoardReport { engagement, board, at, .. } = report;
    let tone = match board.standing {
        GateStanding::Open => Tone::Good,
        GateStanding::Shut | GateStanding::BreakGlass => Tone::Bad,
        GateStanding::Unknown => Tone::Waiting,
    };
    let name = SafeText::new(&engagement.state.name);
    let verdict = out.paint(tone, board.standing.verdict());
    out.line(format!("{name} ({}): {verdict}", engagement.id()));
    out.line(board.counts.words(", "));
    emergencies::tell(engagement, *at, out);
    let mut role = None;
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for criterion in &board.criteria {
        if role != Some(&criterion.role) {
            flush(&mut rows, out);
            role = Some(&criterion.role);
            let named =
                criterion.role.as_ref().map_or("Nobody in particular", |r| engagement.runbook.role_name(r));
            let people: Vec<&str> = criterion
                .role
                .iter()
                .flat_map(|r| engagement.state.holders(r))
                .map(crate::domain::ids::MemberName::as_str)
                .collect();
            let people = if people.is_empty() { "nobody yet".to_owned() } else { people.join(", ") };
            out.line("");
            out.line(out.paint(Tone::Strong, SafeText::new(&format!("{named} ({people})"))));
        }
        rows.push(row(report, criterion));
    }
    flush(&mut rows, out);
    if board.standing == GateStanding::Unknown {
        out.line("");
        out.line(format!("golive validate {} --run asks the checks again first", engagement.id()));
    }
}

fn flush(rows: &mut Vec<Vec<Cell>>, out: &mut Out) {
    table::print(out, 2, rows);
    rows.clear();
}

fn row(report: &BoardReport, criterion: &Criterion) -> Vec<Cell> {
    let (runbook, state) = (&report.engagement.runbook, &report.engagement.state);
    let tone = match criterion.ground {
        Ground::Proven | Ground::Signed => Tone::Good,
        Ground::Waived | Ground::NotApplicable => Tone::Faint,
        Ground::Missing => Tone::Plain,
        Ground::Failing => Tone::Bad,
        Ground::Stale => Tone::Waiting,
    };
    let proof = match &criterion.open {
        Some(open) => open.reason(),
        None => Backing::of(runbook, state, &criterion.about, report.at).words(runbook, criterion.ground),
    };
    vec![
        Cell::new(criterion.ground.word()).in_tone(tone),
        Cell::clipped(&criterion.title(runbook), MAX_TITLE),
        Cell::clipped(&proof, MAX_PROOF),
        Cell::from(freshness(criterion.freshness, report.at)).in_tone(Tone::Faint),
    ]
}

fn freshness(freshness: Freshness, now: chrono::DateTime<chrono::Utc>) -> String {
    match freshness {
        Freshness::Fresh { passed, .. } => format!("passed {} ago", words::ago(passed, now)),
        // The reason says when.
        Freshness::Old { .. } | Freshness::Nothing | Freshness::Current { until: None } => String::new(),
        Freshness::Facts => "as the facts are".to_owned(),
        Freshness::Current { until: Some(until) } => format!("until {}", until.format("%Y-%m-%d")),
    }
}
