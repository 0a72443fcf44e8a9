//! Break-glass: `golive break-glass`, and what every command says while a gate is open by it.

use chrono::{DateTime, Utc};

use super::args::Moment;
use super::out::{Out, Tone};
use super::session::Session;
use super::{Ending, done, words};
use crate::app::Engagement;
use crate::domain::command::Command;
use crate::domain::ids::{EngagementId, StageId};
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};

/// `golive break-glass`
#[derive(Debug, clap::Args)]
pub struct BreakGlass {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The stage whose gate is opened
    #[arg(required_unless_present = "last")]
    pub stage: Option<StageId>,
    /// The last gate, which leads to live traffic
    #[arg(long, conflicts_with = "stage")]
    pub last: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// When it ends, at most seven days from now: a length such as 4h, or a moment such as 2026-12-12T18:00:00Z
    #[arg(long, value_name = "TIME", required_unless_present = "end")]
    pub until: Option<Moment>,
    /// End it now
    #[arg(long, conflicts_with = "until")]
    pub end: bool,
}

pub(super) async fn run(args: BreakGlass, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let BreakGlass { engagement, stage, last: _, reason, until, end } = args;
    let now = session.app().await?.now();
    let command = match until.and_then(|until| until.from(now)) {
        _ if end => Command::MendGlass { stage, reason },
        Some(until) => Command::BreakGlass { stage, reason, until },
        None => return Err(Failure::new(Kind::Usage, "that moment is too far away")),
    };
    let did = session.act(&engagement, command, None).await?;
    done::tell(&did, out)?;
    if !out.json() {
        tell(&did.engagement, now, out);
    }
    Ok(Ending::Done)
}

/// A line for every emergency there is, in words and not by colour alone.
pub(super) fn tell(engagement: &Engagement, now: DateTime<Utc>, out: &mut Out) {
    for line in lines(engagement, now) {
        out.line(out.paint(Tone::Bad, SafeText::clipped(&line, 400)));
    }
}

/// "BREAK-GLASS: the gate of Go-live was opened by Dana Ruiz until … UTC: the shop is down".
pub(super) fn lines(engagement: &Engagement, now: DateTime<Utc>) -> Vec<String> {
    let said = engagement.state.emergencies(now).map(|(stage, glass)| {
        let gate = words::gate(stage, engagement);
        let (by, until) = (&glass.opened.by.name, glass.until.format("%Y-%m-%d %H:%M:%S UTC"));
        format!("BREAK-GLASS: {gate} was opened by {by} until {until}: {}", glass.opened.text)
    });
    said.collect()
}
