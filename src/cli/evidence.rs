//! `golive evidence`: attach, list, take off, and write out again.

use std::path::PathBuf;

use clap::Subcommand;

use super::json::EvidenceJson;
use super::out::Out;
use super::session::Session;
use super::table::{self, Cell};
use super::{Ending, done, words};
use crate::app::Engagement;
use crate::domain::command::{Command, NewEvidence};
use crate::domain::evidence::{Piece, file_name};
use crate::domain::ids::{EngagementId, ItemId};
use crate::domain::state::Evidence;
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};

/// `golive evidence`
#[derive(Debug, Subcommand)]
pub enum EvidenceCommand {
    /// Attach texts, links, ids or files
    Add(EvidenceAdd),
    /// Show what is attached
    List(EvidenceList),
    /// Take a piece off: what was signed over it no longer counts
    Remove(EvidenceRemove),
    /// Write a file that is attached to a new file, once its bytes have been checked
    Export(EvidenceExport),
}

/// `golive evidence add`
#[derive(Debug, clap::Args)]
pub struct EvidenceAdd {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item
    pub item: ItemId,
    /// Texts, links or ids
    #[arg(value_name = "REF", required_unless_present = "files")]
    pub references: Vec<String>,
    /// A file, as often as needed: its bytes are kept beside the store
    #[arg(long = "file", value_name = "PATH")]
    pub files: Vec<PathBuf>,
}

/// `golive evidence list`
#[derive(Debug, clap::Args)]
pub struct EvidenceList {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item; all when none is named
    pub item: Option<ItemId>,
}

/// `golive evidence remove`
#[derive(Debug, clap::Args)]
pub struct EvidenceRemove {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item
    pub item: ItemId,
    /// The beginning of its digest, or the reference itself
    pub which: String,
}

/// `golive evidence export`
#[derive(Debug, clap::Args)]
pub struct EvidenceExport {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item
    pub item: ItemId,
    /// The beginning of its digest, or the name of the file
    pub which: String,
    /// The new file; under its own name in this folder when none is named
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

pub(super) async fn run(
    command: EvidenceCommand,
    session: &Session,
    out: &mut Out,
) -> Result<Ending, Failure> {
    match command {
        EvidenceCommand::Add(args) => add(args, session, out).await,
        EvidenceCommand::List(args) => list(args, session, out).await,
        EvidenceCommand::Remove(args) => remove(args, session, out).await,
        EvidenceCommand::Export(args) => export(args, session, out).await,
    }
}

/// References, and files whose bytes are kept first.
pub(super) async fn gather(
    references: Vec<String>,
    files: Vec<PathBuf>,
    session: &Session,
) -> Result<Vec<NewEvidence>, Failure> {
    let mut evidence: Vec<NewEvidence> = references.into_iter().map(NewEvidence::Reference).collect();
    for path in files {
        evidence.push(session.app().await?.keep_file(path).await?);
    }
    Ok(evidence)
}

async fn add(args: EvidenceAdd, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let EvidenceAdd { engagement: id, item, references, files } = args;
    // An item that is not there is told before a file is read.
    let engagement = session.load(&id).await?;
    known(&engagement, &item)?;
    let mut events = Vec::new();
    let mut after = engagement;
    for evidence in gather(references, files, session).await? {
        let command = Command::AddEvidence { item: item.clone(), evidence };
        let did = session.act(&id, command, None).await?;
        events.extend(did.events);
        after = did.engagement;
    }
    done::tell_events(&after, &events, out)?;
    Ok(Ending::Done)
}

async fn list(args: EvidenceList, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let engagement = session.load(&args.engagement).await?;
    if let Some(item) = &args.item {
        known(&engagement, item)?;
    }
    let all = engagement.runbook.items().map(|(_, item)| &item.id);
    let wanted = all.filter(|id| args.item.as_ref().is_none_or(|item| item == *id));
    let attached: Vec<(&ItemId, &Evidence)> = wanted
        .filter_map(|id| Some((id, engagement.state.item(id.as_str())?)))
        .flat_map(|(id, state)| state.evidence.iter().map(move |e| (id, e)))
        .collect();
    if out.json() {
        #[derive(serde::Serialize)]
        struct Attached<'a> {
            item: &'a ItemId,
            #[serde(flatten)]
            evidence: EvidenceJson,
        }
        let shapes: Vec<_> =
            attached.iter().map(|(item, e)| Attached { item, evidence: (*e).into() }).collect();
        out.value(&shapes)?;
        return Ok(Ending::Done);
    }
    let rows: Vec<Vec<Cell>> = attached
        .iter()
        .map(|(item, evidence)| {
            let kind = Piece::from(*evidence).kind().word();
            let size = evidence.file.map(|f| words::bytes(f.size)).unwrap_or_default();
            vec![
                Cell::new(item.as_str()),
                Cell::from(evidence.digest.short()),
                Cell::new(kind),
                Cell::clipped(&evidence.reference, 80),
                Cell::from(size),
                Cell::clipped(evidence.by.name.as_str(), 30),
                Cell::from(words::moment(evidence.at)),
            ]
        })
        .collect();
    table::print(out, 0, &rows);
    Ok(Ending::Done)
}

async fn remove(args: EvidenceRemove, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let EvidenceRemove { engagement: id, item, which } = args;
    let engagement = session.load(&id).await?;
    let digest = find(&engagement, &item, &which)?.digest;
    let did = session.act(&id, Command::RemoveEvidence { item, digest }, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}

async fn export(args: EvidenceExport, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let EvidenceExport { engagement: id, item, which, output } = args;
    let engagement = session.load(&id).await?;
    let piece = find(&engagement, &item, &which)?;
    let Some(file) = piece.file else {
        let failure = Failure::new(Kind::Usage, "that piece of evidence is no file");
        return Err(failure.hint(SafeText::clipped(&piece.reference, 200).to_string()));
    };
    // The name in the log was made by whoever wrote the log: made safe again before it names a file here.
    let to = output.unwrap_or_else(|| PathBuf::from(file_name(&piece.reference)));
    session.app().await?.export_file(piece.digest, file.size, to.clone()).await?;
    out.line(format!("wrote {}", SafeText::clipped(&to.to_string_lossy(), 300)));
    Ok(Ending::Done)
}

fn known(engagement: &Engagement, item: &ItemId) -> Result<(), Failure> {
    if engagement.runbook.item(item.as_str()).is_some() {
        return Ok(());
    }
    let ids = engagement.runbook.items().map(|(_, i)| i.id.as_str());
    let failure = Failure::new(Kind::Usage, format!("the runbook has no item '{item}'"));
    Err(match crate::domain::nearest::nearest(item.as_str(), ids) {
        Some(near) => failure.hint(format!("did you mean '{near}'?")),
        None => failure,
    })
}

/// The one piece whose digest begins so, or whose reference it is.
fn find<'a>(engagement: &'a Engagement, item: &ItemId, which: &str) -> Result<&'a Evidence, Failure> {
    known(engagement, item)?;
    let all = engagement.state.item(item.as_str()).map_or(&[][..], |s| s.evidence.as_slice());
    let hex = which.len() >= 4 && which.bytes().all(|b| b.is_ascii_hexdigit());
    let lower = which.to_ascii_lowercase();
    let matches =
        |e: &&Evidence| e.reference == which || (hex && e.digest.to_string().starts_with(lower.as_str()));
    let mut found = all.iter().filter(matches);
    let hint = format!("golive evidence list {} {item} shows the digests", engagement.id());
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => {
            let which = SafeText::clipped(which, 80);
            Err(Failure::new(Kind::Usage, format!("nothing attached to '{item}' is '{which}'")).hint(hint))
        }
        (Some(_), Some(_)) => {
            let which = SafeText::clipped(which, 80);
            Err(Failure::new(Kind::Usage, format!("several pieces attached to '{item}' are '{which}'"))
                .hint(hint))
        }
    }
}
