//! The `env` check: variables of a dotenv file or of golive's own environment. No value is ever shown.

use std::collections::HashMap;
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
    File(HashMap<String, Zeroizing<String>>),
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
    let value = match variables {
        Variables::Process => {
            std::env::var_os(&variable.name).map(|v| Zeroizing::new(v.to_string_lossy().into_owned()))
        }
        Variables::File(found) => found.get(&variable.name).cloned(),
    };
    let form = variable.pattern.as_ref().map(|p| format!("present, in the form {}", p.source()));
    let expected = form.as_deref().unwrap_or("present");
    let (verdict, actual) = match (value.filter(|v| !v.is_empty()), &variable.pattern) {
        (None, _) => (Verdict::Fail, "missing"),
        (Some(value), Some(pattern)) if !pattern.matches(&value) => (Verdict::Fail, "not in the form"),
        (Some(_), _) => (Verdict::Pass, "present"),
    };
    result(&variable.name, verdict, expected, actual)
}

/// The variables of a file, or why there are none. A file that this machine does not have says nothing
/// about the machine that is meant, so the caller makes "unknown" of it.
fn read(path: &Path) -> Result<HashMap<String, Zeroizing<String>>, &'static str> {
    let opened = local::open(path).map_err(|_| "cannot be read")?;
    let (file, _) = opened.ok_or("is not a regular file")?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes).map_err(|_| "cannot be read")?;
    if bytes.len() > MAX_FILE {
        return Err("is larger than 1 MB");
    }
    let mut found = HashMap::new();
    for line in dotenvy::from_read_iter(Cursor::new(&*bytes)) {
        // The parser's error quotes the line, which may hold a key: it stays here.
        let (name, value) = line.map_err(|_| "has a line that is no dotenv")?;
        // As in the usual loaders, the first of two wins.
        found.entry(name).or_insert(Zeroizing::new(value));
    }
    Ok(found)
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
