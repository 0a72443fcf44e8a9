//! Making a release: the event first, then the files from the log.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::files::ReleaseFiles;
use super::rebuild::{Kept, rebuild};
use crate::app::trust::{LogFault, tampered};
use crate::app::walk::{Runbooks, runbooks_named};
use crate::app::{Act, App, AppError, Engagement};
use crate::domain::command::Command;
use crate::domain::head::Head;
use crate::domain::ids::{EngagementId, MemberName, RoleId};
use crate::domain::refusal::Refusal;
use crate::domain::release::{Decided, GoNoGo};
use crate::identity::Purpose;
use crate::report::release::{Envelope, LoggedRunbook, pae};

/// What somebody wants decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Go, or not.
    pub outcome: GoNoGo,
    /// Why; a no-go needs a reason.
    pub reason: Option<String>,
    /// The role in which the person decides, if one was named.
    pub role: Option<RoleId>,
}

/// A decision with the files that prove it.
#[derive(Debug, Clone)]
pub struct Released {
    /// The engagement as it is now.
    pub engagement: Engagement,
    /// What was decided.
    pub outcome: GoNoGo,
    /// Who decided.
    pub by: MemberName,
    /// When.
    pub at: DateTime<Utc>,
    /// The end of the log at the decision, its event included.
    pub head: Head,
    /// Whether it was decided before, and this is that release once more.
    pub again: bool,
    /// What to write.
    pub files: ReleaseFiles,
}

impl Wish {
    /// The decision that stands and is the one wished for: asking for it again gives its release once more.
    pub fn stands<'a>(&self, engagement: &'a Engagement) -> Option<&'a Decided> {
        let reason = self.reason.as_deref().map(str::trim);
        let last = engagement.state.decided.as_ref()?;
        (!last.overtaken && last.outcome == self.outcome && last.reason.as_deref() == reason).then_some(last)
    }
}

impl App {
    /// Decides on going live, and makes the release of that decision. Nothing is written but the event; the
    /// files are for whoever asked.
    pub async fn release(&self, id: &EngagementId, wish: Wish) -> Result<Released, AppError> {
        // Every signature is looked at before anything is decided on them.
        if let Some(fault) = self.verify(id).await?.faults.into_iter().next() {
            return Err(tampered(id, fault.seq, fault.fault).into());
        }
        let seen = self.witnesses(id).await?;
        let Wish { outcome, reason, role } = wish;
        let command = Command::DecideGo { outcome, reason, seen };
        let (engagement, again) = match self.execute(id, Act::new(command).in_role(role)).await {
            Ok(done) => (done.engagement, false),
            Err(AppError::Refused(refused)) => match (&refused.refusal, &refused.engagement) {
                (Refusal::DecidedAlready { .. }, Some(engagement)) => (engagement.clone(), true),
                _ => return Err(AppError::Refused(refused)),
            },
            Err(error) => return Err(error),
        };
        let decided = engagement.state.decided.clone().ok_or(AppError::ShuttingDown)?;
        if decided.by.key != self.author().key {
            // Only the person who decided vouches for it.
            let Decided { outcome, seq, at, by, .. } = decided;
            let refusal = Refusal::DecidedAlready { outcome, seq, by: by.name, at };
            return Err(AppError::refused(refusal, Some(engagement)));
        }
        let (head, files) = self.files_of(id, decided.seq).await?;
        let Decided { outcome, at, by, .. } = decided;
        Ok(Released { engagement, outcome, by: by.name, at, head, again, files })
    }

    async fn files_of(&self, id: &EngagementId, seq: u64) -> Result<(Head, ReleaseFiles), AppError> {
        let mut rows = self.shared.store.read(id, 0).await?;
        rows.retain(|row| row.seq <= seq);
        let mut kept = Kept { logged: Vec::new(), runbooks: Runbooks::new() };
        for digest in runbooks_named(&rows) {
            let bytes = self.shared.store.get_runbook(&digest).await?;
            // It was read as TOML once, so it is UTF-8.
            let toml = String::from_utf8_lossy(&bytes).into_owned();
            kept.logged.push(LoggedRunbook { digest: digest.to_string(), toml });
            kept.runbooks.insert(digest, self.kept_runbook(id, &digest).await?);
        }
        let remembered = self.shared.heads.get(id)?;
        let (id, signer, now) = (id.clone(), Arc::clone(&self.signer), self.now());
        let work = tokio::task::spawn_blocking(move || {
            let known = (remembered.seq <= seq).then_some((remembered, LogFault::Cut, LogFault::Rewritten));
            let rebuilt = rebuild(&id, &rows, kept, known.as_slice(), now);
            let head = rebuilt.report.head;
            if let Some(fault) = rebuilt.report.faults.into_iter().next() {
                return Err(tampered(&id, fault.seq, fault.fault).into());
            }
            let Some(made) = rebuilt.made else {
                return Err(tampered(&id, seq, LogFault::NotAnEvent).into());
            };
            let signature = signer.sign(Purpose::Release, &pae(&made.payload))?;
            let keyid = signer.public().fingerprint().as_str();
            let envelope = Envelope::seal(&made.payload, keyid, signature.as_str());
            let mut artefact = serde_json::to_vec(&envelope).map_err(AppError::Unwritable)?;
            artefact.push(b'\n');
            let signature = signer.sign(Purpose::Release, &artefact)?.into();
            let files = ReleaseFiles { artefact, signature, allowed_signers: made.allowed };
            Ok((head, files))
        });
        work.await.map_err(|_| AppError::ShuttingDown)?
    }
}
