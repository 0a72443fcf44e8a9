//! The integration tests, in one binary: one link instead of one for each file, and helpers that need no
//! `pub` fence. `layout` fails when a file here is not declared below and would never run.

#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "a test ends by panicking")]

mod actions;
mod bad_answers;
mod cli_bad_input;
mod cli_bench;
mod cli_checks;
mod cli_config;
mod cli_fresh;
mod cli_identity;
mod cli_log;
mod cli_matrix;
mod cli_members;
mod cli_minutes;
mod cli_overview;
mod cli_processes;
mod cli_refusals;
mod cli_rules;
mod cli_story;
mod consent;
mod corpus;
mod days;
mod demo;
mod flips;
mod kickoff;
mod kill;
mod layers;
mod layout;
mod newcomer;
mod rehearse;
mod release;
mod report;
mod runbook_actions;
mod screen_bench;
mod screen_everywhere;
mod screen_plain;
mod screen_story;
mod screen_terminal;
mod screen_validation;
mod storm;
mod tamper;
mod terminal;
mod tokens;
mod validate;
