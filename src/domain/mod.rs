//! The words of golive and the rules of an engagement. Pure: no clock, no I/O, no async.

pub mod check;
pub mod decision;
pub mod digest;
pub mod expression;
pub mod facts;
pub mod head;
pub mod ids;
pub mod owner;
pub mod pattern;
pub mod runbook;
pub mod secret;
pub mod text;
pub mod verdict;
