//! What an upgrade would do, in words: the same on the command line and on the screen. Titles are for
//! [`SafeText`] to make safe where they are shown.

use super::UpgradePlan;
use crate::domain::decide::Lost;
use crate::domain::text::SafeText;
use crate::runbook::{Aspect, Change, Difference, Entry, Version};

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// What is different.
    Plain,
    /// What has to be done again.
    Again,
    /// What is lost, or refused.
    Lost,
}

impl UpgradePlan {
    /// What is different and what follows from it, a line each.
    pub fn lines(&self) -> Vec<(Weight, String)> {
        let Difference { from, to, entries } = &self.difference;
        let version = |v: &Version| format!("{} ({})", SafeText::clipped(&v.version, 40), v.digest.short());
        let mut out = vec![(Weight::Plain, format!("{} {} -> {}", self.next.id, version(from), version(to)))];
        if entries.is_empty() {
            out.push((Weight::Plain, "  nothing that anybody signs is different".to_owned()));
        }
        out.extend(entries.iter().flat_map(entry).map(|line| (Weight::Plain, line)));
        let all = &self.consequences;
        let lost = all.lost.iter().map(|l| format!("  no longer counts: {}", self.lost(l)));
        let ended = all.exceptions_ended.iter().map(|item| format!("  exception ends: {item}"));
        let reopened = all.reopened.iter().map(|item| format!("  open again: {item}"));
        let opens = all.opens.iter().map(|gate| format!("  would open, which an upgrade may not: {gate}"));
        out.extend(lost.chain(ended).map(|line| (Weight::Lost, line)));
        out.extend(reopened.map(|line| (Weight::Again, line)));
        out.extend(opens.map(|line| (Weight::Lost, line)));
        out
    }

    /// Whether somebody must agree first, as something that was signed or granted would be lost.
    pub fn asks(&self) -> bool {
        !self.consequences.lost.is_empty() || !self.consequences.exceptions_ended.is_empty()
    }

    fn lost(&self, lost: &Lost) -> String {
        let runbook = &self.engagement.runbook;
        let what = match (&lost.item, &lost.stage) {
            (Some(item), _) => format!("the tick of {item}"),
            (None, Some(stage)) => {
                let found = runbook.stage_index(stage.as_str());
                let title = found.map_or(stage.as_str(), |n| runbook.stages()[n].title.as_str());
                format!("the sign-off of {title}")
            }
            (None, None) => "a sign-off".to_owned(),
        };
        format!("{what} by {} as {}", lost.member, runbook.role_name(&lost.role))
    }
}

fn entry(entry: &Entry) -> Vec<String> {
    let what = format!("{} {} ({})", entry.kind.word(), entry.id, entry.title);
    let (sign, more) = match &entry.change {
        Change::Added => ("+", Vec::new()),
        Change::Removed => ("-", Vec::new()),
        Change::Moved { from, to, aspects } => {
            let mut more = vec![format!("moved from {from} to {to}")];
            more.extend(aspects.iter().map(Aspect::words));
            (">", more)
        }
        Change::Changed(aspects) => ("~", aspects.iter().map(Aspect::words).collect()),
    };
    let first = std::iter::once(format!("  {sign} {what}"));
    first.chain(more.into_iter().map(|line| format!("      {line}"))).collect()
}
