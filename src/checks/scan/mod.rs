//! The `scan` check: keys, what belongs to test mode, and card numbers, where there must be none.
//!
//! - [`detect`] says what a run of bytes holds, by the forms in `known` and the numbers in `cards`;
//! - [`stream`] moves over a stream of any length in constant memory;
//! - [`walk`] goes through files and folders, [`site`] through a page and its scripts;
//! - [`sweep`] keeps what was found: where and what kind of thing, never the thing.

mod cards;
pub mod detect;
mod known;
pub mod site;
pub mod stream;
pub mod sweep;
pub mod walk;

use std::sync::Arc;
use std::time::{Duration, Instant};

use globset::{Glob, GlobSet, GlobSetBuilder};
use tokio::sync::Semaphore;

use super::outcome::Outcome;
use super::route::Route;
use super::subject::Subject;
use crate::domain::check::ScanCheck;
use detect::Detector;
use stream::Stop;
use sweep::Sweep;

/// Scans of files at once; each has threads of its own.
const AT_ONCE: usize = 2;

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

/// The places that scans of files take turns for.
#[derive(Debug, Clone)]
pub struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// Stops a scan whose run is given up.
struct Abandon(Stop);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.ask();
    }
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
        all.add(files(paths, skip, detector.clone(), turns, deadline).await);
    }
    if let Some(site) = &check.site {
        match site.render(&context) {
            Ok(page) => all.add(site::sweep(&page, route, &detector).await),
            Err(e) => return Outcome::unknown(&format!("the address has no value: {e}")),
        }
    }
    all.outcome()
}

/// Looks through files on threads that may block. The deadline begins when it is this scan's turn.
async fn files(
    paths: Vec<String>,
    skip: GlobSet,
    detector: Detector,
    turns: &Turns,
    deadline: Duration,
) -> Sweep {
    // The semaphore is never closed.
    let turn = Arc::clone(&turns.0).acquire_owned().await.ok();
    let stop = Stop::at(Instant::now() + deadline);
    let _abandon = Abandon(stop.clone());
    let work = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        walk::sweep(&paths, &skip, &detector, &stop)
    });
    // A disk that does not answer never looks at the clock.
    match tokio::time::timeout(deadline + Duration::from_secs(1), work).await {
        Ok(Ok(sweep)) => sweep,
        Ok(Err(_)) | Err(_) => Sweep { stopped: true, ..Sweep::default() },
    }
}

#[cfg(test)]
mod tests;
