//! `golive log`

use super::args::One;
use super::json::RecordJson;
use super::out::{Out, Tone};
use super::session::Session;
use super::table::{self, Cell};
use super::{Ending, words};
use crate::error::Failure;

/// Rows whose columns are lined up together; a log of a million events is not held as one table.
const ROWS_AT_ONCE: usize = 1000;

pub(super) async fn run(args: One, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let records = session.app().await?.history(&args.engagement).await?;
    let engagement = session.load(&args.engagement).await?;
    if out.json() {
        let shapes: Vec<_> = records.iter().map(|r| RecordJson::new(r, &engagement)).collect();
        out.value(&shapes)?;
        return Ok(Ending::Done);
    }
    for some in records.chunks(ROWS_AT_ONCE) {
        let rows: Vec<Vec<Cell>> = some
            .iter()
            .map(|record| {
                vec![
                    Cell::from(record.event.seq.to_string()),
                    Cell::from(words::moment(record.event.at)).in_tone(Tone::Faint),
                    Cell::clipped(record.event.by.name.as_str(), 30),
                    Cell::clipped(&words::sentence(&record.event, &engagement), 300),
                ]
            })
            .collect();
        table::print(out, 0, &rows);
    }
    Ok(Ending::Done)
}
