//! What there is to tell: found by comparing an engagement's line with the one before.

use std::collections::HashMap;

use super::{Notice, Occasion};
use crate::app::{Change, Engagement};
use crate::domain::ids::{EngagementId, MemberName};
use crate::domain::summary::Summary;

/// Engagements that are remembered, at most.
const MAX_KNOWN: usize = 100_000;

/// What was known of an engagement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    current: Option<usize>,
    waits: bool,
    regressed: usize,
}

/// Says what there is to tell of, once for each time that it happens.
#[derive(Debug)]
pub struct Herald {
    me: MemberName,
    known: HashMap<EngagementId, Known>,
}

impl Herald {
    /// A herald for a person.
    pub fn new(me: MemberName) -> Self {
        Self { me, known: HashMap::new() }
    }

    /// Takes in how an engagement stands, without a word.
    pub fn learn(&mut self, summary: &Summary) {
        let known = self.of(summary);
        if self.known.len() < MAX_KNOWN || self.known.contains_key(&summary.engagement) {
            self.known.insert(summary.engagement.clone(), known);
        }
    }

    fn of(&self, summary: &Summary) -> Known {
        Known {
            current: summary.current,
            waits: summary.waiting_on.iter().any(|w| w.people.contains(&self.me)),
            regressed: summary.regressed,
        }
    }

    /// What there is to tell of an engagement that has changed. `changes` are those that a check has made
    /// here; what others have done shows in the summary.
    pub fn hear(&mut self, engagement: &Engagement, changes: &[Change], summary: &Summary) -> Vec<Notice> {
        let title = |item: &crate::domain::ids::ItemId| {
            let place = engagement.runbook.place(item.as_str());
            let found = place.and_then(|p| engagement.runbook.stages().get(p.stage)?.items.get(p.item));
            found.map_or_else(|| item.to_string(), |item| item.title.clone())
        };
        let mut told = Vec::new();
        for change in changes {
            match change {
                Change::Ticked(item) => {
                    told.push((Occasion::Ticked, format!("ticked by itself: {}", title(item))));
                }
                Change::Reopened(item) => {
                    told.push((Occasion::Regressed, format!("regressed: {}", title(item))));
                }
                Change::Settled(..) | Change::Captured(_) => {}
            }
        }
        told.extend(self.compare(summary, changes));
        self.learn(summary);
        told.into_iter()
            .map(|(occasion, text)| Notice::new(occasion, summary.engagement.clone(), &summary.name, &text))
            .collect()
    }

    /// What a line says that the one before did not. Of an engagement that was not known nothing is new.
    fn compare(&self, summary: &Summary, changes: &[Change]) -> Vec<(Occasion, String)> {
        let Some(before) = self.known.get(&summary.engagement) else {
            return Vec::new();
        };
        let now = self.of(summary);
        let mut told = Vec::new();
        let by_check = changes.iter().any(|change| matches!(change, Change::Reopened(_)));
        if now.regressed > before.regressed && !by_check {
            let said = match now.regressed - before.regressed {
                1 => "regressed: an item that was done is open again".to_owned(),
                n => format!("regressed: {n} items that were done are open again"),
            };
            told.push((Occasion::Regressed, said));
        }
        let onward = match (before.current, now.current) {
            (Some(_), None) => Some("every stage is complete".to_owned()),
            (Some(from), Some(to)) if to > from => {
                let title = summary.stages.get(to).map_or("", |stage| stage.title.as_str());
                Some(format!("gate opened: stage {to} {title}"))
            }
            (Some(_) | None, Some(_)) | (None, None) => None,
        };
        told.extend(onward.map(|said| (Occasion::GateOpened, said)));
        if now.waits && !before.waits {
            let roles: Vec<&str> = summary
                .waiting_on
                .iter()
                .filter(|w| w.people.contains(&self.me))
                .map(|w| w.role.as_str())
                .collect();
            told.push((Occasion::WaitingOnMe, format!("waiting on you as {}", roles.join(", "))));
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::summary::Waiting;
    use crate::domain::testing::{World, runbook};

    fn person(name: &str) -> MemberName {
        MemberName::new(name).unwrap()
    }

    fn summary(current: Option<usize>, waits_on: &str, regressed: usize) -> Summary {
        let world = World::opened(runbook());
        let waiting = Waiting { role: "Developer".into(), people: vec![person(waits_on)], count: 1 };
        let summary = Summary::new(&world.runbook, &world.state, &world.assess());
        Summary { current, regressed, waiting_on: vec![waiting], ..summary }
    }

    fn told(before: Option<&Summary>, after: &Summary) -> Vec<Occasion> {
        let mut herald = Herald::new(person("Lin"));
        if let Some(before) = before {
            herald.learn(before);
        }
        herald.compare(after, &[]).into_iter().map(|(occasion, _)| occasion).collect()
    }

    #[test]
    fn a_gate_that_opens_and_what_comes_to_wait_for_me_is_told() {
        let before = summary(Some(0), "Omar", 0);
        let after = summary(Some(1), "Lin", 0);
        assert_eq!(told(Some(&before), &after), [Occasion::GateOpened, Occasion::WaitingOnMe]);
        assert_eq!(told(Some(&after), &after), []);
        assert_eq!(told(Some(&after), &summary(None, "Omar", 0)), [Occasion::GateOpened]);
    }

    #[test]
    fn what_regressed_elsewhere_is_told_and_going_back_opens_nothing() {
        let before = summary(Some(1), "Omar", 0);
        assert_eq!(told(Some(&before), &summary(Some(0), "Omar", 1)), [Occasion::Regressed]);
    }

    #[test]
    fn of_an_engagement_that_was_not_known_nothing_is_new() {
        assert_eq!(told(None, &summary(Some(1), "Lin", 3)), []);
    }
}
