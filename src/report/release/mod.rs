//! The release: the artefact that stands for a decision on going live, for auditors years later.
//!
//! An in-toto [`Statement`] of version 1 about two subjects, the engagement's log (by its head) and the
//! runbook (by its digest), with a predicate of golive's own: [`Predicate`], whose JSON Schema is
//! `assets/release.schema.json`. It lies in a DSSE [`Envelope`], signed by the person who decided.
//!
//! The predicate ends with the log itself: the exact bytes of every event with its signature, and the
//! runbooks. Everything before it is derived from these by [`statement()`], so whoever reads a release makes
//! the statement again and compares, and need not take golive's word for a single tick. Version 1 is
//! therefore never changed: another key, or another way to derive one, is a version 2 beside it.

mod dsse;
mod make;
mod statement;

pub use dsse::{Envelope, EnvelopeSignature, NotAnEnvelope, PAYLOAD_TYPE, pae};
pub use make::{Log, LoggedEvent, LoggedRunbook, NoDecision, statement};
pub use statement::*;
