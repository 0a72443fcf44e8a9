//! Reports built from an assessment. Pure: what comes in decides what comes out, to the byte.
//!
//! - [`release`]: the artefact of a decision on going live

pub mod release;
