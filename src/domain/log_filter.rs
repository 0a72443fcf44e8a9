//! Which events of a log somebody wants to see. The command line and the screen ask the same questions.

use super::event::{Event, Fact};
use super::ids::{CheckId, ItemId, MemberName, StageId};
use super::nearest::nearest;
use super::refusal::Refusal;
use super::runbook::{Item, Runbook};
use super::state::State;

/// What kind of thing happened. An event may be of several kinds: a check that ticks an item is a tick too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogKind {
    /// Boxes ticked and taken back, by people and by checks.
    Ticks,
    /// Stages signed, items signed by a role, going live decided.
    SignOffs,
    /// What live checks said and did.
    Checks,
    /// Decisions, fields, secrets and the target.
    Decisions,
    /// Who takes part, with which keys and roles.
    People,
    /// Waivers, what does not apply, break-glass.
    Exceptions,
    /// Request flows that a person started.
    Actions,
    /// Evidence and remarks.
    Notes,
    /// The engagement itself: begun, upgraded, undone, decided.
    Course,
}

impl LogKind {
    /// All kinds, in the order in which they are offered.
    pub const ALL: [Self; 9] = [
        Self::Ticks,
        Self::SignOffs,
        Self::Checks,
        Self::Decisions,
        Self::People,
        Self::Exceptions,
        Self::Actions,
        Self::Notes,
        Self::Course,
    ];

    /// Its word on screens and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ticks => "ticks",
            Self::SignOffs => "sign-offs",
            Self::Checks => "checks",
            Self::Decisions => "decisions",
            Self::People => "people",
            Self::Exceptions => "exceptions",
            Self::Actions => "actions",
            Self::Notes => "notes",
            Self::Course => "course",
        }
    }

    /// The kind that a word names.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The kinds of a fact; at least one.
    fn of(fact: &Fact) -> &'static [Self] {
        match fact {
            Fact::Ticked { .. } => &[Self::Ticks, Self::SignOffs],
            Fact::Unticked { .. } | Fact::Rejected { .. } => &[Self::Ticks],
            Fact::Proven { .. } | Fact::Reopened { .. } => &[Self::Ticks, Self::Checks],
            Fact::StageSigned { .. } => &[Self::SignOffs],
            Fact::CheckSettled { .. } => &[Self::Checks],
            Fact::FieldSet { captured_by: Some(_), .. } => &[Self::Decisions, Self::Checks],
            Fact::FieldSet { captured_by: None, .. }
            | Fact::SecretSet { .. }
            | Fact::DecisionProposed { .. }
            | Fact::DecisionConfirmed { .. } => &[Self::Decisions],
            Fact::TargetSet { .. } => &[Self::Decisions, Self::Course],
            Fact::MemberAdded { .. }
            | Fact::KeyAdded { .. }
            | Fact::KeyRevoked { .. }
            | Fact::MemberRemoved { .. }
            | Fact::RoleAssigned { .. }
            | Fact::RoleRemoved { .. } => &[Self::People],
            Fact::MarkedNotApplicable { .. }
            | Fact::WaiverRequested { .. }
            | Fact::WaiverGranted { .. }
            | Fact::WaiverRevoked { .. }
            | Fact::GlassBroken { .. }
            | Fact::GlassMended { .. } => &[Self::Exceptions],
            Fact::ActionIntended { .. }
            | Fact::ActionDone { .. }
            | Fact::ActionFailed { .. }
            | Fact::ActionOutcomeUnknown { .. }
            | Fact::ActionReset { .. } => &[Self::Actions],
            Fact::EvidenceAdded { .. } | Fact::EvidenceRemoved { .. } | Fact::Noted { .. } => &[Self::Notes],
            Fact::GoDecided { .. } => &[Self::SignOffs, Self::Course],
            Fact::Opened { .. } | Fact::Upgraded { .. } | Fact::Undone { .. } => &[Self::Course],
        }
    }
}

/// Which events are wanted: those that every question that is asked admits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Written by this person, or recorded for them.
    pub by: Option<MemberName>,
    /// Of this kind.
    pub kind: Option<LogKind>,
    /// About this item, its check or its action.
    pub item: Option<ItemId>,
    /// About this stage or one of its items.
    pub stage: Option<StageId>,
}

impl LogFilter {
    /// Whether nothing is asked: every event is wanted.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an event is wanted.
    pub fn admits(&self, runbook: &Runbook, event: &Event) -> bool {
        self.by.as_ref().is_none_or(|name| by(event, name))
            && self.kind.is_none_or(|kind| LogKind::of(&event.fact).contains(&kind))
            && self.item.as_ref().is_none_or(|item| about_item(runbook, &event.fact, item))
            && self.stage.as_ref().is_none_or(|stage| about_stage(runbook, &event.fact, stage))
    }

    /// Whether the people, items and stages that are asked for are there. What an earlier version of the
    /// runbook had is, as far as something happened to it.
    pub fn known(&self, runbook: &Runbook, state: &State) -> Result<(), Refusal> {
        let no_such =
            |what, id: &str, did_you_mean| Err(Refusal::NoSuch { what, id: id.to_owned(), did_you_mean });
        if let Some(name) = &self.by
            && !state.members.contains_key(name)
            && state.opener.name != *name
        {
            let known = state.members.keys().map(MemberName::as_str);
            return no_such("member", name.as_str(), nearest(name.as_str(), known));
        }
        if let Some(item) = &self.item
            && runbook.item(item.as_str()).is_none()
            && !state.items.contains_key(item)
        {
            let known = runbook.stages().iter().flat_map(|s| &s.items).map(|i| i.id.as_str());
            return no_such("item", item.as_str(), nearest(item.as_str(), known));
        }
        if let Some(stage) = &self.stage
            && runbook.stage_index(stage.as_str()).is_none()
            && !state.stages.contains_key(stage)
        {
            let known = runbook.stages().iter().map(|s| s.id.as_str());
            return no_such("stage", stage.as_str(), nearest(stage.as_str(), known));
        }
        Ok(())
    }
}

fn by(event: &Event, name: &MemberName) -> bool {
    let signoff = if let Fact::Ticked { signoff, .. } | Fact::StageSigned { signoff, .. } = &event.fact {
        Some(signoff)
    } else {
        None
    };
    event.by.name == *name || signoff.is_some_and(|signoff| signoff.member == *name)
}

/// What a fact is about, besides an item of its own.
enum Topic<'a> {
    Item(&'a ItemId),
    Check(&'a CheckId),
    Stage(&'a StageId),
    /// Something that belongs to no item and no stage.
    Other,
}

fn topic<'a>(runbook: &'a Runbook, fact: &'a Fact) -> Topic<'a> {
    if let Some(item) = fact.item() {
        return Topic::Item(item);
    }
    match fact {
        Fact::CheckSettled { check, .. } | Fact::FieldSet { captured_by: Some(check), .. } => {
            Topic::Check(check)
        }
        Fact::StageSigned { stage, .. }
        | Fact::GlassBroken { stage: Some(stage), .. }
        | Fact::GlassMended { stage: Some(stage), .. } => Topic::Stage(stage),
        Fact::ActionIntended { action, .. }
        | Fact::ActionDone { action, .. }
        | Fact::ActionFailed { action, .. }
        | Fact::ActionOutcomeUnknown { action, .. }
        | Fact::ActionReset { action, .. } => {
            let item = runbook.actions.get(action).and_then(|a| a.item.as_ref());
            item.map_or(Topic::Other, Topic::Item)
        }
        Fact::Opened { .. }
        | Fact::MemberAdded { .. }
        | Fact::KeyAdded { .. }
        | Fact::KeyRevoked { .. }
        | Fact::MemberRemoved { .. }
        | Fact::RoleAssigned { .. }
        | Fact::RoleRemoved { .. }
        | Fact::FieldSet { captured_by: None, .. }
        | Fact::SecretSet { .. }
        | Fact::DecisionProposed { .. }
        | Fact::DecisionConfirmed { .. }
        | Fact::GlassBroken { stage: None, .. }
        | Fact::GlassMended { stage: None, .. }
        | Fact::TargetSet { .. }
        | Fact::Undone { .. }
        | Fact::Upgraded { .. }
        | Fact::GoDecided { .. }
        // Those that have an item were told above.
        | Fact::Ticked { .. }
        | Fact::Unticked { .. }
        | Fact::Proven { .. }
        | Fact::Reopened { .. }
        | Fact::Rejected { .. }
        | Fact::MarkedNotApplicable { .. }
        | Fact::WaiverRequested { .. }
        | Fact::WaiverGranted { .. }
        | Fact::WaiverRevoked { .. }
        | Fact::EvidenceAdded { .. }
        | Fact::EvidenceRemoved { .. }
        | Fact::Noted { .. } => Topic::Other,
    }
}

fn uses(item: &Item, check: &CheckId) -> bool {
    item.check.as_ref().is_some_and(|used| used.check == *check)
}

fn about_item(runbook: &Runbook, fact: &Fact, item: &ItemId) -> bool {
    match topic(runbook, fact) {
        Topic::Item(id) => id == item,
        Topic::Check(check) => runbook.item(item.as_str()).is_some_and(|(_, item)| uses(item, check)),
        Topic::Stage(_) | Topic::Other => false,
    }
}

fn about_stage(runbook: &Runbook, fact: &Fact, stage: &StageId) -> bool {
    match topic(runbook, fact) {
        Topic::Item(id) => runbook.item(id.as_str()).is_some_and(|(found, _)| found.id == *stage),
        Topic::Check(check) => {
            let index = runbook.stage_index(stage.as_str());
            index.is_some_and(|n| runbook.stages()[n].items.iter().any(|item| uses(item, check)))
        }
        Topic::Stage(id) => id == stage,
        Topic::Other => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::{World, item_id, name};

    fn found(world: &World, filter: &LogFilter) -> Vec<&'static str> {
        let wanted = world.events.iter().filter(|(event, _)| filter.admits(&world.runbook, event));
        wanted.map(|(event, _)| event.fact.word()).collect()
    }

    #[test]
    fn every_event_is_of_a_kind_and_no_question_admits_all() {
        let world = World::second_done();
        assert_eq!(found(&world, &LogFilter::default()).len(), world.events.len());
        for (event, _) in &world.events {
            assert!(LogKind::ALL.iter().any(|kind| LogKind::of(&event.fact).contains(kind)));
        }
        assert!(LogKind::ALL.iter().all(|kind| LogKind::of_word(kind.word()) == Some(*kind)));
    }

    #[test]
    fn a_kind_takes_its_own_and_nothing_else() {
        let world = World::second_done();
        let people = found(&world, &LogFilter { kind: Some(LogKind::People), ..LogFilter::default() });
        let all = ["member_added", "key_added", "role_assigned"];
        assert!(!people.is_empty() && people.iter().all(|word| all.contains(word)), "{people:?}");
    }

    #[test]
    fn what_a_check_said_belongs_to_the_items_that_use_it_and_to_their_stage() {
        let world = World::first_done();
        let item = LogFilter { item: Some(item_id("kyc")), ..LogFilter::default() };
        assert_eq!(found(&world, &item), ["check_settled", "proven"]);
        let first = world.runbook.stages()[0].id.clone();
        let stage = LogFilter { stage: Some(first), ..LogFilter::default() };
        assert_eq!(found(&world, &stage), ["check_settled", "proven", "ticked"]);
    }

    #[test]
    fn what_was_recorded_for_a_person_is_theirs_too() {
        use crate::domain::command::Acting;
        let mut world = World::first_done();
        let acting =
            Acting { on_behalf_of: Some(name("Dev")), ..Acting::new(crate::domain::testing::author("Lea")) };
        world.act_as(&acting, &crate::domain::testing::tick("any")).unwrap();
        let dev = LogFilter { by: Some(name("Dev")), ..LogFilter::default() };
        assert!(found(&world, &dev).contains(&"ticked"));
    }

    #[test]
    fn what_is_not_there_is_refused_with_the_nearest() {
        let world = World::new();
        let known = |filter: LogFilter| filter.known(&world.runbook, &world.state);
        assert_eq!(
            known(LogFilter { by: Some(name("Ada")), item: Some(item_id("form")), ..Default::default() }),
            Ok(())
        );
        let wrong = known(LogFilter { item: Some(item_id("fom")), ..Default::default() });
        assert!(matches!(wrong, Err(Refusal::NoSuch { did_you_mean: Some(near), .. }) if near == "form"));
        assert!(known(LogFilter { by: Some(name("Nobody")), ..Default::default() }).is_err());
    }
}
