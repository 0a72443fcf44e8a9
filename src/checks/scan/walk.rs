//! Files and folders: what is in them, ignored files aside, each looked through once, a few at a time.

use std::fs::{self, File};
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::read::MultiGzDecoder;
use globset::GlobSet;
use ignore::{DirEntry, WalkBuilder, WalkState};

use super::detect::Detector;
use super::stream::{Stop, Streamer};
use super::sweep::{Finding, Sweep, shown};

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
    let all = Mutex::new(Sweep::default());
    let (below, skipped) = (root.to_owned(), skip.clone());
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS);
    let walker = WalkBuilder::new(root)
        .standard_filters(false)
        .git_ignore(true)
        .require_git(false)
        .threads(threads)
        .filter_entry(move |entry| wanted(entry, Path::new(&below), &skipped))
        .build_parallel();
    walker.run(|| {
        let mut streamer = Streamer::default();
        let mut mine = Share { all: &all, sweep: Sweep::default() };
        Box::new(move |entry| {
            if stop.now() {
                mine.sweep.stopped = true;
                return WalkState::Quit;
            }
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|t| t.is_file()) => {
                    one(entry.path(), &mut streamer, detector, stop, &mut mine.sweep);
                }
                // Folders are gone through, links are not followed, pipes would wait for a writer.
                Ok(_) => {}
                Err(e) => {
                    let path = path_of(&e).map_or(Path::new(root), |path| path).to_string_lossy();
                    let why = e.io_error().map_or("cannot be read", reason);
                    mine.sweep.not_read(shown(&path, detector), why);
                }
            }
            WalkState::Continue
        })
    });
    all.into_inner().unwrap_or_else(PoisonError::into_inner)
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

fn wanted(entry: &DirEntry, root: &Path, skip: &GlobSet) -> bool {
    let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
    // The history of a repository is packed: nothing could be found in it.
    entry.depth() == 0 || !(entry.file_name() == ".git" || skip.is_match(below))
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

fn reason(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::NotFound => "is not there",
        ErrorKind::PermissionDenied => "may not be read",
        _ => "cannot be read",
    }
}

/// Looks through one file.
fn one(path: &Path, streamer: &mut Streamer, detector: &Detector, stop: &Stop, sweep: &mut Sweep) {
    let name = Arc::new(shown(&path.to_string_lossy(), detector));
    let source = Arc::clone(&name);
    let read = File::open(path).map_err(|e| reason(&e)).and_then(|file| {
        let found = |place, label| {
            sweep.found(Finding { source: source.as_ref().clone(), place, label });
        };
        streamer.run(contents(file)?, detector, stop, found).map_err(|e| reason(&e))
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

/// What a file holds: unpacked if it is a packed log, as ASCII if every other byte is zero.
fn contents(mut file: File) -> Result<Box<dyn Read>, &'static str> {
    let mut head = [0; 6];
    let mut length = 0;
    while length < head.len() {
        match file.read(&mut head[length..]) {
            Ok(0) => break,
            Ok(n) => length += n,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(reason(&e)),
        }
    }
    if file.seek(SeekFrom::Start(0)).is_err() {
        return Ok(Box::new(Cursor::new(head[..length].to_vec()).chain(file)));
    }
    match &head[..length] {
        [0x1f, 0x8b, ..] => Ok(Box::new(MultiGzDecoder::new(io::BufReader::new(file)))),
        [b'P', b'K', 3, 4, ..]
        | [0x28, 0xb5, 0x2f, 0xfd, ..]
        | [0xfd, b'7', b'z', b'X', b'Z', 0]
        | [b'B', b'Z', b'h', b'1'..=b'9', ..] => Err("is packed in a way that cannot be looked into"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            file.seek(SeekFrom::Start(2)).map_err(|e| reason(&e))?;
            Ok(Box::new(WithoutZeros(file)))
        }
        _ => Ok(Box::new(file)),
    }
}

/// UTF-16 as ASCII: everything that is looked for is ASCII, and every other byte of it is zero.
struct WithoutZeros(File);

impl Read for WithoutZeros {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.0.read(buffer)?;
            let mut kept = 0;
            for at in 0..read {
                if buffer[at] != 0 {
                    buffer[kept] = buffer[at];
                    kept += 1;
                }
            }
            if kept > 0 || read == 0 {
                return Ok(kept);
            }
        }
    }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
