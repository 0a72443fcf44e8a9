//! Playing one engagement: the acts of its people and the looks of its checks, each through
//! [`App`] as on any other day.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};

use super::cast::{Merchant, Person, Signs, proof};
use super::errands::Brought;
use super::rig::Rig;
use super::trouble::Trouble;
use crate::app::actions::ActionReport;
use crate::app::{Act, App, AppError, Beginning, Change, Engagement, Refused};
use crate::domain::assess::{Standing, Status};
use crate::domain::blocker::{Blocker, stage_blockers};
use crate::domain::command::{Command, NewKey};
use crate::domain::decision::{Choice, DecisionKind};
use crate::domain::ids::{CheckId, EngagementId, FieldId, ItemId, MemberName, RoleId};
use crate::domain::runbook::{CheckMode, Item, ItemCheck, Runbook};
use crate::domain::secret::SecretSource;
use crate::domain::verdict::{Observation, Verdict};
use crate::rehearse::Provider;

/// One engagement being played.
pub(super) struct Play<'r> {
    pub(super) rig: &'r Rig,
    /// Everybody but the user.
    pub(super) people: Vec<Person>,
    pub(super) engagement: Engagement,
}

/// An approval that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) by: Person,
    pub(super) title: String,
    pub(super) boxes: usize,
    pub(super) evidence: usize,
}

/// A result of a check and what it changed.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) observation: Observation,
    pub(super) changes: Vec<Change>,
}

impl Look {
    /// Whether an item was ticked by it.
    pub(super) fn ticked(&self) -> bool {
        self.changes.iter().any(|change| matches!(change, Change::Ticked(_)))
    }
}

impl<'r> Play<'r> {
    /// Opens an engagement of PaymentsAI, with what is known of the merchant on the first day.
    pub(super) async fn begin(
        rig: &'r Rig,
        merchant: &'static Merchant,
        target: Option<NaiveDate>,
    ) -> Result<Self, Trouble> {
        let mut fields = Vec::new();
        for (field, value) in merchant.first_fields(&rig.simulator.urls(merchant.seed())) {
            fields.push((field.parse()?, value));
        }
        let people = merchant.people().collect();
        Self::open(rig, Provider::PaymentsAi, merchant.seed().name, people, target, fields).await
    }

    /// Opens an engagement with the bundled runbook of a provider. Of the people those play along whose
    /// role it has.
    pub(super) async fn open(
        rig: &'r Rig,
        provider: Provider,
        name: &str,
        mut people: Vec<Person>,
        target: Option<NaiveDate>,
        fields: Vec<(FieldId, String)>,
    ) -> Result<Self, Trouble> {
        let runbook = provider.runbook();
        let bundled = crate::runbook::find(runbook)
            .ok_or_else(|| Trouble::Story(format!("golive comes without the runbook {runbook}")))?;
        let engagement = rig
            .app
            .begin(Beginning {
                runbook_name: bundled.file_name.to_owned(),
                runbook: bundled.text.as_bytes().to_vec(),
                id: None,
                name: name.to_owned(),
                target,
                fields,
            })
            .await?;
        people.retain(|person| engagement.runbook.roles.contains_key(person.role));
        Ok(Self { rig, people, engagement })
    }

    pub(super) fn id(&self) -> &EngagementId {
        self.engagement.id()
    }

    pub(super) fn runbook(&self) -> Arc<Runbook> {
        Arc::clone(&self.engagement.runbook)
    }

    /// Gives a person their role; whoever signs alone joins with a key.
    pub(super) async fn assign(&mut self, person: &Person) -> Result<(), Trouble> {
        let key = self.rig.app_of(person)?.map(|app| NewKey::new(app.author().key, app.public_key()));
        let member = MemberName::new(person.name)?;
        self.dana(Command::Assign { role: RoleId::new(person.role)?, member, key }).await
    }

    pub(super) async fn set_field(&mut self, field: &str, value: &str) -> Result<(), Trouble> {
        self.dana(Command::SetField { field: field.parse()?, value: value.to_owned() }).await
    }

    pub(super) async fn set_secret(&mut self, secret: &str, source: SecretSource) -> Result<(), Trouble> {
        self.dana(Command::SetSecret { secret: secret.parse()?, source }).await
    }

    /// Puts decisions on the table.
    pub(super) async fn propose_all(&mut self, decisions: &[(&str, &str)]) -> Result<usize, Trouble> {
        for (decision, value) in decisions {
            self.dana(Command::Propose { decision: decision.parse()?, value: (*value).to_owned() }).await?;
        }
        Ok(decisions.len())
    }

    /// Agrees on every decision of the runbook.
    pub(super) async fn confirm_all(&mut self) -> Result<usize, Trouble> {
        let decisions: Vec<_> = self.runbook().decisions.keys().cloned().collect();
        let count = decisions.len();
        for decision in decisions {
            self.dana(Command::Confirm { decision, value: None }).await?;
        }
        Ok(count)
    }

    /// Puts every decision of the runbook on the table: the first option of each, or a few words.
    pub(super) async fn propose_any(&mut self) -> Result<usize, Trouble> {
        let runbook = self.runbook();
        for (id, decision) in &runbook.decisions {
            let value = first_value(&decision.kind);
            self.dana(Command::Propose { decision: id.clone(), value }).await?;
        }
        Ok(runbook.decisions.len())
    }

    /// Takes in what errands brought: the fields and secrets that the runbook has, and the environment of
    /// the merchant's backend where it asks for one.
    pub(super) async fn take_in(&mut self, brought: &Brought) -> Result<(usize, usize), Trouble> {
        let runbook = self.runbook();
        let (mut fields, mut secrets) = (0, 0);
        for (field, value) in &brought.fields {
            if runbook.fields.contains_key(*field) {
                self.set_field(field, value).await?;
                fields += 1;
            }
        }
        if runbook.fields.contains_key("env_file") {
            let file = self.rig.folder.write(&format!("{}.env", self.id()), &brought.variables)?;
            self.set_field("env_file", &file).await?;
            fields += 1;
        }
        for (secret, value) in &brought.secrets {
            if runbook.secrets.contains_key(*secret) {
                let source = self.rig.folder.secret(&format!("{}.{secret}", self.id()), value)?;
                self.set_secret(secret, source).await?;
                secrets += 1;
            }
        }
        Ok((fields, secrets))
    }

    /// What comes through 1Password for the stage environment: ids, key, and the variables of the
    /// merchant's deployment; and what its webhook endpoint verifies with.
    pub(super) async fn receive_stage_access(&mut self, merchant: &Merchant) -> Result<(), Trouble> {
        let seed = merchant.seed();
        let api = self.rig.simulator.urls(seed).stage_api;
        let variables =
            format!("API_URL={api}\nAPI_KEY={}\nORGANIZATION_ID={}\n", seed.stage_key, seed.organization_id);
        let file = self.rig.folder.write(&format!("{}.env", self.id()), &variables)?;
        let key = self.rig.folder.secret(&format!("{}.stage-key", self.id()), seed.stage_key)?;
        for (field, value) in [
            ("organization_id", seed.organization_id),
            ("account_id", seed.account_id),
            ("api_url", &api),
            ("env_file", &file),
        ] {
            self.set_field(field, value).await?;
        }
        self.set_secret("stage_api_key", key).await?;
        let webhook =
            self.rig.folder.secret(&format!("{}.webhook-secret", self.id()), seed.webhook_secret)?;
        self.set_secret("webhook_secret", webhook).await
    }

    /// What is known at go-live: the organization from the panel, the account from the Solution Architect.
    pub(super) async fn receive_live_ids(&mut self, merchant: &Merchant) -> Result<(), Trouble> {
        let seed = merchant.seed();
        self.set_field("live_organization_id", seed.organization_id).await?;
        self.set_field("live_account_id", seed.live_account_id).await
    }

    /// Starts the exchange of the temporal key for a permanent one, with a secret of the merchant's
    /// choice. The key that comes back is kept where checks find it.
    pub(super) async fn exchange_key(
        &mut self,
        merchant: &Merchant,
        secret: &str,
    ) -> Result<ActionReport, Trouble> {
        let seed = merchant.seed();
        let file = |what: &str| format!("{}.{what}-{:08x}", self.id(), rand::random::<u32>());
        let temporal = self.rig.folder.secret(&file("temporal-key"), seed.temporal_key)?;
        let chosen = self.rig.folder.secret(&file("exchange-secret"), secret)?;
        self.set_secret("temporal_api_key", temporal).await?;
        self.set_secret("exchange_secret", chosen).await?;
        let developer = self.holder("developer")?;
        let app = self.rig.app_of(&developer)?.unwrap_or_else(|| self.rig.app.clone());
        let plan = app.plan_action(self.id(), &"exchange-key".parse()?, None).await?;
        let report = app.run_action(plan).await?;
        self.engagement = report.engagement.clone();
        Ok(report)
    }

    /// Runs checks once, one after the other, and takes their results in. Those without what they need
    /// are left out.
    pub(super) async fn look(&mut self, checks: &BTreeSet<CheckId>) -> Result<Vec<Look>, Trouble> {
        let runbook = self.runbook();
        let mut looks = Vec::new();
        for check in runbook.checks.values().filter(|c| checks.contains(&c.id)) {
            let subject = self.rig.app.subject(&self.engagement);
            if !check.configured(&subject.facts, &subject.secrets) {
                continue;
            }
            let observation = self.rig.runner.run_once(check, &subject).await;
            let seen = self.rig.app.observe(self.id(), observation).await?;
            self.engagement = seen.engagement;
            if !seen.changes.is_empty() {
                self.rig.clock.pass(TimeDelta::seconds(20));
            }
            looks.push(Look { observation: seen.observation, changes: seen.changes });
        }
        Ok(looks)
    }

    /// The checks of the items of a stage, but not of those that are done.
    pub(super) fn checks_ahead(&self, stage: usize) -> BTreeSet<CheckId> {
        let assessment = self.engagement.assess(self.rig.app.now());
        let items = self.engagement.runbook.stages()[stage].items.iter().zip(&assessment.stages[stage].items);
        items
            .filter(|(_, assessed)| !assessed.status.settled())
            .filter_map(|(item, _)| item.check.as_ref().map(|c| c.check.clone()))
            .collect()
    }

    /// Every check of the runbook.
    pub(super) fn all_checks(&self) -> BTreeSet<CheckId> {
        self.engagement.runbook.checks.keys().cloned().collect()
    }

    /// The items of a stage that wait for a person.
    pub(super) fn left_to_people(&self, stage: usize) -> Vec<ItemId> {
        let assessment = self.engagement.assess(self.rig.app.now());
        let items = self.engagement.runbook.stages()[stage].items.iter().zip(&assessment.stages[stage].items);
        items
            .filter(|(item, assessed)| {
                let by_itself = assessed.configured == Some(true)
                    && item.check.as_ref().is_some_and(|c| c.mode == CheckMode::Auto);
                !assessed.status.settled() && !by_itself && !self.waits_for_check(item)
            })
            .map(|(item, _)| item.id.clone())
            .collect()
    }

    /// Whether an item's check must pass before a person ticks it, and has not.
    fn waits_for_check(&self, item: &Item) -> bool {
        let state = &self.engagement.state;
        let Some(ItemCheck { check, mode: CheckMode::Assist }) = &item.check else {
            return false;
        };
        let configured = self
            .engagement
            .runbook
            .checks
            .get(check)
            .is_some_and(|check| check.configured(&state.facts, &state.secrets));
        configured && state.checks.get(check).is_none_or(|c| c.verdict != Verdict::Pass)
    }

    /// Whether every item of a stage is done, excepted or not needed.
    pub(super) fn all_settled(&self, stage: usize) -> bool {
        let assessment = self.engagement.assess(self.rig.app.now());
        assessment.stages[stage].items.iter().all(|item| item.status.settled())
    }

    /// Items of a stage that do not apply.
    pub(super) fn not_applicable(&self, stage: usize) -> Vec<String> {
        let assessment = self.engagement.assess(self.rig.app.now());
        let items = self.engagement.runbook.stages()[stage].items.iter().zip(&assessment.stages[stage].items);
        items.filter(|(_, a)| a.status == Status::NotApplicable).map(|(i, _)| i.title.clone()).collect()
    }

    /// Has an item ticked by people who hold its owner roles.
    pub(super) async fn tick(&mut self, item: &ItemId) -> Result<Vec<Given>, Trouble> {
        let runbook = self.runbook();
        let Some((_, item)) = runbook.item(item.as_str()) else {
            return Err(Trouble::Story(format!("the runbook has no item {item}")));
        };
        let mut given = Vec::new();
        for role in first_choice(item) {
            let by = self.holder(role.as_str())?;
            let proof = proof(item.id.as_str());
            let (evidence, note) = if given.is_empty() {
                (self.evidence_for(item, proof.evidence), proof.note.map(str::to_owned))
            } else {
                (Vec::new(), None)
            };
            let attached = evidence.len();
            let evidence =
                if item.independent { self.by_another(&by, item, evidence).await? } else { evidence };
            let evidence = evidence.into_iter().map(Into::into).collect();
            let command = Command::Tick { item: item.id.clone(), part: None, note, evidence };
            self.act_as(&by, command).await?;
            given.push(Given { by, title: item.title.clone(), boxes: item.parts.len(), evidence: attached });
        }
        Ok(given)
    }

    /// Has somebody else attach what the person who signs may not have attached. Nothing is left to attach.
    async fn by_another(
        &mut self,
        signer: &Person,
        item: &Item,
        evidence: Vec<String>,
    ) -> Result<Vec<String>, Trouble> {
        let everybody = std::iter::once(super::cast::DANA).chain(self.people.iter().copied());
        let other = everybody.into_iter().find(|p| p.name != signer.name);
        let other = other.ok_or_else(|| Trouble::Story(format!("nobody but {} is there", signer.name)))?;
        for reference in evidence {
            let command = Command::AddEvidence { item: item.id.clone(), evidence: reference.into() };
            self.act_as(&other, command).await?;
        }
        Ok(Vec::new())
    }

    /// What the story attaches, and something for what the runbook asks beyond that.
    fn evidence_for(&self, item: &Item, told: &[&str]) -> Vec<String> {
        let there = self.engagement.state.item(item.id.as_str()).map_or(0, |s| s.evidence.len());
        let mut evidence: Vec<String> = told.iter().map(|e| (*e).to_owned()).collect();
        for n in there + evidence.len()..item.evidence.required {
            evidence.push(format!("Document {} on: {}", n + 1, item.title));
        }
        evidence
    }

    /// Has a stage signed by everybody whose signature it still waits for.
    pub(super) async fn sign_stage(&mut self, stage: usize) -> Result<Vec<Given>, Trouble> {
        let runbook = self.runbook();
        let definition = &runbook.stages()[stage];
        let mut given = Vec::new();
        for role in &definition.signoff {
            let assessment = self.engagement.assess(self.rig.app.now());
            let signed = assessment.stages[stage]
                .signoffs
                .iter()
                .any(|s| s.role == *role && matches!(s.standing, Standing::Current(_)));
            if signed {
                continue;
            }
            let by = self.holder(role.as_str())?;
            self.act_as(&by, Command::SignStage { stage: definition.id.clone() }).await?;
            given.push(Given { by, title: definition.title.clone(), boxes: 0, evidence: 0 });
        }
        Ok(given)
    }

    /// What keeps a stage from being complete.
    pub(super) fn blockers(&self, stage: usize) -> Vec<Blocker> {
        let Engagement { runbook, state } = &self.engagement;
        stage_blockers(runbook, state, &self.engagement.assess(self.rig.app.now()), stage)
    }

    /// Whether a stage is complete, signatures included.
    pub(super) fn complete(&self, stage: usize) -> bool {
        self.engagement.assess(self.rig.app.now()).stages[stage].complete
    }

    /// Items done and items that apply, in a stage.
    pub(super) fn count(&self, stage: usize) -> (usize, usize) {
        let totals = self.engagement.assess(self.rig.app.now()).stages[stage].totals;
        (totals.done, totals.total)
    }

    /// Tries something that the rules forbid, and gives the refusal.
    pub(super) async fn refused(&self, by: &Person, command: Command) -> Result<Box<Refused>, Trouble> {
        let (app, act) = self.capacity(by, None, command)?;
        match app.execute(self.id(), act).await {
            Err(AppError::Refused(refused)) => Ok(refused),
            Err(error) => Err(error.into()),
            Ok(done) => {
                let word = done.events.first().map_or("nothing", |event| event.fact.word());
                Err(Trouble::Story(format!("{} was not refused: {word}", by.name)))
            }
        }
    }

    /// Who holds a role, as the cast has them.
    pub(super) fn holder(&self, role: &str) -> Result<Person, Trouble> {
        let held = |p: &Person| p.role == role;
        std::iter::once(super::cast::DANA)
            .chain(self.people.iter().copied())
            .find(held)
            .ok_or_else(|| Trouble::Story(format!("nobody plays the role {role}")))
    }

    /// Has a person do something in their role.
    pub(super) async fn act_as(&mut self, by: &Person, command: Command) -> Result<(), Trouble> {
        let (app, act) = self.capacity(by, Some(RoleId::new(by.role)?), command)?;
        self.engagement = app.execute(self.id(), act).await?.engagement;
        self.a_while();
        Ok(())
    }

    /// Whose golive it is, and in which capacity.
    fn capacity(&self, by: &Person, role: Option<RoleId>, command: Command) -> Result<(App, Act), Trouble> {
        let act = Act::new(command).in_role(role);
        match (by.signs, self.rig.app_of(by)?) {
            (Signs::Alone, Some(app)) => Ok((app, act)),
            (Signs::Alone | Signs::InTheRoom, _) => {
                Ok((self.rig.app.clone(), act.for_person(Some(MemberName::new(by.name)?))))
            }
        }
    }

    async fn dana(&mut self, command: Command) -> Result<(), Trouble> {
        self.engagement = self.rig.app.execute(self.id(), Act::new(command)).await?.engagement;
        self.a_while();
        Ok(())
    }

    /// A few minutes between two acts, when the time is told: between 2 and 13, as the log is long.
    fn a_while(&self) {
        let n = i64::try_from(self.engagement.state.head.seq % 12).unwrap_or(0);
        self.rig.clock.pass(TimeDelta::minutes(2 + (n * 7) % 12));
    }
}

/// A value that a decision can have.
fn first_value(kind: &DecisionKind) -> String {
    let first = |choices: &[Choice]| choices.first().map(|c| c.id.clone()).unwrap_or_default();
    match kind {
        DecisionKind::Text { .. } => "As agreed at the kickoff".to_owned(),
        DecisionKind::Choice { options } => first(options),
        DecisionKind::Each { subjects, options } => {
            let one = |subject: &Choice| format!("{}={}", subject.id, first(options));
            subjects.iter().map(one).collect::<Vec<_>>().join(",")
        }
    }
}

/// The roles whose signatures make an item's box ticked: the first way of the owner expression.
fn first_choice(item: &Item) -> Vec<RoleId> {
    item.owner.signs.choices().into_iter().next().unwrap_or_default().into_iter().cloned().collect()
}
