//! The `env` check: variables of a dotenv file or of golive's own environment. No value is ever shown.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{Cursor, Read};
use std::path::Path;

use minijinja::Value;
use zeroize::Zeroizing;

use super::local;
use super::outcome::{Outcome, result};
use crate::domain::check::{EnvCheck, EnvVariable};
use crate::domain::verdict::{StepResult, Verdict};

/// The largest dotenv file, in bytes.
pub const MAX_FILE: usize = 1024 * 1024;

/// Where variables are looked up.
enum Variables {
    Process,
    File(HashMap<String, Set>),
}

/// What a file sets a variable to.
#[derive(Clone)]
struct Set {
    value: Zeroizing<String>,
    /// It is set to something else as well: of two, some loaders take the first and some the last.
    twice: bool,
}

/// Looks at the variables. This blocks on the disk for a moment.
pub fn run(check: &EnvCheck, context: &Value) -> Outcome {
    let variables = match &check.file {
        None => Variables::Process,
        Some(path) => match path.render(context) {
            Err(e) => return Outcome::unknown(&format!("the path has no value: {e}")),
            Ok(path) => match read(Path::new(&path)) {
                Ok(found) => Variables::File(found),
                Err(why) => return Outcome::unknown(&format!("{path} {why}")),
            },
        },
    };
    let results = check.variables.iter().map(|v| look(v, &variables)).collect();
    Outcome::of(results, "every variable is there and in form")
}

fn look(variable: &EnvVariable, variables: &Variables) -> StepResult {
    let set = match variables {
        Variables::Process => {
            let value = |v: OsString| Zeroizing::new(v.to_string_lossy().into_owned());
            std::env::var_os(&variable.name).map(|v| Set { value: value(v), twice: false })
        }
        Variables::File(found) => found.get(&variable.name).cloned(),
    };
    let form = variable.pattern.as_ref().map(|p| format!("present, in the form {}", p.source()));
    let expected = form.as_deref().unwrap_or("present");
    let (verdict, actual) = match (set.filter(|s| s.twice || !s.value.is_empty()), &variable.pattern) {
        (None, _) => (Verdict::Fail, "missing"),
        (Some(set), _) if set.twice => (Verdict::Fail, "set twice, to different values"),
        (Some(set), Some(pattern)) if !pattern.matches(&set.value) => (Verdict::Fail, "not in the form"),
        (Some(_), _) => (Verdict::Pass, "present"),
    };
    result(&variable.name, verdict, expected, actual)
}

/// The variables of a file, or why there are none. A file that this machine does not have says nothing
/// about the machine that is meant, so the caller makes "unknown" of it.
fn read(path: &Path) -> Result<HashMap<String, Set>, &'static str> {
    const ODD: &str = "has a line that is no dotenv";
    let opened = local::open(path).map_err(|_| "cannot be read")?;
    let (file, _) = opened.ok_or("is not a regular file")?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes).map_err(|_| "cannot be read")?;
    if bytes.len() > MAX_FILE {
        return Err("is larger than 1 MB");
    }
    // Some tools of Windows begin a file with a mark of its byte order.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let text = quoted(str::from_utf8(text).map_err(|_| ODD)?);
    let mut found = HashMap::<String, Set>::new();
    for line in dotenvy::from_read_iter(Cursor::new(text.as_bytes())) {
        // The parser's error quotes the line, which may hold a key: it stays here.
        let (name, value) = line.map_err(|_| ODD)?;
        let value = Zeroizing::new(value);
        match found.get_mut(&name) {
            Some(before) => before.twice |= before.value != value,
            None => drop(found.insert(name, Set { value, twice: false })),
        }
    }
    Ok(found)
}

/// The text with quotes around values that have spaces and none: the parser refuses them, and the loaders of
/// most languages take them as they stand, up to a comment.
fn quoted(text: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(2 * text.len()));
    // The quote of a value that goes on over several lines.
    let mut open = None::<char>;
    for line in text.split_inclusive('\n') {
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        let value = value.trim();
        if let Some(quote) = open {
            open = open.filter(|_| !line.contains(quote));
        } else if !name.trim_start().starts_with('#') {
            let first = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            open = first.filter(|quote| !value[1..].contains(*quote));
            if let Some(spaced) = spaced(value) {
                out.extend([name, "='", spaced, "'\n"]);
                continue;
            }
        }
        out.push_str(line);
    }
    out
}

/// A value that has spaces, without the comment behind it. What would be quoted, escaped or put in means
/// different things to different loaders.
fn spaced(value: &str) -> Option<&str> {
    let end = [" #", "\t#"].iter().filter_map(|comment| value.find(comment)).min().unwrap_or(value.len());
    let value = value[..end].trim_end();
    let plain = !(value.starts_with('#') || value.contains(['"', '\'', '`', '\\', '$']));
    (plain && value.contains([' ', '\t'])).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::expression::Template;
    use crate::domain::pattern::Pattern;
    use minijinja::context;
    use std::io::Write;

    fn outcome(file: &str) -> Outcome {
        let mut dotenv = tempfile::NamedTempFile::new().unwrap();
        dotenv.write_all(file.as_bytes()).unwrap();
        let variable = |name: &str, pattern: Option<&str>| EnvVariable {
            name: name.into(),
            pattern: pattern.map(|p| Pattern::new(p).unwrap()),
        };
        let check = EnvCheck {
            file: Some(Template::new(dotenv.path().to_str().unwrap()).unwrap()),
            variables: vec![variable("API_KEY", Some("^live_")), variable("API_URL", None)],
        };
        run(&check, &context! {})
    }

    fn actual(outcome: &Outcome) -> Vec<&str> {
        outcome.results.iter().map(|r| r.actual.as_str()).collect()
    }

    #[test]
    fn variables_are_there_and_in_form() {
        let good = outcome("# keys\nexport API_KEY='live_1'\nAPI_URL=https://api.example # live\n");
        assert_eq!(good.verdict, Verdict::Pass);
        assert_eq!(actual(&good), ["present", "present"]);
    }

    #[test]
    fn a_wrong_or_missing_variable_fails_without_its_value() {
        let bad = outcome("API_KEY=test_9\nAPI_URL=\n");
        assert_eq!(bad.verdict, Verdict::Fail);
        assert_eq!(actual(&bad), ["not in the form", "missing"]);
        assert!(!format!("{bad:?}").contains("test_9"));
    }

    #[test]
    fn two_values_of_one_name_fail_and_the_same_one_twice_does_not() {
        let twice = outcome("API_KEY=live_1\nAPI_URL=x\nAPI_KEY=test_1\nAPI_URL=x\n");
        assert_eq!(twice.verdict, Verdict::Fail);
        assert_eq!(actual(&twice), ["set twice, to different values", "present"]);
        assert_eq!(actual(&outcome("API_KEY=\nAPI_KEY=live_1"))[0], "set twice, to different values");
    }

    #[test]
    fn files_are_read_as_loaders_do() {
        for text in [
            "\u{feff}API_KEY=live_1\r\nAPI_URL=My Shop\r\n",
            "export API_URL = My Shop # the name\nAPI_KEY=live_1 2 3",
            "# My Shop = x\nAPI_URL=a  b\nAPI_KEY=\"live_1\"\n",
        ] {
            let read = outcome(text);
            assert_eq!((read.verdict, actual(&read)), (Verdict::Pass, vec!["present"; 2]), "{text}");
        }
        for text in ["API_KEY=live_1 \"2", "My Shop=x", "API_KEY=live_1 $HOME x", "no line at all"] {
            assert_eq!(outcome(text).verdict, Verdict::Unknown, "{text}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_unknown() {
        let broken = outcome("API_KEY='live_5\nnot a line at all");
        assert_eq!(broken.verdict, Verdict::Unknown);
        assert!(!format!("{broken:?}").contains("live_5"));
        assert_eq!(outcome(&"A".repeat(MAX_FILE + 1)).verdict, Verdict::Unknown);
        let gone = EnvCheck { file: Some(Template::new("/no/such/.env").unwrap()), variables: vec![] };
        assert_eq!(run(&gone, &context! {}).verdict, Verdict::Unknown);
        let folder = EnvCheck { file: Some(Template::new("/").unwrap()), variables: vec![] };
        assert_eq!(run(&folder, &context! {}).summary, "/ is not a regular file");
    }

    #[test]
    fn without_a_file_it_is_golives_own_environment() {
        let variables = vec![
            EnvVariable { name: "PATH".into(), pattern: None },
            EnvVariable { name: "GOLIVE_NO_SUCH_VARIABLE".into(), pattern: None },
        ];
        let own = run(&EnvCheck { file: None, variables }, &context! {});
        assert_eq!(actual(&own), ["present", "missing"]);
    }
}
