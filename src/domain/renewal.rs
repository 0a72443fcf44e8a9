//! Items whose tick stands for an action, such as the rotation of a key: their `valid_for` counts from when
//! the action was carried out, not from when somebody ticked the box.
//!
//! - A tick lasts from the last time before it that one of the item's actions was carried out; without one,
//!   from itself.
//! - Carried out again before that end, it lasts from then on: nobody need tick what stayed true.
//! - Carried out after that end, it needs a new tick. What was over stays over.

use chrono::{DateTime, TimeDelta, Utc};

use super::action::Action;
use super::changed::Moment;
use super::ids::ActionId;
use super::runbook::{Item, Runbook};
use super::state::State;

/// When the actions of an item were carried out, in the order of the log.
fn carried_out(item: &Item, state: &State) -> Vec<Moment> {
    let each = item.actions.iter().filter_map(|action| state.carried_out.get(action));
    let mut out: Vec<Moment> = each.flatten().copied().collect();
    out.sort_unstable_by_key(|moment| moment.seq);
    out
}

/// When something that was said of an item ends; none when it never does.
pub(super) fn ends(item: &Item, state: &State, said: Moment) -> Option<DateTime<Utc>> {
    let valid_for = item.valid_for?;
    let all = carried_out(item, state);
    let (before, after) = all.split_at(all.partition_point(|moment| moment.seq < said.seq));
    let first = before.last().map_or(said.at, |moment| moment.at) + valid_for;
    let in_time = after
        .iter()
        .try_fold(first, |end, moment| if moment.at < end { Ok(moment.at + valid_for) } else { Err(end) });
    Some(in_time.unwrap_or_else(|end| end))
}

/// The action that must be carried out again before a tick of the item would count for a moment.
pub fn overdue<'a>(item: &'a Item, state: &State, now: DateTime<Utc>) -> Option<&'a ActionId> {
    let valid_for = item.valid_for?;
    let newest = |action: &&ActionId| state.carried_out.get(*action)?.last().map(|moment| moment.seq);
    let last = item.actions.iter().filter(|action| newest(action).is_some()).max_by_key(newest)?;
    let moment = state.carried_out.get(last)?.last()?;
    (moment.at + valid_for <= now).then_some(last)
}

/// From when on an action that happens once may be carried out again, as what it brought is about to end.
pub fn due(runbook: &Runbook, state: &State, action: &Action) -> Option<DateTime<Utc>> {
    let (_, item) = runbook.item(action.item.as_ref()?.as_str())?;
    let last = state.carried_out.get(&action.id)?.last()?;
    let lasts: TimeDelta = item.valid_for? - item.warn_before;
    Some(last.at + lasts)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::assess::Status;
    use super::super::command::{ActionEnd, Command};
    use super::super::refusal::Refusal;
    use super::super::testing::{World, item_id, with_stages};
    use super::*;

    /// A world in which `review`, valid for a week and warned of a day before, stands for `exchange`.
    fn world() -> World {
        let mut world = World::second_done();
        world.runbook.actions["exchange"].item = Some(item_id("review"));
        let mut stages = world.runbook.stages().to_vec();
        stages[2].items[0].warn_before = TimeDelta::days(1);
        world.runbook = with_stages(&world.runbook, stages);
        world
    }

    fn review(world: &World) -> (Status, Option<DateTime<Utc>>) {
        let review = &world.assess().stages[2].items[0];
        (review.status, review.expires)
    }

    fn exchange(world: &mut World) -> Result<(), Refusal> {
        let (action, attempt): (ActionId, _) =
            ("exchange".parse().unwrap(), Uuid::from_u128(world.events.len() as u128));
        let intent = Command::IntendAction { action: action.clone(), attempt, idempotency_key: "key".into() };
        world.act("Dev", &intent)?;
        let end = ActionEnd::Done { captured: Vec::new(), stored: Vec::new() };
        world.act("Dev", &Command::EndAction { action, attempt, end, request_id: None }).map(|_| ())
    }

    fn days(n: i64) -> TimeDelta {
        TimeDelta::days(n)
    }

    #[test]
    fn a_tick_lasts_from_when_the_action_was_carried_out_and_not_from_itself() {
        let mut world = world();
        let begun = world.now;
        exchange(&mut world).unwrap();
        world.now = begun + days(5);
        world.tick("Dev", "review").unwrap();
        assert_eq!(review(&world), (Status::Done, Some(begun + days(7))));
        world.now = begun + days(7);
        assert_eq!(review(&world).0, Status::Expired);
    }

    #[test]
    fn without_the_action_a_tick_lasts_from_itself() {
        let mut world = world();
        world.tick("Dev", "review").unwrap();
        assert_eq!(review(&world).1, Some(world.now + days(7)));
        world.now += days(8);
        world.tick("Dev", "review").unwrap();
        assert_eq!(review(&world), (Status::Done, Some(world.now + days(7))));
    }

    #[test]
    fn ticking_again_renews_nothing_until_the_action_is_carried_out_again() {
        let mut world = world();
        exchange(&mut world).unwrap();
        world.tick("Dev", "review").unwrap();
        world.now += days(7);
        let refused = world.tick("Dev", "review").unwrap_err();
        assert_eq!(
            refused,
            Refusal::ActionFirst { item: item_id("review"), action: "exchange".parse().unwrap() }
        );
        exchange(&mut world).unwrap();
        assert_eq!(review(&world).0, Status::Expired, "what was over stays over");
        world.tick("Dev", "review").unwrap();
        assert_eq!(review(&world), (Status::Done, Some(world.now + days(7))));
    }

    #[test]
    fn what_happens_once_may_happen_again_when_its_end_draws_near_and_in_time_needs_no_new_tick() {
        let mut world = world();
        let begun = world.now;
        exchange(&mut world).unwrap();
        world.tick("Dev", "review").unwrap();
        world.now = begun + days(6) - TimeDelta::seconds(1);
        let Err(Refusal::ActionDone { again, .. }) = exchange(&mut world) else { panic!() };
        assert_eq!(again, Some(begun + days(6)));
        world.now = begun + days(6);
        exchange(&mut world).unwrap();
        assert_eq!(review(&world), (Status::Done, Some(begun + days(13))));
        assert!(matches!(exchange(&mut world), Err(Refusal::ActionDone { .. })));
    }
}
