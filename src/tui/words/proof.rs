//! The proof of a criterion in words, as it is opened from the go/no-go board: what the check said last, who
//! signed what, what is attached, which exception holds, and what the log is worth.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::backing::{self, Backing};
use crate::domain::board::{Criterion, Freshness, Ground};
use crate::domain::event::Covers;
use crate::domain::evidence::Piece;
use crate::domain::state::{Approval, Evidence};
use crate::domain::verdict::{Observation, StepResult, Verdict};
use crate::tui::look::Zone;
use crate::tui::model::engagement::Engagement;
use crate::tui::model::popup::{SheetLine, Weight};
use crate::tui::model::validation::Seen;
use crate::tui::msg::Attestation;

use super::{blocker, time};

/// Steps of a check, findings and pieces of evidence that are told.
const SHOWN: usize = 40;

/// All that there is to show for a criterion.
pub fn lines(
    engagement: &Engagement,
    criterion: &Criterion,
    now: DateTime<Utc>,
    zone: Zone,
) -> Vec<SheetLine> {
    let (runbook, state) = (&engagement.runbook, &engagement.state);
    let backing = Backing::of(runbook, state, &criterion.about, now);
    let mut page = Page { lines: Vec::new(), now, zone };
    let weight = match criterion.ground {
        Ground::Proven | Ground::Signed => Weight::Good,
        Ground::Waived | Ground::NotApplicable => Weight::Muted,
        Ground::Missing | Ground::Stale => Weight::Warn,
        Ground::Failing => Weight::Bad,
    };
    page.say("Stands", standing(engagement, criterion, &backing, now), weight);
    if let Some(check) = backing.check.and_then(|id| runbook.checks.get(id)) {
        page.say("Check", check.title.clone(), Weight::Title);
        match engagement.validation.seen.get(&check.id) {
            Some(seen) => {
                let ttl = TimeDelta::from_std(check.ttl).unwrap_or(TimeDelta::MAX);
                page.seen(seen, &time::length(ttl));
            }
            None => page.say("", "it has not run yet", Weight::Muted),
        }
    }
    if let Some(tick) = backing.tick {
        page.say("Ticked", format!("by the check, event {}, {}", tick.seq, page.at(tick.at)), Weight::Plain);
        page.say("", tick.summary.clone(), Weight::Muted);
        page.covers(&tick.covers);
    }
    for approval in &backing.approvals {
        let said = format!(
            "{}, event {}, {}",
            backing::signed(runbook, approval),
            approval.seq,
            page.at(approval.at)
        );
        page.say("Signed", said, Weight::Plain);
        page.statement(approval);
    }
    for approval in &backing.former {
        let said =
            format!("{}, event {}, no longer counts", backing::signed(runbook, approval), approval.seq);
        page.say("Signed", said, Weight::Warn);
    }
    backing.evidence.iter().take(SHOWN).for_each(|piece| page.evidence(piece));
    if let Some(waiver) = backing.waiver {
        let asked = &waiver.request.asked;
        page.say("Exception", asked.text.clone(), Weight::Plain);
        page.say("", format!("asked for by {}, {}", asked.by.name, page.at(asked.at)), Weight::Muted);
        let granted =
            format!("granted by {}, event {}, {}", waiver.granted_by.name, waiver.seq, page.at(waiver.at));
        page.say("", granted, Weight::Muted);
        page.say("", format!("ends {}", page.at(waiver.request.until)), Weight::Muted);
    }
    if let Some(said) = backing.not_applicable {
        let who = format!("{}, event {}, {}", said.by.name, said.seq, page.at(said.at));
        page.say("Says", who, Weight::Plain);
        page.say("", said.text.clone(), Weight::Muted);
    }
    page.lines
}

fn standing(
    engagement: &Engagement,
    criterion: &Criterion,
    backing: &Backing<'_>,
    now: DateTime<Utc>,
) -> String {
    let word = criterion.ground.word();
    if let Some(open) = &criterion.open {
        return format!("{word}: {}", blocker::reason(&engagement.runbook, open));
    }
    let rests = backing.words(&engagement.runbook, criterion.ground);
    let fresh = match criterion.freshness {
        Freshness::Fresh { passed, until } => {
            format!(
                "; passed {} ago, counts for {} more",
                time::length(now - passed),
                time::length(until - now)
            )
        }
        Freshness::Facts => "; holds as long as the facts are what they are".to_owned(),
        Freshness::Current { .. } | Freshness::Old { .. } | Freshness::Nothing => String::new(),
    };
    format!("{word}: {rests}{fresh}")
}

struct Page {
    lines: Vec<SheetLine>,
    now: DateTime<Utc>,
    zone: Zone,
}

impl Page {
    fn say(&mut self, label: &str, text: impl Into<String>, weight: Weight) {
        self.lines.push(SheetLine::new(label, text, weight));
    }

    fn at(&self, at: DateTime<Utc>) -> String {
        time::moment(at, self.now, self.zone)
    }

    fn seen(&mut self, seen: &Seen, ttl: &str) {
        let last = &seen.last;
        let weight = match last.verdict {
            Verdict::Pass => Weight::Good,
            Verdict::Fail => Weight::Bad,
            Verdict::Pending | Verdict::Unknown => Weight::Warn,
        };
        let said = format!(
            "{} at {} in {} ms; a pass counts for {ttl}",
            last.verdict.word(),
            self.at(last.at),
            last.latency_ms
        );
        self.say("Said", said, weight);
        if last.verdict != Verdict::Pass {
            let passed = seen.last_pass.map_or_else(|| "never".to_owned(), |at| self.at(at));
            self.say("Passed", format!("last: {passed}"), Weight::Muted);
        }
        if !last.summary.is_empty() {
            self.say("", last.summary.clone(), Weight::Plain);
        }
        self.steps(last);
        if let Some(id) = &last.request_id {
            self.say("Request", id.clone(), Weight::Muted);
        }
    }

    fn steps(&mut self, last: &Observation) {
        for step in last.steps.iter().take(SHOWN) {
            let weight = match step.verdict {
                Verdict::Pass => Weight::Plain,
                Verdict::Fail => Weight::Bad,
                Verdict::Pending | Verdict::Unknown => Weight::Warn,
            };
            self.say("Step", outcome(step), weight);
        }
        for finding in last.findings.iter().take(SHOWN) {
            self.say("Found", finding.text.clone(), Weight::Warn);
        }
    }

    fn statement(&mut self, approval: &Approval) {
        self.say("", format!("key {}", approval.by.key), Weight::Muted);
        if approval.recorded() {
            self.say(
                "",
                format!("signed by the key of {}, who recorded it", approval.by.name),
                Weight::Muted,
            );
        }
        self.covers(&approval.signoff.covers);
    }

    /// What was signed (DESIGN rule 11).
    fn covers(&mut self, covers: &Covers) {
        let (runbook, content) = (covers.runbook.short(), covers.content.short());
        self.say("", format!("covers runbook {runbook}, its content {content}"), Weight::Muted);
        for digest in covers.evidence.iter().take(SHOWN) {
            self.say("", format!("covers evidence {}", digest.short()), Weight::Muted);
        }
        let (seq, hash) = (covers.head.seq, covers.head.hash.short());
        self.say("", format!("covers the log up to event {seq}, {hash}"), Weight::Muted);
    }

    fn evidence(&mut self, piece: &Evidence) {
        let kind = Piece::from(piece).kind().word();
        let size = piece.file.map_or_else(String::new, |f| format!(", {} bytes", f.size));
        let said = format!("{} ({kind}{size}), by {}, {}", piece.reference, piece.by.name, self.at(piece.at));
        self.say("Evidence", said, Weight::Plain);
        self.say("", format!("sha256 {}", piece.digest), Weight::Muted);
    }
}

/// "pass: signed event: 200, want 200, in 84 ms".
fn outcome(step: &StepResult) -> String {
    let mut said = format!("{} {}: {}", step.verdict.word(), step.name, step.actual);
    if !step.expected.is_empty() {
        said.push_str(", want ");
        said.push_str(&step.expected);
    }
    match step.latency_ms {
        0 => said,
        ms => format!("{said}, in {ms} ms"),
    }
}

/// What a log is worth that was just looked at.
pub fn verified(attestation: &Attestation) -> Vec<SheetLine> {
    let Attestation { head, faults, events } = attestation;
    if !faults.is_empty() {
        let first = SheetLine::new("Verified", "NOT GOOD: nothing of this log may be believed", Weight::Bad);
        let rest = faults.iter().take(SHOWN).map(|fault| SheetLine::new("", fault, Weight::Bad));
        return std::iter::once(first).chain(rest).collect();
    }
    let all = format!("just now, all {} events: chain, signatures and rights are good", head.seq);
    let mut lines = vec![SheetLine::new("Verified", all, Weight::Good)];
    for event in events {
        let said =
            format!("event {}: signature of {} with {} is good", event.seq, event.by.name, event.by.key);
        lines.push(SheetLine::new("", said, Weight::Good));
        lines.push(SheetLine::new("", format!("hash {}", event.hash.short()), Weight::Muted));
    }
    lines.push(SheetLine::new("", format!("log head {} {}", head.seq, head.hash.short()), Weight::Muted));
    lines
}
