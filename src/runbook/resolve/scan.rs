//! The `scan` check: keys, test-mode ids and card numbers where there must be none.

use std::collections::BTreeSet;

use super::scope::{Place, template};
use super::words::{at_most, one_of, pattern, required, title};
use crate::domain::check::{NamedPattern, ScanCheck, ScanKind};
use crate::domain::ids::FieldId;
use crate::runbook::fault::{Draft, Gathering};
use crate::runbook::known::Known;
use crate::runbook::read::{Text, shape};
use crate::runbook::shapes::OneOrMany;

const MAX_LISTED: usize = 50;
const MAX_PATTERNS: usize = 20;
/// The longest glob, in bytes.
const MAX_GLOB: usize = 200;
const KINDS: [(&str, ScanKind); 3] =
    [("keys", ScanKind::Keys), ("test-mode", ScanKind::TestMode), ("cards", ScanKind::Cards)];

shape! {
    /// A check of kind `scan`.
    struct RawScan {
        "paths" => paths: OneOrMany<'a>,
        "site" => site: Text<'a>,
        "find" => find: OneOrMany<'a>,
        "patterns" => patterns: Vec<RawNamed<'a>>,
        "skip" => skip: OneOrMany<'a>,
    }
}

shape! {
    /// A pattern with a name.
    struct RawNamed {
        "name" => name: Text<'a>,
        "pattern" => pattern: Text<'a>,
    }
}

pub(super) fn scan(
    raw: RawScan<'_>,
    known: &mut Known<'_>,
    needs: &mut BTreeSet<FieldId>,
    out: &mut Gathering<'_>,
) -> Option<ScanCheck> {
    let before = out.errors();
    let mut paths = raw.paths.unwrap_or_default().0;
    let mut patterns = raw.patterns.unwrap_or_default();
    let mut skip = raw.skip.unwrap_or_default().0;
    at_most(&mut paths, MAX_LISTED, "paths", raw.at, out);
    at_most(&mut patterns, MAX_PATTERNS, "patterns of a scan", raw.at, out);
    at_most(&mut skip, MAX_LISTED, "globs", raw.at, out);
    if paths.is_empty() && raw.site.is_none() && !raw.broken {
        out.push(
            Draft::error(raw.at, "this check looks nowhere")
                .hint("paths = [\"{{ fields.config_dir }}\"] or site = \"{{ fields.site_url }}\""),
        );
    }
    let paths = paths.into_iter().filter_map(|p| template(p, Place::Facts, known, needs, out)).collect();
    let site = raw.site.and_then(|s| template(s, Place::Request(&[]), known, needs, out));
    let find = match raw.find {
        None => ScanKind::ALL.to_vec(),
        Some(list) => kinds(&list.0, patterns.is_empty(), raw.at, out),
    };
    let patterns = patterns.iter().filter_map(|p| named(p, known, out)).collect();
    let skip = skip.into_iter().filter_map(|s| glob(s, out)).collect();
    (out.errors() == before).then_some(ScanCheck { paths, site, find, patterns, skip })
}

fn kinds(
    list: &[Text<'_>],
    alone: bool,
    at: crate::runbook::fault::Span,
    out: &mut Gathering<'_>,
) -> Vec<ScanKind> {
    if list.is_empty() && alone {
        out.push(
            Draft::error(at, "this check looks for nothing")
                .hint("find = [\"keys\", \"test-mode\", \"cards\"], or leave it out for all three"),
        );
    }
    let mut found: Vec<ScanKind> =
        list.iter().filter_map(|word| one_of(*word, "thing to look for", &KINDS, out)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn named(raw: &RawNamed<'_>, known: &mut Known<'_>, out: &mut Gathering<'_>) -> Option<NamedPattern> {
    let name = required(raw.name, "name", raw.at, raw.broken, out).and_then(|n| title(n, out));
    let form = required(raw.pattern, "pattern", raw.at, raw.broken, out)?;
    let pattern = pattern(form, known, out)?;
    if pattern.matches("") {
        out.push(
            Draft::error(form.at, "this pattern is found everywhere: it matches the empty text")
                .hint("such as 'acme_[a-z0-9]{8,}'"),
        );
        return None;
    }
    Some(NamedPattern { name: name?, pattern })
}

/// A glob, compiled to see whether it can be.
fn glob(text: Text<'_>, out: &mut Gathering<'_>) -> Option<String> {
    let fault = if text.text.is_empty() || text.text.len() > MAX_GLOB {
        Some(format!("a glob has between 1 and {MAX_GLOB} bytes"))
    } else {
        globset::Glob::new(text.text).err().map(|e| format!("the glob does not compile: {}", e.kind()))
    };
    match fault {
        None => Some(text.text.to_owned()),
        Some(fault) => {
            out.push(Draft::error(text.at, fault).hint("such as 'fixtures/**' or '*.snap'"));
            None
        }
    }
}
