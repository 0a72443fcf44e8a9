//! The domain in words for people: short, without ids where there is a name. Texts come out as they went
//! in; the pen that draws makes them safe.

pub mod blocker;
pub mod check;
pub mod fact;
pub mod owner;
pub mod refusal;
pub mod time;
