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

fn pipe(path: &str) {
    let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR);
    rustix::fs::mknodat(rustix::fs::CWD, path, kind, mode, 0).unwrap();
}

#[test]
fn links_lead_nowhere_and_a_pipe_is_not_waited_for() {
    let outside = Tree::new(&[("secret.txt", CARD)]);
    let tree = Tree::new(&[("a.txt", CARD)]);
    symlink(outside.0.path(), tree.0.path().join("folder")).unwrap();
    symlink(outside.path("secret.txt"), tree.0.path().join("file")).unwrap();
    pipe(&tree.path("pipe"));
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
    tree.write("a.log.gz", &gzip(format!("one\n{CARD}").as_bytes()));
    let wide: Vec<u8> = [0xfeff].into_iter().chain(CARD.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    tree.write("b.log", &wide);
    assert_eq!(tree.found(&tree.scan(&[""], &[])), ["a.log.gz:2:3", "b.log:1:3"]);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[test]
fn what_is_packed_otherwise_is_named() {
    let tree = Tree::new(&[]);
    for (name, begin) in [
        ("a.lz4", &b"\x04\x22\x4d\x18"[..]),
        ("b.7z", b"7z\xbc\xaf\x27\x1c"),
        ("c.Z", b"\x1f\x9d\x90"),
        ("d.gz.gz", &gzip(&gzip(CARD.as_bytes()))),
        ("e.zip.gz", &gzip(b"PK\x03\x04")),
        ("f.rar", b"Rar!\x1a\x07\x01"),
    ] {
        tree.write(name, begin);
    }
    let sweep = tree.scan(&[""], &[]);
    assert_eq!((sweep.files, sweep.unread.len()), (0, 6), "{sweep:?}");
    assert!(sweep.unread.iter().all(|u| u.why == "is packed in a way that cannot be looked into"));
}

#[test]
fn a_packed_log_ends_at_zeros_and_what_came_before_a_fault_is_found() {
    let tree = Tree::new(&[]);
    let packed = gzip(CARD.as_bytes());
    tree.write("a.gz", &[&packed, &[0; 9000][..], &packed, &[0; 512]].concat());
    tree.write("b.gz", &packed[..packed.len() - 4]);
    tree.write("c.gz", &[&packed[..], b"something else"].concat());
    let sweep = tree.scan(&[""], &[]);
    assert_eq!(tree.found(&sweep), ["a.gz:1:3", "a.gz:2:3", "b.gz:1:3", "c.gz:1:3"]);
    let unread: Vec<_> = sweep.unread.iter().map(|u| u.source.as_str().rsplit('/').next().unwrap()).collect();
    assert_eq!((sweep.files, unread), (1, vec!["b.gz", "c.gz"]));
}

#[test]
fn a_wide_text_needs_no_mark_of_its_byte_order() {
    let tree = Tree::new(&[]);
    let wide = |order: fn(u16) -> [u8; 2]| CARD.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    tree.write("a.log", &wide(u16::to_le_bytes));
    tree.write("b.log", &wide(u16::to_be_bytes));
    tree.write("c.log.gz", &gzip(&wide(u16::to_le_bytes)));
    assert_eq!(tree.found(&tree.scan(&[""], &[])), ["a.log:1:3", "b.log:1:3", "c.log.gz:1:3"]);
}

/// What stands in the place of a `.gitignore` is not waited for, and not taken into memory.
#[test]
fn a_folder_whose_rules_have_no_bound_is_named_and_left() {
    type Plant = fn(&str);
    let plants: [(&str, Plant); 4] = [
        ("is not a regular file", |at| symlink("/dev/zero", at).unwrap()),
        ("is not a regular file", |at| pipe(at)),
        ("is larger than 256 kB", |at| fs::write(at, "*.a?b\n".repeat(50_000)).unwrap()),
        ("makes more rules than are kept", |at| fs::write(at, "*.a?b\n".repeat(20_001)).unwrap()),
    ];
    for (why, plant) in plants {
        let tree = Tree::new(&[("a.txt", CARD), ("deep/b.txt", CARD), ("deep/c/d.txt", CARD)]);
        plant(&tree.path("deep/.gitignore"));
        let sweep = tree.scan(&[""], &[]);
        assert_eq!(tree.found(&sweep), ["a.txt:1:3"]);
        assert_eq!((sweep.unread.len(), sweep.unread[0].why.as_ref()), (1, why));
        assert!(sweep.unread[0].source.as_str().ends_with("deep/.gitignore"));
        let root = tree.scan(&["deep"], &[]);
        assert_eq!((root.files, root.unread[0].why.as_ref()), (0, why));
        fs::create_dir(tree.path("deep/.git")).unwrap();
        let below = tree.scan(&["deep/c"], &[]);
        assert_eq!((below.files, below.unread[0].why.as_ref()), (0, why));
    }
}

#[test]
fn the_rules_of_a_repository_hold_in_its_folders_and_those_above_it_do_not() {
    let tree = Tree::new(&[
        (".gitignore", "*.txt\n"),
        ("repo/.git/HEAD", ""),
        ("repo/.gitignore", "\u{feff}*.log\r\n/sub/deep/b\n"),
        ("repo/sub/.gitignore", "!keep.log\n# *.txt\n"),
        ("repo/sub/a.log", CARD),
        ("repo/sub/keep.log", CARD),
        ("repo/sub/c.txt", CARD),
        ("repo/sub/deep/b/d.txt", CARD),
        ("repo/sub/deep/e.log", CARD),
    ]);
    let found = ["repo/sub/c.txt:1:3", "repo/sub/keep.log:1:3"];
    assert_eq!(tree.found(&tree.scan(&["repo/sub"], &[])), found);
    assert_eq!(tree.found(&tree.scan(&["repo"], &[])), found);
    // Who names a folder means it.
    assert_eq!(tree.found(&tree.scan(&["repo/sub/deep/b"], &[])), ["repo/sub/deep/b/d.txt:1:3"]);
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_kernel_makes_up_is_not_read() {
    let detector = Detector::new(&ScanKind::ALL, &[]).unwrap();
    for (path, why) in
        [("/proc/version", "is not a regular file"), ("/dev/zero", "is neither a file nor a folder")]
    {
        let sweep = sweep(&[path.to_owned()], &GlobSet::empty(), &detector, &Stop::default());
        assert_eq!((sweep.files, sweep.unread[0].why.as_ref()), (0, why));
    }
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
