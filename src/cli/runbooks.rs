//! `golive runbooks`

use serde::Serialize;

use super::out::{Out, Tone};
use super::table::{self, Cell};
use super::{Ending, words};
use crate::error::{Failure, Kind};
use crate::runbook::{bundled, load};

/// A runbook that comes with golive.
#[derive(Debug, Serialize)]
struct RunbookJson {
    id: String,
    title: String,
    version: String,
    provider: String,
    stages: usize,
    items: usize,
    digest: String,
}

pub(super) fn run(out: &mut Out) -> Result<Ending, Failure> {
    let mut shapes = Vec::new();
    for bundled in bundled() {
        let runbook = load(bundled.file_name, bundled.text.as_bytes())
            .map_err(|faults| Failure::new(Kind::Usage, faults))?
            .runbook;
        shapes.push(RunbookJson {
            id: runbook.id.to_string(),
            title: runbook.title.clone(),
            version: runbook.version.clone(),
            provider: runbook.provider.clone(),
            stages: runbook.stages().len(),
            items: runbook.items().count(),
            digest: runbook.digest.to_string(),
        });
    }
    if out.json() {
        out.value(&shapes)?;
    } else {
        let rows: Vec<Vec<Cell>> = shapes
            .iter()
            .map(|r| {
                vec![
                    Cell::new(&r.id).in_tone(Tone::Strong),
                    Cell::new(&r.title),
                    Cell::new(&r.version),
                    Cell::from(words::count(r.stages, "stage", "stages")),
                    Cell::from(words::count(r.items, "item", "items")),
                ]
            })
            .collect();
        table::print(out, 0, &rows);
    }
    Ok(Ending::Done)
}
