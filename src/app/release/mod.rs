//! The release: deciding on going live, and the artefact that proves it.
//!
//! - [`App::release`](crate::app::App::release): decides, and makes the files of that decision
//! - [`App::publish`](crate::app::App::publish): the same, and writes the files
//! - [`ReleaseFiles`]: the artefact, the signature beside it, and who may sign
//! - [`verify_release`]: checks all of that offline, with no store
//!
//! The decision is an event; the artefact is made from the log up to it and from nothing else. So whoever
//! is killed between the two asks again and gets the same bytes, and a second release of one decision is
//! the first one once more.

mod check;
mod files;
mod make;
mod publish;
mod rebuild;
#[cfg(test)]
mod tests;

pub use check::{MAX_RELEASE, NotARelease, ReleaseCheck, ReleaseFault, ReleaseParts, verify_release};
pub use files::{NotWritten, ReleaseFiles, Written};
pub use make::{Released, Wish};
pub use publish::{Existing, NotPublished};
