//! `golive demo`: golive at work against a rehearsal, with nothing to set up and nothing left behind.

mod cast;
mod clock;
mod errands;
mod feed;
mod folder;
mod headless;
mod merchant_side;
mod narrator;
mod play;
mod portfolio;
mod rig;
#[cfg(test)]
mod scenario_tests;
mod trouble;

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use chrono::TimeDelta;

use super::out::Out;
use super::session::Session;
use super::signals::StopSignals;
use super::{Ending, plain as lines};
use crate::error::{Failure, Kind};
use crate::rehearse::{Provider, Scenario};
use crate::tui::model::Start;
use crate::tui::perform::{self, Guiding, Manner, Outcome};
use clock::StoryClock;
use narrator::Narrator;
use rig::Rig;
use trouble::Trouble;

/// How far the review of the KYC papers is when the portfolio opens: it ends after five seconds, and
/// whoever watches sees it within ten.
const HEAD_START: TimeDelta = TimeDelta::seconds(2);

/// What the demo takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Take one merchant from the first stage to the last on the command line, without a screen
    #[arg(long)]
    headless: bool,
    /// Open an engagement of this runbook, of any that golive comes with; without a screen, the one that is
    /// played (paymentsai when none is named)
    #[arg(long, value_name = "RUNBOOK", value_parser = provider)]
    runbook: Option<Provider>,
    /// What the providers do; `golive rehearse --help` lists the scenarios
    #[arg(long, default_value_t = Scenario::Happy, value_name = "NAME")]
    scenario: Scenario,
    /// How long a stage may stand still before a demo without a screen gives up
    #[arg(long, default_value = "30s", value_name = "TIME", value_parser = humantime::parse_duration)]
    wait: Duration,
}

/// The provider whose runbook it is.
fn provider(runbook: &str) -> Result<Provider, String> {
    Provider::ALL.into_iter().find(|provider| provider.runbook() == runbook).ok_or_else(|| {
        let known = Provider::ALL.map(Provider::runbook).join(", ");
        format!("golive comes with the runbooks {known}")
    })
}

/// Runs the demo.
pub async fn run(args: &Args, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    // Its merchants are nobody's: no program and no address is told of them.
    let mut manner = session.manner();
    (manner.notify.command, manner.notify.webhook) = (None, None);
    manner.guide = Guiding::Always;
    // Before there is anything to take down.
    let mut stop = StopSignals::listen().map_err(Trouble::Signals)?;
    let clock = if args.headless { StoryClock::running() } else { StoryClock::standing() };
    let rig = Rig::set_up(args.scenario, clock).await?;
    let played = Box::pin(play(args, session.global.plain(), manner, &rig, &mut stop, out)).await;
    // Also after trouble: nothing may be left behind.
    let taken_down = rig.take_down().await;
    let ending = played?;
    taken_down?;
    Ok(ending)
}

async fn play(
    args: &Args,
    plain: bool,
    manner: Manner,
    rig: &Rig,
    stop: &mut StopSignals,
    out: &mut Out,
) -> Result<Ending, Failure> {
    let provider = args.runbook.unwrap_or(Provider::PaymentsAi);
    if args.headless {
        let mut narrator = Narrator::new(out);
        let told = Box::pin(headless::run(rig, provider, args.wait, &mut narrator));
        until(stop, told).await.unwrap_or(Err(Trouble::Interrupted))?;
        return Ok(Ending::Done);
    }
    let opened = async {
        // What lies behind them went well; the scenario is that of today.
        let world = rig.simulator.world();
        let today = world.scenario();
        world.switch_to(Scenario::Happy);
        portfolio::play_all(rig).await?;
        world.switch_to(today);
        // Those of PaymentsAI are in the portfolio in any case.
        Ok(match headless::shop(provider) {
            None => Start::Portfolio,
            Some(shop) => Start::Engagement(portfolio::play_one(rig, provider, shop).await?),
        })
    };
    let start = until(stop, Box::pin(opened)).await.unwrap_or(Err(Trouble::Interrupted))?;
    rig.let_the_world_turn(HEAD_START);
    if plain {
        return lines::run(rig.app.clone(), start).await;
    }
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(screen(rig, start, manner).await?);
    }
    // Being asked to end is how one leaves it.
    until(stop, feed::run(rig, out)).await.unwrap_or(Ok(()))?;
    Ok(Ending::Done)
}

/// What comes of some work, or nothing when the process is asked to end before.
async fn until<T>(stop: &mut StopSignals, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        () = stop.asked() => None,
    }
}

/// The screen, which listens for signals itself.
async fn screen(rig: &Rig, start: Start, manner: Manner) -> Result<Ending, Trouble> {
    match perform::open(rig.app.clone(), start, manner).await? {
        Outcome::Left => Ok(Ending::Done),
        Outcome::Signal(signal) => Ok(Ending::Signal(signal)),
        // Its message has been printed.
        Outcome::Panicked => Ok(Ending::Answered(Kind::Store)),
    }
}
