//! What a demo runs on: a rehearsal, a store and keys in a folder that goes away, and a clock.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use chrono::TimeDelta;

use super::cast::{DANA, Person, Signs};
use super::clock::StoryClock;
use super::folder::Folder;
use super::trouble::Trouble;
use crate::app::actions::Vault;
use crate::app::{App, LocalFiles, Parts};
use crate::checks::{Limits, Runner};
use crate::domain::ids::MemberName;
use crate::identity::Key;
use crate::rehearse::{Scenario, Simulator};
use crate::store::{EvidenceFolder, SqliteStore, USUAL_MAX};

/// What a demo runs on.
pub(super) struct Rig {
    /// The use cases as Dana, the user, has them.
    pub(super) app: App,
    /// The rehearsal.
    pub(super) simulator: Simulator,
    /// Runs checks once.
    pub(super) runner: Runner,
    /// The clock of the store and of the checks.
    pub(super) clock: Arc<StoryClock>,
    /// The folder of everything.
    pub(super) folder: Folder,
    world_clock: Arc<StoryClock>,
    store: Arc<SqliteStore>,
}

impl Rig {
    /// Sets everything up. The world of the rehearsal stands still until [`Rig::let_the_world_turn`].
    pub(super) async fn set_up(scenario: Scenario, clock: StoryClock) -> Result<Self, Trouble> {
        let clock = Arc::new(clock);
        let world_clock = Arc::new(StoryClock::standing());
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let simulator = Simulator::start_at(anywhere, scenario, world_clock.clone())?;
        let runner = Runner::new(Limits::default(), clock.clone())?;
        let folder = Folder::make()?;
        let key = Key::open(&folder.path("dana"))?;
        let store = Arc::new(SqliteStore::open(&folder.path("golive.db")).await?);
        let app = App::new(Parts {
            store: store.clone(),
            signer: Arc::new(key),
            clock: clock.clone(),
            me: MemberName::new(DANA.name)?,
            heads: Some(folder.path("golive.db.heads")),
        })
        .with_vault(Vault::new(folder.path("secrets"), folder.path("secrets-spare")))
        .keeping_evidence(EvidenceFolder::new(folder.path("evidence"), USUAL_MAX), LocalFiles::Allowed);
        Ok(Self { app, simulator, runner, clock, folder, world_clock, store })
    }

    /// The use cases as a person has them who signs alone: with a key of their own, made at first use.
    pub(super) fn app_of(&self, person: &Person) -> Result<Option<App>, Trouble> {
        match person.signs {
            Signs::InTheRoom => Ok(None),
            Signs::Alone if person.name == DANA.name => Ok(Some(self.app.clone())),
            Signs::Alone => {
                let folder = person.name.to_lowercase().replace(' ', "-");
                let key = Key::open(&self.folder.path(&folder))?;
                Ok(Some(self.app.used_by(MemberName::new(person.name)?, Arc::new(key))))
            }
        }
    }

    /// Lets the world of the rehearsal go on, as if it had gone on for `head_start` already.
    pub(super) fn let_the_world_turn(&self, head_start: TimeDelta) {
        self.world_clock.pass(head_start);
        self.world_clock.run_on();
    }

    /// Takes everything down, the folder first: whoever asked for the end may not wait for the rest.
    /// An error says that something of the folder is left.
    pub(super) async fn take_down(self) -> Result<(), Trouble> {
        self.store.close().await;
        let removed = self.folder.remove();
        self.simulator.stop().await;
        Ok(removed?)
    }
}
