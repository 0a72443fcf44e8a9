//! What the last result of a check found: what is outstanding, and what the runbook's troubleshooting
//! knows about it.

use std::collections::BTreeMap;

use super::out::{Out, Tone};
use crate::app::Engagement;
use crate::domain::assess::ItemAssessment;
use crate::domain::ids::CheckId;
use crate::domain::runbook::Item;
use crate::domain::text::SafeText;
use crate::domain::verdict::{Cause, Finding, FindingKind, Observation, Verdict};
use crate::store::Latest;

/// The most findings that are printed for one check.
const SHOWN: usize = 10;
/// The longest text of a cause that is printed, in characters.
const MAX_TEXT: usize = 400;

/// The last results of an engagement's checks.
pub(super) type LastResults = BTreeMap<CheckId, Latest>;

/// Findings and causes of one check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    pub(super) causes: Vec<Cause>,
}

impl Found {
    /// What stands under an item; nothing when its check cannot run as things are.
    pub(super) fn of(
        engagement: &Engagement,
        last: &LastResults,
        item: &Item,
        assessed: &ItemAssessment,
    ) -> Self {
        let Some(used) = item.check.as_ref().filter(|_| assessed.configured == Some(true)) else {
            return Self::default();
        };
        let last = last.get(&used.check).map(|l| &l.observation);
        let settled = engagement.state.checks.get(&used.check);
        match last {
            // That nothing is known now does not take back what was named last (DESIGN rule 7).
            Some(o) if o.verdict == Verdict::Unknown && o.findings.is_empty() => Self {
                findings: settled.map(|s| s.findings.clone()).unwrap_or_default(),
                causes: o.causes.clone(),
            },
            Some(o) => Self::from(o),
            None => {
                Self { findings: settled.map(|s| s.findings.clone()).unwrap_or_default(), causes: Vec::new() }
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.findings.is_empty() && self.causes.is_empty()
    }

    /// Prints what there is, a line for each.
    pub(super) fn print(&self, indent: &str, out: &mut Out) {
        for finding in self.findings.iter().take(SHOWN) {
            let tone = match finding.kind {
                FindingKind::Blocking => Tone::Bad,
                FindingKind::Waiting | FindingKind::Warning => Tone::Waiting,
            };
            let word = out.paint(tone, finding_word(finding.kind));
            out.line(format!("{indent}{word}: {}", SafeText::clipped(&finding.text, 160)));
        }
        if self.findings.len() > SHOWN {
            out.line(format!("{indent}and {} more", self.findings.len() - SHOWN));
        }
        for cause in &self.causes {
            out.line(format!("{indent}cause: {}", SafeText::clipped(&cause.cause, MAX_TEXT)));
            out.line(format!("{indent}  fix: {}", SafeText::clipped(&cause.fix, MAX_TEXT)));
        }
    }
}

impl From<&Observation> for Found {
    fn from(observation: &Observation) -> Self {
        Self { findings: observation.findings.clone(), causes: observation.causes.clone() }
    }
}

/// How much a finding weighs, in a word.
fn finding_word(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Blocking => "outstanding",
        FindingKind::Waiting => "under review",
        FindingKind::Warning => "later",
    }
}
