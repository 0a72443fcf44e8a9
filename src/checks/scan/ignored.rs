//! What `.gitignore` files leave out: those of the folders that are gone through, and those above up to the
//! root of the repository.
//!
//! They come with the folder, from whoever made it, so they are read here with bounds rather than by the
//! walker: a pipe never ends, and as globs a file takes some hundred times its size in memory.

use std::collections::HashMap;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::walk::{open, reason};

/// The name of such a file.
pub(super) const NAME: &str = ".gitignore";
/// The largest one, in bytes.
const MAX_FILE: u64 = 256 * 1024;
/// The most rules of one scan: some 50 MB of memory when each is a glob.
const MAX_RULES: usize = 20_000;

/// The rules that are known so far, by the folder that they are for.
#[derive(Default)]
pub(super) struct Ignored {
    folders: RwLock<HashMap<PathBuf, Gitignore>>,
    rules: AtomicUsize,
}

impl Ignored {
    /// The rules of the repository above a folder that is given whole; or the file of them that cannot be
    /// used, and why. What lies above the root of the repository is somebody else's.
    pub(super) fn above(folder: &Path) -> Result<Self, (PathBuf, &'static str)> {
        let ignored = Self::default();
        let is_root = |folder: &Path| folder.join(".git").symlink_metadata().is_ok();
        if is_root(folder) {
            return Ok(ignored);
        }
        let above: Vec<&Path> = folder.ancestors().skip(1).collect();
        let last = above.iter().position(|folder| is_root(folder));
        for folder in above.iter().take(last.map_or(0, |last| last + 1)) {
            ignored.enter(folder).map_err(|why| (folder.join(NAME), why))?;
        }
        Ok(ignored)
    }

    /// Takes in the rules of a folder, or says why they cannot be used.
    pub(super) fn enter(&self, folder: &Path) -> Result<(), &'static str> {
        let Some(bytes) = read(&folder.join(NAME))? else { return Ok(()) };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        // What is no text names no file; the rest counts.
        let lines = bytes.split(|b| *b == b'\n').filter_map(|line| str::from_utf8(line).ok());
        let rules: Vec<&str> = lines
            .map(|line| line.strip_suffix('\r').unwrap_or(line))
            .filter(|line| !(line.is_empty() || line.starts_with('#')))
            .collect();
        if self.rules.fetch_add(rules.len(), Ordering::Relaxed) + rules.len() > MAX_RULES {
            return Err("makes more rules than are kept");
        }
        let mut builder = GitignoreBuilder::new(folder);
        for rule in rules {
            // A rule that is none leaves nothing out, as in git.
            let _ = builder.add_line(None, rule);
        }
        let own = builder.build().map_err(|_| "has rules that are too large together")?;
        if !own.is_empty() {
            let mut folders = self.folders.write().unwrap_or_else(PoisonError::into_inner);
            folders.insert(folder.to_owned(), own);
        }
        Ok(())
    }

    /// Whether a file or folder, given whole, is left out. Of several rules the nearest one counts.
    pub(super) fn leaves_out(&self, path: &Path, is_folder: bool) -> bool {
        let folders = self.folders.read().unwrap_or_else(PoisonError::into_inner);
        if folders.is_empty() {
            return false;
        }
        path.ancestors()
            .skip(1)
            .filter_map(|above| folders.get(above))
            .find_map(|rules| match rules.matched(path, is_folder) {
                Match::Ignore(_) => Some(true),
                Match::Whitelist(_) => Some(false),
                Match::None => None,
            })
            .unwrap_or(false)
    }
}

/// The bytes of a file of rules, none when there is no such file. A link is not followed, as in git: what
/// it leads to is not what git goes by.
fn read(path: &Path) -> Result<Option<Vec<u8>>, &'static str> {
    match fs::symlink_metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(reason(&e)),
        Ok(kind) if !kind.is_file() => return Err("is not a regular file"),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|e| reason(&e))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err("is larger than 256 kB");
    }
    Ok(Some(bytes))
}
