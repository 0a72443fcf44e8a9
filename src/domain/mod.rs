//! The words of golive and the rules of an engagement. Pure: no clock, no I/O, no async.
//!
//! - what a runbook is made of: [`runbook`], [`owner`], [`decision`], [`check`], [`action`], [`expression`] (with [`paths`] and [`plain`]), [`pattern`]
//! - what happened: [`event`] (told by [`sentence`] and [`event_lines`], found by [`log_filter`]), [`head`], [`verdict`], [`secret`], [`evidence`]
//! - what it comes to: [`state`] (with [`validity`] and [`changed`]), [`facts`], [`assess`], [`blocker`], [`obstacle`], [`light`], [`inward`], [`fresh`], [`gate`], [`board`] (with [`backing`]), [`release`], [`summary`] (with [`pace`]), [`burn_up`], [`open_work`], [`readiness`], [`plan`]
//! - the rules: [`command`] in, [`decide`] to facts or a [`refusal`], [`evolve`] one event further
//! - the rest: [`ids`], [`digest`], [`text`], [`json`], [`nearest`]

pub mod action;
pub mod assess;
pub mod backing;
pub mod blocker;
pub mod board;
pub mod burn_up;
pub mod changed;
pub mod check;
pub mod command;
pub mod decide;
pub mod decision;
pub mod digest;
pub mod event;
pub mod event_lines;
pub mod evidence;
pub mod evolve;
pub mod expression;
pub mod facts;
pub mod fresh;
pub mod gate;
pub mod head;
pub mod ids;
pub mod inward;
pub mod json;
pub mod language;
pub mod light;
pub mod log_filter;
pub mod nearest;
pub mod obstacle;
pub mod open_work;
mod order;
pub mod owner;
pub mod pace;
pub mod paths;
pub mod pattern;
pub mod plain;
pub mod plan;
pub mod readiness;
pub mod refusal;
pub mod release;
pub mod renewal;
pub mod runbook;
pub mod secret;
pub mod sentence;
pub mod state;
pub mod summary;
pub mod text;
mod times;
pub mod validity;
pub mod verdict;
pub mod webhook;

#[cfg(test)]
mod action_rules;
#[cfg(test)]
mod board_rules;
#[cfg(test)]
mod exception_rules;
#[cfg(test)]
mod member_rules;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod release_rules;
#[cfg(test)]
mod rules;
#[cfg(test)]
pub(crate) mod testing;
