//! `golive log`

use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::json::{ExhibitJson, RecordJson};
use super::out::{Out, Tone};
use super::session::Session;
use super::table::{self, Cell};
use super::{Ending, words};
use crate::app::trust::LogFault;
use crate::app::{AppError, Engagement, Exhibit, Record, Refused};
use crate::domain::event_lines::event_lines;
use crate::domain::ids::{EngagementId, ItemId, MemberName, StageId};
use crate::domain::log_filter::{LogFilter, LogKind};
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};
use crate::identity::Purpose;

/// Rows whose columns are lined up together; a log of a million events is not held as one table.
const ROWS_AT_ONCE: usize = 1000;
/// Characters of one value of an event that are printed; `--json` has all.
const MAX_VALUE: usize = 400;

/// `golive log`
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// Only what this person did, or what was recorded for them
    #[arg(long, value_name = "NAME", value_parser = MemberName::new)]
    pub by: Option<MemberName>,
    /// Only one kind of event
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    pub kind: Option<LogKind>,
    /// Only what is about this item, its check or its action
    #[arg(long, value_name = "ITEM")]
    pub item: Option<ItemId>,
    /// Only what is about this stage or its items
    #[arg(long, value_name = "STAGE")]
    pub stage: Option<StageId>,
    /// One event in full: its bytes, its signature, and what both are worth now; 5 when one is not good
    #[arg(long, value_name = "SEQ", conflicts_with_all = ["by", "kind", "item", "stage"])]
    pub event: Option<u64>,
}

/// The kinds by their words.
fn kinds() -> impl clap::builder::TypedValueParser<Value = LogKind> {
    PossibleValuesParser::new(LogKind::ALL.map(LogKind::word))
        .try_map(|word| LogKind::of_word(&word).ok_or("no kind of event"))
}

pub(super) async fn run(args: Arguments, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    if let Some(seq) = args.event {
        return event(&args.engagement, seq, session, out).await;
    }
    let records = session.app().await?.history(&args.engagement).await?;
    let engagement = session.load(&args.engagement).await?;
    let filter = LogFilter { by: args.by, kind: args.kind, item: args.item, stage: args.stage };
    filter.known(&engagement.runbook, &engagement.state).map_err(|refusal| {
        AppError::Refused(Box::new(Refused {
            refusal,
            engagement: Some(engagement.clone()),
            left: Vec::new(),
        }))
    })?;
    let wanted: Vec<&Record> =
        records.iter().filter(|r| filter.admits(&engagement.runbook, &r.event)).collect();
    if out.json() {
        let shapes: Vec<_> = wanted.iter().map(|r| RecordJson::new(r, &engagement)).collect();
        out.value(&shapes)?;
        return Ok(Ending::Done);
    }
    for some in wanted.chunks(ROWS_AT_ONCE) {
        let rows: Vec<Vec<Cell>> = some.iter().map(|record| row(record, &engagement)).collect();
        table::print(out, 0, &rows);
    }
    Ok(Ending::Done)
}

fn row(record: &Record, engagement: &Engagement) -> Vec<Cell> {
    vec![
        Cell::from(record.event.seq.to_string()),
        Cell::from(words::moment(record.event.at)).in_tone(Tone::Faint),
        Cell::clipped(record.event.by.name.as_str(), 30),
        Cell::clipped(&words::sentence(&record.event, engagement), 300),
    ]
}

async fn event(id: &EngagementId, seq: u64, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let exhibit = session.app().await?.exhibit(id, seq).await?;
    let engagement = session.load(id).await?;
    let ending = if exhibit.good() { Ending::Done } else { Ending::Answered(Kind::Store) };
    if out.json() {
        out.value(&ExhibitJson::new(&exhibit, &engagement))?;
        return Ok(ending);
    }
    let Exhibit { record: Record { event, hash }, .. } = &exhibit;
    let heading = format!("event {seq} of {}, of {id}", exhibit.last);
    out.line(out.paint(Tone::Strong, heading));
    let role = words::sentence(event, &engagement);
    for (label, said) in [
        ("says", role),
        ("time", format!("{} UTC", words::moment(event.at))),
        ("author", event.by.name.to_string()),
        ("key", event.by.key.to_string()),
        ("previous", event.prev.to_string()),
        ("hash", hash.to_string()),
        ("fact", event.fact.word().to_owned()),
    ] {
        line(label, &said, out);
    }
    for (key, said) in event_lines(event) {
        line("", &format!("{key}: {said}"), out);
    }
    for (label, answer, good) in answers(&exhibit) {
        match answer {
            Ok(()) => out.line(out.paint(Tone::Good, format!("  {label:<10} good: {good}"))),
            Err(fault) => {
                let said = format!("  {label:<10} NOT GOOD: {fault}");
                out.line(out.paint(Tone::Bad, SafeText::clipped(&said, MAX_VALUE)));
            }
        }
    }
    line("namespace", Purpose::Event.namespace(), out);
    out.line("  body, as it was hashed and signed:");
    out.line(SafeText::new(&String::from_utf8_lossy(&exhibit.body)));
    for text in exhibit.signature.lines() {
        out.line(SafeText::new(text));
    }
    Ok(ending)
}

fn line(label: &str, said: &str, out: &mut Out) {
    let label = out.paint(Tone::Faint, format!("  {label:<10}"));
    out.line(format!("{label} {}", SafeText::clipped(said, MAX_VALUE)));
}

/// The three questions that are asked of an event, and what it means when the answer is good.
fn answers(exhibit: &Exhibit) -> [(&'static str, &Result<(), LogFault>, String); 3] {
    let event = &exhibit.record.event;
    let (seq, by) = (event.seq, SafeText::new(event.by.name.as_str()));
    let chain = if seq == exhibit.last {
        "it follows the event before it and is the head".to_owned()
    } else {
        "it follows the event before it, and the next one follows it".to_owned()
    };
    [
        ("chain", &exhibit.chain, chain),
        ("signature", &exhibit.signed, "of these bytes, by this key".to_owned()),
        ("right", &exhibit.entitled, format!("the key spoke for {by} then, who could do this")),
    ]
}
