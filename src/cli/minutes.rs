//! `golive minutes`

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::args::Since;
use super::files::{self, Replace};
use super::out::Out;
use super::session::Session;
use super::{Ending, words};
use crate::domain::ids::{EngagementId, MemberName};
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};
use crate::report::minutes::Format;

/// `golive minutes`
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The last event before the meeting, the moment at which it began, or how long ago that was, such as 90min;
    /// everything when none is named
    #[arg(long, value_name = "SEQ|TIME")]
    pub since: Option<Since>,
    /// Somebody who was in the room; may be given several times
    #[arg(long, value_name = "NAME", value_parser = MemberName::new)]
    pub present: Vec<MemberName>,
    /// The format; by the ending of FILE, else md, when none is named
    #[arg(long, conflicts_with = "json")]
    pub format: Option<MinutesFormat>,
    /// Where to write them, instead of printing them
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// What minutes are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum MinutesFormat {
    /// Markdown
    Md,
    /// One HTML page that needs no other file, runs nothing and prints well
    Html,
}

/// What `golive minutes -o FILE --json` prints.
#[derive(Serialize)]
struct MinutesJson<'a> {
    engagement: &'a str,
    since: u64,
    seq: u64,
    file: String,
}

pub(super) async fn run(args: Arguments, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let format = format(args.format, args.output.as_deref());
    let replace = Replace::by(args.force);
    // What can be known to fail is found before the log is read.
    if let Some(path) = &args.output {
        files::not_taken(path, replace)?;
    }
    let app = session.app().await?;
    let engagement = session.load(&args.engagement).await?;
    if let Some(stranger) = args.present.iter().find(|name| !engagement.state.members.contains_key(*name)) {
        return Err(nobody(stranger));
    }
    let since = match args.since {
        None => 0,
        Some(Since::Event(seq)) => seq,
        Some(Since::At(at)) => app.last_before(&args.engagement, at).await?,
        Some(Since::Ago(length)) => {
            let at = app.now().checked_sub_signed(length).unwrap_or_default();
            app.last_before(&args.engagement, at).await?
        }
    };
    let minutes = app.minutes(&args.engagement, since, &args.present).await?;
    if out.json() && args.output.is_none() {
        out.value(&minutes)?;
        return Ok(Ending::Done);
    }
    let text = minutes.write(format).map_err(|e| Failure::new(Kind::Store, e))?;
    let Some(path) = &args.output else {
        out.line(text.strip_suffix('\n').unwrap_or(&text));
        return Ok(Ending::Done);
    };
    files::write_document(path, &text, replace)?;
    if out.json() {
        let file = path.to_string_lossy().into_owned();
        out.value(&MinutesJson { engagement: args.engagement.as_str(), since, seq: minutes.seq, file })?;
    } else {
        let (id, from, to) = (&args.engagement, words::moment(minutes.from), words::moment(minutes.at));
        out.line(format!("{}: minutes of {id} from {from} to {to} UTC", files::shown(path)));
    }
    Ok(Ending::Done)
}

fn nobody(name: &MemberName) -> Failure {
    let name = SafeText::clipped(name.as_str(), 100);
    Failure::new(Kind::Usage, format!("nobody called '{name}' takes part in this engagement"))
}

/// The format asked for; else what the ending of the file says, or Markdown.
fn format(asked: Option<MinutesFormat>, path: Option<&Path>) -> Format {
    let ending = path.and_then(Path::extension).and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    match (asked, ending.as_deref()) {
        (Some(MinutesFormat::Html), _) | (None, Some("html" | "htm")) => Format::Html,
        (Some(MinutesFormat::Md) | None, _) => Format::Markdown,
    }
}
