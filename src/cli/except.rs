//! `golive na`, `golive reject`, `golive waive`

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::args::day;
use super::out::Out;
use super::session::Session;
use super::{Ending, done};
use crate::domain::command::Command;
use crate::domain::ids::{EngagementId, ItemId};
use crate::error::{Failure, Kind};

/// `golive na`, `golive reject`
#[derive(Debug, clap::Args)]
pub struct Reasoned {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item
    pub item: ItemId,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// `golive waive`
#[derive(Debug, clap::Args)]
pub struct Waive {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item
    pub item: ItemId,
    /// Why the exception is asked for, or ended
    #[arg(long, value_name = "TEXT", required_unless_present = "grant", conflicts_with = "grant")]
    pub reason: Option<String>,
    /// The last day of it, 90 days from now at most; 30 days from now when none is named
    #[arg(long, value_name = "DATE", value_parser = day, conflicts_with = "grant")]
    pub until: Option<NaiveDate>,
    /// Grant the exception that somebody else has asked for
    #[arg(long)]
    pub grant: bool,
    /// End the exception before its time, or withdraw it when nobody has granted it yet
    #[arg(long, conflicts_with_all = ["grant", "until"])]
    pub revoke: bool,
}

/// How long an exception lasts when no day is named.
const USUAL_WAIVER: Days = Days::new(30);

pub(super) async fn not_applicable(
    args: Reasoned,
    session: &Session,
    out: &mut Out,
) -> Result<Ending, Failure> {
    let command = Command::MarkNotApplicable { item: args.item, reason: args.reason };
    let did = session.act(&args.engagement, command, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}

pub(super) async fn reject(args: Reasoned, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let command = Command::Reject { item: args.item, reason: args.reason };
    let did = session.act(&args.engagement, command, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}

pub(super) async fn waive(args: Waive, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let command = match args.reason {
        None => Command::GrantWaiver { item: args.item },
        Some(reason) if args.revoke => Command::RevokeWaiver { item: args.item, reason },
        Some(reason) => {
            let today = session.app().await?.now().date_naive();
            let day = args.until.or_else(|| today.checked_add_days(USUAL_WAIVER));
            Command::RequestWaiver { item: args.item, reason, until: end_of(day)? }
        }
    };
    let did = session.act(&args.engagement, command, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}

/// The named day still belongs to the exception.
fn end_of(day: Option<NaiveDate>) -> Result<DateTime<Utc>, Failure> {
    let end = day.and_then(|day| day.and_hms_opt(23, 59, 59));
    end.map(|end| end.and_utc()).ok_or_else(|| Failure::new(Kind::Usage, "that day is too far away"))
}
