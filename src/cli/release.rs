//! `golive release`

use std::path::Path;

use super::args::Release as Arguments;
use super::json::ReleaseJson;
use super::out::{Out, Tone};
use super::session::Session;
use super::{Ending, files, gate, words};
use crate::app::release::{NotWritten, Released, Wish, Written};
use crate::domain::release::GoNoGo;
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};

pub(super) async fn run(args: Arguments, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let app = session.app().await?;
    let path = &args.output;
    let outcome = if args.no_go { GoNoGo::NoGo } else { GoNoGo::Go };
    let wish = Wish { outcome, reason: args.reason, role: session.global.role.clone() };
    // What can be known to fail is found before anything is decided.
    files::can_be_written(path)?;
    let engagement = session.load(&args.engagement).await?;
    if !args.force && path.symlink_metadata().is_ok() && wish.stands(&engagement).is_none() {
        return Err(failure(NotWritten::Taken(path.clone())).hint("nothing was decided"));
    }
    if args.run {
        let report = app.gate(&args.engagement, None).await?;
        gate::refresh(app, &report).await?;
    }
    let released = app.release(&args.engagement, wish).await?;
    let written = released.files.write(path, args.force).map_err(|error| {
        let said = format!(
            "{} is decided (event {}); golive release {} -o FILE makes its files again",
            released.outcome, released.head.seq, args.engagement
        );
        failure(error).hint(said)
    })?;
    if out.json() {
        out.value(&ReleaseJson::new(&released, path))?;
    } else {
        tell(&released, path, written, out);
    }
    Ok(Ending::Done)
}

fn failure(error: NotWritten) -> Failure {
    match error {
        NotWritten::Taken(_) => {
            Failure::new(Kind::Usage, error).hint("--force replaces it; or name another file")
        }
        NotWritten::Io { .. } => Failure::new(Kind::Store, error),
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
