//! TOML to domain: raw shapes, resolve, lint, the bundled checklists.
//!
//! [`load()`] reads a file in one pass; a large one in pieces, two of them at a time. The parser's table,
//! which knows where everything stands, is read into raw shapes, and those are resolved into
//! [`Runbook`](crate::domain::runbook::Runbook), a type that cannot be wrong. Every fault on the way is
//! gathered with its place; [`Faults::render`] draws them. Nothing of a hostile file is trusted: its size,
//! depth, names, patterns and conditions are bounded, and nothing of it reaches a message raw.

mod bundled;
mod canonical;
pub(crate) mod fault;
mod known;
mod load;
mod pieces;
pub(crate) mod read;
mod render;
mod resolve;
mod shapes;
pub(crate) mod suggest;
mod upgrade;

#[cfg(test)]
mod bundled_tests;
#[cfg(test)]
mod evidence_tests;
#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod load_tests;
#[cfg(test)]
mod local_kind_tests;

pub use bundled::{Bundled, bundled, find};
pub use fault::{Fault, Faults, MAX_FAULTS, Position, Severity};
pub use load::{Loaded, MAX_BYTES, load, load_checked};
pub use render::{Colour, render};
pub use upgrade::{Aspect, Change, Difference, Entry, Kind, Version};
