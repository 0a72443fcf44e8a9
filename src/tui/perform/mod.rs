//! The only part of the screen that knows the application layer: does what effects ask for, and turns what
//! comes of it into messages.
//!
//! Reads run side by side, and end with the screen. Writes have one owner that takes them in the order in
//! which they were asked for. What a person has asked for is waited for at the end: a tick that was pressed,
//! or a report that was asked for, before leaving is not lost.

mod answer;
mod aside;
mod board;
mod kickoff;
mod open;
mod overview;
mod relay;
mod rooms;
mod shown;
mod upgrade;
mod writer;

pub use aside::{Aside, Takes};
pub use open::{Guiding, Manner, Outcome, ScreenError, open, open_plain};

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::actions::ActionPlan;
use crate::app::live::{Live, Scope};
use crate::app::notify::{Notice, Notifier, Notify};
use crate::app::{Act, App, AppError, UpgradePlan};
use crate::domain::command::Command;
use crate::domain::ids::{EngagementId, ItemId};
use crate::tui::effect::{Capacity, Effect, ReleaseWish, RequestId};
use crate::tui::msg::{Bulked, Failed, Msg, News, NotReleased};
use crate::tui::run::Perform;

use answer::{failed, failed_ref, planned_anew, snapshot};
use relay::{Told, relay};
use shown::Shown;
use writer::{Work, Write, Writer};

/// Messages that may wait for the screen. Whoever sends more waits for it in turn.
const WAITING: usize = 256;
/// How long what the person has asked for has to end when they leave: as long as a request may take.
const LAST_DEEDS: Duration = Duration::from_mins(1);

/// Does what a screen asks for.
pub struct Performer {
    app: App,
    out: mpsc::Sender<Msg>,
    writer: Writer,
    live: Arc<Live>,
    reads: JoinSet<()>,
    /// What leaves something behind: never dropped half-way while the person can wait for it.
    deeds: JoinSet<()>,
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
        let performer = Self {
            writer: Writer::start(app.clone(), out.clone()),
            app,
            out,
            live,
            reads,
            deeds: JoinSet::new(),
            told,
            first,
            drawn: watch::Sender::new(()),
            shown: Arc::default(),
            planned: Arc::default(),
            aside: None,
            notify,
            clipboard: None,
            guide: Guiding::Off,
        };
        Ok((performer, inbox))
    }

    /// Waits for what the person has asked for, and ends everything else.
    pub async fn finish(mut self) {
        self.reads.shutdown().await;
        // One that is cut off here stands in the log as "outcome unknown".
        let ended = async { while self.deeds.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_DEEDS, ended).await;
        // After those, as some of them end in a write.
        self.deeds.shutdown().await;
        self.writer.finish().await;
    }

    /// Reads beside everything else, and is dropped when the person leaves.
    fn read(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        while self.reads.try_join_next().is_some() {}
        self.reads.spawn(work);
    }

    /// The same; what comes of it goes to the screen.
    fn ask<F>(&mut self, work: impl FnOnce(App) -> F)
    where
        F: Future<Output = Msg> + Send + 'static,
    {
        let (work, out) = (work(self.app.clone()), self.out.clone());
        self.read(async move {
            let _ = out.send(work.await).await;
        });
    }

    /// Tells the screen.
    fn tell(&mut self, msg: Msg) {
        self.ask(|_| std::future::ready(msg));
    }

    /// Does what the person who leaves waits for; what comes of it goes to the screen.
    fn carry_out<F>(&mut self, work: impl FnOnce(App) -> F)
    where
        F: Future<Output = Msg> + Send + 'static,
    {
        let (work, out) = (work(self.app.clone()), self.out.clone());
        while self.deeds.try_join_next().is_some() {}
        self.deeds.spawn(async move {
            let msg = work.await;
            // A screen that has gone does not want the answer.
            let _ = out.send(msg).await;
        });
    }

    /// Has something written; says what is told when it cannot be.
    fn write(
        &mut self,
        request: RequestId,
        engagement: EngagementId,
        work: Work,
        not_done: impl FnOnce(Failed) -> Msg,
    ) {
        if let Err(failed) = self.writer.write(Write { request, engagement, work }) {
            self.tell(not_done(failed));
        }
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
        } else if self.aside.as_mut().map_or(Takes::No, |aside| aside.copy(&text)) == Takes::No {
            self.tell(Msg::NotCopied { text });
        }
    }

    fn open(&mut self, request: RequestId, id: EngagementId) {
        let (app, out, live, told) =
            (self.app.clone(), self.out.clone(), Arc::clone(&self.live), Arc::clone(&self.told));
        let (first, mut drawn) = (self.first.clone(), self.drawn.subscribe());
        told.opens(&id);
        self.read(async move {
            let answer = app.load(&id).await;
            let opened = answer.as_ref().ok().map(|engagement| engagement.state.head.seq);
            if opened.is_none() {
                told.fails(&id);
            }
            let answer = answer.as_ref().map(snapshot).map_err(failed_ref);
            drawn.mark_unchanged();
            let _ = out.send(Msg::Opened { request, answer }).await;
            if let Some(seq) = opened
                && told.shows(&id, seq) == relay::Heard::More
                && let Ok(engagement) = app.load(&id).await
            {
                // What happened while the answer was on its way was news of an engagement not yet shown.
                let _ = relay::changed(&app, &told, &out, &engagement, None).await;
            }
            // What would begin now would take the processors of whoever draws it.
            if drawn.changed().await.is_err() {
                return;
            }
            first.given();
            // Already watched in most cases; the live part knows. Closed in the meantime, it is no guest.
            if opened.is_some() && told.is_open(&id) && live.watch(id.clone()).await.is_ok() {
                forget(&told, &live, id).await;
            }
        });
    }

    fn close(&mut self, id: EngagementId) {
        let (live, told) = (Arc::clone(&self.live), Arc::clone(&self.told));
        told.closes(&id);
        self.read(async move { forget(&told, &live, id).await });
    }

    fn execute(&mut self, request: RequestId, engagement: EngagementId, act: Act) {
        let not_done = |failed| Msg::Executed { request, answer: Err(failed) };
        self.write(request, engagement, Work::One(act), not_done);
    }

    fn execute_all(&mut self, request: RequestId, engagement: EngagementId, acts: Vec<Act>) {
        let not_done =
            |failed| Msg::Bulked { request, answer: Bulked { change: None, failed: vec![failed] } };
        self.write(request, engagement, Work::All(acts), not_done);
    }

    fn release(&mut self, request: RequestId, engagement: EngagementId, wish: ReleaseWish) {
        let work = Work::Release(wish.clone());
        let not_done = |failed| Msg::Released { request, wish, answer: Err(NotReleased::Failed(failed)) };
        self.write(request, engagement, work, not_done);
    }

    fn upgrade(&mut self, request: RequestId, engagement: EngagementId, plan: RequestId) {
        let not_done = |failed| Msg::Executed { request, answer: Err(failed) };
        match self.shown.take(plan) {
            Some(plan) => self.write(request, engagement, Work::Upgrade(plan), not_done),
            None => self.tell(not_done(planned_anew())),
        }
    }

    /// Keeps the bytes of a file, and has it attached in turn with the other writes.
    fn attach(&mut self, request: RequestId, engagement: EngagementId, item: ItemId, path: String) {
        let (app, out, queue) = (self.app.clone(), self.out.clone(), self.writer.queue());
        while self.deeds.try_join_next().is_some() {}
        self.deeds.spawn(async move {
            match app.keep_file(path.into()).await {
                Ok(evidence) => {
                    let work = Work::One(Act::new(Command::AddEvidence { item, evidence }));
                    let _ = queue.send(Write { request, engagement, work }).await;
                }
                Err(error) => {
                    let _ = out.send(Msg::Executed { request, answer: Err(failed(error)) }).await;
                }
            }
        });
    }

    fn open_link(&mut self, url: String) {
        let out = self.out.clone();
        self.read(async move {
            if let Err(error) = aside::open_link(&url).await {
                let said = format!("the link cannot be opened: {error}");
                let _ = out.send(Msg::News(News::Trouble(said))).await;
            }
        });
    }

    fn ring(&mut self, notice: &Notice) {
        if let Some(aside) = &mut self.aside {
            aside.ring(&self.notify, notice);
        }
    }

    /// Keeps that the person has seen the newcomer's steps. Whoever cannot keep it sees them once more.
    fn guided(&mut self) {
        if let Guiding::Until(mark) = std::mem::take(&mut self.guide) {
            self.read(async move {
                let _ = tokio::fs::write(mark, "").await;
            });
        }
    }
}

/// Tells the live part that an engagement is open no longer, unless it has been opened again.
async fn forget(told: &Told, live: &Live, id: EngagementId) {
    if !told.is_open(&id) {
        let _ = live.forget(id).await;
    }
}

fn in_capacity((capacity, command): (Capacity, Command)) -> Act {
    Act::new(command).in_role(capacity.role).for_person(capacity.on_behalf_of)
}

impl Perform for Performer {
    fn drawn(&mut self) {
        self.drawn.send_replace(());
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::LoadPortfolio { request, lines } => self.load_portfolio(request, lines),
            Effect::SumUp { engagements } => self.sum_up(engagements),
            Effect::Open { request, engagement } => self.open(request, engagement),
            Effect::Close { engagement } => self.close(engagement),
            Effect::LoadHistory { request, engagement } => {
                self.ask(|app| answer::history(app, request, engagement));
            }
            Effect::LoadBurnUp { request, engagement } => {
                self.ask(|app| answer::burn_up(app, request, engagement));
            }
            Effect::LoadWork { request, engagements } => self.load_work(request, engagements),
            Effect::LoadChecks { request, engagements } => self.load_all_checks(request, engagements),
            Effect::LoadRoles { request, engagements } => {
                self.ask(|app| overview::roles(app, request, engagements));
            }
            Effect::AssignMany { request, engagements, role, member } => {
                self.carry_out(|app| overview::assign(app, request, engagements, role, member));
            }
            Effect::WriteReport { request, engagements, path } => {
                self.carry_out(|app| overview::report(app, request, engagements, path));
            }
            Effect::LoadRecent { request, engagement, check } => {
                self.ask(|app| answer::recent(app, request, engagement, check));
            }
            Effect::LoadLog { request, engagement, up_to } => self.load_log(request, engagement, up_to),
            Effect::OpenEvent { request, engagement, seq } => self.open_event(request, engagement, seq),
            Effect::LoadResults { request, engagement } => self.load_checks(request, engagement),
            Effect::LoadNextRuns { request, engagement } => self.load_next_runs(request, engagement),
            Effect::Execute { request, engagement, capacity, command } => {
                self.execute(request, engagement, in_capacity((capacity, command)));
            }
            Effect::ExecuteAll { request, engagement, acts } => {
                self.execute_all(request, engagement, acts.into_iter().map(in_capacity).collect());
            }
            Effect::WriteMinutes { request, engagement, since, here, day } => {
                self.carry_out(|app| kickoff::minutes(app, request, engagement, since, here, day));
            }
            Effect::AttachFile { request, engagement, item, path } => {
                self.attach(request, engagement, item, path);
            }
            Effect::RunChecks { request, engagement, checks } => {
                self.run_checks(request, engagement, checks);
            }
            Effect::PlanAction { request, engagement, action } => {
                let planned = Arc::clone(&self.planned);
                self.ask(|app| answer::plan(app, planned, request, engagement, action));
            }
            Effect::StartAction { request, plan } => {
                let shown = self.planned.take(plan);
                self.carry_out(|app| answer::act(app, request, shown));
            }
            Effect::Copy { text } => self.copy(text),
            Effect::OpenLink { url } => self.open_link(url),
            Effect::Ring { notice } => self.ring(&notice),
            Effect::Guided => self.guided(),
            Effect::LoadSeen { request, engagement } => {
                self.ask(|app| board::seen(app, request, engagement));
            }
            Effect::Attest { request, engagement, events } => {
                self.ask(|app| board::attest(app, request, engagement, events));
            }
            Effect::Release { request, engagement, wish } => self.release(request, engagement, wish),
            Effect::PlanUpgrade { request, engagement, to } => {
                let shown = Arc::clone(&self.shown);
                self.ask(|app| upgrade::plan(app, shown, request, engagement, to));
            }
            Effect::Upgrade { request, engagement, plan } => self.upgrade(request, engagement, plan),
            // The loop ends by itself.
            Effect::Quit => {}
        }
    }
}

#[cfg(test)]
mod tests;
