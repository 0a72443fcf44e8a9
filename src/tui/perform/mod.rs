//! The only file of the screen that knows the application layer: does what effects ask for, and turns what
//! comes of it into messages.
//!
//! Reads run side by side. Writes have one owner that takes them in the order in which they were asked
//! for, and that is waited for at the end: a tick that was pressed before leaving is not lost.

mod aside;
mod board;
mod kickoff;
mod overview;
mod relay;
mod rooms;
mod shown;
mod upgrade;

pub use aside::{Aside, Takes};

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::app::actions::ActionPlan;
use crate::app::live::{Live, Scope};
use crate::app::notify::{Notifier, Notify};
use crate::app::{Act, App, AppError, Done, Engagement, UpgradePlan};
use crate::domain::command::Command;
use crate::domain::ids::EngagementId;

use crate::tui::effect::{Effect, ReleaseWish, RequestId};
use crate::tui::keymap::Keymap;
use crate::tui::look::{Look, Zone};
use crate::tui::model::engagement::RECENT;
use crate::tui::model::guide::Guide;
use crate::tui::model::history::History;
use crate::tui::model::{Model, Start};
use crate::tui::msg::{
    Bulked, Change, EndedAction, Failed, More, Msg, News, NotReleased, PlannedAction, Snapshot,
};
use crate::tui::plain;
use crate::tui::run::{Ended, First, Perform, Watch, Wiring, run};
use crate::tui::terminal::Owned;

use relay::{Told, relay};
use shown::Shown;

/// Messages that may wait for the screen. Whoever sends more waits for it in turn.
const WAITING: usize = 256;
/// Writes that may wait to be carried out: more than anybody presses while a disk is slow.
const WRITES: usize = 64;
/// How long writes have to end when the person leaves.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// How long actions have to end then: as long as a request may take.
const LAST_ACTIONS: Duration = Duration::from_mins(1);

/// Why there is no screen.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// The terminal cannot be taken or drawn on.
    #[error("the terminal cannot be used")]
    Terminal(#[from] std::io::Error),
    /// Nothing can be watched.
    #[error(transparent)]
    App(#[from] AppError),
}

/// How a screen on the terminal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The person left, or there was nobody left at the terminal.
    Left,
    /// A signal asked for it: once everything is tidied up the process must end by
    /// [`die_of`](crate::tui::terminal::die_of) it, within half a second.
    Signal(i32),
    /// Something behind the screen panicked; its message has been printed.
    Panicked,
}

/// How a screen is set up for a person.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// How it looks.
    pub look: Look,
    /// Which key does what.
    pub keys: Keymap,
    /// What the person is told when they do not look.
    pub notify: Notify,
    /// A program that takes a copied text.
    pub clipboard: Option<Vec<String>>,
    /// Whether the newcomer's steps are shown.
    pub guide: Guiding,
    /// What the terminal is called, by `TERM`.
    pub terminal: String,
}

/// Whether the newcomer's steps are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Guiding {
    /// They have been seen, or there is nobody new.
    #[default]
    Off,
    /// They are shown; when they have been seen, this file says so from then on.
    Until(PathBuf),
    /// They are shown, and nothing is kept of it.
    Always,
}

impl Guiding {
    /// Shown until this file is there.
    pub fn until(mark: PathBuf) -> Self {
        if mark.exists() { Self::Off } else { Self::Until(mark) }
    }
}

/// Shows the screen on this process's terminal until it ends, with live checks behind it. Must be called
/// inside a runtime with several threads, after a TLS provider is installed.
pub async fn open(app: App, start: Start, manner: Manner) -> Result<Outcome, ScreenError> {
    let clock = app.clock();
    let watch = Watch::new(clock.as_ref());
    let (width, height) = crossterm::terminal::size()?;
    let size = crate::tui::input::Size::new(width, height);
    let (mut model, effects) = Model::new(app.author(), manner.look, size, start, watch.now());
    model.keys = manner.keys;
    model.guide = (manner.guide != Guiding::Off).then(Guide::default);
    let notify = manner.notify;
    // What is to be shown is read while the terminal is taken.
    let begun = tokio::spawn(async move {
        let (mut performer, inbox) = Performer::start(app, notify).await?;
        for effect in effects {
            performer.perform(effect);
        }
        Ok::<_, AppError>((performer, inbox))
    });
    let mut owned = Owned::take()?;
    let (mut performer, inbox) = begun.await.map_err(|_| AppError::ShuttingDown)??;
    performer.aside = Some(Aside::new(Box::new(owned.aside()?), Takes::of_terminal(&manner.terminal)));
    (performer.clipboard, performer.guide) = (manner.clipboard, manner.guide);
    let stop = owned.stop.clone();
    let wiring = Wiring { input: &mut owned.input, inbox, perform: &mut performer, watch, stop };
    let ended = run(&mut owned.screen, &mut model, First::Answer, wiring).await;
    // The terminal first: whatever the rest takes, the person has their prompt back.
    let signal = owned.give_back();
    performer.finish().await;
    match (signal, ended) {
        (Some(signal), _) => Ok(Outcome::Signal(signal)),
        (None, Ok(Ended::Quit | Ended::InputClosed)) => Ok(Outcome::Left),
        (None, Ok(Ended::Stopped)) => Ok(Outcome::Panicked),
        (None, Err(error)) => Err(error.into()),
    }
}

/// Speaks the screen in plain lines until the person leaves, the input ends or `stop` is cancelled, with live
/// checks behind it. Must be called inside a runtime with several threads.
pub async fn open_plain<W, S>(
    app: App,
    start: Start,
    input: S,
    mut out: W,
    prompt: &str,
    stop: CancellationToken,
) -> Result<(), ScreenError>
where
    W: io::Write,
    S: Stream<Item = String> + Unpin,
{
    let clock = app.clock();
    let (mut performer, inbox) = Performer::start(app.clone(), Notify::default()).await?;
    let watch = Watch::new(clock.as_ref());
    let (mut model, effects) =
        Model::new(app.author(), plain::look(Zone::Local), plain::SIZE, start, watch.now());
    let wiring = Wiring { input, inbox, perform: &mut performer, watch, stop };
    let ended = plain::run(&mut out, &mut model, effects, prompt, wiring).await;
    performer.finish().await;
    ended?;
    Ok(())
}

/// A write that waits for its turn.
struct Write {
    request: RequestId,
    engagement: EngagementId,
    work: Work,
}

/// What is written.
enum Work {
    /// What follows from a command.
    One(Act),
    /// What follows from several, one after the other.
    All(Vec<Act>),
    /// A decision on going live, with its release.
    Release(ReleaseWish),
    /// Another version of the runbook, as it was shown.
    Upgrade(Box<UpgradePlan>),
}

/// Carries a write out; the message that answers it.
async fn write(app: &App, Write { request, engagement, work }: Write) -> Msg {
    let change = |done: Done| Change { snapshot: snapshot(&done.engagement), events: done.events };
    match work {
        Work::One(act) => {
            let answer = app.execute(&engagement, act).await.map(change).map_err(failed);
            Msg::Executed { request, answer }
        }
        Work::All(acts) => {
            let answer = kickoff::all(app, &engagement, acts).await;
            Msg::Bulked { request, answer }
        }
        Work::Upgrade(plan) => {
            let answer = app.upgrade(*plan).await.map(change).map_err(failed);
            Msg::Executed { request, answer }
        }
        Work::Release(wish) => {
            let answer = board::release(app, &engagement, &wish).await;
            Msg::Released { request, wish, answer }
        }
    }
}

/// Does what a screen asks for.
pub struct Performer {
    app: App,
    out: mpsc::Sender<Msg>,
    writes: mpsc::Sender<Write>,
    writer: JoinHandle<()>,
    live: Arc<Live>,
    reads: JoinSet<()>,
    /// Actions under way: never dropped half-way while the person can wait for them.
    actions: JoinSet<()>,
    told: Arc<Told>,
    first: FirstAnswer,
    /// Says whenever all that has arrived is drawn.
    drawn: watch::Sender<()>,
    /// The terminal, where there is one of the person's own.
    aside: Option<Aside>,
    notify: Notify,
    clipboard: Option<Vec<String>>,
    guide: Guiding,
    /// The plan of an upgrade that is shown.
    shown: Arc<Shown<UpgradePlan>>,
    /// The plan of an action that is shown.
    planned: Arc<Shown<ActionPlan>>,
}

/// Tells the live part that the screen has its first answer: until then the disk is the screen's alone.
#[derive(Debug, Clone)]
struct FirstAnswer(CancellationToken);

impl FirstAnswer {
    fn new() -> (Self, impl Future<Output = ()> + Send + 'static) {
        let token = CancellationToken::new();
        (Self(token.clone()), token.cancelled_owned())
    }

    fn given(&self) {
        self.0.cancel();
    }
}

impl std::fmt::Debug for Performer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Performer").field("live", &self.live).finish_non_exhaustive()
    }
}

impl Performer {
    /// Starts the live checks and the writer. The receiver is the screen's inbox.
    pub async fn start(app: App, notify: Notify) -> Result<(Self, mpsc::Receiver<Msg>), AppError> {
        let (out, inbox) = mpsc::channel(WAITING);
        let (news, mut from_live) = mpsc::channel(WAITING);
        let (first, shown) = FirstAnswer::new();
        let live = Arc::new(Live::start_after(app.clone(), Scope::All, news, shown).await?);
        let told = Arc::new(Told::new(app.author().name, Notifier::start(notify.clone())));
        let (writes, mut queue) = mpsc::channel::<Write>(WRITES);
        let writer = {
            let (app, out) = (app.clone(), out.clone());
            tokio::spawn(async move {
                while let Some(wanted) = queue.recv().await {
                    let answer = write(&app, wanted).await;
                    // A screen that has gone does not want the answer; the write counts all the same.
                    let _ = out.send(answer).await;
                }
            })
        };
        let mut reads = JoinSet::new();
        {
            let (app, out, told) = (app.clone(), out.clone(), Arc::clone(&told));
            reads.spawn(async move {
                while let Some(news) = from_live.recv().await {
                    if relay(&app, &told, &out, news).await.is_err() {
                        return;
                    }
                }
            });
        }
        let drawn = watch::Sender::new(());
        let performer = Self {
            app,
            out,
            writes,
            writer,
            live,
            reads,
            actions: JoinSet::new(),
            told,
            first,
            drawn,
            shown: Arc::default(),
            planned: Arc::default(),
            aside: None,
            notify,
            clipboard: None,
            guide: Guiding::Off,
        };
        Ok((performer, inbox))
    }

    /// Waits for the writes that were asked for, and ends everything else.
    pub async fn finish(mut self) {
        self.reads.shutdown().await;
        drop(self.writes);
        let _ = tokio::time::timeout(LAST_WRITES, self.writer).await;
        // One that is cut off here stands in the log as "outcome unknown".
        let ended = async { while self.actions.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_ACTIONS, ended).await;
    }

    /// Reads beside everything else; the answer goes to the screen.
    fn read(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        while self.reads.try_join_next().is_some() {}
        self.reads.spawn(work);
    }

    /// Has something written, after all that was asked for before it.
    fn write(&self, write: Write) -> Result<(), Failed> {
        let busy = match self.writes.try_send(write) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full(_)) => "too much is waiting to be written: this was not done",
            Err(TrySendError::Closed(_)) => "nothing can be written any more: this was not done",
        };
        Err(Failed::Broken { what: busy.to_owned(), hints: Vec::new() })
    }

    /// Copies by the person's own program, or else by their terminal.
    fn copy(&mut self, text: String) {
        let out = self.out.clone();
        if let Some(argv) = self.clipboard.clone() {
            self.read(async move {
                if aside::give(&argv, text.clone()).await.is_err() {
                    let _ = out.send(Msg::NotCopied { text }).await;
                }
            });
            return;
        }
        let takes = self.aside.as_mut().map_or(Takes::No, |aside| aside.copy(&text));
        if takes == Takes::No {
            self.read(async move {
                let _ = out.send(Msg::NotCopied { text }).await;
            });
        }
    }

    fn open(&mut self, request: RequestId, id: EngagementId) {
        let (app, out, live, told) =
            (self.app.clone(), self.out.clone(), Arc::clone(&self.live), Arc::clone(&self.told));
        let (first, mut drawn) = (self.first.clone(), self.drawn.subscribe());
        self.read(async move {
            let answer = app.load(&id).await;
            if let Ok(engagement) = &answer {
                told.shows(&id, engagement.state.head.seq);
            }
            let answer = answer.as_ref().map(snapshot).map_err(failed_ref);
            let opened = answer.is_ok();
            drawn.mark_unchanged();
            let _ = out.send(Msg::Opened { request, answer }).await;
            // What would begin now would take the processors of whoever draws it.
            if drawn.changed().await.is_err() {
                return;
            }
            first.given();
            if opened {
                // Already watched in most cases; the live part knows.
                let _ = live.watch(id).await;
            }
        });
    }
}

impl Perform for Performer {
    fn drawn(&mut self) {
        self.drawn.send_replace(());
    }

    fn perform(&mut self, effect: Effect) {
        let (app, out) = (self.app.clone(), self.out.clone());
        match effect {
            Effect::LoadPortfolio { request, lines } => {
                let (first, mut drawn) = (self.first.clone(), self.drawn.subscribe());
                let told = Arc::clone(&self.told);
                self.read(async move {
                    if let Ok(page) = app.portfolio_page(0, lines.into()).await {
                        let total = usize::try_from(page.total).unwrap_or(usize::MAX);
                        let msg =
                            Msg::Portfolio { request, answer: Ok(page.rows), more: More::ToCome { total } };
                        drawn.mark_unchanged();
                        // What is in sight comes first: the rest would take its processors until it is drawn.
                        if out.send(msg).await.is_err() || drawn.changed().await.is_err() {
                            return;
                        }
                    }
                    let answer = match app.portfolio().await {
                        Ok(portfolio) => {
                            told.learn(&portfolio.rows);
                            for row in &portfolio.unreadable {
                                let said = format!("{} cannot be read: {}", row.engagement, row.error);
                                let _ = out.send(Msg::News(News::Trouble(said))).await;
                            }
                            Ok(portfolio.rows)
                        }
                        Err(error) => Err(failed(error)),
                    };
                    let _ = out.send(Msg::Portfolio { request, answer, more: More::Complete }).await;
                    first.given();
                });
            }
            Effect::Open { request, engagement } => self.open(request, engagement),
            Effect::Close { engagement } => self.told.shows_no_longer(&engagement),
            Effect::LoadHistory { request, engagement } => self.read(async move {
                let answer = app.history(&engagement).await.map_err(failed);
                let answer = answer.map(|records| History::of(records.into_iter().map(|r| r.event)));
                let _ = out.send(Msg::History { request, engagement, answer }).await;
            }),
            Effect::LoadBurnUp { request, engagement } => self.read(async move {
                let answer = app.burn_up(&engagement).await.map_err(failed);
                let _ = out.send(Msg::BurnUp { request, engagement, answer }).await;
            }),
            Effect::LoadWork { request, engagements } => self.read(async move {
                let answer = overview::work(&app, &out, engagements).await;
                let _ = out.send(Msg::Work { request, answer }).await;
            }),
            Effect::LoadChecks { request, engagements } => self.read(async move {
                let answer = overview::checks(&app, &out, engagements).await;
                let _ = out.send(Msg::Checks { request, answer }).await;
            }),
            Effect::LoadRoles { request, engagements } => self.read(async move {
                let answer = overview::roles(&app, &engagements).await;
                let _ = out.send(Msg::Roles { request, engagements, answer }).await;
            }),
            Effect::AssignMany { request, engagements, role, member } => {
                // With what must not be cut off half-way.
                while self.actions.try_join_next().is_some() {}
                self.actions.spawn(async move {
                    let answer = overview::assign(&app, engagements, &role, &member).await;
                    let _ = out.send(Msg::AssignedMany { request, member, answer }).await;
                });
            }
            Effect::WriteReport { request, engagements, path } => self.read(async move {
                let answer = app.write_overview(&engagements, path.as_ref()).await.map_err(failed);
                let answer = answer.map(|()| format!("The report is in {path}"));
                let _ = out.send(Msg::Reported { request, answer }).await;
            }),
            Effect::LoadRecent { request, engagement, check } => self.read(async move {
                let limit = u32::try_from(RECENT).unwrap_or(u32::MAX);
                let answer = app.recent(&engagement, &check, limit).await.map_err(failed);
                let _ = out.send(Msg::Recent { request, engagement, check, answer }).await;
            }),
            Effect::LoadLog { request, engagement, up_to } => self.load_log(request, engagement, up_to),
            Effect::OpenEvent { request, engagement, seq } => self.open_event(request, engagement, seq),
            Effect::LoadResults { request, engagement } => self.load_checks(request, engagement),
            Effect::LoadNextRuns { request, engagement } => self.load_next_runs(request, engagement),
            Effect::Execute { request, engagement, capacity, command } => {
                let act = Act::new(command).in_role(capacity.role).for_person(capacity.on_behalf_of);
                if let Err(answer) = self.write(Write { request, engagement, work: Work::One(act) }) {
                    self.read(async move {
                        let _ = out.send(Msg::Executed { request, answer: Err(answer) }).await;
                    });
                }
            }
            Effect::ExecuteAll { request, engagement, acts } => {
                let acts = acts.into_iter().map(|(capacity, command)| {
                    Act::new(command).in_role(capacity.role).for_person(capacity.on_behalf_of)
                });
                let work = Work::All(acts.collect());
                if let Err(answer) = self.write(Write { request, engagement, work }) {
                    self.read(async move {
                        let answer = Bulked { change: None, failed: vec![answer] };
                        let _ = out.send(Msg::Bulked { request, answer }).await;
                    });
                }
            }
            Effect::WriteMinutes { request, engagement, since, here, day } => self.read(async move {
                let answer = kickoff::write_minutes(&app, &engagement, since, here, day).await;
                let _ = out.send(Msg::MinutesWritten { request, answer }).await;
            }),
            Effect::AttachFile { request, engagement, item, path } => {
                let writes = self.writes.clone();
                self.read(async move {
                    match app.keep_file(path.into()).await {
                        Ok(evidence) => {
                            let act = Act::new(Command::AddEvidence { item, evidence });
                            let _ = writes.send(Write { request, engagement, work: Work::One(act) }).await;
                        }
                        Err(error) => {
                            let answer = Err(failed(error));
                            let _ = out.send(Msg::Executed { request, answer }).await;
                        }
                    }
                });
            }
            Effect::RunChecks { request, engagement, checks } => {
                let live = Arc::clone(&self.live);
                self.read(async move {
                    let mut answer = Ok(());
                    for check in checks {
                        if let Err(ended) = live.check_now(engagement.clone(), Some(check)).await {
                            answer = Err(Failed::Broken { what: ended.to_string(), hints: Vec::new() });
                        }
                    }
                    let _ = out.send(Msg::Checked { request, answer }).await;
                });
            }
            Effect::PlanAction { request, engagement, action } => {
                let planned = Arc::clone(&self.planned);
                self.read(async move {
                    let answer = app.plan_action(&engagement, &action, None).await.map_err(failed);
                    let answer = answer.map(|plan| {
                        let told = PlannedAction { title: plan.action.title.clone(), words: plan.lines() };
                        planned.put(request, plan);
                        told
                    });
                    let _ = out.send(Msg::Planned { request, answer }).await;
                });
            }
            Effect::StartAction { request, plan } => {
                let shown = self.planned.take(plan);
                while self.actions.try_join_next().is_some() {}
                self.actions.spawn(async move {
                    let answer = match shown {
                        Some(plan) => start(&app, *plan).await,
                        None => Err(planned_anew()),
                    };
                    let _ = out.send(Msg::Ended { request, answer }).await;
                });
            }
            Effect::Copy { text } => self.copy(text),
            Effect::OpenLink { url } => self.read(async move {
                if let Err(error) = aside::open_link(&url).await {
                    let said = format!("the link cannot be opened: {error}");
                    let _ = out.send(Msg::News(News::Trouble(said))).await;
                }
            }),
            Effect::Ring { notice } => {
                if let Some(aside) = &mut self.aside {
                    aside.ring(&self.notify, &notice);
                }
            }
            Effect::Guided => {
                if let Guiding::Until(mark) = std::mem::take(&mut self.guide) {
                    // Whoever cannot keep it sees the steps once more.
                    self.read(async move {
                        let _ = tokio::fs::write(mark, "").await;
                    });
                }
            }
            Effect::LoadSeen { request, engagement } => self.read(async move {
                let _ = out.send(board::seen(&app, request, &engagement).await).await;
            }),
            Effect::Attest { request, engagement, events } => self.read(async move {
                let _ = out.send(board::attest(&app, request, &engagement, &events).await).await;
            }),
            Effect::Release { request, engagement, wish } => {
                let work = Work::Release(wish.clone());
                if let Err(failed) = self.write(Write { request, engagement, work }) {
                    let answer = Err(NotReleased::Failed(failed));
                    self.read(async move {
                        let _ = out.send(Msg::Released { request, wish, answer }).await;
                    });
                }
            }
            Effect::PlanUpgrade { request, engagement, to } => {
                let shown = Arc::clone(&self.shown);
                self.read(async move {
                    let _ = out.send(upgrade::plan(&app, &shown, request, &engagement, to).await).await;
                });
            }
            Effect::Upgrade { request, engagement, plan } => {
                let told = if let Some(plan) = self.shown.take(plan) {
                    self.write(Write { request, engagement, work: Work::Upgrade(plan) })
                } else {
                    Err(planned_anew())
                };
                if let Err(failed) = told {
                    self.read(async move {
                        let _ = out.send(Msg::Executed { request, answer: Err(failed) }).await;
                    });
                }
            }
            // The loop ends by itself.
            Effect::Quit => {}
        }
    }
}

/// Carries out an action as it was shown.
async fn start(app: &App, shown: ActionPlan) -> Result<EndedAction, Failed> {
    let action = shown.action.clone();
    let report = app.run_action(shown).await.map_err(failed)?;
    let (title, words) = (action.title.clone(), report.lines(&action));
    Ok(EndedAction { title, words, snapshot: snapshot(&report.engagement) })
}

fn planned_anew() -> Failed {
    let what = "another plan was made since: look at it again".to_owned();
    Failed::Broken { what, hints: Vec::new() }
}

fn snapshot(engagement: &Engagement) -> Snapshot {
    Snapshot { runbook: Arc::clone(&engagement.runbook), state: Arc::clone(&engagement.state) }
}

fn failed(error: AppError) -> Failed {
    match error {
        AppError::Refused(refused) => Failed::Refused(Box::new(refused.refusal)),
        other => failed_ref(&other),
    }
}

fn failed_ref(error: &AppError) -> Failed {
    let mut what = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        what.push_str(": ");
        what.push_str(&inner.to_string());
        cause = inner.source();
    }
    let hints = match error {
        AppError::NoSuchEngagement { did_you_mean: Some(nearest), .. } => {
            vec![format!("Did you mean '{nearest}'?")]
        }
        AppError::Tampered(_) => {
            vec!["Nothing of it is shown. golive verify tells what is wrong with its log.".to_owned()]
        }
        _ => Vec::new(),
    };
    Failed::Broken { what, hints }
}
