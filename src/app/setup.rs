//! Where files are, who the user is, and what the configuration says.
//!
//! | what | flag | variable | `config.toml` | otherwise |
//! |---|---|---|---|---|
//! | configuration | `--config` | `GOLIVE_CONFIG` | | `config.toml` in golive's XDG configuration folder |
//! | store | `--store` | `GOLIVE_STORE` | `store` | `golive.db` in golive's XDG data folder |
//! | name | | `GOLIVE_NAME` | `name` in `[identity]` or at the top | `$USER`, then `$LOGNAME` |
//! | key | | `SSH_AUTH_SOCK` for the agent | `key` in `[identity]` | golive's own |
//! | both folders | | `GOLIVE_HOME` | | XDG, through the `directories` crate |
//! | time | | `GOLIVE_NOW` (RFC 3339; the clock stands) | | the machine's clock |
//!
//! What is further left wins. golive's own key lies in `identity/` in the data folder; the heads that this
//! machine remembers and the files of evidence (`evidence_max_mib` at most, 25 unless set) lie beside the store;
//! the list of runbooks that may run programs is `trusted` in the data folder, and `guided` beside it says that
//! the newcomer's steps were seen; `consents/` holds what may be sent where from this machine.

mod config;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::DateTime;
use directories::ProjectDirs;

pub(crate) use config::ReadScreen;
pub use config::{Config, ConfigFaults, Identity, KeyText, ScreenParts};

use super::actions::Vault;
use super::{App, AppError, LocalFiles, Parts};
use crate::checks::consent::Consents;
use crate::checks::trusted::{Commands, TrustList};
use crate::clock::{Clock, FixedClock, SystemClock};
use crate::domain::ids::{BadName, MemberName};
use crate::domain::text::SafeText;
use crate::identity::{AgentKey, AskPassphrase, FileKey, IdentityError, Key, KeyChoice, Signer};
use crate::store::{EvidenceFolder, SqliteStore, USUAL_MAX};

/// Looks a variable of the environment up.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// What the command line says about where things are.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--store`
    pub store: Option<String>,
    /// `--config`
    pub config: Option<PathBuf>,
}

/// Everything that is settled before the first file of the store is opened.
#[derive(Clone)]
pub struct Setup {
    /// The configuration.
    pub config: Config,
    /// Where the configuration is, or would be.
    pub config_file: PathBuf,
    /// The store.
    pub store: PathBuf,
    /// The folder of golive's own key.
    pub identity: PathBuf,
    /// Which key signs.
    pub key: KeyChoice,
    /// The socket of ssh-agent.
    pub agent: Option<PathBuf>,
    /// The list of runbooks that may run programs.
    pub trusted: PathBuf,
    /// What the user is called.
    pub name: MemberName,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

/// Why golive cannot be set up: something the user wrote.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The configuration cannot be used.
    #[error("{0}")]
    Config(Box<ConfigFaults>),
    /// The configuration cannot be read.
    #[error("the configuration {file} cannot be read: {source}")]
    Unreadable {
        /// The file.
        file: SafeText,
        /// Why.
        source: std::io::Error,
    },
    /// A store of a kind that is not there yet.
    #[error("a {0} store is not supported by this version; give a path, or sqlite:PATH")]
    NoSuchStore(&'static str),
    /// The path of the store is empty.
    #[error("the path of the store is empty")]
    EmptyStore,
    /// `GOLIVE_NOW` is no moment.
    #[error("GOLIVE_NOW is not a moment such as 2026-11-21T09:00:00Z")]
    Now,
    /// The user's name cannot be one.
    #[error("{from}: {why}")]
    Name {
        /// Where it comes from.
        from: &'static str,
        /// Why.
        why: BadName,
    },
    /// The system does not say where the user's files go.
    #[error("there is no home folder to keep files in: set GOLIVE_HOME")]
    NoHome,
}

impl Setup {
    /// Settles everything. Reads the configuration, writes nothing.
    pub fn gather(flags: &Flags, look_up: Lookup<'_>) -> Result<Self, SetupError> {
        Self::gather_with(flags, look_up, &mut |_, _| {})
    }

    /// The same, with somebody who reads what only a screen understands.
    pub(crate) fn gather_with(
        flags: &Flags,
        look_up: Lookup<'_>,
        screen: ReadScreen<'_>,
    ) -> Result<Self, SetupError> {
        let get = |name: &str| look_up(name).filter(|value| !value.is_empty());
        let (config_folder, data_folder) = folders(get("GOLIVE_HOME"))?;
        let named = flags.config.clone().or_else(|| get("GOLIVE_CONFIG").map(PathBuf::from));
        let config_file = named.clone().unwrap_or_else(|| config_folder.join("config.toml"));
        let config = config::read(&config_file, named.is_some(), screen)?;
        let store = flags
            .store
            .clone()
            .map(OsString::from)
            .or_else(|| get("GOLIVE_STORE"))
            .or_else(|| config.store.clone().map(OsString::from));
        let store = match store {
            Some(given) => store_path(&given)?,
            None => data_folder.join("golive.db"),
        };
        Ok(Self {
            name: user_name(&config, &get)?,
            clock: clock(get("GOLIVE_NOW"))?,
            identity: data_folder.join("identity"),
            key: config.identity.key.choice(
                config_file.parent().unwrap_or(Path::new("")),
                get("HOME").map(PathBuf::from).as_deref(),
            ),
            agent: get("SSH_AUTH_SOCK").map(PathBuf::from),
            trusted: data_folder.join("trusted"),
            config,
            config_file,
            store,
        })
    }

    /// Opens key and store, and makes golive's own at first use. A passphrase is not asked for before
    /// something is signed, or [`App::ready_to_sign`] is called.
    pub async fn open(&self, ask: Arc<dyn AskPassphrase>) -> Result<App, AppError> {
        let (choice, folder, agent) = (self.key.clone(), self.identity.clone(), self.agent.clone());
        let key = tokio::task::spawn_blocking(move || -> Result<Arc<dyn Signer>, IdentityError> {
            Ok(match choice {
                KeyChoice::Own => Arc::new(Key::open(&folder)?),
                KeyChoice::File(path) => Arc::new(FileKey::read(path, ask)?),
                KeyChoice::Agent(named) => Arc::new(AgentKey::find(agent.as_deref(), &named)?),
            })
        });
        let key = async { Ok::<_, AppError>(key.await.map_err(|_| AppError::ShuttingDown)??) };
        let store = async { Ok::<_, AppError>(SqliteStore::open(&self.store).await?) };
        // A store that is there is opened beside the key; none is made for a key that cannot be used.
        let (signer, store) =
            if self.store.exists() { tokio::try_join!(key, store)? } else { (key.await?, store.await?) };
        Ok(App::new(Parts {
            store: Arc::new(store),
            signer,
            clock: Arc::clone(&self.clock),
            me: self.name.clone(),
            heads: Some(beside(&self.store, ".heads")),
        })
        .allowing(Commands::Trusted(TrustList::new(self.trusted.clone())))
        .with_consents(Consents::in_folder(self.identity.with_file_name("consents")))
        .with_vault(self.vault())
        .keeping_evidence(self.evidence(), LocalFiles::Allowed))
    }
}

impl Setup {
    /// The folder of evidence beside the store.
    fn evidence(&self) -> EvidenceFolder {
        let max = self.config.evidence_max_mib.map_or(USUAL_MAX, |mib| u64::from(mib.get()) * 1024 * 1024);
        EvidenceFolder::new(beside(&self.store, ".evidence"), max)
    }

    /// The file that says that the user has seen the newcomer's steps.
    pub fn guided(&self) -> PathBuf {
        self.identity.with_file_name("guided")
    }

    /// Where values that come back once are kept: beside the key, and beside the configuration if that
    /// place fails.
    fn vault(&self) -> Vault {
        Vault::new(self.identity.with_file_name("secrets"), self.config_file.with_file_name("secrets-spare"))
    }
}

/// What lies beside a store, under its name and an ending.
fn beside(store: &Path, ending: &str) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn folders(home: Option<OsString>) -> Result<(PathBuf, PathBuf), SetupError> {
    if let Some(home) = home {
        let home = PathBuf::from(home);
        return Ok((home.clone(), home));
    }
    let dirs = ProjectDirs::from("", "", "golive").ok_or(SetupError::NoHome)?;
    Ok((dirs.config_dir().to_owned(), dirs.data_dir().to_owned()))
}

fn store_path(given: &OsStr) -> Result<PathBuf, SetupError> {
    let Some(text) = given.to_str() else {
        return Ok(PathBuf::from(given));
    };
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Err(SetupError::NoSuchStore("PostgreSQL"));
    }
    let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")).unwrap_or(text);
    if path.trim().is_empty() { Err(SetupError::EmptyStore) } else { Ok(PathBuf::from(path)) }
}

fn user_name(config: &Config, get: &dyn Fn(&str) -> Option<OsString>) -> Result<MemberName, SetupError> {
    let written = config.identity.name.as_ref().or(config.name.as_ref());
    if let (None, Some(name)) = (get("GOLIVE_NAME"), written) {
        return Ok(name.clone());
    }
    for variable in ["GOLIVE_NAME", "USER", "LOGNAME"] {
        if let Some(value) = get(variable) {
            return MemberName::new(&value.to_string_lossy())
                .map_err(|why| SetupError::Name { from: variable, why });
        }
    }
    MemberName::new("somebody").map_err(|why| SetupError::Name { from: "USER", why })
}

fn clock(now: Option<OsString>) -> Result<Arc<dyn Clock>, SetupError> {
    let Some(now) = now else {
        return Ok(Arc::new(SystemClock));
    };
    let text = now.to_str().ok_or(SetupError::Now)?;
    let at = DateTime::parse_from_rfc3339(text).map_err(|_| SetupError::Now)?;
    Ok(Arc::new(FixedClock::new(at.to_utc())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gather(home: &Path, flags: &Flags, variables: &[(&str, &str)]) -> Result<Setup, SetupError> {
        Setup::gather(flags, &|name| match name {
            "GOLIVE_HOME" => Some(home.into()),
            name => variables.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into()),
        })
    }

    #[test]
    fn a_flag_wins_over_a_variable_and_that_over_the_configuration() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("config.toml"), "name = 'Dana Ruiz'\nstore = '/c.db'\n").unwrap();
        let store = |flag: Option<&str>, variables: &[(&str, &str)]| {
            let flags = Flags { store: flag.map(str::to_owned), config: None };
            gather(home.path(), &flags, variables).unwrap().store
        };
        assert_eq!(store(None, &[]), PathBuf::from("/c.db"));
        assert_eq!(store(None, &[("GOLIVE_STORE", "/v.db")]), PathBuf::from("/v.db"));
        assert_eq!(store(Some("sqlite:/f.db"), &[("GOLIVE_STORE", "/v.db")]), PathBuf::from("/f.db"));
        let name =
            |variables: &[(&str, &str)]| gather(home.path(), &Flags::default(), variables).unwrap().name;
        assert_eq!(name(&[("USER", "root")]).as_str(), "Dana Ruiz");
        assert_eq!(name(&[("GOLIVE_NAME", "Lin")]).as_str(), "Lin");
    }

    #[test]
    fn without_a_configuration_files_are_in_the_home_and_the_name_is_the_users() {
        let home = tempfile::tempdir().unwrap();
        let setup = gather(home.path(), &Flags::default(), &[("LOGNAME", "lin")]).unwrap();
        assert_eq!(setup.store, home.path().join("golive.db"));
        assert_eq!(setup.identity, home.path().join("identity"));
        assert_eq!(setup.name.as_str(), "lin");
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_cannot_be_used_is_an_error_and_no_surprise() {
        let home = tempfile::tempdir().unwrap();
        let flags = |store: &str| Flags { store: Some(store.to_owned()), config: None };
        let none: &[(&str, &str)] = &[];
        let fails = |flags: &Flags, variables| gather(home.path(), flags, variables).err().unwrap();
        assert!(matches!(fails(&flags("postgres://h/db"), none), SetupError::NoSuchStore("PostgreSQL")));
        assert!(matches!(fails(&flags("sqlite:"), none), SetupError::EmptyStore));
        assert!(matches!(fails(&Flags::default(), &[("GOLIVE_NOW", "noon")]), SetupError::Now));
        assert!(matches!(fails(&Flags::default(), &[("GOLIVE_NAME", "a\u{7}")]), SetupError::Name { .. }));
        let missing = Flags { store: None, config: Some(home.path().join("none.toml")) };
        assert!(matches!(fails(&missing, none), SetupError::Unreadable { .. }));
    }

    #[test]
    fn the_given_time_stands() {
        let home = tempfile::tempdir().unwrap();
        let now = [("GOLIVE_NOW", "2026-11-21T09:00:00+01:00")];
        let setup = gather(home.path(), &Flags::default(), &now).unwrap();
        assert_eq!(setup.clock.now().to_rfc3339(), "2026-11-21T08:00:00+00:00");
        assert_eq!(setup.clock.now(), setup.clock.now());
    }
}
