//! The `file` check: a result that a tool left behind.

use std::collections::BTreeSet;
use std::time::Duration;

use super::scope::{Place, expression, template};
use super::words::{at_most, duration, one_of, required};
use crate::domain::check::{FileCheck, FileFormat};
use crate::domain::ids::FieldId;
use crate::runbook::fault::{Draft, Gathering};
use crate::runbook::known::Known;
use crate::runbook::read::{Text, shape};
use crate::runbook::shapes::OneOrMany;

const MAX_CONDITIONS: usize = 50;
const FORMATS: [(&str, FileFormat); 2] = [("json", FileFormat::Json), ("toml", FileFormat::Toml)];

shape! {
    /// A check of kind `file`.
    struct RawFile {
        "path" => path: Text<'a>,
        "format" => format: Text<'a>,
        "max_age" => max_age: Text<'a>,
        "expect" => expect: OneOrMany<'a>,
    }
}

pub(super) fn file(
    raw: RawFile<'_>,
    known: &mut Known<'_>,
    needs: &mut BTreeSet<FieldId>,
    out: &mut Gathering<'_>,
) -> Option<FileCheck> {
    let before = out.errors();
    let written = required(raw.path, "path", raw.at, raw.broken, out);
    let path = written.and_then(|p| template(p, Place::Facts, known, needs, out));
    let format = raw.format.and_then(|f| one_of(f, "format of a file", &FORMATS, out));
    let max_age = raw.max_age.and_then(|d| duration(d, Duration::from_secs(1), out));
    let mut expect = raw.expect.unwrap_or_default().0;
    at_most(&mut expect, MAX_CONDITIONS, "conditions", raw.at, out);
    if expect.is_empty() && !raw.broken {
        out.push(
            Draft::error(raw.at, "this check expects nothing of the file")
                .hint("expect = [\"data.metrics.http_req_failed.value < 0.01\"]"),
        );
    }
    let expect = expect.into_iter().filter_map(|e| expression(e, Place::File, known, needs, out)).collect();
    if let (Some(path), None) = (written, raw.format)
        && FileFormat::of(path.text).is_none()
        && !path.text.trim_end().ends_with("}}")
        && !raw.broken
    {
        out.push(
            Draft::error(path.at, "the name of the file does not tell how it is written")
                .hint("add format = \"json\" or format = \"toml\""),
        );
    }
    let check = FileCheck { path: path?, format, max_age, expect };
    (out.errors() == before).then_some(check)
}
