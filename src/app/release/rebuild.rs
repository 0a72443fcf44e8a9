//! From a log to the statement about its last event, a decision on going live. The same code makes a release
//! and checks one.

use chrono::{DateTime, Utc};

use crate::app::trust::{LogFault, parse};
use crate::app::verify::LogReport;
use crate::app::walk::{Log as LogToWalk, Runbooks, Walked, read};
use crate::domain::event::Event;
use crate::domain::head::Head;
use crate::domain::ids::EngagementId;
use crate::identity::AllowedSigners;
use crate::report::release::{Log, LoggedEvent, LoggedRunbook, Statement, statement};
use crate::store::Row;

/// What a log comes to.
pub(super) struct Rebuilt {
    pub(super) report: LogReport,
    /// The rest; none when the log names a fault, or does not end in a decision.
    pub(super) made: Option<Made>,
}

/// A statement and what else the log says about who signs it.
pub(super) struct Made {
    pub(super) statement: Statement,
    /// Exactly the bytes that lie in the envelope.
    pub(super) payload: Vec<u8>,
    /// The `allowed_signers` file.
    pub(super) allowed: String,
}

/// The runbooks of a log: their bytes for the statement, themselves for the walk.
pub(super) struct Kept {
    pub(super) logged: Vec<LoggedRunbook>,
    pub(super) runbooks: Runbooks,
}

pub(super) fn rebuild(
    id: &EngagementId,
    rows: &[Row],
    kept: Kept,
    seen: &[(Head, LogFault, LogFault)],
    now: DateTime<Utc>,
) -> Rebuilt {
    let Kept { logged, runbooks } = kept;
    let Walked { report, believed, last } =
        LogToWalk { id, rows, seen, runbooks: &runbooks, now, read: &read }.walk();
    let made = match (report.whole(), believed.state, believed.runbook, last) {
        (true, Some(state), Some(runbook), Some(event)) => {
            let events = rows.iter().filter_map(logged_event).collect();
            let log = Log { runbooks: logged, events };
            statement(&runbook, &state, &event, log).ok().and_then(|statement| made(statement, rows))
        }
        _ => None,
    };
    Rebuilt { report, made }
}

fn made(statement: Statement, rows: &[Row]) -> Option<Made> {
    let payload = serde_json::to_vec(&statement).ok()?;
    Some(Made { statement, payload, allowed: allowed(rows) })
}

fn logged_event(row: &Row) -> Option<LoggedEvent> {
    let body = String::from_utf8(row.body.clone()).ok()?;
    Some(LoggedEvent { body, signature: row.signature.clone() })
}

/// Who could sign when, as `ssh-keygen` reads it: what the log up to the decision says, so that the signature of
/// somebody who has left since is as good as it was, and none of theirs after that is.
fn allowed(rows: &[Row]) -> String {
    let events: Vec<Event> = rows.iter().filter_map(|row| parse(row).ok()).collect();
    AllowedSigners::of_log(&events).to_string()
}
