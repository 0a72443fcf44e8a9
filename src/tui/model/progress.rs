//! What is under way outside the screen, and when it has taken long enough to be spoken of.

use std::time::Duration;

use crate::tui::effect::{Effect, RequestId};
use crate::tui::msg::{More, Msg};

/// What takes less than this is not spoken of: a word that only flashes unsettles.
pub const QUIET: Duration = Duration::from_millis(200);
/// Things that are kept in mind at once.
const MAX: usize = 64;

/// One thing that was asked for and has not been answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asked {
    request: RequestId,
    word: &'static str,
    since: Duration,
}

/// Everything that is under way, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct Progress(Vec<Asked>);

impl Progress {
    /// Something was asked for.
    pub fn begin(&mut self, effect: &Effect, up: Duration) {
        let (request, word) = match effect {
            Effect::LoadPortfolio { request, .. } => (request, "reading"),
            Effect::Open { request, .. } => (request, "opening"),
            Effect::LoadBurnUp { request, .. } => (request, "reading what was done"),
            Effect::LoadWork { request, .. } => (request, "reading what waits"),
            Effect::LoadChecks { request, .. } => (request, "reading checks"),
            Effect::LoadRoles { request, .. } => (request, "reading roles"),
            Effect::AssignMany { request, .. } => (request, "assigning"),
            Effect::WriteReport { request, .. } => (request, "writing the report"),
            Effect::LoadHistory { request, .. } => (request, "reading the log"),
            Effect::LoadRecent { request, .. }
            | Effect::LoadResults { request, .. }
            | Effect::LoadSeen { request, .. } => (request, "reading results"),
            Effect::LoadLog { request, .. } | Effect::OpenEvent { request, .. } => {
                (request, "reading the log")
            }
            Effect::Attest { request, .. } => (request, "verifying the log"),
            Effect::Release { request, .. } => (request, "writing the release"),
            Effect::PlanUpgrade { request, .. } => (request, "comparing"),
            Effect::Upgrade { request, .. } => (request, "upgrading"),
            Effect::Execute { request, .. } | Effect::ExecuteAll { request, .. } => (request, "writing"),
            Effect::WriteMinutes { request, .. } => (request, "writing the minutes"),
            Effect::AttachFile { request, .. } => (request, "keeping the file"),
            Effect::RunChecks { request, .. } => (request, "checking"),
            Effect::PlanAction { request, .. } => (request, "planning"),
            Effect::StartAction { request, .. } => (request, "waiting for the answer"),
            // Asked for again and again while checks are shown, and answered from memory.
            Effect::LoadNextRuns { .. }
            | Effect::SumUp { .. }
            | Effect::Close { .. }
            | Effect::Copy { .. }
            | Effect::OpenLink { .. }
            | Effect::Ring { .. }
            | Effect::Guided
            | Effect::Quit => return,
        };
        if self.0.len() < MAX {
            self.0.push(Asked { request: *request, word, since: up });
        }
    }

    /// Whatever a message answers is under way no longer.
    pub fn end(&mut self, msg: &Msg) {
        let request = match msg {
            Msg::Portfolio { more: More::ToCome { .. }, .. }
            | Msg::Key(_)
            | Msg::Paste(_)
            | Msg::Press(_)
            | Msg::Wheel(..)
            | Msg::Resize(_)
            | Msg::Due
            | Msg::News(_)
            | Msg::NextRuns { .. }
            | Msg::NotCopied { .. } => return,
            Msg::Portfolio { request, .. }
            | Msg::Opened { request, .. }
            | Msg::BurnUp { request, .. }
            | Msg::Work { request, .. }
            | Msg::Checks { request, .. }
            | Msg::Roles { request, .. }
            | Msg::AssignedMany { request, .. }
            | Msg::Reported { request, .. }
            | Msg::History { request, .. }
            | Msg::Recent { request, .. }
            | Msg::LogPage { request, .. }
            | Msg::EventOpened { request, .. }
            | Msg::Results { request, .. }
            | Msg::Seen { request, .. }
            | Msg::Attested { request, .. }
            | Msg::Released { request, .. }
            | Msg::UpgradePlanned { request, .. }
            | Msg::Executed { request, .. }
            | Msg::Bulked { request, .. }
            | Msg::MinutesWritten { request, .. }
            | Msg::Checked { request, .. }
            | Msg::Planned { request, .. }
            | Msg::Ended { request, .. } => request,
        };
        self.0.retain(|asked| asked.request != *request);
    }

    /// The word for what has been under way for long, if anything has.
    pub fn word(&self, up: Duration) -> Option<&'static str> {
        self.0.iter().find(|asked| asked.since + QUIET <= up).map(|asked| asked.word)
    }

    /// When there will be a word, if nothing is answered before.
    pub fn next(&self, up: Duration) -> Option<Duration> {
        let first = self.0.iter().map(|asked| asked.since + QUIET).min();
        first.filter(|due| *due > up)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::EngagementId;
    use crate::tui::msg::Failed;

    fn millis(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn what_is_quick_is_not_spoken_of_and_nothing_wakes_when_nothing_is_under_way() {
        let mut progress = Progress::default();
        assert_eq!((progress.word(millis(900)), progress.next(millis(900))), (None, None));
        let engagement = EngagementId::new("acme").unwrap();
        progress.begin(&Effect::Open { request: RequestId(7), engagement }, millis(100));
        assert_eq!((progress.word(millis(299)), progress.next(millis(299))), (None, Some(millis(300))));
        assert_eq!((progress.word(millis(300)), progress.next(millis(300))), (Some("opening"), None));
        let answer = Err(Failed::Broken { what: String::new(), hints: Vec::new() });
        progress.end(&Msg::Opened { request: RequestId(7), answer });
        assert_eq!(progress.word(millis(900)), None);
    }
}
