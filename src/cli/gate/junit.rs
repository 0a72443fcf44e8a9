//! A gate as a report in the form of `JUnit`: one test case per item, grouped by stage, so that a pipeline shows what
//! holds it up.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::app::GateReport;
use crate::cli::words;
use crate::domain::assess::Status;
use crate::domain::blocker::Blocker;
use crate::domain::text::SafeText;

/// The report as XML.
pub(super) fn report(report: &GateReport) -> String {
    let engagement = &report.engagement;
    let runbook = &engagement.runbook;
    let assessment = engagement.assess(report.at);
    let stages = report.stage.as_ref().and_then(|s| runbook.stage_index(s.as_str()));
    let stages = stages.unwrap_or(runbook.stages().len());
    let by_item = |list: &[Blocker]| -> HashMap<String, String> {
        let item = |b: &Blocker| b.item.as_ref().map(|id| (id.to_string(), words::blocker(b, engagement)));
        list.iter().filter_map(item).collect()
    };
    let (shut, stale) = (by_item(&report.blockers), by_item(&report.not_fresh));
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"golive\">\n");
    for (stage, assessed) in runbook.stages().iter().zip(&assessment.stages).take(stages) {
        let mut cases = String::new();
        let (mut failures, mut errors, mut skipped) = (0, 0, 0);
        for (item, assessed) in stage.items.iter().zip(&assessed.items) {
            let inside = if let Some(why) = shut.get(item.id.as_str()) {
                failures += 1;
                format!("<failure message=\"{}\"/>", escape(why))
            } else if let Some(why) = stale.get(item.id.as_str()) {
                errors += 1;
                format!("<error message=\"{}\"/>", escape(why))
            } else {
                match assessed.status {
                    Status::NotApplicable | Status::Waived => {
                        skipped += 1;
                        format!("<skipped message=\"{}\"/>", assessed.status.word())
                    }
                    Status::Done
                    | Status::Todo
                    | Status::Partly
                    | Status::Regressed
                    | Status::Rejected
                    | Status::Expired
                    | Status::Stale => String::new(),
                }
            };
            let (class, name) = (escape(stage.id.as_str()), escape(&item.title));
            // Writing to a String cannot fail.
            let _ =
                writeln!(cases, "    <testcase classname=\"{class}\" name=\"{name}\">{inside}</testcase>");
        }
        for blocker in report.blockers.iter().filter(|b| b.item.is_none() && b.stage == stage.id) {
            failures += 1;
            let why = escape(&words::blocker(blocker, engagement));
            let _ = writeln!(
                cases,
                "    <testcase classname=\"{}\" name=\"Sign-off of the stage\"><failure message=\"{why}\"/></testcase>",
                escape(stage.id.as_str())
            );
        }
        let tests = cases.lines().count();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">",
            escape(&stage.title)
        );
        out.push_str(&cases);
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// Safe text, as XML takes it in an attribute.
fn escape(text: &str) -> String {
    let safe = SafeText::new(text);
    let mut out = String::with_capacity(safe.as_str().len());
    for c in safe.as_str().chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // Not in XML 1.0's Char.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_titles_cannot_leave_their_attribute() {
        assert_eq!(escape("a\"><x y='1'>&\u{1b}"), "a&quot;&gt;&lt;x y=&apos;1&apos;&gt;&amp;␛");
    }
}
