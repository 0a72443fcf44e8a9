//! What a kickoff asks for: many acts in one go, and the minutes as files.

use std::path::Path;

use chrono::NaiveDate;

use crate::app::{Act, App, AppError};
use crate::domain::ids::{EngagementId, MemberName};
use crate::files::{Published, write_new};
use crate::report::minutes::{Format, Minutes, file_name};
use crate::tui::effect::RequestId;
use crate::tui::msg::{Bulked, Change, Failed, Msg};

use super::{failed, snapshot};

/// Names that are tried before somebody must tidy up.
const MAX_NAMES: u32 = 100;

/// Carries acts out one after the other, each an event of its own. What the rules refuse is passed over; what
/// goes wrong otherwise ends it, as the next one would go wrong too.
pub(super) async fn all(app: &App, engagement: &EngagementId, acts: Vec<Act>) -> Bulked {
    let mut bulked = Bulked { change: None, failed: Vec::new() };
    let mut left = acts.len();
    for act in acts {
        left -= 1;
        match app.execute(engagement, act).await {
            Ok(done) => {
                let snapshot = snapshot(&done.engagement);
                match &mut bulked.change {
                    None => bulked.change = Some(Change { snapshot, events: done.events }),
                    Some(change) => {
                        change.snapshot = snapshot;
                        change.events.extend(done.events);
                    }
                }
            }
            Err(error @ AppError::Refused(_)) => bulked.failed.push(failed(error)),
            Err(error) => {
                let why = failed(error);
                let rest = std::iter::repeat_n(why, left + 1);
                bulked.failed.extend(rest);
                return bulked;
            }
        }
    }
    bulked
}

/// Writes the minutes.
pub(super) async fn minutes(
    app: App,
    request: RequestId,
    engagement: EngagementId,
    since: u64,
    here: Vec<MemberName>,
    day: NaiveDate,
) -> Msg {
    let answer = write_minutes(&app, &engagement, since, here, day).await;
    Msg::MinutesWritten { request, answer }
}

/// Writes the minutes into the current folder, as Markdown and HTML, and gives the names of the files.
async fn write_minutes(
    app: &App,
    engagement: &EngagementId,
    since: u64,
    here: Vec<MemberName>,
    day: NaiveDate,
) -> Result<Vec<String>, Failed> {
    if !app.may_write_files() {
        return Err(failed(AppError::NoLocalFiles));
    }
    let minutes = app.minutes(engagement, since, &here).await.map_err(failed)?;
    let name = file_name(engagement, day);
    let work = tokio::task::spawn_blocking(move || write(&minutes, &name));
    match work.await {
        Ok(Ok(files)) => Ok(files),
        Ok(Err(what)) => Err(Failed::Broken { what, hints: Vec::new() }),
        Err(_) => Err(failed(AppError::ShuttingDown)),
    }
}

/// Both files, under a name that neither has yet.
fn write(minutes: &Minutes, name: &str) -> Result<Vec<String>, String> {
    let texts = [Format::Markdown, Format::Html]
        .map(|format| minutes.write(format).map(|text| (format, text)).map_err(|e| e.to_string()));
    let folder = Path::new(".");
    for n in 1..=MAX_NAMES {
        let stem = if n == 1 { name.to_owned() } else { format!("{name}-{n}") };
        let paths = [Format::Markdown, Format::Html].map(|f| format!("{stem}.{f}"));
        if paths.iter().any(|path| folder.join(path).symlink_metadata().is_ok()) {
            continue;
        }
        let mut done = Vec::new();
        for (text, path) in texts.iter().zip(&paths) {
            let (_, text) = text.as_ref().map_err(Clone::clone)?;
            let to = folder.join(path);
            let cannot = |e: std::io::Error| format!("the minutes cannot be written to {path}: {e}");
            match write_new(&to, text.as_bytes()).map_err(cannot)? {
                Published::Ours => done.push(path.clone()),
                Published::Theirs => return Err(format!("{path} has just been made by somebody else")),
            }
        }
        return Ok(done);
    }
    Err(format!("there are {MAX_NAMES} minutes of that day already"))
}
