//! Reports built from an assessment. Pure: what comes in decides what comes out, to the byte.
//!
//! - [`account`]: how an engagement stands and how each item of it is proven, for people and programs
//! - [`minutes`]: what a meeting has brought
//! - [`overview`]: several engagements, one line each
//! - [`release`]: the artefact of a decision on going live
//! - [`page`], [`escape`]: what all documents share
//!
//! # A document, from a value to a file
//!
//! A report is a plain value first, a struct that serialises, with every sentence in it made in Rust. A
//! template in `assets/templates` only lays it out; [`page::render`] fills it, and the ending of the template's
//! name decides how. Whatever a template prints goes through [`escape`] for that ending, with nothing for the
//! template's author to remember: `{{ name }}` is harmless in HTML and in Markdown, whatever the name is.
//!
//! A further document is a struct, a template, and a line in [`page::Template`].

pub mod account;
pub mod escape;
pub mod minutes;
pub mod overview;
pub mod page;
pub mod release;
