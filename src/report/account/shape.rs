//! The shape of a report: what `golive report --format json` prints. It stays: a key may be added, never
//! renamed or removed. Texts are as they were given; whoever writes them escapes them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::domain::assess::{Gate, Status, Totals};
use crate::domain::check::DecisionStage;
use crate::domain::release::GoNoGo;
use crate::domain::runbook::{CheckMode, Side};
use crate::domain::state::Standing;
use crate::domain::verdict::Verdict;

macro_rules! shapes {
    ($($(#[$doc:meta])* struct $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize)]
        pub struct $name { $($(#[$field_doc])* pub $field: $kind,)+ }
    )+};
}

shapes! {
    /// How an engagement stands at one moment.
    struct Report {
        /// Version of this shape.
        schema: u32,
        /// The moment.
        at: DateTime<Utc>,
        /// Whose it is.
        engagement: Engagement,
        /// The runbook that it keeps.
        runbook: Runbook,
        /// Sequence number of the log's last event.
        seq: u64,
        /// Hash of the log's last event, in hexadecimal.
        hash: String,
        /// Whether every stage is complete.
        complete: bool,
        /// The first stage that is not, by id.
        current: Option<String>,
        /// How many items are how far. Waived and not applicable are never counted as done.
        totals: Totals,
        /// The gate behind the last stage, which leads to live traffic.
        last_gate: Gate,
        /// The decision on going live that was taken last.
        decided: Option<Decided>,
        /// What holds the last gate shut, in the order of the stages.
        blockers: Vec<Blocker>,
        /// What the members there are cannot sign, whatever they do.
        obstacles: Vec<Obstacle>,
        /// Every opening of a shut gate in an emergency, in the order of the log.
        emergencies: Vec<Emergency>,
        /// The stages with their items, in order.
        stages: Vec<Stage>,
        /// The decision matrix, in the order of the runbook.
        decisions: Vec<Agreed>,
        /// The typed facts, in the order of the runbook.
        fields: Vec<Field>,
        /// Which secrets are configured; where they are and what they hold is nobody's business here.
        secrets: Vec<Secret>,
        /// The request flows that were ever started.
        actions: Vec<Action>,
        /// The people, in the order in which they joined.
        people: Vec<Person>,
        /// The roles, in the order of the runbook.
        roles: Vec<Role>,
        /// What each upgrade of the runbook changed, in the order of the log.
        upgrades: Vec<Upgrade>,
    }

    /// The engagement.
    struct Engagement {
        /// Its id.
        id: String,
        /// The merchant's name.
        name: String,
        /// When it began.
        opened_at: DateTime<Utc>,
        /// Who began it.
        opened_by: String,
        /// The day on which the merchant wants to be live.
        target: Option<NaiveDate>,
        /// How many days are left until then; below zero when it is past.
        days_left: Option<i64>,
    }

    /// The runbook.
    struct Runbook {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
        /// The author's version.
        version: String,
        /// The payment provider.
        provider: String,
        /// Where its facts come from.
        source: Option<String>,
        /// SHA-256 of its bytes, in hexadecimal.
        digest: String,
    }

    /// A decision on going live.
    struct Decided {
        /// What.
        outcome: GoNoGo,
        /// Why; always there for a no-go.
        reason: Option<String>,
        /// Who.
        by: String,
        /// In which role, by name.
        role: Option<String>,
        /// When.
        at: DateTime<Utc>,
        /// The event.
        event: u64,
        /// Whether something that bears on it has happened since.
        overtaken: bool,
    }

    /// A stage.
    struct Stage {
        /// Its number, from 0.
        number: usize,
        /// Its id.
        id: String,
        /// Its title.
        title: String,
        /// Whether work in it may begin.
        gate: Gate,
        /// Whether all of it is done and signed.
        complete: bool,
        /// How many items are how far.
        totals: Totals,
        /// The roles that sign it.
        signoffs: Vec<SignOff>,
        /// Its items, in order.
        items: Vec<Item>,
    }

    /// A role's signature under a stage.
    struct SignOff {
        /// The role's id.
        role: String,
        /// Its name.
        role_name: String,
        /// `missing`, `current` or `stale`.
        standing: &'static str,
        /// Whose approval it is.
        person: Option<String>,
        /// Who recorded it, if that is somebody else.
        recorded_by: Option<String>,
        /// When.
        at: Option<DateTime<Utc>>,
        /// The event.
        event: Option<u64>,
        /// Why it does not count any more.
        stale: Option<String>,
    }

    /// An item.
    struct Item {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
        /// The heading it stands under.
        group: Option<String>,
        /// How it stands.
        status: Status,
        /// The same in words.
        status_words: &'static str,
        /// Who signs it, in words.
        owners: String,
        /// The roles that sign it, by id.
        owner_roles: Vec<String>,
        /// What there is to show for it; nothing for an item that nobody and nothing has spoken for.
        proofs: Vec<Proof>,
        /// Its check.
        check: Option<Check>,
        /// An exception that was asked for and not granted yet, in a sentence.
        asked: Option<String>,
        /// Why its last approval does not count any more.
        stale: Option<String>,
        /// What it waits for, and whom; none for an item that nothing waits for.
        waits_for: Option<Blocker>,
        /// What is attached.
        evidence: Vec<Evidence>,
        /// When its tick or its waiver ends.
        expires: Option<DateTime<Utc>>,
        /// Whether that is near.
        expires_soon: bool,
    }

    /// One thing that speaks for an item.
    struct Proof {
        /// What it is.
        kind: ProofKind,
        /// In a sentence.
        words: String,
        /// The part that it is about, by title; none for an item that is one box, or for all of it.
        part: Option<String>,
        /// The role, by name, of a signature.
        role: Option<String>,
        /// Whose word it is.
        person: Option<String>,
        /// Who recorded it, if that is somebody else; who granted it, of a waiver.
        other: Option<String>,
        /// When it was said.
        at: Option<DateTime<Utc>>,
        /// The event.
        event: Option<u64>,
        /// Why, of a waiver and of what does not apply.
        reason: Option<String>,
        /// Until when it holds, of a waiver.
        until: Option<DateTime<Utc>>,
    }

    /// The check of an item.
    struct Check {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
        /// What its pass does.
        mode: CheckMode,
        /// Whether it has what it needs to run.
        configured: bool,
        /// What it settled on last.
        verdict: Option<Verdict>,
        /// Since when.
        since: Option<DateTime<Utc>>,
        /// What its newest result says.
        newest: Option<Verdict>,
        /// When that was.
        newest_at: Option<DateTime<Utc>>,
        /// When it passed last.
        last_pass: Option<DateTime<Utc>>,
        /// What it said.
        summary: Option<String>,
        /// The provider's id of the request.
        request_id: Option<String>,
        /// All of it in a sentence.
        words: String,
    }

    /// Something attached.
    struct Evidence {
        /// A text, a link, or the name of the file.
        reference: String,
        /// How many bytes the file has, if it is one.
        bytes: Option<u64>,
        /// SHA-256 of the reference or of the file, in hexadecimal.
        digest: String,
        /// Who attached it.
        by: String,
        /// When.
        at: DateTime<Utc>,
    }

    /// One reason why a stage is not complete.
    struct Blocker {
        /// The stage, by id.
        stage: String,
        /// The item, by id; none when the stage as a whole waits for a signature.
        item: Option<String>,
        /// The title of the item or the stage.
        title: String,
        /// Why.
        reason: String,
        /// The roles that can do something about it, by name.
        roles: Vec<String>,
        /// The people who hold them.
        people: Vec<String>,
    }

    /// Something that the members there are cannot sign.
    struct Obstacle {
        /// The first stage that it holds up, by title.
        stage: String,
        /// The items, by id; none for the sign-off of a stage.
        items: Vec<String>,
        /// Why, in words.
        reason: String,
    }

    /// A shut gate that a lead opened in an emergency. Nothing was done by it.
    struct Emergency {
        /// The gate, in words.
        gate: String,
        /// Why.
        reason: String,
        /// Who.
        by: String,
        /// When.
        at: DateTime<Utc>,
        /// When it ends, or ended, by itself.
        until: DateTime<Utc>,
        /// The event.
        event: u64,
        /// Whether it still holds the gate open.
        holds: bool,
        /// Who ended it before its time.
        ended_by: Option<String>,
        /// When.
        ended_at: Option<DateTime<Utc>>,
    }

    /// A decision of the matrix.
    struct Agreed {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
        /// The value, if there is one.
        value: Option<String>,
        /// How far it is.
        state: Option<DecisionStage>,
    }

    /// A typed fact.
    struct Field {
        /// Its id.
        id: String,
        /// Its label.
        label: String,
        /// The value, if there is one.
        value: Option<String>,
        /// Whether a check filled it in.
        captured: bool,
    }

    /// A secret.
    struct Secret {
        /// Its id.
        id: String,
        /// Its label.
        label: String,
        /// Whether somebody has said where it is.
        configured: bool,
    }

    /// The last attempt of a request flow.
    struct Action {
        /// Its id.
        id: String,
        /// Its title; the id when the runbook no longer has it.
        title: String,
        /// How it stands.
        standing: &'static str,
        /// Who started it last.
        by: String,
        /// When.
        at: DateTime<Utc>,
        /// The provider's id of the last request.
        request_id: Option<String>,
    }

    /// A person.
    struct Person {
        /// The name.
        name: String,
        /// The roles held, by name.
        roles: Vec<String>,
        /// The keys that speak for the person, or did.
        keys: Vec<Key>,
        /// When the person left.
        left_at: Option<DateTime<Utc>>,
    }

    /// A key of a person.
    struct Key {
        /// Its fingerprint, as `ssh-keygen -l` prints it.
        fingerprint: String,
        /// From when on it speaks for the person.
        from: Option<DateTime<Utc>>,
        /// From when on it no longer does.
        until: Option<DateTime<Utc>>,
        /// When it was revoked.
        revoked_at: Option<DateTime<Utc>>,
    }

    /// A role.
    struct Role {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// Whose side it is on.
        side: Side,
        /// Whether it leads.
        lead: bool,
        /// What it is there for.
        duty: Option<String>,
        /// Who holds it.
        people: Vec<String>,
    }

    /// An upgrade to another version of the runbook: what `golive upgrade` showed.
    struct Upgrade {
        /// The event.
        event: u64,
        /// Who.
        by: String,
        /// When.
        at: DateTime<Utc>,
        /// The version before.
        from: Version,
        /// The version after.
        to: Version,
        /// What is different, in the order in which `golive upgrade` showed it.
        changes: Vec<Change>,
        /// Signatures that no longer counted, in words.
        lost: Vec<String>,
        /// Items whose exception ended, by id.
        exceptions_ended: Vec<String>,
        /// Checks whose last verdict counted no longer, by id.
        verdicts_ended: Vec<String>,
    }

    /// A version of a runbook.
    struct Version {
        /// The author's version.
        version: String,
        /// SHA-256 of the bytes, in hexadecimal.
        digest: String,
    }

    /// One thing of a runbook that is different.
    struct Change {
        /// `added`, `removed`, `moved` or `changed`.
        what: &'static str,
        /// What it is: `item`, `stage`, …
        kind: &'static str,
        /// Its id.
        id: String,
        /// Its title.
        title: String,
        /// In which respects, a sentence each.
        respects: Vec<String>,
    }
}

/// What speaks for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofKind {
    /// A check ticked it by itself.
    Check,
    /// Somebody signed it.
    Signed,
    /// It is excepted for a time.
    Waived,
    /// Somebody said that it does not apply.
    NotApplicable,
    /// It does not apply by the runbook's rule.
    RuledOut,
}

impl ProofKind {
    /// The word for JSON and CSV.
    pub fn word(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Signed => "signed",
            Self::Waived => "waived",
            Self::NotApplicable => "not_applicable",
            Self::RuledOut => "ruled_out",
        }
    }
}

/// The word for where a request flow stands.
pub(super) fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Fresh => "reset",
        Standing::UnderWay => "under way",
        Standing::Done => "done",
        Standing::Failed => "failed",
        Standing::Unknown => "outcome unknown",
    }
}
