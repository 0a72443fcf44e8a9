//! The shape of a release. Written once, read strictly: an unknown key is no release.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::make::Log;
use crate::domain::assess::{Gate, Status};
use crate::domain::check::DecisionStage;
use crate::domain::release::GoNoGo;
use crate::domain::runbook::CheckMode;
use crate::domain::verdict::Verdict;

/// The `_type` of every in-toto statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The `predicateType` of a release.
pub const PREDICATE_TYPE: &str = "https://golive.example/release/v1";

macro_rules! shapes {
    ($($(#[$doc:meta])* struct $name:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        pub struct $name { $($(#[$field_meta])* pub $field: $kind,)+ }
    )+};
}

shapes! {
    /// An in-toto statement, version 1, about a decision on going live.
    struct Statement {
        /// `https://in-toto.io/Statement/v1`.
        #[serde(rename = "_type")]
        kind: String,
        /// The log by its head, then the runbook by its digest.
        subject: Vec<Subject>,
        /// `https://golive.example/release/v1`.
        #[serde(rename = "predicateType")]
        predicate_type: String,
        /// What golive says about them.
        predicate: Predicate,
    }

    /// What the statement is about.
    struct Subject {
        /// `engagement:ID` or `runbook:ID`.
        name: String,
        /// `sha256`, in hexadecimal.
        digest: BTreeMap<String, String>,
    }

    /// A decision on going live with everything that it rests on.
    struct Predicate {
        /// What was decided, by whom, when.
        decision: Decision,
        /// The merchant's engagement.
        engagement: Engagement,
        /// The runbook that the engagement kept at that moment.
        runbook: Runbook,
        /// The program.
        tool: Tool,
        /// The end of the log; the decision is its last event.
        head: LogHead,
        /// Whether every stage was complete.
        complete: bool,
        /// How many items were how far. Excepted and not applicable are never counted as done.
        totals: Totals,
        /// The people, in the order in which they joined, as of the decision.
        members: Vec<Member>,
        /// Typed facts by field.
        fields: BTreeMap<String, String>,
        /// The decision matrix, as far as it was filled.
        decisions: Vec<Agreed>,
        /// The stages with their items, in order.
        stages: Vec<Stage>,
        /// The newest result of each check.
        observations: Vec<Observation>,
        /// The last attempt of each action.
        actions: Vec<Action>,
        /// Every opening of a shut gate in an emergency, whether it still held or not.
        emergencies: Vec<Emergency>,
        /// What held the last gate shut or was not fresh; nothing for a go.
        blockers: Vec<Blocker>,
        /// The log and the runbooks that all of this is derived from.
        log: Log,
    }

    /// What was decided.
    struct Decision {
        /// `go` or `no_go`.
        outcome: GoNoGo,
        /// Why; always there for a no-go.
        reason: Option<String>,
        /// Who.
        by: Person,
        /// In which role.
        role: Option<String>,
        /// When, by the decider's clock.
        at: DateTime<Utc>,
        /// The event that says so.
        event: u64,
        /// The log as the person saw it.
        saw: LogHead,
    }

    /// A person and the key that signed.
    struct Person {
        /// The name under which the person takes part.
        name: String,
        /// The fingerprint of the key, as `ssh-keygen -l` prints it.
        key: String,
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
        opened_by: Person,
        /// The day the merchant wanted to be live.
        target: Option<NaiveDate>,
    }

    /// A runbook.
    struct Runbook {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
        /// Its version.
        version: String,
        /// The payment provider.
        provider: String,
        /// The SHA-256 of its bytes, in hexadecimal.
        digest: String,
    }

    /// The program.
    struct Tool {
        /// `golive`.
        name: String,
        /// The version that looked at the checks.
        version: String,
    }

    /// A place in the log.
    struct LogHead {
        /// The sequence number of its last event.
        seq: u64,
        /// The hash of its last event, in hexadecimal.
        hash: String,
    }

    /// How many items were how far.
    struct Totals {
        /// Items that applied.
        total: usize,
        /// Done.
        done: usize,
        /// Excepted for a time.
        waived: usize,
        /// Items that did not apply; not in `total`.
        not_applicable: usize,
    }

    /// A person who took part.
    struct Member {
        /// The name.
        name: String,
        /// The roles held.
        roles: Vec<String>,
        /// Fingerprints of the keys that spoke for the person.
        keys: Vec<String>,
    }

    /// A decision of the matrix.
    struct Agreed {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
        /// The value.
        value: String,
        /// Whether it was only proposed.
        state: DecisionStage,
    }

    /// A stage.
    struct Stage {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
        /// Whether work in it could begin.
        gate: Gate,
        /// Whether all of it was done and signed.
        complete: bool,
        /// The roles that sign it.
        signoffs: Vec<StageSignOff>,
        /// Its items, in order.
        items: Vec<Item>,
    }

    /// A role's signature under a stage.
    struct StageSignOff {
        /// The role.
        role: String,
        /// The signature; none when nobody had signed.
        signature: Option<Signature>,
        /// Why the signature did not count any more.
        stale: Option<String>,
    }

    /// A person's approval in a role.
    struct Signature {
        /// The role.
        role: String,
        /// Whose approval it is.
        person: String,
        /// Whose key signed it, and who recorded it when that is another person.
        signed_by: Person,
        /// When.
        at: DateTime<Utc>,
        /// The event.
        event: u64,
        /// The log as the person saw it.
        saw: LogHead,
        /// SHA-256 of each piece of evidence that was seen, in hexadecimal.
        evidence: Vec<String>,
    }

    /// An item.
    struct Item {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
        /// The heading it stands under.
        group: Option<String>,
        /// How it stood.
        status: Status,
        /// The roles that sign it.
        owners: Vec<String>,
        /// Each box, with what proved it: the parts, or the item's own.
        boxes: Vec<ItemBox>,
        /// The check's own tick.
        proof: Option<Proof>,
        /// Its check.
        check: Option<Check>,
        /// What was attached.
        evidence: Vec<Evidence>,
        /// Why it did not apply.
        not_applicable: Option<NotApplicable>,
        /// The exception that was granted last.
        waiver: Option<Waiver>,
        /// Why its last approval did not count any more.
        stale: Option<String>,
        /// When its tick ends.
        expires: Option<DateTime<Utc>>,
    }

    /// A box of an item.
    struct ItemBox {
        /// The part; none for an item that is one box.
        part: Option<String>,
        /// Whether it was ticked.
        ticked: bool,
        /// The approvals that counted.
        signatures: Vec<Signature>,
    }

    /// A tick that a check made.
    struct Proof {
        /// The check.
        check: String,
        /// What it said.
        summary: String,
        /// The provider's id of the request.
        request_id: Option<String>,
        /// When.
        at: DateTime<Utc>,
        /// The event.
        event: u64,
    }

    /// The check of an item.
    struct Check {
        /// Its id.
        id: String,
        /// What its pass does.
        mode: CheckMode,
        /// Whether it had what it needs to run.
        configured: bool,
        /// What it had settled on.
        settled: Option<Settled>,
    }

    /// What a check settled on.
    struct Settled {
        /// The verdict.
        verdict: Verdict,
        /// Since when.
        since: DateTime<Utc>,
        /// What it said.
        summary: String,
        /// The provider's id of the request.
        request_id: Option<String>,
    }

    /// Something attached.
    struct Evidence {
        /// A text, a link, or the name of the file.
        reference: String,
        /// How many bytes the file has, if it is one.
        bytes: Option<u64>,
        /// SHA-256 of what a signature covers, in hexadecimal.
        digest: String,
        /// Who attached it.
        by: Person,
        /// When.
        at: DateTime<Utc>,
    }

    /// Why an item did not apply.
    struct NotApplicable {
        /// The words of a person; none when the runbook's rule said so.
        reason: Option<String>,
        /// Who said so.
        by: Option<Person>,
        /// When.
        at: Option<DateTime<Utc>>,
        /// The event.
        event: Option<u64>,
    }

    /// An exception.
    struct Waiver {
        /// Why.
        reason: String,
        /// Who asked.
        asked_by: Person,
        /// Who granted it.
        granted_by: Person,
        /// When.
        granted_at: DateTime<Utc>,
        /// Until when it holds.
        until: DateTime<Utc>,
        /// Whether it held at the moment of the decision.
        holds: bool,
        /// The event that granted it.
        event: u64,
    }

    /// The newest result of a check.
    struct Observation {
        /// The check.
        check: String,
        /// What it said.
        verdict: Verdict,
        /// When.
        at: DateTime<Utc>,
        /// When it passed last.
        last_pass: Option<DateTime<Utc>>,
        /// In words.
        summary: String,
        /// The provider's id of the request.
        request_id: Option<String>,
    }

    /// The last attempt of an action.
    struct Action {
        /// The action.
        id: String,
        /// Who started it.
        by: Person,
        /// When.
        at: DateTime<Utc>,
        /// `done`, `failed`, `unknown`, `reset`, or `no end known`.
        outcome: String,
        /// The provider's id of the last request.
        request_id: Option<String>,
    }

    /// A shut gate that a lead opened in an emergency. It made nothing done.
    struct Emergency {
        /// The stage whose gate it was; none for the last gate.
        stage: Option<String>,
        /// Why.
        reason: String,
        /// Who.
        by: Person,
        /// When.
        at: DateTime<Utc>,
        /// When it was to end by itself.
        until: DateTime<Utc>,
        /// The event.
        event: u64,
    }

    /// What held the last gate shut.
    struct Blocker {
        /// The stage.
        stage: String,
        /// The item; none when the stage as a whole waited for a signature.
        item: Option<String>,
        /// Why.
        reason: String,
        /// The roles that could do something about it.
        roles: Vec<String>,
        /// The people who held them.
        people: Vec<String>,
    }
}
