//! Tests of scans over real files and folders.

use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};

use globset::{Glob, GlobSetBuilder};

use super::*;
use crate::domain::check::ScanKind;

const CARD: &str = "x 4242424242424242\n";

struct Tree(tempfile::TempDir);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            tree.write(name, text.as_bytes());
        }
        tree
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn scan(&self, names: &[&str], skip: &[&str]) -> Sweep {
        let detector = Detector::new(&ScanKind::ALL, &[]).unwrap();
        let mut globs = GlobSetBuilder::new();
        for glob in skip {
            globs.add(Glob::new(glob).unwrap());
        }
        let paths: Vec<String> = names.iter().map(|name| self.path(name)).collect();
        sweep(&paths, &globs.build().unwrap(), &detector, &Stop::default())
    }

    /// Where something was found, relative to the tree.
    fn found(&self, sweep: &Sweep) -> Vec<String> {
        let root = format!("{}/", self.0.path().to_str().unwrap());
        sweep.findings.iter().map(|f| f.to_string().replace(&root, "")).collect()
    }
}

#[test]
fn hidden_files_are_looked_at_and_ignored_ones_are_not() {
    let tree = Tree::new(&[
        (".env", CARD),
        ("src/a.ts", CARD),
        ("node_modules/b.js", CARD),
        ("src/build/c.js", CARD),
        (".git/config", CARD),
        (".gitignore", "node_modules\n"),
        ("src/.gitignore", "build/\n"),
    ]);
    let sweep = tree.scan(&[""], &[]);
    assert_eq!(tree.found(&sweep), [".env:1:3", "src/a.ts:1:3"]);
    assert_eq!((sweep.files, sweep.unread.len()), (4, 0));
}

#[test]
fn what_the_author_skips_is_not_looked_at() {
    let tree = Tree::new(&[("fixtures/a/cards.json", CARD), ("b.snap", CARD), ("c.txt", CARD)]);
    assert_eq!(tree.found(&tree.scan(&[""], &["fixtures/**", "*.snap"])), ["c.txt:1:3"]);
}

#[test]
fn links_lead_nowhere_and_a_pipe_is_not_waited_for() {
    let outside = Tree::new(&[("secret.txt", CARD)]);
    let tree = Tree::new(&[("a.txt", CARD)]);
    symlink(outside.0.path(), tree.0.path().join("folder")).unwrap();
    symlink(outside.path("secret.txt"), tree.0.path().join("file")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        tree.path("pipe").as_str(),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let sweep = tree.scan(&[""], &[]);
    assert_eq!((tree.found(&sweep), sweep.files), (vec!["a.txt:1:3".to_owned()], 1));
    let pipe = tree.scan(&["pipe"], &[]);
    assert_eq!((pipe.files, pipe.unread[0].why.as_ref()), (0, "is neither a file nor a folder"));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let tree = Tree::new(&[("a.txt", "fine")]);
    tree.write("archive.zip", b"PK\x03\x04 4242424242424242");
    tree.write("broken.gz", b"\x1f\x8bnothing of the kind");
    let sweep = tree.scan(&["", "gone.txt"], &[]);
    let unread: Vec<_> = sweep.unread.iter().map(|u| u.source.as_str().rsplit('/').next().unwrap()).collect();
    assert_eq!((sweep.files, sweep.findings.len()), (1, 0));
    assert_eq!(unread, ["archive.zip", "broken.gz", "gone.txt"]);
}

#[test]
fn packed_logs_and_those_of_windows_are_read() {
    let tree = Tree::new(&[]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(format!("one\n{CARD}").as_bytes()).unwrap();
    tree.write("a.log.gz", &packed.finish().unwrap());
    let wide: Vec<u8> = [0xfeff].into_iter().chain(CARD.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    tree.write("b.log", &wide);
    assert_eq!(tree.found(&tree.scan(&[""], &[])), ["a.log.gz:2:3", "b.log:1:3"]);
}

#[test]
fn the_name_of_a_file_gives_nothing_away_and_does_no_harm() {
    let key = ["sk_live_", "51Hx9Qa2ZkLmN0pRsTuV"].concat();
    let tree = Tree::new(&[(&format!("{key}\u{1b}[2J.txt"), CARD)]);
    assert_eq!(tree.found(&tree.scan(&[""], &[])), ["••••␛[2J.txt:1:3"]);
}

#[test]
fn it_stops_between_files_and_says_so() {
    let tree = Tree::new(&[("a.txt", CARD)]);
    let stop = Stop::default();
    stop.ask();
    let detector = Detector::new(&ScanKind::ALL, &[]).unwrap();
    let sweep = sweep(&[tree.path("")], &GlobSet::empty(), &detector, &stop);
    assert!(sweep.stopped && sweep.files == 0);
}

#[test]
fn a_folder_that_may_not_be_read_is_named() {
    let tree = Tree::new(&[("shut/a.txt", CARD), ("b.txt", "fine")]);
    fs::set_permissions(tree.path("shut"), fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser may read everything.
    let may = fs::read_dir(tree.path("shut")).is_ok();
    let sweep = tree.scan(&[""], &[]);
    fs::set_permissions(tree.path("shut"), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(sweep.unread.len(), usize::from(!may));
    assert_eq!(sweep.findings.len(), usize::from(may));
}
