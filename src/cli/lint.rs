//! `golive lint`

use std::path::{Path, PathBuf};

use super::json::LintJson;
use super::out::Out;
use super::{Ending, files, words};
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};
use crate::runbook::{Colour, Fault, Severity, load, render};

/// `golive lint`
#[derive(Debug, clap::Args)]
pub struct Lint {
    /// Runbooks in TOML
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

pub(super) fn run(args: &Lint, out: &mut Out) -> Result<Ending, Failure> {
    let mut shapes = Vec::new();
    let mut failed = false;
    for file in &args.files {
        let bytes = files::read_runbook(file)?;
        let name = file.to_string_lossy();
        let (faults, verdict) = match load(&name, &bytes) {
            Ok(loaded) => {
                let items = loaded.runbook.items().count();
                let what = format!(
                    "{} {}, {}, {}",
                    loaded.runbook.id,
                    SafeText::clipped(&loaded.runbook.version, 40),
                    words::count(loaded.runbook.stages().len(), "stage", "stages"),
                    words::count(items, "item", "items"),
                );
                (loaded.warnings, Ok(what))
            }
            Err(faults) => (faults.0, Err(())),
        };
        failed |= verdict.is_err();
        if out.json() {
            shapes.extend(faults.iter().map(LintJson::from));
        } else {
            tell(out, file, &bytes, &faults, verdict.ok());
        }
    }
    if out.json() {
        out.value(&shapes)?;
    }
    Ok(if failed { Ending::Answered(Kind::Usage) } else { Ending::Done })
}

fn tell(out: &mut Out, file: &Path, bytes: &[u8], faults: &[Fault], good: Option<String>) {
    let colour = if out.coloured() { Colour::Ansi } else { Colour::Plain };
    if !faults.is_empty() {
        // Every text in it was made safe where the fault was found.
        out.line(render(faults, bytes, colour));
        out.line("");
    }
    let count = |severity| faults.iter().filter(|f| f.severity == severity).count();
    let warnings = words::count(count(Severity::Warning), "warning", "warnings");
    let file = SafeText::clipped(&file.to_string_lossy(), 200);
    match good {
        Some(what) if faults.is_empty() => out.line(format!("{file}: good ({what})")),
        Some(what) => out.line(format!("{file}: can be used ({what}), {warnings}")),
        None => {
            let errors = words::count(count(Severity::Error), "error", "errors");
            out.line(format!("{file}: cannot be used, {errors}, {warnings}"));
        }
    }
}
