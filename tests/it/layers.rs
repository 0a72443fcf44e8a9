//! The arrows between the layers, kept by reading the source: `domain <- runbook, identity, store, checks,
//! report, rehearse <- app <- tui <- ssh <- cli`. Rooms that share a rank do not know each other.
//!
//! Paths are read wherever they stand, in `use` lines and in code. Test modules are left out: a test may
//! reach for whatever sets its stage.

use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::tokens::{self, is};

/// Each room with its rank; a room knows those of a lower rank only.
const RANKS: [(&str, u8); 11] = [
    ("domain", 0),
    ("runbook", 1),
    ("identity", 1),
    ("store", 1),
    ("checks", 1),
    ("report", 1),
    ("rehearse", 1),
    ("app", 2),
    ("tui", 3),
    ("ssh", 4),
    ("cli", 5),
];

/// Files at the root of `src` that are no layer, with the lowest rank that may know them: not the domain,
/// which is told the time and touches no file.
const ROOT_FILES: [(&str, u8); 3] = [("clock", 1), ("files", 1), ("error", 1)];

/// What would make the domain impure.
const BARRED_FROM_DOMAIN: [&str; 14] = [
    "tokio",
    "tokio_util",
    "sqlx",
    "reqwest",
    "hyper",
    "hyper_util",
    "ratatui",
    "crossterm",
    "clap",
    "axum",
    "directories",
    "rand",
    "ssh_key",
    "tracing",
];

const PRINTING: [&str; 4] = ["print", "println", "eprint", "eprintln"];

fn rank(room: &str) -> Option<u8> {
    RANKS.iter().find(|(name, _)| *name == room).map(|(_, rank)| *rank)
}

/// A path such as `std::io::stdout`, and whether a `!` follows it.
#[derive(Debug, PartialEq)]
struct Mention {
    path: Vec<String>,
    called_as_macro: bool,
}

/// Every path in the tokens, groups of a `use` spelled out, paths that start at `super` or `self` resolved
/// against `module`.
fn mentions(source: &str, module: &[String]) -> Vec<Mention> {
    let mut found = Vec::new();
    walk(tokens::of(source), module, &mut found);
    found
}

fn walk(stream: TokenStream, module: &[String], found: &mut Vec<Mention>) {
    let all: Vec<TokenTree> = stream.into_iter().collect();
    let mut at = 0;
    while at < all.len() {
        if let Some(skip) = test_module(&all[at..]) {
            at += skip;
            continue;
        }
        match &all[at] {
            TokenTree::Ident(word) if word == "mod" => {
                // An inline module is one level deeper for `super`.
                if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                    (all.get(at + 1), all.get(at + 2))
                {
                    let inner = [module, &[name.to_string()]].concat();
                    walk(body.stream(), &inner, found);
                    at += 3;
                } else {
                    at += 2;
                }
            }
            TokenTree::Ident(_) => at += path(&all[at..], &[], module, found),
            TokenTree::Group(group) => {
                walk(group.stream(), module, found);
                at += 1;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => at += 1,
        }
    }
}

/// How many tokens make `#[cfg(test)] … mod NAME { … }`, when that is what comes next.
fn test_module(all: &[TokenTree]) -> Option<usize> {
    let (hash, TokenTree::Group(attribute)) = (all.first(), all.get(1)?) else { return None };
    if !is(hash, "#") || attribute.stream().to_string().replace(' ', "") != "cfg(test)" {
        return None;
    }
    let body =
        all.iter().position(|t| matches!(t, TokenTree::Group(g) if g.delimiter() == Delimiter::Brace))?;
    let module = all[..body].iter().position(|t| is(Some(t), "mod"))?;
    (module < body).then_some(body + 1)
}

/// Reads one path from its first word, behind `before`; gives the number of tokens read.
fn path(all: &[TokenTree], before: &[String], module: &[String], found: &mut Vec<Mention>) -> usize {
    let mut words = before.to_vec();
    let mut at = 0;
    while let Some(TokenTree::Ident(word)) = all.get(at) {
        words.push(word.to_string());
        at += 1;
        if !(is(all.get(at), ":") && is(all.get(at + 1), ":")) {
            break;
        }
        at += 2;
        if let Some(TokenTree::Group(group)) = all.get(at)
            && group.delimiter() == Delimiter::Brace
        {
            branches(group.stream(), &words, module, found);
            return at + 1;
        }
    }
    let called_as_macro = is(all.get(at), "!") && !is(all.get(at + 1), "=");
    found.push(Mention { path: resolved(words, module), called_as_macro });
    at.max(1)
}

/// The branches of `use a::{b, c::d}`.
fn branches(stream: TokenStream, before: &[String], module: &[String], found: &mut Vec<Mention>) {
    let all: Vec<TokenTree> = stream.into_iter().collect();
    for branch in all.split(|t| is(Some(t), ",")) {
        if matches!(branch.first(), Some(TokenTree::Ident(_))) {
            path(branch, before, module, found);
        } else {
            found.push(Mention { path: resolved(before.to_vec(), module), called_as_macro: false });
        }
    }
}

/// Turns `super::super::x` and `self::x` into `crate::…`.
fn resolved(words: Vec<String>, module: &[String]) -> Vec<String> {
    let climbs = words.iter().take_while(|w| *w == "super" || *w == "self").count();
    if climbs == 0 {
        return words;
    }
    let ups = words[..climbs].iter().filter(|w| *w == "super").count();
    let here = &module[..module.len().saturating_sub(ups)];
    [&["crate".to_owned()], here, &words[climbs..]].concat()
}

/// The module of a file: `src/tui/view/row.rs` is `tui, view, row`.
fn module_of(file: &str) -> Vec<String> {
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    if stem == "lib" || stem == "main" { Vec::new() } else { stem.split('/').map(str::to_owned).collect() }
}

/// What one file, named relative to `src`, does that its layer may not.
fn faults(file: &str, source: &str) -> Vec<String> {
    let module = module_of(file);
    let room = module.first().map_or("", String::as_str);
    // The program itself (`main.rs`, `lib.rs`) stands above every layer, a root file below all but domain.
    let own = if module.is_empty() { u8::MAX } else { rank(room).unwrap_or(1) };
    let mut faults: Vec<String> = mentions(source, &module)
        .iter()
        .filter_map(|m| fault(room, own, m).map(|why| format!("{file}: {}: {why}", m.path.join("::"))))
        .collect();
    faults.dedup();
    faults
}

fn fault(room: &str, own: u8, mention: &Mention) -> Option<&'static str> {
    let words: Vec<&str> = mention.path.iter().map(String::as_str).collect();
    let ends = |with: &[&str]| words.ends_with(with);
    if let ["crate" | "golive", target, ..] = words[..] {
        if target != room && rank(target).is_some_and(|other| other >= own) {
            return Some("a layer knows only those below it");
        }
        if ROOT_FILES.iter().any(|(name, least)| *name == target && target != room && own < *least) {
            return Some("not for this layer");
        }
    }
    if room == "domain" && BARRED_FROM_DOMAIN.contains(&words[0]) {
        return Some("the domain is pure");
    }
    if room != "clock" && (ends(&["Utc", "now"]) || ends(&["Local", "now"]) || ends(&["SystemTime", "now"])) {
        return Some("only clock.rs asks the time");
    }
    if room == "domain" && (ends(&["Instant", "now"]) || words.starts_with(&["std", "fs"])) {
        return Some("the domain is pure");
    }
    let prints = mention.called_as_macro && PRINTING.contains(words.last()?);
    if room != "cli" && prints {
        return Some("only cli prints");
    }
    // The screen owns the terminal, so it holds a handle on it; nobody else below the command line does.
    let handle = ends(&["io", "stdout"]) || ends(&["io", "stderr"]);
    if handle && !matches!(room, "cli" | "tui") {
        return Some("only cli prints");
    }
    None
}

#[test]
fn every_layer_knows_only_those_below_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = tokens::rust_files(&src);
    assert!(files.len() > 20, "the source was not found");
    let all: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let name = file.strip_prefix(&src).expect("below src").to_string_lossy().replace('\\', "/");
            // Files of tests, not only modules of them, are out of the rule.
            if name.ends_with("tests.rs") || name.contains("tests/") {
                return Vec::new();
            }
            faults(&name, &std::fs::read_to_string(file).expect("readable source"))
        })
        .collect();
    assert!(all.is_empty(), "\n{}", all.join("\n"));
}

#[test]
fn every_room_of_the_source_has_a_rank() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lib = std::fs::read_to_string(src.join("lib.rs")).expect("lib.rs");
    let unranked: Vec<String> = tokens::declared_modules(tokens::of(&lib))
        .into_iter()
        .filter(|m| rank(m).is_none() && ROOT_FILES.iter().all(|(name, _)| name != m))
        .collect();
    assert_eq!(unranked, Vec::<String>::new(), "give these a place among the layers");
}

#[cfg(test)]
mod checker {
    use super::*;

    fn refused(file: &str, source: &str) -> bool {
        !faults(file, source).is_empty()
    }

    #[test]
    fn an_import_from_above_or_beside_is_found() {
        for (file, source) in [
            ("domain/state.rs", "use crate::store::EventStore;"),
            ("store/sqlite.rs", "use crate::app::App;"),
            ("store/sqlite.rs", "use crate::identity::Key;"),
            ("app/mod.rs", "use crate::{domain::ids::ItemId, tui::run};"),
            ("tui/run.rs", "fn f() { crate::cli::main() }"),
            ("app/load.rs", "use super::super::tui::Model;"),
            ("app/mod.rs", "mod inner { use super::super::cli::Args; }"),
            ("runbook/load.rs", "fn f() -> String { format!(\"{}\", crate::cli::NAME) }"),
            ("clock.rs", "use crate::app::App;"),
            ("domain/state.rs", "use crate::clock::Clock;"),
            ("domain/state.rs", "use crate::error::Failure;"),
        ] {
            assert!(refused(file, source), "{file}: {source}");
        }
    }

    #[test]
    fn an_import_from_below_is_fine() {
        for (file, source) in [
            ("store/sqlite.rs", "use crate::domain::ids::ItemId; use crate::clock::Clock;"),
            ("cli/tick.rs", "use crate::{app, tui, error::Failure};"),
            ("app/load.rs", "use super::publish; use crate::store::{self, EventStore};"),
            ("tui/view/row.rs", "use super::super::model::Model;"),
            ("app/mod.rs", "mod inner { use super::super::store::EventStore; }"),
            ("main.rs", "fn main() { golive::cli::main() }"),
            ("lib.rs", "pub mod app; pub mod cli; pub use crate::error::Failure;"),
        ] {
            assert_eq!(faults(file, source), Vec::<String>::new(), "{file}: {source}");
        }
    }

    #[test]
    fn words_in_comments_strings_and_tests_are_no_imports() {
        let source = r#"
            //! See crate::app.
            const A: &str = "use crate::cli::Args; Utc::now()";
            #[cfg(test)]
            mod tests { use crate::app::App; fn f() { println!("{}", Utc::now()) } }
        "#;
        assert_eq!(faults("domain/state.rs", source), Vec::<String>::new());
    }

    #[test]
    fn an_impure_domain_is_found() {
        for source in ["use tokio::sync::mpsc;", "use reqwest;", "fn f() { Instant::now(); }", "use std::fs;"]
        {
            assert!(refused("domain/state.rs", source), "{source}");
            assert!(!refused("app/mod.rs", source), "{source}");
        }
    }

    #[test]
    fn asking_the_time_outside_the_clock_is_found() {
        for source in ["fn f() { chrono::Utc::now() }", "fn f() { std::time::SystemTime::now() }"] {
            assert!(refused("cli/tick.rs", source), "{source}");
            assert!(!refused("clock.rs", source), "{source}");
        }
    }

    #[test]
    fn printing_outside_the_command_line_is_found() {
        for source in
            ["fn f() { println!(\"\") }", "fn f() { std::eprint!(\"\") }", "use std::io::{self, stdout};"]
        {
            assert!(refused("app/mod.rs", source), "{source}");
            assert!(!refused("cli/tick.rs", source), "{source}");
        }
        assert!(!refused("app/mod.rs", "fn f(c: Child) { c.stdout(); if a.println != b {} }"));
    }
}
