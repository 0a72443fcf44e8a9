//! What waits for one person in an engagement: of everything that is open in stages where work may go on,
//! that which one of their roles can do something about.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

use super::assess::{Assessment, Gate};
use super::blocker::{Blocker, Stale, Why, stage_blockers};
use super::ids::{ItemId, MemberName, RoleId, StageId};
use super::pace::{Pace, lead_days};
use super::runbook::Runbook;
use super::state::State;

/// Why something waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The check of a done item has failed since.
    Regressed,
    /// A reviewer sent it back.
    SentBack,
    /// The time for which it held is over.
    Expired,
    /// It was signed, and what was signed has changed.
    SignAgain,
    /// Its check has not passed.
    Check,
    /// A role of theirs owns it.
    Owner,
    /// Evidence is wanted.
    Evidence,
    /// A role of theirs is consulted, and its comment required.
    Comment,
    /// The stage as a whole waits for their signature.
    Stage,
    /// Somebody asks for an exception, and they may grant it.
    Exception,
}

impl Cause {
    /// The words for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Regressed => "regressed",
            Self::SentBack => "sent back",
            Self::Expired => "expired",
            Self::SignAgain => "sign again",
            Self::Check => "check",
            Self::Owner => "yours",
            Self::Evidence => "evidence",
            Self::Comment => "consulted",
            Self::Stage => "sign stage",
            Self::Exception => "exception",
        }
    }
}

/// One thing that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenWork {
    /// The stage.
    pub stage: StageId,
    /// Its title.
    pub stage_title: String,
    /// The item; none for the stage as a whole.
    pub item: Option<ItemId>,
    /// The title of the item, or of the stage.
    pub title: String,
    /// The role of theirs that can do something about it.
    pub role: RoleId,
    /// Its name.
    pub role_name: String,
    /// Why it is theirs.
    pub cause: Cause,
    /// What is open, in words.
    pub reason: String,
    /// Since when it waits.
    pub since: DateTime<Utc>,
    /// The last day on which it can be begun for the target to be met: the lead times of the item itself
    /// and of all later stages are taken off. None without a target.
    pub begin_by: Option<NaiveDate>,
}

/// What waits for a person, in the order of the runbook.
pub fn open_work(
    runbook: &Runbook,
    state: &State,
    assessment: &Assessment,
    me: &MemberName,
) -> Vec<OpenWork> {
    let Some(member) = state.members.get(me) else {
        return Vec::new();
    };
    let pace = Pace::new(runbook, state, assessment);
    let mut out = Vec::new();
    for (n, stage) in runbook.stages().iter().enumerate() {
        let Some(assessed) = assessment.stages.get(n).filter(|a| !a.complete && a.gate != Gate::Shut) else {
            continue;
        };
        let later: u32 = (n + 1..runbook.stages().len())
            .map(|later| lead_days(runbook, assessment, later))
            .fold(0, u32::saturating_add);
        let by = |lead: u32| {
            let all = TimeDelta::try_days(i64::from(lead.saturating_add(later)))?;
            state.target?.checked_sub_signed(all)
        };
        let row = |item: Option<&ItemId>, role: &RoleId, cause, reason: String, since| {
            let known = item.and_then(|id| stage.items.iter().find(|i| i.id == *id));
            OpenWork {
                stage: stage.id.clone(),
                stage_title: stage.title.clone(),
                item: item.cloned(),
                title: known.map_or_else(|| stage.title.clone(), |i| i.title.clone()),
                role: role.clone(),
                role_name: runbook.role_name(role).to_owned(),
                cause,
                reason,
                since,
                begin_by: by(known.and_then(|i| i.lead_time).map_or(0, super::pace::days)),
            }
        };
        for blocker in stage_blockers(runbook, state, assessment, n) {
            if let Some(role) = blocker.roles.iter().find(|role| member.roles.contains(*role)) {
                let since = since(state, &blocker).unwrap_or(pace.since);
                let (cause, reason) = (cause(&blocker), blocker.reason());
                out.push(row(blocker.item.as_ref(), role, cause, reason, since));
            }
        }
        let leads = runbook.roles.values().find(|role| role.lead && member.roles.contains(&role.id));
        for (item, _) in stage.items.iter().zip(&assessed.items) {
            let asked = state.items.get(&item.id).and_then(|i| i.requested.as_ref());
            // Nobody grants what they asked for themselves.
            if let (Some(lead), Some(asked)) = (leads, asked.filter(|a| a.asked.by.name != *me)) {
                let reason = format!("{} asks: {}", asked.asked.by.name, asked.asked.text);
                out.push(row(Some(&item.id), &lead.id, Cause::Exception, reason, asked.asked.at));
            }
        }
    }
    out
}

fn cause(blocker: &Blocker) -> Cause {
    match &blocker.why {
        Why::Stale(stale) => match stale {
            Stale::Regressed(_) => Cause::Regressed,
            Stale::SentBack { .. } => Cause::SentBack,
            Stale::Expired(_) => Cause::Expired,
            Stale::EvidenceChanged
            | Stale::ContentChanged
            | Stale::RunbookChanged
            | Stale::ItemChanged(_)
            | Stale::ItemOpen => Cause::SignAgain,
        },
        Why::CheckNotPassed(..) | Why::NotFresh(..) | Why::ChangedSince(..) => Cause::Check,
        Why::NotTicked | Why::BoxesLeft(_) | Why::NotSigned | Why::SamePerson => {
            if blocker.item.is_some() {
                Cause::Owner
            } else {
                Cause::Stage
            }
        }
        Why::EvidenceLeft { .. } => Cause::Evidence,
        Why::NoComment => Cause::Comment,
        Why::StageNotSigned => Cause::Stage,
    }
}

/// Since when it waits, where that is another moment than the beginning of the stage.
fn since(state: &State, blocker: &Blocker) -> Option<DateTime<Utc>> {
    let item = state.items.get(blocker.item.as_ref()?)?;
    match &blocker.why {
        Why::Stale(Stale::Regressed(_)) => item.reopened.as_ref().map(|r| r.at),
        Why::Stale(Stale::SentBack { .. }) => item.rejected.as_ref().map(|r| r.at),
        Why::Stale(Stale::Expired(at)) => Some(*at),
        Why::Stale(
            Stale::EvidenceChanged
            | Stale::ContentChanged
            | Stale::RunbookChanged
            | Stale::ItemChanged(_)
            | Stale::ItemOpen,
        )
        | Why::CheckNotPassed(..)
        | Why::NotFresh(..)
        | Why::ChangedSince(..)
        | Why::NotTicked
        | Why::BoxesLeft(_)
        | Why::NotSigned
        | Why::SamePerson
        | Why::EvidenceLeft { .. }
        | Why::NoComment
        | Why::StageNotSigned => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::Command;
    use crate::domain::testing::{World, item_id, name};
    use crate::domain::verdict::Verdict;

    fn work(world: &World, who: &str) -> Vec<OpenWork> {
        open_work(&world.runbook, &world.state, &world.assess(), &name(who))
    }

    fn told(world: &World, who: &str) -> Vec<(String, Cause)> {
        work(world, who)
            .into_iter()
            .map(|w| (w.item.map_or_else(|| "stage".to_owned(), |id| id.to_string()), w.cause))
            .collect()
    }

    #[test]
    fn only_what_ones_own_roles_can_do_in_open_stages_waits() {
        let world = World::new();
        assert_eq!(told(&world, "Dev"), [("form".to_owned(), Cause::Owner)]);
        assert_eq!(told(&world, "Bo"), [("kyc".to_owned(), Cause::Check)]);
        assert_eq!(told(&world, "Ada"), [], "her stage is shut");
        assert_eq!(told(&world, "Eve"), [], "she takes no part");
    }

    #[test]
    fn what_broke_again_waits_since_then() {
        let mut world = World::first_done();
        world.pass(4);
        world.sees("kyc", Verdict::Fail, 9);
        let row = work(&world, "Bo").remove(0);
        assert_eq!((row.cause, row.since), (Cause::Regressed, world.now));
    }

    #[test]
    fn the_stage_waits_for_those_who_sign_it_and_an_exception_for_a_lead() {
        let mut world = World::second_done();
        world.pass(1);
        let all = told(&world, "Lea");
        assert!(all.iter().all(|(_, cause)| *cause != Cause::Stage), "signed already: {all:?}");
        let mut world = World::new();
        let until = world.now + TimeDelta::days(9);
        let ask = Command::RequestWaiver { item: item_id("form"), reason: "slow".to_owned(), until };
        world.act("Dev", &ask).unwrap();
        assert!(told(&world, "Lea").contains(&("form".to_owned(), Cause::Exception)));
        assert!(!told(&world, "Dev").contains(&("form".to_owned(), Cause::Exception)));
    }

    #[test]
    fn the_day_to_begin_leaves_room_for_what_comes_later() {
        let mut world = World::new();
        let mut stages = world.runbook.stages().to_vec();
        let days = |n: u64| Some(std::time::Duration::from_secs(n * 86_400));
        stages[0].items.iter_mut().for_each(|item| item.lead_time = days(2));
        stages[1].items[0].lead_time = days(3);
        world.runbook = crate::domain::testing::with_stages(&world.runbook, stages);
        world.state.target = Some(world.now.date_naive() + TimeDelta::days(10));
        let begin_by = work(&world, "Dev")[0].begin_by.unwrap();
        assert_eq!(begin_by, world.now.date_naive() + TimeDelta::days(5));
        world.state.target = None;
        assert_eq!(work(&world, "Dev")[0].begin_by, None);
    }
}
