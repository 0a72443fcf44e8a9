//! golive takes a merchant's payment integration from first contact to live traffic.
//!
//! It loads a staged runbook from TOML, holds each stage shut until every item before it is done, lets
//! the people responsible sign off in their role, and polls live readiness so that items tick
//! themselves when the facts are true. This page is the map of the code; the words are those of
//! [`domain`].
//!
//! # From a key press to the log and back
//!
//! ```text
//!   key ──► tui::update ──► Effect ──► app ──► domain::decide ──► facts
//!                                       │                            │ numbered, signed (identity)
//!   screen ◄── tui::view ◄── Msg ◄──────┤                            ▼
//!                                       └── domain::evolve ◄── store::append
//!
//!   checks::engine ──► Observation ──► app::observe ──► domain::decide ──► …the same way
//! ```
//!
//! - **State is a fold over the log.** [`domain::decide`] turns a command into facts or a refusal;
//!   [`domain::evolve`] brings a state one event further; [`domain::assess`] derives what depends on the
//!   time of day: gates, staleness, expiry, progress. All three are pure. The same three serve the
//!   screen, the command line, the live checks and the verification of a log.
//! - **One writer.** Only [`app`] appends to a log: it loads, decides, signs and appends against the
//!   head that it saw, and starts again when another process was faster.
//! - **Fail shut.** A log that does not verify is not shown in part; a check that cannot say yes or no
//!   says unknown, which never ticks; a condition that cannot be evaluated does not open anything.
//!
//! # The rooms
//!
//! | room | what is in it |
//! |---|---|
//! | [`domain`] | the words and the rules: runbook types, events, decide, evolve, assess. Pure |
//! | [`runbook`] | TOML to domain: raw shapes, resolve, lint, the bundled checklists |
//! | [`identity`] | keys, SSHSIG signatures, allowed signers |
//! | [`store`] | where the log is kept: SQLite |
//! | [`checks`] | live readiness: one file a kind, judge and schedule (pure), the engine, secrets, the outbound guard |
//! | [`report`] | reports made from an assessment |
//! | [`app`] | the use cases; the only writer of the log |
//! | [`tui`] | the screen: model, update, view, effects |
//! | [`ssh`] | the same screen for SSH clients |
//! | [`rehearse`] | the provider simulator |
//! | [`cli`] | the command line; the only writer to stdout and stderr |
//! | [`files`], [`clock`], [`error`] | what every layer may use: whole-or-not-at-all files, the time, the failure at the edge |
//!
//! Arrows point one way, and `tests/it/layers.rs` keeps them so:
//!
//! ```text
//!   domain ◄── runbook, identity, store, checks, report ◄── app ◄── tui ◄── ssh ◄── cli
//!                                              rehearse ◄──────────────────────────┘
//! ```
//!
//! # Where to begin reading
//!
//! [`domain::runbook`] for what a runbook is, [`domain::event`] for what can happen, the tests in
//! `src/domain/rules.rs` for what may happen when, then [`app`].

pub mod app;
pub mod checks;
pub mod cli;
pub mod clock;
pub mod domain;
pub mod error;
pub mod files;
pub mod identity;
pub mod rehearse;
pub mod report;
pub mod runbook;
pub mod ssh;
pub mod store;
pub mod tui;
