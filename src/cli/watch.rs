//! `golive watch`, and `golive check --watch`

use std::collections::BTreeSet;

use serde::Serialize;
use tokio::sync::mpsc;

use super::check::change_sentence;
use super::found::Found;
use super::json::{ChangeJson, SeenJson};
use super::out::{Out, remark};
use super::session::Session;
use super::{Ending, words};
use crate::app::live::{Live, LiveNews, Scope};
use crate::app::notify::{Herald, Notice, Notifier};
use crate::app::{App, Change, Engagement};
use crate::domain::ids::{CheckId, EngagementId};
use crate::domain::text::SafeText;
use crate::domain::verdict::{Observation, Verdict};
use crate::error::{Failure, Kind};

/// `golive watch`
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Engagements
    #[arg(value_name = "ID", required_unless_present = "all")]
    pub engagements: Vec<EngagementId>,
    /// All engagements that have checks which can run
    #[arg(long, conflicts_with = "engagements")]
    pub all: bool,
}

/// News that may wait to be printed.
const WAITING: usize = 64;

/// What is followed.
pub(super) enum Followed {
    /// Everything in these engagements.
    Engagements(Vec<EngagementId>),
    /// Everything in all engagements.
    All,
    /// These checks of one engagement; all of them when none is named.
    Checks(EngagementId, BTreeSet<CheckId>),
}

/// A log that moved, as JSON.
#[derive(Debug, Serialize)]
struct MovedJson<'a> {
    engagement: &'a EngagementId,
    seq: u64,
}

pub(super) async fn run(args: Arguments, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    for id in &args.engagements {
        // One that is not there is a mistake, not something to wait for.
        session.load(id).await?;
    }
    let followed = if args.all { Followed::All } else { Followed::Engagements(args.engagements) };
    follow(session, followed, out).await
}

/// Prints what happens until interrupted. Every result of `check --watch` is told; of `watch`, those
/// that changed something.
pub(super) async fn follow(session: &Session, followed: Followed, out: &mut Out) -> Result<Ending, Failure> {
    let app = session.app_that_signs().await?;
    let scope = match &followed {
        Followed::Engagements(ids) => Scope::Only(ids.clone()),
        Followed::All => Scope::All,
        Followed::Checks(id, _) => Scope::Only(vec![id.clone()]),
    };
    let (news, mut inbox) = mpsc::channel(WAITING);
    let mut herald = Herald::new(app.author().name);
    for summary in &app.portfolio().await?.rows {
        herald.learn(summary);
    }
    let notifier = Notifier::start(session.setup.config.notify.clone());
    let live = Live::start(app.clone(), scope, news).await?;
    if let Followed::Checks(id, checks) = &followed {
        let asked: Vec<Option<CheckId>> =
            if checks.is_empty() { vec![None] } else { checks.iter().cloned().map(Some).collect() };
        for check in asked {
            live.check_now(id.clone(), check).await.map_err(|e| Failure::new(Kind::Store, e))?;
        }
    }
    remark("watching; Ctrl-C ends it");
    let mut end = Interrupt::new()?;
    while !out.gone() {
        tokio::select! {
            () = end.next() => break,
            news = inbox.recv() => match news {
                Some(news) => {
                    for notice in notices(app, &mut herald, &news) {
                        notifier.tell(notice);
                    }
                    tell(&followed, news, out)?;
                }
                None => break,
            },
        }
        out.flush();
    }
    live.stop().await;
    Ok(Ending::Done)
}

/// What there is to tell a person who is not looking.
fn notices(app: &App, herald: &mut Herald, news: &LiveNews) -> Vec<Notice> {
    match news {
        LiveNews::Observed { engagement, changes, .. } if !changes.is_empty() => {
            herald.hear(engagement, changes, &engagement.summary(app.now()))
        }
        LiveNews::Moved(engagement) => herald.hear(engagement, &[], &engagement.summary(app.now())),
        LiveNews::Observed { .. } | LiveNews::Trouble { .. } => Vec::new(),
    }
}

fn tell(followed: &Followed, news: LiveNews, out: &mut Out) -> Result<(), Failure> {
    match news {
        LiveNews::Observed { engagement, observation, changes } => {
            let told = match followed {
                Followed::Checks(_, checks) => checks.is_empty() || checks.contains(&observation.check),
                Followed::Engagements(_) | Followed::All => !changes.is_empty(),
            };
            if told {
                observed(&engagement, &observation, &changes, out)?;
            }
        }
        LiveNews::Moved(engagement) => {
            let told = match followed {
                Followed::Checks(id, _) => id == engagement.id(),
                Followed::Engagements(ids) => ids.contains(engagement.id()),
                Followed::All => true,
            };
            if told {
                moved(&engagement, out)?;
            }
        }
        LiveNews::Trouble { engagement, error } => {
            let who = engagement.map_or_else(String::new, |id| format!("{id}: "));
            remark(&format!("error: {who}{error}"));
        }
    }
    Ok(())
}

fn observed(
    engagement: &Engagement,
    observation: &Observation,
    changes: &[Change],
    out: &mut Out,
) -> Result<(), Failure> {
    if out.json() {
        let changes = changes.iter().map(ChangeJson::from).collect();
        return out.json_line(&SeenJson { engagement: engagement.id(), observation, changes });
    }
    let verdict = out.paint(words::verdict_tone(observation.verdict), observation.verdict.word());
    let summary = SafeText::clipped(&observation.summary, 160);
    let at = words::moment(observation.at);
    out.line(format!("{at}  {}  {verdict}  {}  {summary}", engagement.id(), observation.check));
    for step in observation.steps.iter().filter(|s| s.verdict == Verdict::Fail) {
        let (expected, actual) =
            (SafeText::clipped(&step.expected, 120), SafeText::clipped(&step.actual, 120));
        out.line(format!("    expected {expected}; got {actual}"));
    }
    Found::from(observation).print("    ", out);
    for change in changes {
        if let Some(text) = change_sentence(change, engagement) {
            out.line(format!("    {}", SafeText::new(&text)));
        }
    }
    Ok(())
}

fn moved(engagement: &Engagement, out: &mut Out) -> Result<(), Failure> {
    let seq = engagement.state.head.seq;
    if out.json() {
        return out.json_line(&MovedJson { engagement: engagement.id(), seq });
    }
    out.line(format!(
        "{}  {}  changed, event {seq}",
        words::moment(engagement.state.last_at),
        engagement.id()
    ));
    Ok(())
}

/// Ctrl-C, or being told to end.
struct Interrupt {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Interrupt {
    fn new() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let failed = |e| Failure::new(Kind::Store, e);
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
            terminate: signal(SignalKind::terminate()).map_err(failed)?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
