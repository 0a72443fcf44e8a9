//! What an action would do and what became of it, in words: the same on the command line and on the
//! screen. Secrets are covered; what the provider said is for [`SafeText`](crate::domain::text::SafeText)
//! to make safe where it is shown.

use super::{ActionPlan, ActionReport};
use crate::checks::shown::COVERED;
use crate::domain::action::{Action, Repeat};
use crate::domain::check::Method;
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
            out.push("  This happens only once.".to_owned());
        }
        out
    }
}

impl ActionReport {
    /// What became of it and what to do now, a line each.
    pub fn lines(&self, action: &Action) -> Vec<String> {
        let request = self.request_id.as_ref().map_or_else(String::new, |id| format!(" (request {id})"));
        let mut out = vec![match &self.outcome {
            Outcome::Done => format!("done: {}{request}", action.title),
            Outcome::Failed(why) => format!("not carried out: {why}{request}"),
            Outcome::Unknown(why) | Outcome::Reset(why) => format!("outcome unknown: {why}{request}"),
        }];
        out.extend(self.captured.iter().map(|(field, value)| format!("filled in: {field} = {value}")));
        out.extend(self.kept.iter().map(|k| format!("secret {} {COVERED} is in {}", k.secret, k.source)));
        out.extend(self.shown.iter().cloned());
        out.extend(self.advice.iter().cloned());
        if let Outcome::Unknown(_) = self.outcome {
            out.push(format!(
                "it is not repeated by itself; golive action-reset {} {} --reason TEXT lets it be started anew",
                self.engagement.id(),
                action.id
            ));
        }
        out
    }
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
