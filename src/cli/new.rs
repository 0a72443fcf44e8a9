//! `golive new`

use std::path::Path;

use chrono::NaiveDate;

use super::args::{Assignment, day};
use super::found::LastResults;
use super::out::Out;
use super::session::Session;
use super::{Ending, files};
use crate::app::{AppError, Beginning};
use crate::domain::ids::EngagementId;
use crate::domain::nearest::nearest;
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};
use crate::runbook::{bundled, find};

/// `golive new`
#[derive(Debug, clap::Args)]
pub struct New {
    /// A runbook that comes with golive, or a file
    pub runbook: String,
    /// The merchant's name
    pub name: String,
    /// The id; made from the name when there is none
    #[arg(long)]
    pub id: Option<EngagementId>,
    /// The value of a field, as often as needed
    #[arg(long = "set", value_name = "F=V")]
    pub fields: Vec<Assignment>,
    /// The day the merchant wants to be live, such as 2026-12-12
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub target: Option<NaiveDate>,
}

pub(super) async fn run(args: New, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let (runbook_name, runbook) = match find(&args.runbook) {
        Some(bundled) => (bundled.file_name.to_owned(), bundled.text.as_bytes().to_vec()),
        None => from_file(&args.runbook)?,
    };
    let beginning = Beginning {
        runbook_name,
        runbook: runbook.clone(),
        id: args.id,
        name: args.name,
        target: args.target,
        fields: args.fields.into_iter().map(|f| (f.field, f.value)).collect(),
    };
    let engagement = match session.app().await?.begin(beginning).await {
        Ok(engagement) => engagement,
        // Drawn under the lines they are in: whoever writes a runbook tries it with `new`.
        Err(AppError::Runbook(faults)) => {
            return Err(Failure::new(
                Kind::Usage,
                format!("the runbook cannot be used\n{}", faults.render(&runbook)),
            ));
        }
        Err(error) => return Err(error.into()),
    };
    if out.json() {
        let now = session.app().await?.now();
        let assessment = engagement.assess(now);
        out.value(&super::json::StatusJson::new(&engagement, &assessment, &LastResults::new(), now))?;
    } else {
        let name = SafeText::new(&engagement.state.name);
        out.line(format!("{}: {name}, {}", engagement.id(), SafeText::new(&engagement.runbook.title)));
        let roles = engagement.me(session.app().await?).name;
        out.line(format!(
            "You are {} in it. Next: golive status {}",
            SafeText::new(roles.as_str()),
            engagement.id()
        ));
    }
    Ok(Ending::Done)
}

fn from_file(name: &str) -> Result<(String, Vec<u8>), Failure> {
    let path = Path::new(name);
    // A word without a dot or a slash that is no file was meant as the id of a bundled runbook.
    if !path.exists() && !name.contains(['/', '.']) {
        let ids = bundled().iter().map(|b| b.id);
        let shown = SafeText::clipped(name, 60);
        let failure =
            Failure::new(Kind::Usage, format!("no runbook is called '{shown}', and no file is either"));
        return Err(match nearest(name, ids) {
            Some(near) => failure.hint(format!("did you mean '{near}'?")),
            None => failure.hint("golive runbooks lists those that come with golive"),
        });
    }
    Ok((name.to_owned(), files::read_runbook(path)?))
}
