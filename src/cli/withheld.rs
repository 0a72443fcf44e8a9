//! Says which secrets are not sent from this machine, where a check would need them.

use std::collections::BTreeSet;

use super::out::remark;
use crate::app::{App, Engagement};
use crate::domain::check::Check;

/// Tells whoever wonders why a check says nothing; on standard error, beside JSON too.
pub(super) fn remind(app: &App, engagement: &Engagement) {
    let subject = app.subject(engagement);
    let ready = |check: &&Check| check.configured(&subject.facts, &subject.secrets);
    let withheld = engagement.runbook.checks.values().filter(ready).filter_map(|c| subject.withheld(c));
    let lines: BTreeSet<String> = withheld.map(|(id, why)| format!("secret {id} {why}")).collect();
    for line in &lines {
        remark(line);
    }
    if !lines.is_empty() {
        remark(&format!("in a pipeline: golive trust {} --yes, once on that machine", engagement.id()));
    }
}
