//! `golive demo --headless`: one engagement from its first day to live traffic, told line by line.
//!
//! Everything is real but the provider: requests over HTTP to the rehearsal, the rules of the runbook,
//! signed events in a store. Some acts are tried although the rules forbid them, so that one sees the
//! gates hold; should one of them succeed, the demo has failed.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::Instant;

use super::super::words;
use super::cast::{BIRCH, DANA, EVERYBODY, Person, Signs};
use super::errands;
use super::merchant_side::deliver;
use super::narrator::{Mark, Narrator};
use super::play::Play;
use super::rig::Rig;
use super::trouble::Trouble;
use crate::app::actions::ActionFault;
use crate::app::{AppError, GateStanding};
use crate::checks::outbound::Outbound;
use crate::domain::command::Command;
use crate::domain::ids::RoleId;
use crate::domain::state::Outcome;
use crate::domain::text::SafeText;
use crate::rehearse::{
    BILLING, FLINT, INVOICE_LINK, Instrument, InstrumentKind, MERCHANT_API, PageState, Provider, ShopSeed,
    signature,
};

/// Between two looks at the checks that a stage waits for.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// A secret that the provider's policy forbids: too short.
const WEAK_SECRET: &str = "Too short";
/// A secret that it takes.
const GOOD_SECRET: &str = "Rehearsal only 2026";
/// When the merchant wants to be live, from now.
const TARGET: TimeDelta = TimeDelta::days(21);

/// Plays it to the end. `wait` is how long a stage may stand still.
pub(super) async fn run(
    rig: &Rig,
    provider: Provider,
    wait: Duration,
    narrator: &mut Narrator<'_>,
) -> Result<(), Trouble> {
    let target = rig.app.now().checked_add_signed(TARGET).map(|at| at.date_naive());
    let (play, name) = match shop(provider) {
        None => (Play::begin(rig, &BIRCH, target).await?, BIRCH.seed().name),
        Some(shop) => {
            let people = EVERYBODY.to_vec();
            (Play::open(rig, provider, shop.name, people, target, Vec::new()).await?, shop.name)
        }
    };
    let outbound = Outbound::new()?;
    let mut story = Story { play, provider, name, narrator, outbound, wait };
    story.opening().await?;
    for stage in 0..story.play.runbook().stages().len() {
        story.stage(stage).await?;
    }
    story.ending().await
}

/// The merchant of a provider that has one.
pub(super) fn shop(provider: Provider) -> Option<ShopSeed> {
    match provider {
        Provider::PaymentsAi => None,
        Provider::Flint => Some(FLINT.shop),
        Provider::Billing => Some(BILLING.shop),
        Provider::MerchantApi => Some(MERCHANT_API.shop),
        Provider::InvoiceLink => Some(INVOICE_LINK.shop),
    }
}

struct Story<'r, 'n, 'o> {
    play: Play<'r>,
    provider: Provider,
    /// The merchant's.
    name: &'static str,
    narrator: &'n mut Narrator<'o>,
    outbound: Outbound,
    wait: Duration,
}

impl Story<'_, '_, '_> {
    async fn opening(&mut self) -> Result<(), Trouble> {
        let (name, runbook) = (self.name, self.play.runbook());
        self.narrator.say(&format!("{name} takes \"{}\", version {}", runbook.title, runbook.version));
        let base = self.play.rig.simulator.base_url();
        self.narrator.say(&format!("Provider and website are a rehearsal on {base}"));
        self.narrator.heading("People");
        self.introduce(DANA)?;
        for person in self.play.people.clone() {
            self.play.assign(&person).await?;
            self.introduce(person)?;
        }
        Ok(())
    }

    fn introduce(&mut self, person: Person) -> Result<(), Trouble> {
        let runbook = self.play.runbook();
        let role = RoleId::new(person.role)?;
        let how = match person.signs {
            Signs::Alone => "signs with a key of their own",
            Signs::InTheRoom => "in the room, Dana Ruiz records",
        };
        let role = SafeText::clipped(runbook.role_name(&role), 40);
        self.narrator.act(person.name, Mark::Plain, &format!("{role:<24}{how}"));
        Ok(())
    }

    async fn stage(&mut self, stage: usize) -> Result<(), Trouble> {
        let runbook = self.play.runbook();
        let definition = &runbook.stages()[stage];
        self.narrator.heading(&format!("Stage {stage}  {}", definition.title));
        match self.provider {
            Provider::PaymentsAi => {
                self.before(definition.id.as_str()).await?;
                self.look(stage).await?;
                self.on_the_way(definition.id.as_str()).await?;
            }
            Provider::Flint | Provider::Billing | Provider::MerchantApi | Provider::InvoiceLink => {
                if stage == 0 {
                    self.run_errands().await?;
                }
                self.try_to_sign_early(stage).await?;
                self.look(stage).await?;
            }
        }
        self.until_complete(stage).await?;
        for title in self.play.not_applicable(stage) {
            self.narrator.act("not needed", Mark::Skipped, &title);
        }
        let (done, total) = self.play.count(stage);
        self.narrator.say(&format!("Stage {stage} is complete: {done} of {total}"));
        Ok(())
    }

    /// What the people of a provider with one merchant do first: decide, and ask the provider for what the
    /// runbook wants to know.
    async fn run_errands(&mut self) -> Result<(), Trouble> {
        self.play.rig.let_the_world_turn(TimeDelta::zero());
        let n = self.play.propose_any().await?;
        self.play.confirm_all().await?;
        self.narrator.act(
            DANA.name,
            Mark::Set,
            &format!("notes at the kickoff that all {n} decisions are agreed"),
        );
        let (mut fields, mut secrets) = (0, 0);
        for brought in errands::run(self.play.rig, &self.outbound, self.provider).await? {
            let taken = self.play.take_in(&brought).await?;
            (fields, secrets) = (fields + taken.0, secrets + taken.1);
        }
        let what = format!("brings {fields} facts and {secrets} secrets from {}", self.provider);
        self.narrator.act("the merchant", Mark::Set, &what);
        Ok(())
    }

    /// The first who signs a stage tries to before it is done, in vain.
    async fn try_to_sign_early(&mut self, stage: usize) -> Result<(), Trouble> {
        let runbook = self.play.runbook();
        let definition = &runbook.stages()[stage];
        let Some(role) = definition.signoff.first().filter(|_| !self.play.all_settled(stage)) else {
            return Ok(());
        };
        let by = self.play.holder(role.as_str())?;
        let refused = self.play.refused(&by, Command::SignStage { stage: definition.id.clone() }).await?;
        self.narrator.refused(&by, "signs the stage before it is done", refused);
        Ok(())
    }

    /// What becomes known or is brought about as a stage begins.
    async fn before(&mut self, stage: &str) -> Result<(), Trouble> {
        match stage {
            "stage-access" => {
                self.play.receive_stage_access(&BIRCH).await?;
                self.narrator.act(
                    DANA.name,
                    Mark::Set,
                    "hands over the ids, the stage key and the API address",
                );
            }
            "testing" => self.try_the_webhook().await?,
            "go-live" => {
                self.play.receive_live_ids(&BIRCH).await?;
                self.narrator.act(DANA.name, Mark::Set, "notes the ids of production");
                self.get_the_permanent_key().await?;
                self.pay_for_the_service()?;
            }
            _ => {}
        }
        Ok(())
    }

    /// What is tried in a stage before its people get to work, in vain for the most part.
    async fn on_the_way(&mut self, stage: &str) -> Result<(), Trouble> {
        match stage {
            "kyc" => {
                self.try_tick("business", "goals").await?;
                // From here on the review goes on by itself.
                self.play.rig.let_the_world_turn(TimeDelta::zero());
            }
            "discovery" => self.decide().await?,
            "stage-access" => self.try_tick("consultant", "credentials-received").await?,
            "pre-production" => {
                let by = self.play.holder("architect")?;
                let refused = self.play.refused(&by, Command::SignStage { stage: stage.parse()? }).await?;
                self.narrator.refused(&by, "signs the stage before it is done", refused);
            }
            "go-live" => self.regression().await?,
            _ => {}
        }
        Ok(())
    }

    async fn try_tick(&mut self, role: &str, item: &str) -> Result<(), Trouble> {
        let runbook = self.play.runbook();
        let by = self.play.holder(role)?;
        let title = runbook.item(item).map_or(item, |(_, i)| i.title.as_str());
        let command = Command::Tick { item: item.parse()?, part: None, note: None, evidence: Vec::new() };
        let refused = self.play.refused(&by, command).await?;
        self.narrator.refused(&by, &format!("ticks \"{title}\""), refused);
        Ok(())
    }

    /// The decision matrix: one proposal against the rules, then all as they should be, then agreed.
    async fn decide(&mut self) -> Result<(), Trouble> {
        let off = Command::Propose { decision: "three_d_secure".parse()?, value: "off".to_owned() };
        let refused = self.play.refused(&DANA, off).await?;
        self.narrator.refused(&DANA, "proposes to go without 3-D Secure", refused);
        let n = self.play.propose_all(&BIRCH.decisions).await?;
        self.narrator.act(DANA.name, Mark::Set, &format!("puts {n} decisions on the table"));
        let n = self.play.confirm_all().await?;
        self.narrator.act(DANA.name, Mark::Set, &format!("notes at the kickoff that all {n} are agreed"));
        let checks = BTreeSet::from(["decisions-proposed".parse()?, "decisions-confirmed".parse()?]);
        let looks = self.play.look(&checks).await?;
        self.narrator.looks(&self.play.runbook(), &looks);
        Ok(())
    }

    /// One event signed as it should be and one altered on the way, as evidence.
    async fn try_the_webhook(&mut self) -> Result<(), Trouble> {
        let seed = BIRCH.seed();
        let urls = self.play.rig.simulator.urls(seed);
        let body = br#"{"type":"transaction-processed","id":"rehearsed"}"#;
        let altered = br#"{"type":"transaction-processed","id":"forged"}"#;
        let signature = signature(seed.webhook_secret, body);
        let signed = deliver(&self.outbound, &urls, &signature, body).await?;
        let forged = deliver(&self.outbound, &urls, &signature, altered).await?;
        let said = format!("A signed event was answered with {signed}, an altered one with {forged}");
        if signed != 200 || forged != 401 {
            // Its checks keep the stage shut.
            self.narrator.act("the webhook", Mark::Refused, &said);
            return Ok(());
        }
        let developer = self.play.holder("developer")?;
        let evidence = Command::AddEvidence { item: "webhook".parse()?, evidence: said.clone().into() };
        self.play.act_as(&developer, evidence).await?;
        self.narrator.act(developer.name, Mark::Set, &format!("attaches: {said}"));
        Ok(())
    }

    /// The production key exchange, first with a secret that breaks the provider's policy: golive refuses
    /// it before anything is sent.
    async fn get_the_permanent_key(&mut self) -> Result<(), Trouble> {
        let developer = self.play.holder("developer")?;
        match self.play.exchange_key(&BIRCH, WEAK_SECRET).await {
            Err(Trouble::App(AppError::Action(fault @ ActionFault::Policy { .. }))) => {
                self.narrator.act(
                    "refused",
                    Mark::Refused,
                    &format!("{} exchanges the temporal key", developer.name),
                );
                self.narrator.detail(&fault.to_string());
            }
            Err(other) => return Err(other),
            Ok(_) => return Err(Trouble::Story("a weak secret was taken".to_owned())),
        }
        let report = self.play.exchange_key(&BIRCH, GOOD_SECRET).await?;
        match report.outcome {
            Outcome::Done => {
                let what = "exchanges it with a better secret; the key goes into a file for its owner only";
                self.narrator.act(developer.name, Mark::Set, what);
                if let Some(shown) = report.shown {
                    self.narrator.detail(&shown);
                }
                Ok(())
            }
            Outcome::Failed(why) | Outcome::Unknown(why) | Outcome::Reset(why) => {
                Err(Trouble::Story(format!("no permanent key: {why}")))
            }
        }
    }

    fn pay_for_the_service(&mut self) -> Result<(), Trouble> {
        let card = Instrument { kind: InstrumentKind::Card, last4: "4242".to_owned() };
        let world = self.play.rig.simulator.world();
        world.set(BIRCH.seed().organization_id, |s| s.primary_payment_instrument = Some(card))?;
        let business = self.play.holder("business")?;
        self.narrator.act(business.name, Mark::Set, "adds a card for service fees in the Admin Panel");
        Ok(())
    }

    /// A page that was there is gone: what it proved opens again, and the last stage shuts.
    async fn regression(&mut self) -> Result<(), Trouble> {
        let before = self.play.runbook().stage_index("pre-production").unwrap_or_default();
        self.refund_page(PageState::Absent)?;
        self.narrator.act("meanwhile", Mark::Outside, "the Refund Policy disappears from the website");
        let checks = BTreeSet::from(["refund-page".parse()?, "policies".parse()?]);
        // A single fail does not count: pages have bad moments.
        for _ in 0..2 {
            let looks = self.play.look(&checks).await?;
            self.narrator.looks(&self.play.runbook(), &looks);
        }
        if self.play.complete(before) {
            return Err(Trouble::Story("a page that is gone reopened nothing".to_owned()));
        }
        self.try_tick("developer", "alerting").await?;
        self.refund_page(PageState::Present)?;
        self.narrator.act("meanwhile", Mark::Outside, "the Refund Policy is back");
        let looks = self.play.look(&checks).await?;
        self.narrator.looks(&self.play.runbook(), &looks);
        self.until_complete(before).await
    }

    fn refund_page(&mut self, state: PageState) -> Result<(), Trouble> {
        let world = self.play.rig.simulator.world();
        Ok(world.set(BIRCH.seed().organization_id, |s| s.site.refund = state)?)
    }

    async fn look(&mut self, stage: usize) -> Result<(), Trouble> {
        let looks = self.play.look(&self.play.checks_ahead(stage)).await?;
        self.narrator.looks(&self.play.runbook(), &looks);
        Ok(())
    }

    /// Lets people and checks work until the stage is complete, or has stood still for too long.
    async fn until_complete(&mut self, stage: usize) -> Result<(), Trouble> {
        let mut deadline = Instant::now() + self.wait;
        let mut waiting_told = false;
        loop {
            let head = self.play.engagement.state.head;
            for item in self.play.left_to_people(stage) {
                let given = self.play.tick(&item).await?;
                self.narrator.given(&given);
            }
            if self.play.all_settled(stage) {
                for given in self.play.sign_stage(stage).await? {
                    self.narrator.act(
                        given.by.name,
                        Mark::Ticked,
                        &format!("signs the stage \"{}\"", given.title),
                    );
                }
            }
            if self.play.complete(stage) {
                return Ok(());
            }
            if self.play.engagement.state.head != head {
                deadline = Instant::now() + self.wait;
            } else if Instant::now() >= deadline {
                return self.still_waiting(stage);
            } else {
                if !waiting_told {
                    waiting_told = true;
                    for blocker in self.play.blockers(stage) {
                        self.narrator.act(
                            "waits",
                            Mark::Waits,
                            &words::blocker(&blocker, &self.play.engagement),
                        );
                    }
                }
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
            self.look(stage).await?;
        }
    }

    /// The end of a demo that does not get through: who would have to act.
    fn still_waiting(&mut self, stage: usize) -> Result<(), Trouble> {
        let runbook = self.play.runbook();
        let title = &runbook.stages()[stage].title;
        self.narrator.heading("Last gate: shut");
        let blockers = self.play.blockers(stage);
        Err(Trouble::StoodStill {
            stage: format!("{stage}, {}", SafeText::clipped(title, 80)),
            wait: self.wait,
            waits: blockers.iter().map(|b| words::blocker(b, &self.play.engagement)).collect(),
        })
    }

    /// The last gate, asked as `golive gate` asks it, and the log, looked at as `golive verify` does.
    async fn ending(&mut self) -> Result<(), Trouble> {
        let every = self.play.all_checks();
        let looks = self.play.look(&every).await?;
        self.narrator.looks(&self.play.runbook(), &looks);
        let gate = self.play.rig.app.gate(self.play.id(), None).await?;
        let log = self.play.rig.app.verify(self.play.id()).await?;
        self.narrator.pause();
        let totals = gate.engagement.assess(gate.at).totals;
        self.narrator.say(&format!("Last gate: {}", gate.standing.word()));
        match gate.standing {
            GateStanding::Open => {}
            GateStanding::Shut | GateStanding::BreakGlass | GateStanding::Unknown => {
                let why: Vec<String> = gate
                    .blockers
                    .iter()
                    .chain(&gate.not_fresh)
                    .map(|b| words::blocker(b, &gate.engagement))
                    .collect();
                return Err(Trouble::Story(SafeText::clipped(&why.join(", "), 400).into()));
            }
        }
        self.narrator.say(&format!(
            "  {} of {} items done, {} not needed, {} live checks fresh",
            totals.done,
            totals.total,
            totals.not_applicable,
            looks.len()
        ));
        if !log.whole() {
            return Err(Trouble::Story("the log does not verify".to_owned()));
        }
        let authors: Vec<String> = log.authors.iter().map(|(name, n)| format!("{name} {n}")).collect();
        self.narrator.say(&format!("  {} signed events verified: {}", log.good, authors.join(", ")));
        self.narrator.say(&format!("{} may go live.", self.name));
        Ok(())
    }
}
