//! The shapes that `--json` prints. They stay: a key may be added, never renamed or removed.
//!
//! Texts are as they were given: what a terminal would obey is escaped as JSON has it, and a
//! program wants the exact value. Moments are RFC 3339 in UTC, days are `YYYY-MM-DD`, a missing value is
//! `null`.

mod check;
mod gate;
mod lint;
mod log;
mod release;
mod status;

pub use check::{ChangeJson, SeenJson};
pub use gate::{BlockerJson, GateJson};
pub use lint::LintJson;
pub use log::{DoneJson, EvidenceFaultJson, ExhibitJson, FaultJson, RecordJson, VerifyJson};
pub use release::{ReleaseCheckJson, ReleaseJson};
pub use status::{
    BoxJson, DecisionJson, EmergencyJson, EvidenceJson, ItemCheckJson, ItemJson, MemberJson, ObstacleJson,
    RemarkJson, SignOffJson, StageJson, StatusJson, WaiverJson, mode_word,
};
