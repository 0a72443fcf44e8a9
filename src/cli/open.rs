//! `golive` and `golive open`: the screen.

use std::io::{self, IsTerminal as _};

use super::session::Session;
use super::{Ending, plain};
use crate::domain::ids::EngagementId;
use crate::error::{Failure, Kind};
use crate::tui::model::Start;
use crate::tui::perform::{self, Outcome, ScreenError};

/// `golive open`
#[derive(Debug, clap::Args)]
pub struct Open {
    /// The engagement; the portfolio when none is named
    #[arg(value_name = "ID")]
    pub engagement: Option<EngagementId>,
}

pub(super) async fn run(args: Open, session: &Session) -> Result<Ending, Failure> {
    let plain = session.global.plain();
    if !plain && !io::stdout().is_terminal() {
        return Err(Failure::new(Kind::Usage, "the screen needs a terminal")
            .hint("golive --plain speaks it in lines")
            .hint("golive list and golive status print what it shows"));
    }
    let start = match args.engagement {
        Some(id) => {
            // What cannot be read is told before the terminal is taken.
            session.load(&id).await?;
            Start::Engagement(id)
        }
        None => Start::Portfolio,
    };
    let app = session.app_that_signs().await?.clone();
    if plain {
        return plain::run(app, start).await;
    }
    match perform::open(app, start, session.manner()).await {
        Ok(Outcome::Left) => Ok(Ending::Done),
        Ok(Outcome::Signal(signal)) => Ok(Ending::Signal(signal)),
        // Its message has been printed.
        Ok(Outcome::Panicked) => Ok(Ending::Answered(Kind::Store)),
        Err(ScreenError::App(error)) => Err(error.into()),
        Err(error @ ScreenError::Terminal(_)) => Err(Failure::new(Kind::Store, error)),
    }
}
