//! The engagements that `golive demo` opens with, and how they got where they are.
//!
//! Each of the three that are always there is played from its first day through the rules, with checks over
//! HTTP, as the headless demo is; only the clock is told what time it is, so that the history spreads over weeks.

use std::time::Duration;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use tokio::time::timeout;

use super::super::words;
use super::cast::{AURORA, BIRCH, COBALT, EVERYBODY, Merchant};
use super::errands;
use super::play::Play;
use super::rig::Rig;
use super::trouble::Trouble;
use crate::checks::outbound::Outbound;
use crate::domain::command::Command;
use crate::domain::ids::EngagementId;
use crate::domain::state::Outcome;
use crate::rehearse::{PageState, Provider, ShopSeed};

/// How an engagement got where it is.
struct Plan {
    merchant: &'static Merchant,
    /// Days from today to the day of going live.
    target: i64,
    /// Roles that nobody holds yet.
    vacant: &'static [&'static str],
    /// How many days ago each stage began; the last one is under way.
    began: &'static [i64],
    /// Items of the last stage that nobody has got to.
    ahead: &'static [&'static str],
    /// Single parts that are ticked of what lies ahead: item, part, role.
    partly: &'static [(&'static str, &'static str, &'static str)],
    /// Remarks: role, item, text.
    remarks: &'static [(&'static str, &'static str, &'static str)],
}

const PLANS: [Plan; 3] = [
    Plan {
        merchant: &COBALT,
        target: 4,
        vacant: &[],
        began: &[45, 41, 34, 29, 13, 2],
        ahead: &["alerting", "monitoring-plan", "nothing-prohibited-live"],
        partly: &[],
        remarks: &[(
            "developer",
            "alerting",
            "Alert for failed payments is there; failed deliveries come next",
        )],
    },
    Plan {
        merchant: &AURORA,
        target: 38,
        vacant: &["backend"],
        began: &[24, 20, 13, 6],
        ahead: &["first-payment", "webhook", "card-scenarios"],
        partly: &[
            ("card-scenarios", "declined", "developer"),
            ("card-scenarios", "insufficient-funds", "developer"),
        ],
        remarks: &[(
            "developer",
            "first-payment",
            "The subscription is renewed tomorrow, then both are there",
        )],
    },
    Plan {
        merchant: &BIRCH,
        target: 61,
        vacant: &["ppo", "qa", "backend"],
        began: &[4],
        ahead: &[],
        partly: &[],
        remarks: &[(
            "business",
            "kyc-approved",
            "Compliance asked for nothing more; should be a matter of hours",
        )],
    },
];

/// A secret that the provider takes in exchange.
const SECRET: &str = "Rehearsal only 2026";
/// When the merchant of [`play_one`] wants to be live, from today.
const TARGET: TimeDelta = TimeDelta::days(21);
/// How long the first looks of [`play_one`] may take.
const LOOKS: Duration = Duration::from_secs(5);
/// When people begin to work.
const MORNING: (u32, u32) = (9, 10);

/// Plays all engagements to where they are today. The clock stands meanwhile, and agrees with the
/// machine's afterwards.
pub(super) async fn play_all(rig: &Rig) -> Result<(), Trouble> {
    let now = rig.app.now();
    // What the checks say of a stage that is still shut need not all be good news.
    rig.simulator.world().set(AURORA.seed().organization_id, |s| s.site.refund = PageState::Absent)?;
    for plan in &PLANS {
        plan.play(rig, now).await?;
    }
    rig.clock.catch_up();
    Ok(())
}

/// Begins an engagement of a provider with one merchant, to be taken on by whoever watches: its people are
/// there, its decisions agreed, its facts and secrets known, and every check has looked. Nothing is approved.
pub(super) async fn play_one(rig: &Rig, provider: Provider, shop: ShopSeed) -> Result<EngagementId, Trouble> {
    let target = rig.app.now().date_naive() + TARGET;
    let mut play = Play::open(rig, provider, shop.name, EVERYBODY.to_vec(), Some(target), Vec::new()).await?;
    for person in play.people.clone() {
        play.assign(&person).await?;
    }
    play.propose_any().await?;
    play.confirm_all().await?;
    for brought in errands::run(rig, &Outbound::new()?, provider).await? {
        play.take_in(&brought).await?;
    }
    let id = play.id().clone();
    let looks = async {
        // Twice, as a single fail does not settle anything.
        for _ in 0..2 {
            play.look(&play.all_checks()).await?;
        }
        Ok::<(), Trouble>(())
    };
    // Whoever watches a provider that takes its time sees the screen meanwhile, whose checks go on.
    timeout(LOOKS, looks).await.unwrap_or(Ok(()))?;
    Ok(id)
}

impl Plan {
    async fn play(&self, rig: &Rig, now: DateTime<Utc>) -> Result<(), Trouble> {
        let today = now.date_naive();
        rig.clock.stand_at(morning(today, self.began.first().copied().unwrap_or_default()));
        let target = today + TimeDelta::days(self.target);
        let mut play = Play::begin(rig, self.merchant, Some(target)).await?;
        self.meet(&mut play).await?;
        for (stage, days) in self.began.iter().enumerate() {
            rig.clock.stand_at(rig.app.now().max(morning(today, *days)));
            self.stage(&mut play, stage).await?;
        }
        Ok(())
    }

    async fn meet(&self, play: &mut Play<'_>) -> Result<(), Trouble> {
        for person in self.merchant.people().filter(|p| !self.vacant.contains(&p.role)) {
            play.assign(&person).await?;
        }
        Ok(())
    }

    async fn stage(&self, play: &mut Play<'_>, stage: usize) -> Result<(), Trouble> {
        let last = stage + 1 == self.began.len();
        match play.runbook().stages()[stage].id.as_str() {
            "discovery" => {
                play.propose_all(&self.merchant.decisions).await?;
                play.confirm_all().await?;
            }
            "stage-access" => play.receive_stage_access(self.merchant).await?,
            "go-live" => {
                play.receive_live_ids(self.merchant).await?;
                get_the_permanent_key(play, self.merchant).await?;
            }
            _ => {}
        }
        play.look(&play.checks_ahead(stage)).await?;
        for item in play.left_to_people(stage) {
            if !(last && self.ahead.contains(&item.as_str())) {
                play.tick(&item).await?;
            }
        }
        if !last {
            play.sign_stage(stage).await?;
            return if play.complete(stage) { Ok(()) } else { Err(stuck(play, stage)) };
        }
        for (item, part, role) in self.partly {
            let command = Command::Tick {
                item: item.parse()?,
                part: Some(part.parse()?),
                note: None,
                evidence: Vec::new(),
            };
            play.act_as(&play.holder(role)?, command).await?;
        }
        for (role, item, text) in self.remarks {
            let command = Command::Note { item: Some(item.parse()?), text: (*text).to_owned() };
            play.act_as(&play.holder(role)?, command).await?;
        }
        // Twice, as a single fail does not settle anything.
        for _ in 0..2 {
            play.look(&play.all_checks()).await?;
        }
        Ok(())
    }
}

async fn get_the_permanent_key(play: &mut Play<'_>, merchant: &Merchant) -> Result<(), Trouble> {
    let report = play.exchange_key(merchant, SECRET).await?;
    match report.outcome {
        Outcome::Done => Ok(()),
        Outcome::Failed(why) | Outcome::Unknown(why) | Outcome::Reset(why) => {
            Err(Trouble::Story(format!("no permanent key: {why}")))
        }
    }
}

fn stuck(play: &Play<'_>, stage: usize) -> Trouble {
    let blockers = play.blockers(stage);
    let first = blockers.first().map(|b| words::blocker(b, &play.engagement)).unwrap_or_default();
    Trouble::Story(format!("stage {stage} of {} is not complete: {first}", play.id()))
}

/// The morning of a day some days ago; of the Friday before for a day of the weekend.
fn morning(today: NaiveDate, days_ago: i64) -> DateTime<Utc> {
    let day = today - TimeDelta::days(days_ago);
    let weekend = match day.weekday() {
        Weekday::Sat => 1,
        Weekday::Sun => 2,
        Weekday::Mon | Weekday::Tue | Weekday::Wed | Weekday::Thu | Weekday::Fri => 0,
    };
    let time = NaiveTime::from_hms_opt(MORNING.0, MORNING.1, 0).unwrap_or_default();
    (day - TimeDelta::days(weekend)).and_time(time).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_works_at_the_weekend() {
        // 2026-11-22 is a Sunday.
        let sunday = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        let days: Vec<String> =
            (0..4).map(|n| morning(sunday, n).format("%a %d %H:%M").to_string()).collect();
        assert_eq!(days, ["Fri 20 09:10", "Fri 20 09:10", "Fri 20 09:10", "Thu 19 09:10"]);
    }
}
