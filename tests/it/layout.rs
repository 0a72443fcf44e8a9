//! Guards the layout of `tests/`: a file that no module declares compiles nowhere and tests nothing.

use std::fs;
use std::path::{Path, PathBuf};

use crate::tokens;

/// Folders beside `it` that hold data; any other entry would be a test binary of its own.
const DATA: [&str; 2] = ["fixtures", "snapshots"];

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The files under `root` that the file owning their folder does not declare.
fn forgotten(root: &Path, owner: &Path) -> Vec<PathBuf> {
    let declared = tokens::declared_modules(tokens::of(&fs::read_to_string(owner).unwrap_or_default()));
    let mut lost = Vec::new();
    for entry in fs::read_dir(root).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let known = declared.contains(&name);
        if path.is_dir() {
            // `x/` belongs to `x.rs` beside it or to its own `mod.rs`; a folder without Rust is data.
            let own = path.join("mod.rs");
            let own = if own.exists() { own } else { path.with_extension("rs") };
            if !tokens::rust_files(&path).is_empty() {
                lost.extend(forgotten(&path, &own));
                if !known {
                    lost.push(path);
                }
            }
        } else if path != owner && path.extension().is_some_and(|e| e == "rs") && !known {
            lost.push(path);
        }
    }
    lost.sort();
    lost
}

#[test]
fn every_file_of_the_integration_tests_is_declared() {
    let it = tests().join("it");
    assert_eq!(forgotten(&it, &it.join("main.rs")), Vec::<PathBuf>::new(), "declare these in main.rs");
}

#[test]
fn there_is_one_integration_test_binary() {
    let strays: Vec<_> = fs::read_dir(tests())
        .expect("tests/")
        .map(|e| e.expect("a readable folder").file_name().to_string_lossy().into_owned())
        .filter(|name| name != "it" && !DATA.contains(&name.as_str()))
        .collect();
    assert_eq!(strays, Vec::<String>::new(), "tests belong in tests/it, data in tests/fixtures");
}

#[test]
fn a_file_that_nobody_declares_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for nested in ["kept", "lost", "data"] {
        fs::create_dir(at(nested)).unwrap();
    }
    fs::write(at("main.rs"), "mod known;\nmod kept;\n// mod hidden;\n").unwrap();
    fs::write(at("kept.rs"), "mod inner;\n").unwrap();
    for file in ["known.rs", "hidden.rs", "kept/inner.rs", "kept/outer.rs", "lost/mod.rs", "data/a.toml"] {
        fs::write(at(file), "").unwrap();
    }
    assert_eq!(forgotten(folder.path(), &at("main.rs")), [at("hidden.rs"), at("kept/outer.rs"), at("lost")]);
}
