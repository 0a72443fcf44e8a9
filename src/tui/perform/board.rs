//! What the go/no-go board asks for: what the checks said last, what the log is worth, the release.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::app::release::{self, NotPublished, NotWritten, ReleaseFiles, Wish, Written};
use crate::app::{App, Attested};
use crate::domain::ids::{CheckId, EngagementId};
use crate::identity::{PublicKey, principal};
use crate::store::Latest;
use crate::tui::effect::{Existing, ReleaseWish, RequestId};
use crate::tui::model::validation::Seen;
use crate::tui::msg::{Attestation, AttestedEvent, Failed, Msg, NotReleased, ReleasedAs};

use super::{failed, snapshot};

pub(super) async fn seen(app: App, request: RequestId, id: EngagementId) -> Msg {
    let seen = |(check, Latest { observation, last_pass }): (CheckId, Latest)| {
        (check, Seen { last: observation, last_pass })
    };
    let answer = app.latest(&id).await.map_err(failed);
    let answer = answer.map(|all| all.into_iter().map(seen).collect::<BTreeMap<_, _>>());
    Msg::Seen { request, answer }
}

pub(super) async fn attest(app: App, request: RequestId, id: EngagementId, events: Vec<u64>) -> Msg {
    let answer = app.attest(&id, &events).await.map_err(failed).map(attestation);
    Msg::Attested { request, answer }
}

fn attestation(Attested { report, records }: Attested) -> Attestation {
    let fault = |f: &crate::app::NamedFault| {
        let name = f.name.as_ref().map_or_else(String::new, |n| format!(" of {n}"));
        format!("event {}{name}: {}", f.seq, f.fault)
    };
    let event = |r: crate::app::Record| AttestedEvent { seq: r.event.seq, by: r.event.by, hash: r.hash };
    Attestation {
        head: report.head,
        faults: report.faults.iter().map(fault).collect(),
        events: records.into_iter().map(event).collect(),
    }
}

/// Decides, and writes the release.
pub(super) async fn release(
    app: &App,
    id: &EngagementId,
    wish: &ReleaseWish,
) -> Result<Box<ReleasedAs>, NotReleased> {
    let path = PathBuf::from(&wish.path);
    let existing = match wish.existing {
        Existing::Kept => release::Existing::Kept,
        Existing::Replaced => release::Existing::Replaced,
    };
    let decision = Wish { outcome: wish.outcome, reason: wish.reason.clone(), role: None };
    let (released, written) =
        app.publish(id, decision, path.clone(), existing).await.map_err(not_released)?;
    let shown = |path: &Path| path.to_string_lossy().into_owned();
    let files = [
        shown(&path),
        shown(&ReleaseFiles::signature_path(&path)),
        shown(&ReleaseFiles::allowed_signers_path(&path)),
    ];
    // A key that signs can be read.
    let key = PublicKey::parse(&app.public_key());
    let principal = key.map_or_else(|_| released.by.to_string(), |key| principal(&released.by, &key));
    let snapshot = snapshot(&released.engagement);
    let said = written_words(written, released.again);
    let (by, head) = (released.by, released.head);
    Ok(Box::new(ReleasedAs { by, head, said, files, principal, snapshot }))
}

fn written_words(written: Written, again: bool) -> &'static str {
    match (written, again) {
        (Written::There, _) => "the same release is there already",
        (Written::New, true) => "decided before; the same release once more",
        (Written::New, false) => "written, with its signature and the allowed signers beside it",
    }
}

fn not_released(error: NotPublished) -> NotReleased {
    let hint = error.hint();
    match error {
        NotPublished::Place(fault @ NotWritten::Taken(_)) => NotReleased::Taken(fault.to_string()),
        NotPublished::Place(fault) => NotReleased::Place(fault.to_string()),
        NotPublished::App(error) => NotReleased::Failed(failed(error)),
        NotPublished::DecidedOnly { fault, .. } => {
            NotReleased::Failed(Failed::Broken { what: fault.to_string(), hints: hint.into_iter().collect() })
        }
    }
}
