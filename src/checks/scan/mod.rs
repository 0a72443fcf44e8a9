//! The `scan` check: keys, what belongs to test mode, and card numbers, where there must be none.
//!
//! - [`detect`] says what a run of bytes holds, by the forms in `known` and the numbers in `cards`;
//! - [`stream`] moves over a stream of any length in constant memory, `unpack` takes what is packed apart;
//! - [`walk`] goes through files and folders, without what `ignored` leaves out, [`site`] through a page and
//!   its scripts;
//! - [`turns`] has few of them go at once;
//! - [`sweep`] keeps what was found: where and what kind of thing, never the thing.

mod cards;
pub mod detect;
mod ignored;
mod known;
pub mod site;
pub mod stream;
pub mod sweep;
pub mod turns;
mod unpack;
pub mod walk;

use std::time::Duration;

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::outcome::Outcome;
use super::route::Route;
use super::subject::Subject;
use crate::domain::check::ScanCheck;
use crate::domain::text::SafeText;
use detect::Detector;
use sweep::Sweep;
pub use turns::Turns;

/// Why a text is no glob.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the glob does not compile: {0}")]
pub struct BadGlob(String);

/// Globs as one.
pub fn globs(globs: &[String]) -> Result<GlobSet, BadGlob> {
    let bad = |e: &globset::Error| BadGlob(e.kind().to_string());
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(Glob::new(glob).map_err(|e| bad(&e))?);
    }
    set.build().map_err(|e| bad(&e))
}

/// Looks through everything that the check names.
pub async fn run(
    check: &ScanCheck,
    subject: &Subject,
    route: &mut Route<'_>,
    turns: &Turns,
    deadline: Duration,
) -> Outcome {
    let context = subject.context();
    let rendered: Result<Vec<String>, _> = check.paths.iter().map(|path| path.render(&context)).collect();
    let paths = match rendered {
        Ok(paths) => paths,
        Err(e) => return Outcome::unknown(&format!("a path has no value: {e}")),
    };
    let detector = Detector::new(&check.find, &check.patterns);
    let (detector, skip) = match (detector, globs(&check.skip)) {
        (Ok(detector), Ok(skip)) => (detector, skip),
        (Err(e), _) => return Outcome::unknown(&e.to_string()),
        (_, Err(e)) => return Outcome::unknown(&e.to_string()),
    };
    let mut all = Sweep::default();
    if !paths.is_empty() {
        let (looking, skipped) = (detector.clone(), skip.clone());
        match turns.take(deadline, move |stop| walk::sweep(&paths, &skipped, &looking, stop)).await {
            Ok(sweep) => all.add(sweep),
            Err(none) => all.not_read(SafeText::new("the files"), none.to_string()),
        }
    }
    if let Some(site) = &check.site {
        match site.render(&context) {
            Ok(page) => all.add(site::sweep(&page, &skip, route, &detector).await),
            Err(e) => return Outcome::unknown(&format!("the address has no value: {e}")),
        }
    }
    all.outcome()
}

#[cfg(test)]
mod tests;
