//! The `file` check: what a tool left in a file, such as the summary of a load test.
//!
//! A file that is not there, is too old, or cannot be read says nothing about what is meant: unknown. Only
//! a result that was read can pass or fail.

use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use minijinja::Value;

use super::echo::Echo;
use super::found;
use super::lanes::{LARGE, Turn};
use super::local;
use super::outcome::{Outcome, result};
use crate::domain::check::{FileCheck, FileFormat};
use crate::domain::json::{self, Json, MAP, MAX_VALUES, NotJson};
use crate::domain::verdict::{StepResult, Verdict};

/// The largest file, in bytes. A summary has some kilobytes; as values in memory, a file takes many times
/// its size.
pub const MAX_FILE: usize = 4 * 1024 * 1024;

/// Reads the file and judges it. This blocks on the disk.
pub fn run(check: &FileCheck, facts: &Value, echo: &Echo, turn: &Turn, now: DateTime<Utc>) -> Outcome {
    let path = match check.path.render(facts) {
        Ok(path) => path,
        Err(e) => return Outcome::unknown(&format!("the path has no value: {e}")),
    };
    let Some(format) = check.format.or_else(|| FileFormat::of(&path)) else {
        return Outcome::unknown(&format!("{path} is neither .json nor .toml, and the check has no format"));
    };
    let (bytes, modified) = match read(Path::new(&path)) {
        Ok(read) => read,
        Err(why) => return Outcome::unknown(&format!("{path} {why}")),
    };
    let mut results = Vec::new();
    if let Some(max) = check.max_age {
        let age = age(modified, max, now);
        if age.verdict != Verdict::Pass {
            // What an old result says may have been true once: it is not judged at all.
            return Outcome::of(vec![age], "");
        }
        results.push(age);
    }
    let _turn = (bytes.len() > LARGE).then(|| turn.blocking_lock());
    let data = match parse(&bytes, format) {
        Ok(mut json) => {
            echo.cover_json(&mut json);
            Value::from(json)
        }
        Err(why) => return Outcome::unknown(&format!("{path} {why}")),
    };
    let context = found::context(facts, vec![("data", data), ("size", Value::from(bytes.len()))]);
    results.extend(found::judge("file", &check.expect, &context));
    let outcome = Outcome::of(results, &format!("{path} has everything that is expected of it"));
    found::covered(outcome.seeing(context))
}

/// The bytes of a file and when it was last written; or why there are none.
fn read(path: &Path) -> Result<(Vec<u8>, Option<DateTime<Utc>>), &'static str> {
    const UNREADABLE: &str = "cannot be read";
    let opened = local::open(path).map_err(|e| match e.kind() {
        ErrorKind::NotFound => "is not there yet",
        _ => UNREADABLE,
    })?;
    let (file, kind) = opened.ok_or("is not a regular file")?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes).map_err(|_| UNREADABLE)?;
    if bytes.len() > MAX_FILE {
        return Err("is larger than 4 MB");
    }
    Ok((bytes, kind.modified().ok().map(DateTime::from)))
}

/// Whether the file is young enough. One from the future is another machine's clock running ahead.
fn age(modified: Option<DateTime<Utc>>, max: Duration, now: DateTime<Utc>) -> StepResult {
    let expected = format!("at most {} old", humantime::format_duration(max));
    let Some(modified) = modified else {
        return result("age", Verdict::Unknown, &expected, "the file system keeps no time of writing");
    };
    let old = now.signed_duration_since(modified).max(TimeDelta::zero()).to_std().unwrap_or_default();
    let verdict = if old <= max { Verdict::Pass } else { Verdict::Unknown };
    let shown =
        if old < Duration::from_secs(1) { Duration::ZERO } else { Duration::from_secs(old.as_secs()) };
    result("age", verdict, &expected, &format!("{} old", humantime::format_duration(shown)))
}

/// Both parsers refuse deep nesting: `serde_json` more than 128 levels, `toml` more than 80.
fn parse(bytes: &[u8], format: FileFormat) -> Result<Json<'_>, String> {
    let text = str::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
    match format {
        FileFormat::Json => json::read(text).map_err(|e| e.to_string()),
        FileFormat::Toml => {
            // Some tools of Windows begin a file with a mark of its byte order.
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            // One of these stands before every value, so that they are counted before they are made.
            let values = memchr::memchr2_iter(b'=', b',', text.as_bytes()).count();
            let tables = memchr::memchr2_iter(b'{', b'[', text.as_bytes()).count();
            if values + tables * MAP as usize > MAX_VALUES as usize {
                return Err(NotJson::TooMany.to_string());
            }
            match text.parse::<toml::Table>() {
                Ok(table) => Ok(from_toml(toml::Value::Table(table))),
                Err(e) => {
                    let at = e.span().map_or(0, |span| span.start).min(text.len());
                    let line = memchr::memchr_iter(b'\n', &text.as_bytes()[..at]).count() + 1;
                    Err(format!("is not TOML (line {line})"))
                }
            }
        }
    }
}

fn from_toml(value: toml::Value) -> Json<'static> {
    match value {
        toml::Value::String(text) => Json::Text(text.into()),
        toml::Value::Integer(n) => Json::Whole(n),
        toml::Value::Float(n) => Json::Float(n),
        toml::Value::Boolean(set) => Json::Bool(set),
        toml::Value::Datetime(at) => Json::Text(at.to_string().into()),
        toml::Value::Array(list) => Json::List(list.into_iter().map(from_toml).collect()),
        toml::Value::Table(table) => {
            Json::Map(table.into_iter().map(|(name, value)| (name.into(), from_toml(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testing::expressions;
    use crate::domain::expression::Template;
    use crate::domain::ids::SecretId;
    use crate::domain::secret::SecretSource;
    use minijinja::context;
    use std::path::PathBuf;

    const DAY: Duration = Duration::from_hours(24);

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn write(&self, name: &str, text: &str) -> PathBuf {
            let path = self.0.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        }
    }

    fn check(path: &Path, expect: &[&str]) -> FileCheck {
        let path = Template::new(path.to_str().unwrap()).unwrap();
        FileCheck { path, format: None, max_age: None, expect: expressions(expect) }
    }

    fn look(check: &FileCheck, now: DateTime<Utc>) -> Outcome {
        run(
            check,
            &context! { fields => context! { most => "0.01" } },
            &Echo::default(),
            &Turn::default(),
            now,
        )
    }

    fn judged(name: &str, text: &str, expect: &[&str]) -> Outcome {
        let folder = Folder::new();
        look(&check(&folder.write(name, text), expect), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_result_is_judged_with_what_was_there_beside_it() {
        let k6 = r#"{"metrics": {"http_req_failed": {"value": 0.002}, "p95": 410}}"#;
        let good = judged("k6.json", k6, &["data.metrics.http_req_failed.value < 0.01", "size > 10"]);
        assert_eq!(good.verdict, Verdict::Pass, "{good:?}");
        let bad = judged("k6.JSON", k6, &["data.metrics.p95 < 300", "size > 10"]);
        assert_eq!(bad.verdict, Verdict::Fail);
        assert_eq!(bad.results[0].actual, "data.metrics.p95 = 410");
        assert_eq!(bad.results[1].verdict, Verdict::Pass);
    }

    #[test]
    fn what_nobody_is_to_see_is_not_told() {
        // Put together here, so that no scan of this file finds it.
        let key = format!("sk_{}_{}", "live", "4eC39HqLyjWDarjtT1zdp7dc");
        let text =
            serde_json::json!({ "db": { "auth": "hunter2", "privateKey": "p" }, "note": key }).to_string();
        let outcome =
            judged("a.json", &text, &["data.note == ''", "data.db.auth == ''", "data.db.privatekey"]);
        let told = format!("{} {:?}", outcome.summary, outcome.results);
        assert!(!told.contains("hunter2") && !told.contains(&key), "{told}");
        assert!(told.contains(crate::checks::shown::COVERED), "{told}");
    }

    #[test]
    fn a_secret_of_the_engagement_is_not_told() {
        let folder = Folder::new();
        let path = folder.write("a.json", r#"{"a": "c2stY2FuYXJ5LTQ3MTE", "b": "sk-can\u0061ry-4711"}"#);
        let source = SecretSource::file(folder.write("key", "sk-canary-4711\n").to_str().unwrap()).unwrap();
        let near = Echo::nearby(&[(SecretId::new("key").unwrap(), source)].into());
        let check = check(&path, &["data.a == '' and data.b == ''"]);
        let told = run(&check, &context! {}, &near, &Turn::default(), DateTime::UNIX_EPOCH).results[0]
            .actual
            .clone();
        assert!(told.starts_with("data.a = \"••••") && told.ends_with("data.b = \"••••\""), "{told}");
    }

    #[test]
    fn a_comparison_with_what_is_no_number_opens_nothing() {
        for (name, text) in [("a.json", r#"{"n": null}"#), ("a.toml", "n = nan"), ("b.toml", "n = -inf")] {
            for expect in ["data.n < 0.01", "data.n > 0.99"] {
                assert_eq!(judged(name, text, &[expect]).verdict, Verdict::Unknown, "{text} {expect}");
            }
        }
    }

    #[test]
    fn toml_is_read_with_its_dates_as_texts() {
        let text = "at = 2026-11-21T09:00:00Z\n[[run]]\nerrors = 0\nrate = 1.5\nok = true\n";
        let expect = ["data.run[0].errors == 0 and data.run[0].ok", "data.at == '2026-11-21T09:00:00Z'"];
        assert_eq!(judged("a.toml", text, &expect).verdict, Verdict::Pass);
    }

    #[test]
    fn a_value_that_is_not_there_is_unknown_and_not_failed() {
        let outcome = judged("a.json", "{}", &["data.metrics.p95 < 300"]);
        assert_eq!(outcome.verdict, Verdict::Unknown);
        assert_eq!(outcome.results[0].actual, "data.metrics.p95 is not there");
    }

    #[test]
    fn what_cannot_be_read_is_unknown_and_says_why() {
        let deep = "[".repeat(1_000_000);
        for (name, text, why) in [
            ("a.json", "{\n 1", "is not JSON (line 2"),
            ("a.json", &deep, "is not JSON"),
            ("a.toml", "\n\na = ", "is not TOML (line 3)"),
            ("a.toml", &format!("a = {}", &deep[..20_000]), "is not TOML"),
            ("a.json", "\u{feff}{}", "is not there"),
            ("a.json", &format!("[{}0]", "0,".repeat(100_000)), "has too many values"),
            ("a.toml", &format!("a = [{}0]", "0,".repeat(100_000)), "has too many values"),
            ("a.csv", "{}", "is neither .json nor .toml"),
            ("a.json", &" ".repeat(MAX_FILE + 1), "larger than 4 MB"),
        ] {
            let outcome = judged(name, text, &["data.x"]);
            assert_eq!(outcome.verdict, Verdict::Unknown);
            assert!(outcome.summary.contains(why), "{}", outcome.summary);
        }
    }

    #[test]
    fn a_file_that_is_not_there_yet_is_unknown_and_a_folder_is_no_file() {
        let folder = Folder::new();
        let gone = look(&check(&folder.0.path().join("k6.json"), &["size > 0"]), DateTime::UNIX_EPOCH);
        assert_eq!(gone.verdict, Verdict::Unknown);
        assert!(gone.summary.ends_with("is not there yet"), "{}", gone.summary);
        std::fs::create_dir(folder.0.path().join("d.json")).unwrap();
        let folder = look(&check(&folder.0.path().join("d.json"), &["size > 0"]), DateTime::UNIX_EPOCH);
        assert!(folder.summary.ends_with("is not a regular file"));
    }

    #[test]
    fn an_old_result_says_nothing_whatever_is_in_it() {
        let folder = Folder::new();
        let path = folder.write("a.json", r#"{"n": 1}"#);
        let written: DateTime<Utc> = std::fs::metadata(&path).unwrap().modified().unwrap().into();
        for (expect, then) in [("data.n == 1", Verdict::Pass), ("data.n == 2", Verdict::Fail)] {
            let dated = FileCheck { max_age: Some(7 * DAY), ..check(&path, &[expect]) };
            assert_eq!(look(&dated, written + 6 * DAY).verdict, then);
            assert_eq!(look(&dated, written - DAY).verdict, then);
            let old = look(&dated, written + 9 * DAY);
            assert_eq!(old.verdict, Verdict::Unknown);
            assert_eq!(old.summary, "age: expected at most 7days old, got 9days old");
        }
    }

    #[test]
    fn a_format_that_is_named_wins_over_the_extension() {
        let folder = Folder::new();
        let path = folder.write("summary.txt", "n = 1");
        let named = FileCheck { format: Some(FileFormat::Toml), ..check(&path, &["data.n == 1"]) };
        assert_eq!(look(&named, DateTime::UNIX_EPOCH).verdict, Verdict::Pass);
    }
}
