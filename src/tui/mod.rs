//! The screen: a model, messages that change it, effects that it asks for, and views that draw it.
//!
//! ```text
//! input, answers, news ─▶ Msg ─▶ update(&mut Model, Msg, Now) ─▶ Vec<Effect> ─▶ perform ─▶ answers
//!                                       │
//!                                       ▼
//!                       view(&Model, &mut Frame) ─▶ Regions, what the mouse can hit
//! ```
//!
//! `update` is synchronous, total and without I/O, so that no key waits for a network or a disk, and a
//! test needs neither. `run` drives both over any ratatui backend and any stream of input: the terminal, a
//! test and an SSH channel are the same code. Only `perform` knows the application layer.

pub mod big;
pub mod decode;
pub mod effect;
pub mod glyphs;
pub mod input;
pub mod keymap;
pub mod layout;
pub mod look;
pub mod model;
pub mod msg;
pub mod next;
pub mod perform;
pub mod plain;
pub mod run;
pub mod search;
pub mod settings;
pub mod terminal;
pub mod theme;
pub mod update;
pub mod view;
pub mod width;
pub mod words;

#[cfg(test)]
mod testing;
