//! Live readiness checks: what they ask, what an answer means, and when to ask again.
//!
//! - [`runner`] runs one check once; [`engine`] runs many for ever.
//! - One file for each kind: [`http`], [`page`] (with [`charset`], [`document`], [`wording`]), [`webhook`],
//!   [`mod@env`], [`mod@file`] (with [`local`]) and [`command`] (with [`found`]), [`tls`], [`scan`], [`fields`],
//!   [`decisions`]. [`trusted`] says which runbooks may run programs, [`group`] ends them.
//! - Pure: [`judge`] says what an answer means (with [`answer`], [`surroundings`], [`shown`]), [`schedule`]
//!   when to run next, [`causes`] which rows of the troubleshooting a result meets, [`settle`] how
//!   often in a row it was said, [`retry_after`] how long to stay away.
//! - [`request`] fills in a step, secrets last; [`attempt`] sends one step of an action, once.
//! - Outward: [`outbound`] is the only way out, [`route`] one run's share of it, [`lanes`] how many at
//!   once, [`secrets`] what may go along, [`echo`] what of it comes back, [`consent`] what a person agreed to
//!   send where.

pub mod answer;
pub mod attempt;
pub mod causes;
pub mod charset;
pub mod command;
pub mod consent;
pub mod decisions;
pub mod document;
pub mod echo;
pub mod engine;
pub mod env;
pub mod fields;
pub mod file;
pub mod found;
pub mod group;
pub mod http;
pub mod judge;
pub mod lanes;
pub mod local;
pub mod outbound;
pub mod outcome;
pub mod page;
pub mod request;
pub mod retry_after;
pub mod route;
pub mod runner;
pub mod scan;
pub mod schedule;
pub mod secrets;
pub mod settle;
pub mod shown;
pub mod subject;
pub mod surroundings;
pub mod tls;
pub mod trusted;
pub mod webhook;
pub mod wording;

#[cfg(test)]
mod testing;

pub use engine::{NextRun, NextRuns, Poller, PollerHandle, Stopped, Watch};
pub use lanes::Limits;
pub use runner::Runner;
pub use subject::{SecretSources, Subject};
