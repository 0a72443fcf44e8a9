//! `golive set`

use super::args::Assignment;
use super::out::Out;
use super::session::Session;
use super::{Ending, done};
use crate::domain::command::Command;
use crate::domain::ids::EngagementId;
use crate::domain::refusal::Refusal;
use crate::error::Failure;

/// `golive set`
#[derive(Debug, clap::Args)]
pub struct Set {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// Fields with their values
    #[arg(required = true, value_name = "F=V")]
    pub fields: Vec<Assignment>,
}

pub(super) async fn run(args: Set, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let mut events = Vec::new();
    let mut engagement = session.load(&args.engagement).await?;
    let single = args.fields.len() == 1;
    for field in args.fields {
        let command = Command::SetField { field: field.field, value: field.value };
        let act = crate::app::Act::new(command);
        match session.app().await?.execute(&args.engagement, act).await {
            Ok(did) => {
                events.extend(did.events);
                engagement = did.engagement;
            }
            // Among several fields, those that have their value already are no mistake.
            Err(error) if !single && error.refusal() == Some(&Refusal::NoChange) => {}
            Err(error) => {
                // What is written is written; say so before the error.
                done::tell_events(&engagement, &events, out)?;
                return Err(error.into());
            }
        }
    }
    done::tell_events(&engagement, &events, out)?;
    Ok(Ending::Done)
}
