//! The minutes as a value. Every sentence is made in Rust; a template only lays them out.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

/// The minutes of a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Minutes {
    /// The engagement's id.
    pub engagement: String,
    /// The merchant's name.
    pub name: String,
    /// The provider.
    pub provider: String,
    /// The title of the runbook and its version.
    pub runbook: String,
    /// The moment from which on they tell: that of the first event, or of the beginning.
    pub from: DateTime<Utc>,
    /// The last event before them.
    pub since: u64,
    /// When they were written.
    pub at: DateTime<Utc>,
    /// The last event that they know of.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
    /// Who was in the room, as somebody said; empty when nobody did.
    pub present: Vec<Person>,
    /// Who took part as the log shows it: who wrote, or for whom something was recorded.
    pub took_part: Vec<Person>,
    /// Who got or lost which role, in order.
    pub roles: Vec<String>,
    /// The decision matrix.
    pub decisions: Vec<Decision>,
    /// Fields that were filled in.
    pub fields: Vec<Field>,
    /// What was ticked or signed and still counts.
    pub signed: Vec<Signed>,
    /// What was taken back, sent back or reopened.
    pub taken_back: Vec<String>,
    /// Remarks.
    pub points: Vec<Point>,
    /// What is open without anybody having said so.
    pub open: Vec<String>,
    /// The day of going live.
    pub target: Option<NaiveDate>,
    /// The same with its weekday.
    pub target_words: String,
    /// Whether that day was set in the meeting.
    pub target_new: bool,
    /// Whether the lead times fit.
    pub plan: String,
    /// The stages that are not complete, with their owners and suggested days.
    pub stages: Vec<Stage>,
}

/// A person with the roles held at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The names of the roles.
    pub roles: Vec<String>,
}

/// A decision of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Its title.
    pub title: String,
    /// What people read of its value; none while it is open.
    pub value: Option<String>,
    /// `open`, `proposed` or `agreed`.
    pub standing: &'static str,
    /// Who wrote that down in the meeting; none when it was there before.
    pub by: Option<String>,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its label.
    pub label: String,
    /// Its value.
    pub value: String,
    /// Who filled it in.
    pub by: String,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signed {
    /// The item, or the stage.
    pub what: String,
    /// In which role; what the check is called when a check ticked it.
    pub role: String,
    /// Who signed; none for a check.
    pub member: Option<String>,
    /// Who wrote it down, if that was somebody else.
    pub recorded_by: Option<String>,
    /// The event.
    pub event: u64,
}

/// A remark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Point {
    /// The remark.
    pub text: String,
    /// Who made it.
    pub by: String,
    /// The item that it is about, if it is about one.
    pub about: Option<String>,
}

/// A stage that is not complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// Its number and title.
    pub title: String,
    /// Items done and items that apply.
    pub done: usize,
    /// See [`Stage::done`].
    pub total: usize,
    /// Who signs in it: each role with its people.
    pub owners: Vec<String>,
    /// When it should be done.
    pub by: NaiveDate,
}
