//! `golive rehearse --drill billing-interruption`: walks a team through a billing interruption.
//!
//! The provider's scenario is switched at the steps where the world would change; each step asks who did
//! it, and what was done. With an engagement, every answer becomes a signed note on the item that the step
//! is about, so that the log tells later who did what and when.

use std::fmt;
use std::io::{self, BufRead as _, Read as _};
use std::net::{Ipv4Addr, SocketAddr};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::super::out::{Out, Tone};
use super::super::session::Session;
use super::remote::Panel;
use crate::app::Engagement;
use crate::clock::{Clock as _, SystemClock};
use crate::domain::command::Command;
use crate::domain::ids::{EngagementId, ItemId};
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};
use crate::rehearse::{Provider, Scenario, Simulator};

/// The longest answer that is read, in bytes; what is beyond it is left unread.
const MAX_ANSWER: u64 = 500;
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
/// it ends, the rehearsal is left in good order.
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
    let walked = walk(order, &panel, engagement, out).await;
    let left = panel.switch(Scenario::Happy).await;
    if let Some(simulator) = own {
        simulator.stop().await;
    }
    walked?;
    left.map(drop)
}

async fn walk(
    order: &Order<'_>,
    panel: &Panel,
    engagement: Option<(&Session, Engagement)>,
    out: &mut Out,
) -> Result<(), Failure> {
    let steps = match order.drill {
        Drill::BillingInterruption => &BILLING_INTERRUPTION,
    };
    let began = SystemClock.now();
    let mut done = Vec::with_capacity(steps.len());
    for (n, step) in steps.iter().enumerate() {
        let start = SystemClock.now();
        if let Some(scenario) = step.scenario {
            panel.switch(scenario).await?;
        }
        let state = panel.billing_state().await?;
        let heading = format!("Step {} of {}  {}", n + 1, steps.len(), step.title);
        tell(out, Tone::Strong, &format!("\n{heading}"));
        tell(out, Tone::Plain, &format!("  Billing is: {state}"));
        if step.title == "Show the fallback wording" {
            let url = format!("{}/m/{}/site/paused", panel.base(), Provider::Billing.runbook());
            tell(out, Tone::Plain, &format!("  Users read: {url}"));
        }
        tell(out, Tone::Plain, &format!("  {}", step.task));
        let (who, what) = answer(&order.answers, step, out)?;
        let at = SystemClock.now();
        let item = match &engagement {
            Some((session, engagement)) => {
                let text = format!("Drill {}, {heading}: {who}: {what}. Billing was: {state}", order.drill);
                Some(record(session, engagement, step, &text).await?)
            }
            None => None,
        };
        tell(out, Tone::Good, &format!("  {who}: {what}"));
        let seconds = (at - start).num_seconds();
        done.push(Done { step: step.title, who, what, item, at, seconds, state });
    }
    summary(order, engagement.is_some(), SystemClock.now() - began, &done, out)
}

/// Lines for people; nothing when data is asked for.
fn tell(out: &mut Out, tone: Tone, text: &str) {
    if !out.json() {
        let text = out.paint(tone, text);
        out.line(text);
        out.flush();
    }
}

/// Who did a step, and what.
fn answer(answers: &Answers, step: &Step, out: &mut Out) -> Result<(String, String), Failure> {
    let line = match answers {
        Answers::By(name) => name.clone(),
        Answers::Asked => {
            tell(out, Tone::Plain, "  Who did it? NAME, or NAME: what was done");
            let mut line = String::new();
            // Line by line, and never more of one than an answer can be.
            let read = io::stdin().lock().take(MAX_ANSWER).read_line(&mut line);
            let read = read.map_err(|error| Failure::new(Kind::Store, error))?;
            if read == 0 {
                return Err(Failure::new(Kind::Usage, NoAnswer(step.title))
                    .hint("give an answer for every step on standard input, or --yes --by NAME"));
            }
            line
        }
    };
    let (who, what) = line.split_once(':').unwrap_or((line.as_str(), ""));
    let safe = |text: &str| SafeText::clipped(text.trim(), KEPT).as_str().to_owned();
    let (who, what) = (safe(who), safe(what));
    if who.is_empty() {
        return Err(Failure::new(Kind::Usage, NoAnswer(step.title)).hint("say at least the name"));
    }
    Ok((who, if what.is_empty() { step.done.to_owned() } else { what }))
}

/// A step that nobody answered for.
#[derive(Debug, thiserror::Error)]
#[error("nobody said who did the step '{0}'")]
struct NoAnswer(&'static str);

/// An engagement whose runbook has no item at all.
#[derive(Debug, thiserror::Error)]
#[error("the runbook of the engagement has no item to record the drill on")]
struct NoItem;

/// Writes a step down on the item that it is about; gives the item.
async fn record(
    session: &Session,
    engagement: &Engagement,
    step: &Step,
    text: &str,
) -> Result<String, Failure> {
    let item = item_for(engagement, step).ok_or_else(|| Failure::new(Kind::NotReady, NoItem))?;
    let command = Command::Note { item: Some(item.clone()), text: text.to_owned() };
    session.act(engagement.id(), command, None).await?;
    Ok(item.as_str().to_owned())
}

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
        let mut out = Out::new(true);
        let step = &BILLING_INTERRUPTION[1];
        let mut said = |line: &str| answer(&Answers::By(line.to_owned()), step, &mut out);
        assert_eq!(said("Ana").unwrap(), ("Ana".to_owned(), "detected the failure".to_owned()));
        assert_eq!(said(" Ana : saw the alert").unwrap(), ("Ana".to_owned(), "saw the alert".to_owned()));
        assert_eq!(said(": nobody").unwrap_err().kind, Kind::Usage);
        let (who, _) = said(&format!("\u{1b}[2J{}", "x".repeat(5_000))).unwrap();
        assert!(!who.contains('\u{1b}') && who.chars().count() <= KEPT + 1, "{who}");
    }
}
