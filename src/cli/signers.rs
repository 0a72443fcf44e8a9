//! `golive signers`

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Ending;
use super::args::One;
use super::out::Out;
use super::session::Session;
use crate::domain::ids::{KeyFingerprint, MemberName};
use crate::error::Failure;
use crate::identity::{AllowedSigners, Purpose};

/// A line of the file.
#[derive(Debug, Serialize)]
struct SignerJson<'a> {
    principal: String,
    name: &'a MemberName,
    fingerprint: &'a KeyFingerprint,
    public_key: String,
    namespaces: [&'static str; 2],
    valid_after: DateTime<Utc>,
    valid_before: Option<DateTime<Utc>>,
}

pub(super) async fn run(args: One, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let records = session.app().await?.history(&args.engagement).await?;
    let signers = AllowedSigners::of_log(records.iter().map(|r| &r.event));
    if out.json() {
        let lines: Vec<SignerJson<'_>> = signers
            .iter()
            .map(|line| SignerJson {
                principal: line.principal(),
                name: &line.name,
                fingerprint: line.key.fingerprint(),
                public_key: line.key.to_string(),
                namespaces: Purpose::ALL.map(Purpose::namespace),
                valid_after: line.valid_after,
                valid_before: line.valid_before,
            })
            .collect();
        out.value(&lines)?;
    } else {
        for line in signers.iter() {
            // Of plain words, fingerprints, base64 and digits only.
            out.line(line.to_string());
        }
    }
    Ok(Ending::Done)
}
