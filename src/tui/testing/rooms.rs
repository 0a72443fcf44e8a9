//! Answers to what the screens of the log and of the checks ask, as the application layer would give them.

use std::collections::VecDeque;

use chrono::TimeDelta;

use super::{World, noon, now, observation};
use crate::checks::NextRun;
use crate::domain::burn_up::Point;
use crate::domain::digest::Digest;
use crate::domain::head::Head;
use crate::domain::ids::CheckId;
use crate::domain::verdict::{Observation, Verdict};
use crate::tui::effect::Effect;
use crate::tui::model::Model;
use crate::tui::model::chronicle::PAGE;
use crate::tui::msg::{CheckResults, LogPage, Msg, OpenedEvent};
use crate::tui::update::update;

/// The page of a world's log that ends there.
pub fn log_page(world: &World, up_to: Head) -> LogPage {
    let mut events: Vec<_> = world.events.iter().filter(|e| e.seq <= up_to.seq).cloned().collect();
    events.reverse();
    events.truncate(PAGE as usize);
    let older = events.last().filter(|e| e.seq > 1).map(|e| Head { seq: e.seq - 1, hash: e.prev });
    LogPage { events, older }
}

/// Results of a check, the newest first: two passes, then two fails.
pub fn results(check: &str) -> Vec<Observation> {
    let series = [Verdict::Fail, Verdict::Fail, Verdict::Pass, Verdict::Pass];
    let result = |(n, verdict): (usize, Verdict)| {
        let n = u32::try_from(n).unwrap();
        let at = noon() - TimeDelta::seconds(12) - TimeDelta::minutes(2) * i32::try_from(n).unwrap();
        Observation { latency_ms: 84 - u64::from(n) * 20, ..observation(check, verdict, at) }
    };
    series.into_iter().enumerate().map(result).collect()
}

/// Answers what was asked, and what follows from the answers. Gives back what it has no answer to.
pub fn serve(model: &mut Model, world: &World, effects: Vec<Effect>) -> Vec<Effect> {
    let mut left = Vec::new();
    let mut queue = VecDeque::from(effects);
    for _ in 0..1000 {
        let Some(effect) = queue.pop_front() else { break };
        let msg = match effect {
            Effect::LoadLog { request, engagement, up_to } => {
                Msg::LogPage { request, engagement, answer: Ok(log_page(world, up_to)) }
            }
            Effect::OpenEvent { request, seq, .. } => {
                Msg::EventOpened { request, answer: Ok(Box::new(opened(world, seq))) }
            }
            Effect::LoadCheckResults { request, engagement } => {
                let last_pass = Some(noon() - TimeDelta::seconds(252));
                let check = CheckId::new("webhook").unwrap();
                let known = CheckResults { check, recent: results("webhook"), last_pass };
                Msg::CheckResults { request, engagement, answer: Ok(vec![known]) }
            }
            Effect::LoadNextRuns { request, engagement } => {
                let next = NextRun::At(noon() + TimeDelta::seconds(18));
                let answer = Ok([(CheckId::new("webhook").unwrap(), next)].into());
                Msg::NextRuns { request, engagement, answer }
            }
            Effect::LoadBurnUp { request, engagement } => {
                let point = |n: u32| Point {
                    day: noon().date_naive() - TimeDelta::days((20 - n).into()),
                    done: usize::try_from(n * n).unwrap() * 6 / 400,
                    waived: 0,
                    total: 11,
                };
                Msg::BurnUp { request, engagement, answer: Ok((0..=20).map(point).collect()) }
            }
            other => {
                left.push(other);
                continue;
            }
        };
        queue.extend(update(model, msg, now()));
    }
    left
}

fn opened(world: &World, seq: u64) -> OpenedEvent {
    let event = world.events.iter().find(|e| e.seq == seq).unwrap().clone();
    OpenedEvent {
        body: serde_json::to_string(&event).unwrap(),
        hash: Digest::of(&seq.to_be_bytes()),
        signature: "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n".to_owned(),
        namespace: "golive",
        last: world.state.head.seq,
        chain: None,
        signed: None,
        entitled: None,
        event,
    }
}
