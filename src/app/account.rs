//! The report of an engagement: [`crate::report::account`] fed from the log, the checks and the runbooks.

use std::sync::Arc;

use super::App;
use super::error::AppError;
use super::history::Record;
use super::trust::{LogFault, tampered};
use crate::domain::decide::{Lost, consequences};
use crate::domain::event::Fact;
use crate::domain::evolve::{begin, evolve};
use crate::domain::head::Head;
use crate::domain::ids::EngagementId;
use crate::domain::runbook::Runbook;
use crate::domain::state::State;
use crate::report::account::{self, Report, Source, Upgrade};
use crate::runbook::{Aspect, Change, Difference, Entry};

impl App {
    /// How an engagement stands and how each item of it is proven. Of one head of the log throughout.
    pub async fn report(&self, id: &EngagementId) -> Result<Report, AppError> {
        let engagement = self.load(id).await?;
        let records = self.history_of(&engagement).await?;
        let newest = self.witnesses(id).await?;
        let upgrades = self.upgrades(id, &records).await?;
        let events: Vec<_> = records.iter().map(|r| &r.event).collect();
        Ok(Report::new(&Source {
            runbook: &engagement.runbook,
            state: &engagement.state,
            events: &events,
            newest: &newest,
            upgrades: &upgrades,
            now: self.now(),
        }))
    }

    /// What each upgrade changed: worked out from the log once more, as it was shown before it was done.
    async fn upgrades(&self, id: &EngagementId, records: &[Record]) -> Result<Vec<Upgrade>, AppError> {
        let mut out = Vec::new();
        let last = records.iter().rposition(|r| matches!(r.event.fact, Fact::Upgraded { .. }));
        let Some(last) = last else {
            return Ok(out);
        };
        let mut so_far: Option<(State, Arc<Runbook>)> = None;
        for record in &records[..=last] {
            let (event, head) = (&record.event, Head { seq: record.event.seq, hash: record.hash });
            let misfit = |e| AppError::from(tampered(id, event.seq, LogFault::Misfit(e)));
            let Some((state, runbook)) = &mut so_far else {
                let state = begin(event, head).map_err(misfit)?;
                let digest = state.runbook.digest;
                so_far = Some((state, self.kept_runbook(id, &digest).await?));
                continue;
            };
            if let Fact::Upgraded { runbook: to, exceptions_ended, verdicts_ended } = &event.fact {
                let next = self.kept_runbook(id, &to.digest).await?;
                let lost = consequences(runbook, state, &next, verdicts_ended, event.at).lost;
                let Difference { from, to, entries } = Difference::between(runbook, &next);
                out.push(Upgrade {
                    event: event.seq,
                    by: event.by.name.to_string(),
                    at: event.at,
                    from: account::Version { version: from.version, digest: from.digest.to_string() },
                    to: account::Version { version: to.version, digest: to.digest.to_string() },
                    changes: entries.into_iter().map(change).collect(),
                    lost: lost.iter().map(|l| lost_words(l, runbook)).collect(),
                    exceptions_ended: exceptions_ended.iter().map(ToString::to_string).collect(),
                    verdicts_ended: verdicts_ended.iter().map(ToString::to_string).collect(),
                });
                *runbook = next;
            }
            evolve(state, event, head).map_err(misfit)?;
        }
        Ok(out)
    }
}

fn change(entry: Entry) -> account::Change {
    let words = |aspects: &[Aspect]| aspects.iter().map(Aspect::words).collect::<Vec<_>>();
    let (what, respects) = match &entry.change {
        Change::Added => ("added", Vec::new()),
        Change::Removed => ("removed", Vec::new()),
        Change::Moved { from, to, aspects } => {
            let mut respects = vec![format!("from {from} to {to}")];
            respects.extend(words(aspects));
            ("moved", respects)
        }
        Change::Changed(aspects) => ("changed", words(aspects)),
    };
    account::Change { what, kind: entry.kind.word(), id: entry.id, title: entry.title, respects }
}

/// By the names of the runbook under which it was signed.
fn lost_words(lost: &Lost, runbook: &Runbook) -> String {
    let what = match (&lost.item, &lost.stage) {
        (Some(item), _) => format!("the tick of {item}"),
        (None, Some(stage)) => {
            let title = runbook.stage_index(stage.as_str()).map(|n| runbook.stages()[n].title.as_str());
            format!("the sign-off of {}", title.unwrap_or(stage.as_str()))
        }
        (None, None) => "a sign-off".to_owned(),
    };
    format!("{what} by {} as {}", lost.member, runbook.role_name(&lost.role))
}

#[cfg(test)]
mod tests {
    use super::super::Act;
    use super::super::testing::{Bench, RUNBOOK, id, tick};
    use crate::report::account::Format;

    #[tokio::test]
    async fn a_report_tells_what_each_upgrade_changed_and_cost() {
        let (bench, lin) = Bench::with_acme().await;
        lin.execute(&id("acme"), Act::new(tick("hello"))).await.unwrap();
        let versions = [
            ("2", "title = \"Hello\"", "title = \"Hello there\""),
            ("3", "id = \"bye\"", "id = \"goodbye\""),
        ];
        let mut text = RUNBOOK.to_owned();
        for (version, before, after) in versions {
            text = text.replacen(before, after, 1).replacen(
                "version = \"",
                &format!("version = \"{version}."),
                1,
            );
            let plan = bench.app.plan_upgrade(&id("acme"), "small.toml", text.clone().into_bytes()).await;
            bench.app.upgrade(plan.unwrap()).await.unwrap();
        }
        let report = bench.app.report(&id("acme")).await.unwrap();
        let [first, second] = &report.upgrades[..] else { panic!("{:?}", report.upgrades) };
        assert_eq!((first.from.version.as_str(), first.to.version.as_str()), ("1", "2.1"));
        assert_eq!(first.lost, ["the tick of hello by Lin as Developer"]);
        assert_eq!(first.changes.len(), 1);
        assert_eq!(first.changes[0].respects, ["title: Hello, now Hello there"]);
        assert_eq!((second.from.digest.as_str(), second.lost.len()), (first.to.digest.as_str(), 0));
        let what: Vec<_> = second.changes.iter().map(|c| (c.what, c.id.as_str())).collect();
        assert_eq!(what, [("added", "goodbye"), ("removed", "bye")]);
        let page = report.write(Format::Markdown).unwrap();
        assert!(page.contains("title: Hello, now Hello there"), "{page}");
    }
}
