//! The use cases: load, decide, sign, append. The only writer of events.
//!
//! - [`App`]: the store, the key and the clock that everything below works with; cheap to clone
//! - [`Engagement`]: one engagement as its log has it, believed only after [`trust`] has looked at it
//! - reading: [`App::load`], [`App::history`], [`App::log_page`], [`App::exhibit`], [`App::burn_up`],
//!   [`App::portfolio`], [`App::gate`], [`App::verify`], [`App::report`]
//! - [`actions`]: request flows that a person starts
//! - writing: [`App::begin`], [`App::execute`], [`App::observe`], [`App::upgrade`]
//! - [`consent`]: which secrets may go where from this machine
//! - files of evidence: [`App::keep_file`], [`App::evidence_faults`]
//! - [`release`]: deciding on going live, and the artefact of it
//! - [`live`]: the checks of many engagements, polled for as long as somebody watches
//! - [`setup`]: where files are, who the user is, what the configuration says
//!
//! Whatever this layer returns about an engagement has been checked: the chain of hashes, the
//! signatures, whether each author was a member at that moment and held the right that the event
//! needed. One fault and nothing of the engagement is shown ([`AppError::Tampered`]).

mod account;
pub mod actions;
mod authority;
mod begin;
mod burn_up;
mod cache;
pub mod consent;
mod engagement;
mod error;
mod evidence;
mod execute;
mod exhibit;
mod gate;
mod heads;
mod history;
pub mod live;
mod load;
mod log_page;
mod minutes;
mod my_work;
pub mod notify;
mod observe;
mod overview;
mod plan;
mod portfolio;
pub mod release;
mod run_checks;
pub mod setup;
mod sign;
#[cfg(test)]
mod testing;
pub mod trust;
mod turn;
pub mod upgrade;
mod verify;
mod walk;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use begin::Beginning;
pub use engagement::Engagement;
pub use error::{AppError, Refused};
pub use evidence::{EvidenceFault, LocalFiles};
pub use execute::{Act, Done};
pub use exhibit::Exhibit;
pub use gate::{BoardReport, GateReport};
pub use history::Record;
pub use log_page::{LogPage, MAX_PAGE};
pub use my_work::{Told, ToldOfAll};
pub use observe::{Change, Seen};
pub use portfolio::{Portfolio, PortfolioPage, Unreadable};
pub use upgrade::UpgradePlan;
pub use verify::{Attested, LogReport, NamedFault};

use crate::checks::consent::Consents;
use crate::checks::outbound::NoClient;
use crate::checks::trusted::Commands;
use crate::checks::{Limits, Runner};
use crate::clock::Clock;
use crate::domain::event::Author;
pub use crate::domain::gate::GateStanding;
use crate::domain::ids::MemberName;
use crate::identity::Signer;
use crate::store::{Changes, EventStore, EvidenceFolder};

/// What the application layer is made of.
pub struct Parts {
    /// Where the log is kept.
    pub store: Arc<dyn EventStore>,
    /// The key that signs what the user does.
    pub signer: Arc<dyn Signer>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// What the user is called where the key speaks for nobody yet.
    pub me: MemberName,
    /// The file outside of the store in which heads are remembered; none for a throw-away store.
    pub heads: Option<PathBuf>,
}

/// All use cases of golive over one store. Cheap to clone.
#[derive(Clone)]
pub struct App {
    shared: Arc<Shared>,
    signer: Arc<dyn Signer>,
    me: MemberName,
    commands: Commands,
    consents: Consents,
    vault: Option<actions::Vault>,
    evidence: Option<EvidenceFolder>,
    local_files: LocalFiles,
}

/// What every user of the store in this process shares.
struct Shared {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    cache: cache::Cache,
    heads: heads::KeptHeads,
    /// Our own writers take turns: two of them would only make each other decide again.
    writing: tokio::sync::Mutex<()>,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        let shared = Shared {
            store: parts.store,
            clock: parts.clock,
            cache: cache::Cache::default(),
            heads: heads::KeptHeads::new(parts.heads),
            writing: tokio::sync::Mutex::new(()),
        };
        let (signer, me) = (parts.signer, parts.me);
        Self {
            shared: Arc::new(shared),
            signer,
            me,
            commands: Commands::default(),
            consents: Consents::default(),
            vault: None,
            evidence: None,
            local_files: LocalFiles::default(),
        }
    }

    /// The same with a place for values that come back once; without one, actions that store are refused.
    #[must_use]
    pub fn with_vault(mut self, vault: actions::Vault) -> Self {
        self.vault = Some(vault);
        self
    }

    /// The same with the consents of this machine kept here; without it they are kept for as long as the
    /// process lives.
    #[must_use]
    pub fn with_consents(self, consents: Consents) -> Self {
        Self { consents, ..self }
    }

    /// The same store on the same machine, used by another person with a key of their own.
    #[must_use]
    pub fn used_by(&self, me: MemberName, signer: Arc<dyn Signer>) -> Self {
        Self { signer, me, ..self.clone() }
    }

    /// The same application, whose checks may run the programs of trusted runbooks. Without this, as on a
    /// server, none run.
    #[must_use]
    pub fn allowing(self, commands: Commands) -> Self {
        Self { commands, ..self }
    }

    /// A runner for the checks of this application.
    pub fn runner(&self) -> Result<Runner, NoClient> {
        Ok(Runner::new(Limits::default(), self.clock())?.commands(self.commands.clone()))
    }

    /// The user: the name from the configuration, and the key that signs. In an engagement the key
    /// decides who acts; see [`Engagement::me`].
    pub fn author(&self) -> Author {
        Author { name: self.me.clone(), key: self.signer.public().fingerprint().clone() }
    }

    /// The public key, one OpenSSH line: what a lead needs to make the user a member.
    pub fn public_key(&self) -> String {
        self.signer.public().to_string()
    }

    /// Does what signing needs once, such as asking for a passphrase: before a screen takes the terminal.
    pub async fn ready_to_sign(&self) -> Result<(), AppError> {
        let signer = Arc::clone(&self.signer);
        let ready = tokio::task::spawn_blocking(move || signer.ready());
        Ok(ready.await.map_err(|_| AppError::ShuttingDown)??)
    }

    /// The time by the clock of this application.
    pub fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    /// The clock itself.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.shared.clock)
    }

    /// Learns that the store changed, by this process or another.
    pub fn changes(&self) -> Changes {
        self.shared.store.changes()
    }
}

#[cfg(test)]
mod authority_tests;
#[cfg(test)]
mod clock_tests;
#[cfg(test)]
mod live_tests;
#[cfg(test)]
mod matrix_tests;
#[cfg(test)]
mod tamper_tests;
#[cfg(test)]
mod tests;
