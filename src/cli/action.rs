//! `golive run`, `golive actions`, `golive action-reset`

use std::io::{BufRead as _, IsTerminal as _, Read as _};

use serde::Serialize;

use super::args::One;
use super::out::{Out, remark};
use super::session::Session;
use super::signals::StopSignals;
use super::table::{self, Cell};
use super::{Ending, done};
use crate::app::Engagement;
use crate::app::actions::{ActionReport, left_line};
use crate::domain::action::{Action, Repeat};
use crate::domain::command::Command;
use crate::domain::ids::{ActionId, EngagementId};
use crate::domain::renewal;
use crate::domain::secret::SecretSource;
use crate::domain::state::{Outcome, Standing};
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};

/// `golive run`
#[derive(Debug, clap::Args)]
pub struct RunAction {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The action
    pub action: ActionId,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// `golive action-reset`
#[derive(Debug, clap::Args)]
pub struct ActionReset {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The action
    pub action: ActionId,
    /// What was found out, and why it may be started anew
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// The longest line that is shown, in characters.
const MAX_LINE: usize = 400;

pub(super) async fn run(args: RunAction, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let app = session.app().await?;
    let role = session.global.role.clone();
    let plan = app.plan_action(&args.engagement, &args.action, role).await?;
    for line in std::iter::once(plan.action.title.clone()).chain(plan.lines()) {
        // The plan is for the person who decides; what comes out of it is the data.
        remark(SafeText::clipped(&line, MAX_LINE).as_ref());
    }
    if !args.yes && !confirmed()? {
        remark("nothing was sent");
        return Ok(Ending::Answered(Kind::Unknown));
    }
    let action = plan.action.clone();
    let ready = app.ready_action(plan).await?;
    let stop = StopSignals::listen().map_err(|e| Failure::new(Kind::Store, e))?;
    let report = seen_through(app.start_action(ready), stop).await?;
    if out.json() {
        out.value(&ReportJson::of(&action, &report))?;
    } else {
        for line in report.lines(&action) {
            out.line(SafeText::clipped(&line, MAX_LINE));
        }
    }
    Ok(match report.outcome {
        Outcome::Done => Ending::Done,
        Outcome::Failed(_) => Ending::Answered(Kind::NotReady),
        Outcome::Unknown(_) | Outcome::Reset(_) => Ending::Answered(Kind::Unknown),
    })
}

/// What comes of an action that has begun. Whoever asks the process to end meanwhile is told to wait, as nobody
/// would learn otherwise what came of it.
async fn seen_through<T>(work: impl Future<Output = T>, mut stop: StopSignals) -> T {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        done = &mut work => return done,
        () = stop.asked() => remark("a request may be on its way: this ends when its end is in the log"),
    }
    work.await
}

/// Asks on the terminal. Where nobody can answer, the answer must be on the command line.
fn confirmed() -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(Kind::Usage, "nobody is there to confirm this; nothing was sent")
            .hint("--yes confirms it on the command line"));
    }
    remark("Type yes to send it:");
    let mut answer = String::new();
    let read = std::io::stdin().lock().take(100).read_line(&mut answer);
    read.map_err(|e| Failure::new(Kind::Store, e))?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}

#[derive(Serialize)]
struct ReportJson<'a> {
    engagement: &'a str,
    action: &'a str,
    outcome: &'static str,
    reason: Option<&'a str>,
    request_id: Option<&'a str>,
    captured: Vec<(&'a str, &'a str)>,
    stored: Vec<(&'a str, String)>,
    shown: Option<&'a str>,
    advice: &'a [String],
}

impl<'a> ReportJson<'a> {
    fn of(action: &'a Action, report: &'a ActionReport) -> Self {
        let (outcome, reason) = match &report.outcome {
            Outcome::Done => ("done", None),
            Outcome::Failed(why) => ("failed", Some(why.as_str())),
            Outcome::Unknown(why) | Outcome::Reset(why) => ("unknown", Some(why.as_str())),
        };
        Self {
            engagement: report.engagement.id().as_str(),
            action: action.id.as_str(),
            outcome,
            reason,
            request_id: report.request_id.as_deref(),
            captured: report.captured.iter().map(|(f, v)| (f.as_str(), v.as_str())).collect(),
            stored: report.kept.iter().map(|k| (k.secret.as_str(), k.source.to_string())).collect(),
            shown: report.shown.as_deref(),
            advice: &report.advice,
        }
    }
}

#[derive(Serialize)]
struct ActionJson<'a> {
    id: &'a str,
    title: &'a str,
    item: Option<&'a str>,
    once: bool,
    standing: &'static str,
    by: Option<&'a str>,
    at: Option<chrono::DateTime<chrono::Utc>>,
    reason: Option<&'a str>,
    request_id: Option<&'a str>,
    /// The files on this machine in which something may be that came back.
    left: Vec<String>,
}

pub(super) async fn list(args: One, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let engagement = session.load(&args.engagement).await?;
    let app = session.app().await?;
    let mut all = Vec::new();
    let mut left = Vec::new();
    for action in engagement.runbook.actions.values() {
        let by_action = app.left_by(&engagement, &action.id).await;
        all.push(shape(action, &engagement, app.now(), &by_action));
        left.extend(by_action.iter().map(|source| (&action.id, left_line(source))));
    }
    if out.json() {
        out.value(&all)?;
        return Ok(Ending::Done);
    }
    let rows: Vec<Vec<Cell>> = all
        .iter()
        .map(|a| {
            vec![
                Cell::new(a.standing),
                Cell::new(a.id),
                Cell::clipped(a.title, 80),
                Cell::clipped(a.by.unwrap_or_default(), 40),
                Cell::clipped(a.reason.unwrap_or_default(), 120),
            ]
        })
        .collect();
    table::print(out, 0, &rows);
    for (action, line) in left {
        remark(&format!("{action}: {line}"));
    }
    Ok(Ending::Done)
}

fn shape<'a>(
    action: &'a Action,
    engagement: &'a Engagement,
    now: chrono::DateTime<chrono::Utc>,
    left: &[SecretSource],
) -> ActionJson<'a> {
    let last = engagement.state.actions.get(&action.id);
    let end = last.and_then(|a| a.end.as_ref());
    let due = renewal::due(&engagement.runbook, &engagement.state, action).is_some_and(|at| at <= now);
    ActionJson {
        id: action.id.as_str(),
        title: &action.title,
        item: action.item.as_ref().map(crate::domain::ids::ItemId::as_str),
        once: action.repeat == Repeat::Once,
        standing: match engagement.state.standing(action, now) {
            Standing::Fresh => "ready",
            Standing::UnderWay => "under way",
            Standing::Done if due => "due again",
            Standing::Done => "done",
            Standing::Failed => "failed",
            Standing::Unknown => "outcome unknown",
        },
        by: last.map(|a| a.by.name.as_str()),
        at: last.map(|a| a.at),
        reason: end.and_then(|e| match &e.outcome {
            Outcome::Done => None,
            Outcome::Failed(why) | Outcome::Unknown(why) | Outcome::Reset(why) => Some(why.as_str()),
        }),
        request_id: end.and_then(|e| e.request_id.as_deref()),
        left: left.iter().map(ToString::to_string).collect(),
    }
}

pub(super) async fn reset(args: ActionReset, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let command = Command::ResetAction { action: args.action.clone(), reason: args.reason };
    let did = session.act(&args.engagement, command, None).await?;
    done::tell(&did, out)?;
    for source in session.app().await?.left_by(&did.engagement, &args.action).await {
        remark(&left_line(&source));
    }
    Ok(Ending::Done)
}
