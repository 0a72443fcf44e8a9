//! `golive rehearse --drill billing-interruption`: walks a team through a billing interruption.
//!
//! The provider's scenario is switched at the steps where the world would change; each step asks who did
//! it, and what was done. With an engagement, every answer becomes a signed note on the item that the step
//! is about, so that the log tells later who did what and when.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::stream::{self, Stream, StreamExt as _};
use serde::Serialize;

use super::super::out::{Out, Tone};
use super::super::plain::lines;
use super::super::session::Session;
use super::super::signals::StopSignals;
use super::remote::Panel;
use crate::app::Engagement;
use crate::clock::{Clock as _, SystemClock};
use crate::domain::command::Command;
use crate::domain::ids::{EngagementId, ItemId};
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};
use crate::rehearse::{Provider, Scenario, Simulator};

/// The longest answer that is kept, in characters.
const KEPT: usize = 200;

/// The drills that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Drill {
    /// A charge fails, dunning begins, and billing recovers
    BillingInterruption,
}

impl fmt::Display for Drill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BillingInterruption => f.write_str("billing-interruption"),
        }
    }
}

/// One step of a drill.
struct Step {
    title: &'static str,
    /// What the team is asked to do.
    task: &'static str,
    /// What is written down when nobody says more.
    done: &'static str,
    /// The scenario that begins with it.
    scenario: Option<Scenario>,
    /// The items that it is about, the best first.
    items: &'static [&'static str],
}

/// The interruption: steps of the source's incident simulation, in the order in which they come up.
const BILLING_INTERRUPTION: [Step; 8] = [
    Step {
        title: "Inject the failure",
        task: "A charge fails now. Who watches the clock?",
        done: "started the interruption",
        scenario: Some(Scenario::PaymentFailed),
        items: &["drill", "recovery-tested"],
    },
    Step {
        title: "Detect it",
        task: "Find the failure as you would on any day: alert, dashboard, webhook. Who saw it first?",
        done: "detected the failure",
        scenario: None,
        items: &["alerts", "state-monitored", "drill"],
    },
    Step {
        title: "Tell the people",
        task: "Tell finance, engineering and support. Who was told, and by whom?",
        done: "told finance, engineering and support",
        scenario: None,
        items: &["responders", "remediation", "drill"],
    },
    Step {
        title: "Show the fallback wording",
        task: "New verifications are paused. Look at what users read. Who confirms that it is the approved wording?",
        done: "confirmed the fallback wording",
        scenario: None,
        items: &["fallback-wording", "fallback-path", "drill"],
    },
    Step {
        title: "Escalate",
        task: "Dunning has begun. Who takes the incident over, and decides?",
        done: "took the escalation over",
        scenario: Some(Scenario::Dunning),
        items: &["incident-owner", "drill"],
    },
    Step {
        title: "Resolve it",
        task: "Settle the payment: another payment method, or the open invoice. Who resolves it?",
        done: "resolved the payment failure",
        scenario: Some(Scenario::Happy),
        items: &["remediation", "runbooks", "drill"],
    },
    Step {
        title: "Confirm the recovery",
        task: "Billing is active again. Who confirms that new verifications start?",
        done: "confirmed the recovery",
        scenario: None,
        items: &["recovery-tested", "drill"],
    },
    Step {
        title: "Review",
        task: "What was slow, and who changes it?",
        done: "led the review",
        scenario: None,
        items: &["drill", "weekly-review"],
    },
];

/// Who answers: a person at the terminal or a script on standard input, or the same name everywhere.
#[derive(Debug, Clone)]
pub(super) enum Answers {
    /// Asked for on standard output, read from standard input: a line `NAME` or `NAME: what was done`.
    Asked,
    /// One person does everything.
    By(String),
}

/// What a drill takes.
pub(super) struct Order<'s> {
    pub(super) drill: Drill,
    pub(super) port: u16,
    pub(super) answers: Answers,
    pub(super) engagement: Option<(&'s Session, EngagementId)>,
}

/// One step as it went.
#[derive(Debug, Serialize)]
struct Done {
    step: &'static str,
    who: String,
    what: String,
    item: Option<String>,
    at: DateTime<Utc>,
    seconds: i64,
    state: String,
}

/// Runs a drill against the rehearsal at a port, or against one of its own when none runs there. However
/// it ends, the rehearsal is left in the scenario in which it was found.
pub(super) async fn run(order: &Order<'_>, out: &mut Out) -> Result<(), Failure> {
    // Before the first question: a drill that cannot be written down should not begin.
    let engagement = match &order.engagement {
        Some((session, id)) => Some((*session, session.load(id).await?)),
        None => None,
    };
    let mut panel = Panel::at(order.port)?;
    let mut own = None;
    if panel.state().await.is_err() {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, order.port));
        let simulator = Simulator::start(address, Scenario::Happy).map_err(super::no_rehearsal)?;
        panel = Panel::at(simulator.address().port())?;
        own = Some(simulator);
    }
    let found = panel.scenario().await?;
    let walk = Walk { order, panel: &panel, engagement };
    let walked = walk.through(out).await;
    let left = panel.switch(found).await;
    if let Some(simulator) = own {
        simulator.stop().await;
    }
    walked?;
    left.map(drop)
}

/// A drill on its way.
struct Walk<'d> {
    order: &'d Order<'d>,
    panel: &'d Panel,
    engagement: Option<(&'d Session, Engagement)>,
}

impl Walk<'_> {
    async fn through(&self, out: &mut Out) -> Result<(), Failure> {
        let steps = match self.order.drill {
            Drill::BillingInterruption => &BILLING_INTERRUPTION,
        };
        let drill = self.order.drill;
        // Whoever may not write into the log is told before anything is switched.
        self.record(&steps[0], &format!("Drill {drill} begins")).await?;
        // From here on there is something to be switched back.
        let mut stop = StopSignals::listen().map_err(|error| Failure::new(Kind::Store, error))?;
        let mut answers = answers(&self.order.answers);
        let began = SystemClock.now();
        let mut done = Vec::with_capacity(steps.len());
        for (n, step) in steps.iter().enumerate() {
            let heading = format!("Step {} of {}  {}", n + 1, steps.len(), step.title);
            match self.step(step, &heading, &mut answers, &mut stop, out).await {
                Ok(went) => done.push(went),
                Err(failure) => {
                    let place = format!("step {} of {}, {}", n + 1, steps.len(), step.title);
                    let noted = self.record(step, &format!("Drill {drill} was broken off at {place}")).await;
                    return Err(match noted {
                        Ok(_) => failure,
                        Err(also) => failure.hint(format!("that could not be noted: {also}")),
                    });
                }
            }
        }
        summary(self.order, self.engagement.is_some(), SystemClock.now() - began, &done, out)
    }

    async fn step(
        &self,
        step: &Step,
        heading: &str,
        answers: &mut Lines,
        stop: &mut StopSignals,
        out: &mut Out,
    ) -> Result<Done, Failure> {
        let start = SystemClock.now();
        if let Some(scenario) = step.scenario {
            self.panel.switch(scenario).await?;
        }
        let state = self.panel.billing_state().await?;
        tell(out, Tone::Strong, &format!("\n{heading}"));
        tell(out, Tone::Plain, &format!("  Billing is: {state}"));
        if step.title == "Show the fallback wording" {
            let url = format!("{}/m/{}/site/paused", self.panel.base(), Provider::Billing.runbook());
            tell(out, Tone::Plain, &format!("  Users read: {url}"));
        }
        tell(out, Tone::Plain, &format!("  {}", step.task));
        if matches!(self.order.answers, Answers::Asked) {
            tell(out, Tone::Plain, "  Who did it? NAME, or NAME: what was done");
        }
        let line = tokio::select! {
            biased;
            () = stop.asked() => return Err(Failure::new(Kind::NotReady, BrokenOff(step.title))),
            line = answers.next() => line,
        };
        let (who, what) = said(line.as_deref(), step)?;
        let at = SystemClock.now();
        let text = format!("Drill {}, {heading}: {who}: {what}. Billing was: {state}", self.order.drill);
        let item = self.record(step, &text).await?;
        tell(out, Tone::Good, &format!("  {who}: {what}"));
        let seconds = (at - start).num_seconds();
        Ok(Done { step: step.title, who, what, item, at, seconds, state })
    }

    /// Writes something down on the item that a step is about; gives the item. Without an engagement,
    /// nothing is written.
    async fn record(&self, step: &Step, text: &str) -> Result<Option<String>, Failure> {
        let Some((session, engagement)) = &self.engagement else {
            return Ok(None);
        };
        let item = item_for(engagement, step).ok_or_else(|| Failure::new(Kind::NotReady, NoItem))?;
        let command = Command::Note { item: Some(item.clone()), text: text.to_owned() };
        session.act(engagement.id(), command, None).await?;
        Ok(Some(item.as_str().to_owned()))
    }
}

/// Lines for people; nothing when data is asked for.
fn tell(out: &mut Out, tone: Tone, text: &str) {
    if !out.json() {
        let text = out.paint(tone, text);
        out.line(text);
        out.flush();
    }
}

/// Answers, one line a step.
type Lines = Pin<Box<dyn Stream<Item = String> + Send>>;

fn answers(answers: &Answers) -> Lines {
    match answers {
        Answers::By(name) => Box::pin(stream::repeat(name.clone())),
        Answers::Asked => Box::pin(lines()),
    }
}

/// Who did a step, and what; no line is the end of all answers.
fn said(line: Option<&str>, step: &Step) -> Result<(String, String), Failure> {
    let nobody = || Failure::new(Kind::Usage, NoAnswer(step.title));
    let line = line.ok_or_else(|| {
        nobody().hint("give an answer for every step on standard input, or --yes --by NAME")
    })?;
    let (who, what) = line.split_once(':').unwrap_or((line, ""));
    let safe = |text: &str| SafeText::clipped(text.trim(), KEPT).as_str().to_owned();
    let (who, what) = (safe(who), safe(what));
    if who.is_empty() {
        return Err(nobody().hint("say at least the name"));
    }
    Ok((who, if what.is_empty() { step.done.to_owned() } else { what }))
}

/// The process was asked to end at a step.
#[derive(Debug, thiserror::Error)]
#[error("the drill was broken off at the step '{0}'")]
struct BrokenOff(&'static str);

/// A step that nobody answered for.
#[derive(Debug, thiserror::Error)]
#[error("nobody said who did the step '{0}'")]
struct NoAnswer(&'static str);

/// An engagement whose runbook has no item at all.
#[derive(Debug, thiserror::Error)]
#[error("the runbook of the engagement has no item to record the drill on")]
struct NoItem;

/// The item that a step is about; in a runbook without it, the first one.
fn item_for(engagement: &Engagement, step: &Step) -> Option<ItemId> {
    let runbook = &engagement.runbook;
    let named = step.items.iter().find_map(|id| runbook.item(id).map(|(_, item)| item.id.clone()));
    named.or_else(|| runbook.stages().iter().flat_map(|stage| &stage.items).next().map(|i| i.id.clone()))
}

#[derive(Serialize)]
struct Summary<'d> {
    drill: String,
    engagement: Option<String>,
    seconds: i64,
    steps: &'d [Done],
}

fn summary(
    order: &Order<'_>,
    recorded: bool,
    took: TimeDelta,
    done: &[Done],
    out: &mut Out,
) -> Result<(), Failure> {
    let seconds = took.num_seconds();
    if out.json() {
        let engagement = order.engagement.as_ref().map(|(_, id)| id.as_str().to_owned());
        return out.value(&Summary { drill: order.drill.to_string(), engagement, seconds, steps: done });
    }
    tell(out, Tone::Strong, &format!("\nDrill {}: {} steps in {seconds} s", order.drill, done.len()));
    for Done { step, who, what, seconds, .. } in done {
        tell(out, Tone::Plain, &format!("  {seconds:>5} s  {step:<26}{who}: {what}"));
    }
    let end = if recorded {
        "Every step is a signed note in the engagement's log."
    } else {
        "Nothing was recorded: give --engagement ID to keep it in a log."
    };
    tell(out, Tone::Plain, end);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scenario_is_bad_from_the_first_step_to_the_resolution() {
        let scenarios: Vec<Scenario> = BILLING_INTERRUPTION.iter().filter_map(|s| s.scenario).collect();
        assert_eq!(scenarios, [Scenario::PaymentFailed, Scenario::Dunning, Scenario::Happy]);
        assert!(BILLING_INTERRUPTION.iter().all(|step| !step.items.is_empty()));
    }

    #[test]
    fn an_answer_is_a_name_and_perhaps_what_was_done() {
        let step = &BILLING_INTERRUPTION[1];
        let said = |line: &str| said(Some(line), step);
        assert_eq!(said("Ana").unwrap(), ("Ana".to_owned(), "detected the failure".to_owned()));
        assert_eq!(said(" Ana : saw the alert").unwrap(), ("Ana".to_owned(), "saw the alert".to_owned()));
        assert_eq!(said(": nobody").unwrap_err().kind, Kind::Usage);
        let (who, _) = said(&format!("\u{1b}[2J{}", "x".repeat(5_000))).unwrap();
        assert!(!who.contains('\u{1b}') && who.chars().count() <= KEPT + 1, "{who}");
    }
}
