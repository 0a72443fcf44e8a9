//! All engagements in one line each.
//!
//! The lines are a cache that is written with each append. Showing ten thousand of them must not mean
//! reading ten thousand logs, so they are not checked against the logs here; opening an engagement
//! checks its log, and `verify` compares its line.
//!
//! A tick or an exception that ends by itself changes a line without an event. A line says when that
//! happens next; those whose moment has come are made anew, and no others.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::App;
use super::engagement::Engagement;
use super::error::AppError;
use crate::domain::head::Head;
use crate::domain::ids::EngagementId;
use crate::domain::summary::Summary;
use crate::store::{self, Limits, PortfolioRow};

/// Lines that are made anew and kept in one transaction.
const REBUILD_AT_ONCE: usize = 200;

/// Lines that are looked through at once for those with checks.
const PAGE: u32 = 500;

/// A window of the portfolio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortfolioPage {
    /// The lines, the most urgent first.
    pub rows: Vec<Summary>,
    /// How many engagements there are.
    pub total: u64,
}

/// A line as it is kept.
struct Line {
    head: Head,
    sort_key: String,
    summary: Summary,
}

/// The whole portfolio.
#[derive(Debug)]
pub struct Portfolio {
    /// The lines, the most urgent first.
    pub rows: Vec<Summary>,
    /// Engagements whose line is out of date and whose log cannot be read.
    pub unreadable: Vec<Unreadable>,
}

/// An engagement that cannot be read.
#[derive(Debug)]
pub struct Unreadable {
    /// The engagement.
    pub engagement: EngagementId,
    /// Why.
    pub error: AppError,
}

impl App {
    /// A window of the portfolio as it was last written: the first thing a screen shows.
    pub async fn portfolio_page(&self, offset: u64, limit: u32) -> Result<PortfolioPage, AppError> {
        let rows = self.shared.store.portfolio_page(offset, limit).await?;
        let total = self.shared.store.count().await?;
        Ok(PortfolioPage { rows: rows.iter().filter_map(read).collect(), total })
    }

    /// The whole portfolio, brought up to date. One engagement that cannot be read does not hide the
    /// others.
    pub async fn portfolio(&self) -> Result<Portfolio, AppError> {
        let mut unreadable = self.rebuild(self.shared.store.stale_portfolio().await?).await?;
        let mut lines = self.kept_lines().await?;
        unreadable.extend(self.turn(&mut lines).await?);
        let lost = self.without_line(&lines, &unreadable).await?;
        if !lost.is_empty() {
            unreadable.extend(self.rebuild(lost).await?);
            lines = self.kept_lines().await?;
            // What still has no line is read from its log: an index of the store may be damaged.
            for id in self.without_line(&lines, &unreadable).await? {
                match self.load(&id).await {
                    Ok(engagement) => {
                        let head = engagement.state.head;
                        let stored = stored_summary(&engagement, self.now())?;
                        let summary = engagement.summary(self.now());
                        lines.insert(id, Line { head, sort_key: stored.sort_key, summary });
                    }
                    Err(error) => unreadable.push(Unreadable { engagement: id, error }),
                }
            }
        }
        lines.retain(|id, _| unreadable.iter().all(|u| u.engagement != *id));
        let mut lines: Vec<(EngagementId, Line)> = lines.into_iter().collect();
        lines.sort_by(|(a, one), (b, other)| (&one.sort_key, a).cmp(&(&other.sort_key, b)));
        Ok(Portfolio { rows: lines.into_iter().map(|(_, line)| line.summary).collect(), unreadable })
    }

    /// Makes those lines anew that time has overtaken since they were written.
    async fn turn(&self, lines: &mut HashMap<EngagementId, Line>) -> Result<Vec<Unreadable>, AppError> {
        let now = self.now();
        let turned = lines.iter().filter(|(_, line)| line.summary.turns().is_some_and(|at| at <= now));
        let turned: Vec<EngagementId> = turned.map(|(id, _)| id.clone()).collect();
        let unreadable = self.rebuild(turned.clone()).await?;
        for id in turned {
            if let Some((id, line)) = self.shared.store.portfolio_row(&id).await?.and_then(line) {
                lines.insert(id, line);
            }
        }
        Ok(unreadable)
    }

    /// The lines as they were last written, without those that say nothing.
    async fn kept_lines(&self) -> Result<HashMap<EngagementId, Line>, AppError> {
        let mut lines = HashMap::new();
        let mut keep = |row: PortfolioRow| {
            lines.extend(line(row));
        };
        self.shared.store.portfolio_each(&mut keep).await?;
        Ok(lines)
    }

    /// The engagements that the store or this machine knows of and that have no line, or none that is
    /// as far along as this machine has seen their log. A store that lost its end has lost lines as well.
    async fn without_line(
        &self,
        lines: &HashMap<EngagementId, Line>,
        unreadable: &[Unreadable],
    ) -> Result<Vec<EngagementId>, AppError> {
        let remembered = self.shared.heads.all()?;
        let mut known = self.shared.store.heads().await?;
        for (id, head) in remembered {
            let there = known.entry(id).or_default();
            there.seq = there.seq.max(head.seq);
        }
        known.retain(|id, head| lines.get(id).is_none_or(|line| line.head.seq < head.seq));
        known.retain(|id, _| unreadable.iter().all(|u| u.engagement != *id));
        Ok(known.into_keys().collect())
    }

    /// The most urgent engagements that have checks which can run, at most `limit`.
    pub(super) async fn with_checks(&self, limit: usize) -> Result<Vec<EngagementId>, AppError> {
        self.rebuild(self.shared.store.stale_portfolio().await?).await?;
        let (mut found, without) = self.look_for_checks(limit).await?;
        if !without.is_empty() {
            // Lines that say nothing, such as those of an older golive.
            self.rebuild(without).await?;
            (found, _) = self.look_for_checks(limit).await?;
        }
        Ok(found)
    }

    /// The engagements with checks that can run, and those whose line does not say.
    async fn look_for_checks(
        &self,
        limit: usize,
    ) -> Result<(Vec<EngagementId>, Vec<EngagementId>), AppError> {
        let (mut found, mut without) = (Vec::new(), Vec::new());
        for page in 0_u64.. {
            let rows = self.shared.store.portfolio_page(page * u64::from(PAGE), PAGE).await?;
            let last = rows.len() < PAGE as usize;
            without.extend(rows.iter().filter(|row| read(row).is_none()).map(|row| row.engagement.clone()));
            let running = rows.iter().filter_map(read).filter(|line| line.checks > 0);
            found.extend(running.map(|line| line.engagement).take(limit - found.len()));
            if last || found.len() == limit {
                break;
            }
        }
        Ok((found, without))
    }

    /// One line, made from the log.
    pub async fn summary(&self, id: &EngagementId) -> Result<Summary, AppError> {
        Ok(self.load(id).await?.summary(self.now()))
    }

    async fn rebuild(&self, ids: Vec<EngagementId>) -> Result<Vec<Unreadable>, AppError> {
        let mut unreadable = Vec::new();
        for some in ids.chunks(REBUILD_AT_ONCE) {
            let mut rows = Vec::with_capacity(some.len());
            for id in some {
                match self.load(id).await {
                    Ok(engagement) => rows.push(PortfolioRow {
                        engagement: id.clone(),
                        head: engagement.state.head,
                        summary: stored_summary(&engagement, self.now())?,
                    }),
                    Err(error @ (AppError::Store(_) | AppError::ShuttingDown)) => return Err(error),
                    Err(error) => unreadable.push(Unreadable { engagement: id.clone(), error }),
                }
            }
            self.shared.store.put_portfolio(&rows).await?;
        }
        Ok(unreadable)
    }
}

/// The line as the store keeps it. Sorted by urgency: what has regressed, then the nearest target,
/// then what has been quiet for longest.
pub(super) fn stored_summary(
    engagement: &Engagement,
    now: DateTime<Utc>,
) -> Result<store::Summary, AppError> {
    let mut summary = engagement.summary(now);
    let mut json = serde_json::to_string(&summary).map_err(AppError::Unwritable)?;
    if json.len() > Limits::SUMMARY {
        // Hundreds of stages or of roles: the line says less, the engagement itself says all.
        summary.waiting_on.truncate(3);
        for waiting in &mut summary.waiting_on {
            waiting.people.truncate(3);
        }
        json = serde_json::to_string(&summary).map_err(AppError::Unwritable)?;
    }
    let state = u8::from(summary.regressed == 0) + u8::from(summary.current.is_none());
    let target = summary.target.map_or_else(|| "9999-99-99".to_owned(), |t| t.format("%Y-%m-%d").to_string());
    let quiet = summary.last_at.format("%Y-%m-%dT%H:%M:%S");
    Ok(store::Summary { sort_key: format!("{state} {target} {quiet}"), json })
}

/// A kept line; none when it says nothing.
fn line(row: PortfolioRow) -> Option<(EngagementId, Line)> {
    let summary = read(&row)?;
    Some((row.engagement, Line { head: row.head, sort_key: row.summary.sort_key, summary }))
}

fn read(row: &PortfolioRow) -> Option<Summary> {
    let summary: Summary = serde_json::from_str(&row.summary.json).ok()?;
    (summary.engagement == row.engagement).then_some(summary)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use crate::app::testing::{Bench, RUNBOOK, beginning, id, name, tick};
    use crate::app::{Act, App, Beginning};
    use crate::domain::command::Command;
    use crate::domain::ids::ItemId;
    use crate::domain::summary::Summary;

    async fn line(app: &App) -> Summary {
        app.portfolio().await.unwrap().rows.remove(0)
    }

    /// Acme, which has only to review itself every week.
    async fn weekly() -> (Bench, App) {
        let bench = Bench::new().await;
        let (first, _) = RUNBOOK.split_once("[[stages.items]]\nid = \"proof\"").unwrap();
        let runbook = format!("{first}valid_for = \"7d\"\n");
        bench.app.begin(Beginning { runbook: runbook.into_bytes(), ..beginning("Acme") }).await.unwrap();
        let lin = bench.person("Lin");
        bench.assign("dev", "Lin", Some(&lin)).await;
        (bench, lin)
    }

    #[tokio::test]
    async fn a_review_that_ran_out_waits_for_its_owner_again_without_an_event() {
        let (bench, lin) = weekly().await;
        lin.execute(&id("acme"), Act::new(tick("hello"))).await.unwrap();
        assert_eq!(line(&bench.app).await.current, None);
        assert_eq!(lin.my_work().await.unwrap().told, []);
        bench.clock.advance(TimeDelta::days(8));
        let again = bench.again();
        let turned = line(&again).await;
        assert_eq!((turned.current, turned.waiting_on[0].people.clone()), (Some(0), vec![name("Lin")]));
        assert_eq!(lin.my_work().await.unwrap().told[0].lines.len(), 1);
        // It was made anew once: the next reader finds it as it is.
        let kept = again.portfolio_page(0, 9).await.unwrap().rows;
        assert_eq!(kept, [turned]);
    }

    #[tokio::test]
    async fn an_exception_that_ran_out_is_one_no_longer() {
        let (bench, lin) = weekly().await;
        let until = bench.app.now() + TimeDelta::days(3);
        let item: ItemId = "hello".parse().unwrap();
        let ask = Command::RequestWaiver { item: item.clone(), reason: "next week".into(), until };
        lin.execute(&id("acme"), Act::new(ask)).await.unwrap();
        bench.app.execute(&id("acme"), Act::new(Command::GrantWaiver { item })).await.unwrap();
        assert_eq!((line(&bench.app).await.waived, line(&bench.app).await.current), (1, None));
        bench.clock.advance(TimeDelta::days(3));
        assert_eq!((line(&bench.app).await.waived, line(&bench.app).await.current), (0, Some(0)));
    }
}
