//! Raw shapes to the domain's runbook: every name looked up, every pattern and condition compiled, every
//! gate one that somebody can open. All faults are reported; the caller looks whether there were any.

mod actions;
mod body;
mod checks;
mod command;
mod decisions;
mod evidence;
mod facts;
mod file;
mod http;
mod owners;
mod scan;
mod scope;
mod stages;
mod tls;
mod webhook;
mod words;

use super::canonical::Canonical;
use super::fault::{Draft, Gathering};
use super::known::Known;
use super::pieces::Rest;
use super::read::{Named, Text};
use super::shapes::RawRunbook;
use crate::domain::digest::Digest;
use crate::domain::ids::RunbookId;
use crate::domain::runbook::{Header, Runbook};
use words::{id, prose, required, title};

/// The version of the format that this version of golive reads.
const SCHEMA: u64 = 1;

/// Resolves a runbook; `rest` has the items that were parsed apart. `None`, or any error in `out`, means that
/// it cannot be used.
pub(super) fn runbook<'a>(
    raw: RawRunbook<'a>,
    rest: Option<&'a Rest<'_>>,
    digest: Digest,
    out: &mut Gathering<'_>,
) -> Option<Runbook> {
    let (at, broken) = (raw.at, raw.broken);
    match raw.schema {
        Some(schema) if schema.count != SCHEMA => {
            let message = format!("runbooks of schema {} are not supported by this version", schema.count);
            out.push(Draft::error(schema.at, message).hint(format!("schema = {SCHEMA}")));
            return None;
        }
        schema => drop(required(schema, "schema", at, broken, out)),
    }
    let mut known = Known::gather(&raw, out);
    let line = |text: Option<Text<'_>>, key, out: &mut Gathering<'_>| {
        required(text, key, at, broken, out).and_then(|t| title(t, out))
    };
    let key = required(raw.id, "id", at, broken, out).and_then(|k| id(k, RunbookId::new, out));
    let name = line(raw.title, "title", out);
    let version = line(raw.version, "version", out);
    let provider = line(raw.provider, "provider", out);
    let source = prose(raw.source, out);

    let roles = required(raw.roles, "roles", at, broken, out).unwrap_or_default();
    let roles = facts::roles(roles, at, out);
    let fields = facts::fields(raw.fields.unwrap_or_default(), at, &mut known, out);
    let secrets = facts::secrets(raw.secrets.unwrap_or_default(), at, &mut known, out);
    let decisions = decisions::decisions(raw.decisions.unwrap_or_default(), at, &mut known, out);
    let checks = raw.checks.unwrap_or(Named(Vec::new()));
    let checks = checks::checks(checks, at, &secrets, &mut known, out);
    let actions = raw.actions.unwrap_or_default();
    let actions = actions::actions(actions, at, &secrets, &mut known, out);
    let troubleshooting =
        facts::symptoms(raw.troubleshooting.unwrap_or_default(), at, &checks, &mut known, out);

    let stages = required(raw.stages, "stages", at, broken, out);
    let mut stages =
        stages.map(|raw| stages::Tree::new(&roles, &checks, &mut known, rest).stages(raw, at, out));
    if let Some(stages) = &mut stages {
        Canonical::new(&roles, &fields, &decisions, &checks, &actions).items(stages);
    }
    if !out.failed() {
        known.warn_unused(out);
    }
    let header = Header {
        id: key?,
        title: name?,
        version: version?,
        provider: provider?,
        source,
        digest,
        roles,
        fields,
        secrets,
        decisions,
        checks,
        actions,
        troubleshooting,
    };
    Some(Runbook::new(header, stages?))
}
