//! Files and folders: what is in them, ignored files aside, each looked through once, a few at a time.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use globset::GlobSet;
use ignore::{WalkBuilder, WalkState};

use super::super::local;
use super::detect::Detector;
use super::ignored::{self, Ignored};
use super::stream::{Stop, Streamer};
use super::sweep::{Finding, Sweep, shown};
use super::unpack::unpacked;

/// Threads of one scan: more would only wait for the same disk.
const THREADS: usize = 4;

/// Looks through files and folders. In a folder, what its `.gitignore` files name is left out, and so is
/// the folder `.git`; hidden files are not. Links in a folder are not followed. This blocks.
pub fn sweep(paths: &[String], skip: &GlobSet, detector: &Detector, stop: &Stop) -> Sweep {
    let mut all = Sweep::default();
    for path in paths {
        let name = |path: &str| shown(path, detector);
        match fs::metadata(path) {
            Err(e) => all.not_read(name(path), reason(&e)),
            Ok(kind) if kind.is_dir() => all.add(folder(path, skip, detector, stop)),
            Ok(kind) if kind.is_file() => {
                one(Path::new(path), &mut Streamer::default(), detector, stop, &mut all);
            }
            Ok(_) => all.not_read(name(path), "is neither a file nor a folder"),
        }
    }
    all.sort();
    all
}

fn folder(root: &str, skip: &GlobSet, detector: &Detector, stop: &Stop) -> Sweep {
    let mut all = Sweep::default();
    let name = |path: &Path| shown(&path.to_string_lossy(), detector);
    let (whole, ignored) = match rules_above(Path::new(root)) {
        Ok(known) => known,
        Err((path, why)) => {
            all.not_read(name(&path), why);
            return all;
        }
    };
    let all = Mutex::new(all);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS);
    let walker = WalkBuilder::new(root).standard_filters(false).threads(threads).build_parallel();
    walker.run(|| {
        let (ignored, whole) = (&ignored, &whole);
        let mut streamer = Streamer::default();
        let mut mine = Share { all: &all, sweep: Sweep::default() };
        Box::new(move |entry| {
            if stop.now() {
                mine.sweep.stopped = true;
                return WalkState::Quit;
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(e) => {
                    let path = path_of(&e).map_or(Path::new(root), |path| path);
                    let why = e.io_error().map_or("cannot be read", reason);
                    mine.sweep.not_read(name(path), why);
                    return WalkState::Continue;
                }
            };
            let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
            let (is_root, kind) = (entry.depth() == 0, entry.file_type());
            let is_folder = is_root || kind.is_some_and(|kind| kind.is_dir());
            let at = whole.join(below);
            // The history of a repository is packed: nothing could be found in it.
            let out =
                entry.file_name() == ".git" || skip.is_match(below) || ignored.leaves_out(&at, is_folder);
            if out && !is_root {
                return WalkState::Skip;
            }
            if is_folder {
                if let Err(why) = ignored.enter(&at) {
                    mine.sweep.not_read(name(&entry.path().join(ignored::NAME)), why);
                    return WalkState::Skip;
                }
            } else if kind.is_some_and(|kind| kind.is_file()) {
                // Links are not followed, pipes would wait for a writer.
                one(entry.path(), &mut streamer, detector, stop, &mut mine.sweep);
            }
            WalkState::Continue
        })
    });
    all.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// A folder, given whole, and what the repository around it leaves out; or what of it cannot be read, and why.
fn rules_above(root: &Path) -> Result<(PathBuf, Ignored), (PathBuf, &'static str)> {
    let whole = fs::canonicalize(root).map_err(|e| (root.to_owned(), reason(&e)))?;
    let ignored = Ignored::above(&whole)?;
    Ok((whole, ignored))
}

/// What one thread found; handed in when the thread is done.
struct Share<'a> {
    all: &'a Mutex<Sweep>,
    sweep: Sweep,
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mine = std::mem::take(&mut self.sweep);
        self.all.lock().unwrap_or_else(PoisonError::into_inner).add(mine);
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

pub(super) fn reason(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::NotFound => "is not there",
        ErrorKind::PermissionDenied => "may not be read",
        _ => "cannot be read",
    }
}

/// Opens a regular file that is on a disk, and waits for nothing: a pipe may have no writer, and what the
/// kernel makes up may have no end.
pub(super) fn open(path: &Path) -> Result<File, &'static str> {
    match local::open(path) {
        Ok(Some((file, _))) => Ok(file),
        Ok(None) => Err("is not a regular file"),
        Err(e) => Err(reason(&e)),
    }
}

/// Looks through one file.
fn one(path: &Path, streamer: &mut Streamer, detector: &Detector, stop: &Stop, sweep: &mut Sweep) {
    let name = Arc::new(shown(&path.to_string_lossy(), detector));
    let source = Arc::clone(&name);
    let read = open(path).and_then(|file| {
        let found = |place, label| {
            sweep.found(Finding { source: source.as_ref().clone(), place, label });
        };
        streamer.run(unpacked(file, stop)?, detector, stop, found).map_err(|e| reason(&e))
    });
    match read {
        Ok(bytes) => {
            sweep.files += 1;
            sweep.bytes += bytes;
            sweep.stopped |= stop.now();
        }
        Err(why) => sweep.not_read(name.as_ref().clone(), why),
    }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
