//! The curves of engagements: asked for when one is to be shown, and again when it has moved on.

use crate::domain::burn_up::Point;
use crate::domain::ids::EngagementId;
use crate::tui::effect::RequestId;

/// Curves that are kept: of the rows that a cursor has just passed.
const KEPT: usize = 32;

/// The curves that are known.
#[derive(Debug, Clone, Default)]
pub struct BurnUps {
    /// Newest first.
    known: Vec<Curve>,
    /// One at a time: a cursor passes many rows.
    asked: Option<(RequestId, EngagementId, Fresh)>,
}

#[derive(Debug, Clone)]
struct Curve {
    engagement: EngagementId,
    points: Vec<Point>,
    fresh: Fresh,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fresh {
    Yes,
    No,
}

impl BurnUps {
    /// The curve of an engagement, as far as it is known.
    pub fn of(&self, engagement: &EngagementId) -> Option<&[Point]> {
        self.known.iter().find(|c| c.engagement == *engagement).map(|c| c.points.as_slice())
    }

    /// Whether the curve must be asked for: it is not known or no longer true, and no other is on its way.
    pub fn wanted(&self, engagement: &EngagementId) -> bool {
        let known = self.known.iter().any(|c| c.engagement == *engagement && c.fresh == Fresh::Yes);
        !known && self.asked.is_none()
    }

    /// Notes that it was asked for.
    pub fn ask(&mut self, request: RequestId, engagement: EngagementId) {
        self.asked = Some((request, engagement, Fresh::Yes));
    }

    /// Takes an answer in; one that cannot be given counts as an empty curve, so that it is not asked for
    /// again and again.
    pub fn take(&mut self, request: RequestId, engagement: EngagementId, points: Vec<Point>) {
        let Some((_, _, fresh)) = self.asked.take_if(|(asked, _, _)| *asked == request) else {
            return;
        };
        self.known.retain(|c| c.engagement != engagement);
        self.known.insert(0, Curve { engagement, points, fresh });
        self.known.truncate(KEPT);
    }

    /// Something has happened to the engagement. What is on its way may be older than that.
    pub fn outdated(&mut self, engagement: &EngagementId) {
        if let Some(curve) = self.known.iter_mut().find(|c| c.engagement == *engagement) {
            curve.fresh = Fresh::No;
        }
        if let Some((_, _, fresh)) = self.asked.as_mut().filter(|(_, id, _)| id == engagement) {
            *fresh = Fresh::No;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: usize) -> EngagementId {
        EngagementId::new(&format!("e{n}")).unwrap()
    }

    #[test]
    fn a_curve_is_asked_for_once_and_again_when_it_has_moved_on() {
        let mut all = BurnUps::default();
        assert!(all.wanted(&id(1)));
        all.ask(RequestId(1), id(1));
        assert!(!all.wanted(&id(1)));
        all.take(RequestId(1), id(1), Vec::new());
        assert!(!all.wanted(&id(1)));
        all.outdated(&id(1));
        assert!(all.wanted(&id(1)));
        all.ask(RequestId(2), id(1));
        all.outdated(&id(1));
        all.take(RequestId(2), id(1), Vec::new());
        assert!(all.wanted(&id(1)), "what was on its way is older than what has happened since");
        assert!(all.of(&id(1)).is_some(), "what was known is shown until then");
    }

    #[test]
    fn few_are_kept() {
        let mut all = BurnUps::default();
        for n in 0..100 {
            all.ask(RequestId(n), id(usize::try_from(n).unwrap()));
            all.take(RequestId(n), id(usize::try_from(n).unwrap()), Vec::new());
        }
        assert!(all.of(&id(99)).is_some() && all.of(&id(0)).is_none());
    }
}
