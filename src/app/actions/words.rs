//! What an action would do and what became of it, in words: the same on the command line and on the
//! screen. Secrets are covered; what the provider said is for [`SafeText`](crate::domain::text::SafeText)
//! to make safe where it is shown.

use super::{ActionPlan, ActionReport, Kept, Unlogged};
use crate::checks::shown::COVERED;
use crate::domain::action::{Action, Repeat};
use crate::domain::check::Method;
use crate::domain::secret::SecretSource;
use crate::domain::state::Outcome;

impl ActionPlan {
    /// What is confirmed and what would be sent where, a line each.
    pub fn lines(&self) -> Vec<String> {
        let mut out = vec![self.confirm.clone()];
        for request in &self.requests {
            out.push(format!("  {} {}", word(request.method), request.address));
            for (id, source) in &request.secrets {
                out.push(format!("    with secret {id} {COVERED} from {source}"));
            }
            for id in &request.stores {
                out.push(format!("    secret {id} comes back once and is kept in a new file of your own"));
            }
        }
        if self.action.repeat == Repeat::Once {
            let item = self.action.item.as_ref().and_then(|id| self.engagement.runbook.item(id.as_str()));
            let ends = item.filter(|(_, item)| item.valid_for.is_some());
            out.push(ends.map_or("  This happens only once.".to_owned(), |(_, item)| {
                format!("  This happens only once until \"{}\" is about to expire.", item.title)
            }));
        }
        if let Some(earlier) = &self.earlier {
            let at = earlier.at.format("%Y-%m-%d %H:%M:%S UTC");
            out.push(format!("  The attempt of {} at {at} may have been carried out.", earlier.by));
            out.push(if earlier.same_key {
                "  This one carries the same idempotency key: a provider that still knows it does nothing twice."
                    .to_owned()
            } else {
                "  No idempotency key goes along, so it may happen twice: look on the provider's side first."
                    .to_owned()
            });
            out.extend(earlier.left.iter().map(|source| format!("  {}", left_line(source))));
        }
        out
    }
}

/// What an attempt whose end nobody knows has left on this machine.
pub fn left_line(source: &SecretSource) -> String {
    format!("{source} was written by that attempt: what came back may be in it")
}

impl ActionReport {
    /// What became of it and what to do now, a line each.
    pub fn lines(&self, action: &Action) -> Vec<String> {
        let mut out = vec![outcome_line(&self.outcome, &action.title, self.request_id.as_deref())];
        out.extend(self.captured.iter().map(|(field, value)| format!("filled in: {field} = {value}")));
        out.extend(self.kept.iter().map(kept_line));
        out.extend(self.shown.iter().cloned());
        out.extend(self.advice.iter().cloned());
        if let Outcome::Unknown(_) = self.outcome {
            let words = format!("{} {}", self.engagement.id(), action.id);
            if action.idempotency_header.is_some() {
                out.push(format!(
                    "it is not repeated by itself; golive run {words} sends it again with the same idempotency key"
                ));
                out.push(format!(
                    "golive action-reset {words} --reason TEXT lets it begin anew, with another key"
                ));
            } else {
                out.push(format!(
                    "it is not repeated by itself; golive action-reset {words} --reason TEXT lets it be started anew"
                ));
            }
        }
        out
    }
}

impl Unlogged {
    /// What became of it, which is told nowhere else, and what to do now, a line each.
    pub fn lines(&self) -> Vec<String> {
        let mut out = vec![outcome_line(&self.outcome, &self.title, self.request_id.as_deref())];
        out.extend(
            self.captured.iter().map(|(field, value)| format!("not filled in yet: {field} = {value}")),
        );
        out.extend(self.kept.iter().map(kept_line));
        out.extend(self.advice.iter().cloned());
        out.push("the log will say that nobody knows how it ended: keep these lines".to_owned());
        out
    }
}

fn outcome_line(outcome: &Outcome, title: &str, request_id: Option<&str>) -> String {
    let request = request_id.map_or_else(String::new, |id| format!(" (request {id})"));
    match outcome {
        Outcome::Done => format!("done: {title}{request}"),
        Outcome::Failed(why) => format!("not carried out: {why}{request}"),
        Outcome::Unknown(why) | Outcome::Reset(why) => format!("outcome unknown: {why}{request}"),
    }
}

fn kept_line(kept: &Kept) -> String {
    format!("secret {} {COVERED} is in {}", kept.secret, kept.source)
}

fn word(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}
