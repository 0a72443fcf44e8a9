//! A report as a table: a line for each item, and behind those of a stage one for each of its sign-offs.

use chrono::{DateTime, Utc};

use super::shape::{Item, Report, SignOff, Stage};
use super::words::moment;
use crate::domain::assess::Gate;
use crate::report::escape;

/// The columns. They stay: one may be added at the end, never renamed, moved or removed.
const COLUMNS: [&str; 20] = [
    "engagement",
    "merchant",
    "runbook",
    "runbook_version",
    "at",
    "stage",
    "stage_title",
    "gate",
    "kind",
    "id",
    "heading",
    "title",
    "status",
    "owners",
    "proof",
    "check",
    "stale",
    "waits_for",
    "waits_for_people",
    "expires",
];

/// The table, lines ended as RFC 4180 has it.
pub(super) fn table(report: &Report) -> String {
    let mut out = String::new();
    line(&COLUMNS.map(str::to_owned), &mut out);
    for stage in &report.stages {
        for item in &stage.items {
            line(&of_item(report, stage, item), &mut out);
        }
        for signoff in &stage.signoffs {
            line(&of_signoff(report, stage, signoff), &mut out);
        }
    }
    out
}

fn line(cells: &[String], out: &mut String) {
    let cells: Vec<String> = cells.iter().map(|cell| escape::csv(cell)).collect();
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

fn of_item(report: &Report, stage: &Stage, item: &Item) -> Vec<String> {
    let proofs: Vec<&str> = item.proofs.iter().map(|p| p.words.as_str()).collect();
    let (waits_for, people) = item.waits_for.as_ref().map_or_else(Default::default, |b| {
        (format!("{} ({})", b.reason, b.roles.join(", ")), b.people.join(", "))
    });
    let own = [
        "item".to_owned(),
        item.id.clone(),
        item.group.clone().unwrap_or_default(),
        item.title.clone(),
        item.status_words.to_owned(),
        item.owners.clone(),
        proofs.join("; "),
        item.check.as_ref().map_or_else(String::new, |c| format!("{}: {}", c.id, c.words)),
        item.stale.clone().unwrap_or_default(),
        waits_for,
        people,
        item.expires.map_or_else(String::new, rfc3339),
    ];
    with_stage(report, stage, own)
}

fn of_signoff(report: &Report, stage: &Stage, signoff: &SignOff) -> Vec<String> {
    let proof = signoff.person.as_ref().zip(signoff.at).map_or_else(String::new, |(person, at)| {
        let by = signoff.recorded_by.as_ref().map_or_else(String::new, |by| format!(", recorded by {by}"));
        format!("signed by {person} on {}{by}", moment(at))
    });
    let holders = report.roles.iter().find(|r| r.id == signoff.role);
    let people = holders.filter(|_| signoff.standing != "current").map(|r| r.people.join(", "));
    let waits = if signoff.standing == "current" { "" } else { "waits for a signature" };
    let own = [
        "sign-off".to_owned(),
        signoff.role.clone(),
        String::new(),
        format!("Sign-off of the stage as {}", signoff.role_name),
        signoff.standing.to_owned(),
        signoff.role_name.clone(),
        proof,
        String::new(),
        signoff.stale.clone().unwrap_or_default(),
        waits.to_owned(),
        people.unwrap_or_default(),
        String::new(),
    ];
    with_stage(report, stage, own)
}

fn with_stage(report: &Report, stage: &Stage, own: [String; 12]) -> Vec<String> {
    let gate = match stage.gate {
        Gate::Open => "open",
        Gate::Warned => "warned",
        Gate::BreakGlass => "break_glass",
        Gate::Shut => "shut",
    };
    let first = [
        report.engagement.id.clone(),
        report.engagement.name.clone(),
        report.runbook.id.clone(),
        report.runbook.version.clone(),
        rfc3339(report.at),
        stage.id.clone(),
        stage.title.clone(),
        gate.to_owned(),
    ];
    first.into_iter().chain(own).collect()
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
