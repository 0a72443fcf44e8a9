//! The integration tests, in one binary: one link instead of one for each file, and helpers that need no
//! `pub` fence. `layout` fails when a file here is not declared below and would never run.

#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "a test ends by panicking")]

mod layers;
mod layout;
mod terminal;
mod tokens;
