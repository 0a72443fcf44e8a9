//! golive takes a merchant's payment integration from first contact to live traffic.

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
