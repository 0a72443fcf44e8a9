//! Rust source as tokens, for the tests that read the project's own source. A lexer and not a regex: a
//! path in a comment or in a string is no use of it.

use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

/// The tokens of one source file.
pub fn of(source: &str) -> TokenStream {
    source.parse().unwrap_or_else(|e| panic!("not Rust: {e}"))
}

/// Every `.rs` file below a folder, sorted.
pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Whether a token is this word or this one mark.
pub fn is(token: Option<&TokenTree>, text: &str) -> bool {
    match token {
        Some(TokenTree::Ident(word)) => word == text,
        Some(TokenTree::Punct(mark)) => text.len() == 1 && text.starts_with(mark.as_char()),
        Some(TokenTree::Group(_) | TokenTree::Literal(_)) | None => false,
    }
}

/// The modules that a file declares with `mod NAME;`.
pub fn declared_modules(tokens: TokenStream) -> Vec<String> {
    let all: Vec<TokenTree> = tokens.into_iter().collect();
    all.windows(3).filter(|w| is(w.first(), "mod") && is(w.last(), ";")).map(|w| w[1].to_string()).collect()
}

#[test]
fn a_module_in_a_comment_or_with_a_body_is_not_declared() {
    let source = "mod a; // mod b;\n mod c { mod d; } pub(crate) mod e; const F: &str = \"mod f;\";";
    assert_eq!(declared_modules(of(source)), ["a", "e"]);
}
