//! `golive release`

use std::path::{Path, PathBuf};

use super::json::ReleaseJson;
use super::out::{Out, Tone};
use super::session::Session;
use super::{Ending, files, gate, words};
use crate::app::release::{Existing, NotPublished, NotWritten, Released, Wish, Written};
use crate::domain::ids::EngagementId;
use crate::domain::release::GoNoGo;
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};

/// `golive release`
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// Where to write the release
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Decide that live traffic may not flow
    #[arg(long, requires = "reason")]
    pub no_go: bool,
    /// Why it was decided so
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Run the checks that have no fresh pass first
    #[arg(long)]
    pub run: bool,
    /// Replace files that are there
    #[arg(long)]
    pub force: bool,
}

pub(super) async fn run(args: Arguments, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let app = session.app().await?;
    let path = &args.output;
    let outcome = if args.no_go { GoNoGo::NoGo } else { GoNoGo::Go };
    let wish = Wish { outcome, reason: args.reason, role: session.global.role.clone() };
    let existing = if args.force { Existing::Replaced } else { Existing::Kept };
    // What can be known to fail is found before any check runs.
    app.may_publish(&args.engagement, &wish, path, existing).await.map_err(failure)?;
    if args.run {
        let report = app.gate(&args.engagement, None).await?;
        gate::refresh(app, &report).await?;
    }
    let published = app.publish(&args.engagement, wish, path.clone(), existing).await;
    let (released, written) = published.map_err(failure)?;
    if out.json() {
        out.value(&ReleaseJson::new(&released, path))?;
    } else {
        tell(&released, path, written, out);
    }
    Ok(Ending::Done)
}

fn failure(error: NotPublished) -> Failure {
    let hint = error.hint();
    let failure = match error {
        NotPublished::App(error) => Failure::from(error),
        NotPublished::Place(fault) | NotPublished::DecidedOnly { fault, .. } => match fault {
            NotWritten::Taken(_) => {
                Failure::new(Kind::Usage, fault).hint("--force replaces it; or name another file")
            }
            NotWritten::NoName(_) | NotWritten::NoFolder(_) => Failure::new(Kind::Usage, fault),
            NotWritten::Io { .. } => Failure::new(Kind::Store, fault),
        },
    };
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn tell(released: &Released, path: &Path, written: Written, out: &mut Out) {
    let (word, tone) = match released.outcome {
        GoNoGo::Go => ("go", Tone::Good),
        GoNoGo::NoGo => ("no-go", Tone::Bad),
    };
    let id = released.engagement.id();
    let by = SafeText::new(released.by.as_str());
    let at = words::moment(released.at);
    out.line(format!(
        "{id}: {}, decided by {by} at {at} (event {})",
        out.paint(tone, word),
        released.head.seq
    ));
    let said = match (written, released.again) {
        (Written::There, _) => "the same release is there already",
        (Written::New, true) => "decided before; the same release once more",
        (Written::New, false) => "written, with its signature and the allowed signers beside it",
    };
    let shown = files::shown(path);
    out.line(format!("  {shown}: {said}"));
    out.line(format!("  head {} {}", released.head.seq, released.head.hash));
    out.line(format!("golive verify {shown} checks it, here and anywhere"));
}
