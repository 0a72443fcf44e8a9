//! What waits for the user, and how the live checks stand, engagement by engagement.

use chrono::{DateTime, Utc};

use super::App;
use super::error::AppError;
use super::portfolio::Unreadable;
use crate::domain::ids::{EngagementId, MemberName};
use crate::domain::open_work::{OpenWork, open_work};
use crate::domain::pace::Pace;
use crate::domain::readiness::{self, CheckLine};

/// What there is to say of an engagement, one line for each thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<T> {
    /// The engagement.
    pub engagement: EngagementId,
    /// The merchant's name.
    pub name: String,
    /// When the last event was written that was looked at.
    pub last_at: DateTime<Utc>,
    /// When the lines change next without an event; none when nothing but an event changes them.
    pub turns: Option<DateTime<Utc>>,
    /// The lines.
    pub lines: Vec<T>,
}

/// What there is to say of many engagements.
#[derive(Debug)]
pub struct ToldOfAll<T> {
    /// Those of which there is something to say.
    pub told: Vec<Told<T>>,
    /// Those that cannot be read.
    pub unreadable: Vec<Unreadable>,
}

impl App {
    /// What waits for the user in an engagement.
    pub async fn work_in(&self, id: &EngagementId) -> Result<Told<OpenWork>, AppError> {
        let engagement = self.load(id).await?;
        let (runbook, state) = (&engagement.runbook, &engagement.state);
        let me = engagement.me(self).name;
        let assessment = engagement.assess(self.now());
        let lines = open_work(runbook, state, &assessment, &me);
        let turns = Pace::new(runbook, state, &assessment).ends.map(|ends| ends.at);
        let (name, last_at) = (state.name.clone(), state.last_at);
        Ok(Told { engagement: id.clone(), name, last_at, turns, lines })
    }

    /// What waits for the user anywhere. Reads the logs only of engagements whose line says that something
    /// may, by the name that the user goes by.
    pub async fn my_work(&self) -> Result<ToldOfAll<OpenWork>, AppError> {
        let me: MemberName = self.author().name;
        let portfolio = self.portfolio().await?;
        let mut all = ToldOfAll { told: Vec::new(), unreadable: portfolio.unreadable };
        for row in portfolio.rows.iter().filter(|row| row.may_wait_for(&me)) {
            all.take(&row.engagement, self.work_in(&row.engagement).await)?;
        }
        Ok(all)
    }

    /// How the live checks of an engagement stand.
    pub async fn readiness_of(&self, id: &EngagementId) -> Result<Told<CheckLine>, AppError> {
        let engagement = self.load(id).await?;
        let (runbook, state) = (&engagement.runbook, &engagement.state);
        let latest = self.latest(id).await?.into_iter();
        let latest = latest.map(|(check, latest)| (check, latest.observation)).collect();
        let lines = readiness::lines(runbook, state, &latest);
        let (name, last_at) = (state.name.clone(), state.last_at);
        Ok(Told { engagement: id.clone(), name, last_at, turns: None, lines })
    }

    /// How the live checks stand everywhere. Reads the logs only of engagements with checks.
    pub async fn readiness(&self) -> Result<ToldOfAll<CheckLine>, AppError> {
        let portfolio = self.portfolio().await?;
        let mut all = ToldOfAll { told: Vec::new(), unreadable: portfolio.unreadable };
        for row in portfolio.rows.iter().filter(|row| row.has_checks()) {
            all.take(&row.engagement, self.readiness_of(&row.engagement).await)?;
        }
        Ok(all)
    }
}

impl<T> ToldOfAll<T> {
    fn take(&mut self, id: &EngagementId, outcome: Result<Told<T>, AppError>) -> Result<(), AppError> {
        match outcome {
            Ok(told) if told.lines.is_empty() => {}
            Ok(told) => self.told.push(told),
            Err(error @ (AppError::Store(_) | AppError::ShuttingDown)) => return Err(error),
            Err(error) => self.unreadable.push(Unreadable { engagement: id.clone(), error }),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::app::Act;
    use crate::app::testing::{Bench, id, seen, tick};
    use crate::domain::light::Light;
    use crate::domain::open_work::Cause;
    use crate::domain::verdict::Verdict;

    #[tokio::test]
    async fn what_waits_for_somebody_goes_when_it_is_done() {
        let (bench, lin) = Bench::with_acme().await;
        let work = lin.my_work().await.unwrap().told.remove(0);
        let causes: Vec<Cause> = work.lines.iter().map(|w| w.cause).collect();
        assert_eq!(causes, [Cause::Owner, Cause::Check]);
        assert_eq!(bench.app.my_work().await.unwrap().told, [], "the lead waits for the others");
        lin.execute(&id("acme"), Act::new(tick("hello"))).await.unwrap();
        assert_eq!(lin.my_work().await.unwrap().told[0].lines.len(), 1);
    }

    #[tokio::test]
    async fn the_last_run_of_a_check_stands_beside_what_it_settled_on() {
        let (bench, _) = Bench::with_acme().await;
        let line = |all: crate::app::ToldOfAll<_>| -> crate::domain::readiness::CheckLine {
            all.told.into_iter().next().unwrap().lines.remove(0)
        };
        assert_eq!(line(bench.app.readiness().await.unwrap()).light(), Light::NotRun);
        bench.app.observe(&id("acme"), seen(&bench.app, Verdict::Fail)).await.unwrap();
        let failing = line(bench.app.readiness().await.unwrap());
        assert_eq!(failing.light(), Light::Failing);
        assert_eq!(failing.item.unwrap().as_str(), "proof");
    }
}
