//! Where secrets may go from this machine: what its person agreed to.
//!
//! Everybody who takes part in an engagement may set a field or say where a secret is, and origins are often
//! made of fields. So what the log says is not enough to send anything: a secret is read and sent only when a
//! person on this machine agreed that this secret, from this source, goes to this origin. Who names a secret or
//! sets a field agrees by doing so; for what others did, `golive trust ENGAGEMENT` shows it and asks.
//!
//! Consents are kept in golive's own folder, one private file for each engagement, and are read again for each
//! run: what is agreed to while golive runs counts at once. A file that cannot be relied on agrees to nothing.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::domain::ids::{EngagementId, SecretId};
use crate::domain::secret::SecretSource;
use crate::files::{self, Doubtful};

/// The largest file, in bytes.
const MAX_FILE: u64 = 4 * 1024 * 1024;
/// The most consents of an engagement; the oldest are forgotten first.
const MAX_CONSENTS: usize = 500;

/// That a secret may be read from a source and sent to an origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// The secret.
    pub secret: SecretId,
    /// Where its value is.
    pub source: SecretSource,
    /// Scheme, host and port that it goes to; nothing where only the source was agreed to so far.
    pub origin: String,
}

/// Why the consents of this machine cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// The file cannot be relied on.
    #[error("the list of what may be sent from this machine {0}")]
    Doubtful(#[from] Doubtful),
    /// The file is damaged.
    #[error("the list of what may be sent from this machine is damaged")]
    Damaged,
}

impl From<io::Error> for ConsentError {
    fn from(error: io::Error) -> Self {
        Self::Doubtful(error.into())
    }
}

/// What the person on this machine agreed to. Cheap to clone; clones share one list.
#[derive(Debug, Clone)]
pub struct Consents(Arc<Place>);

#[derive(Debug)]
enum Place {
    Memory(Mutex<HashMap<EngagementId, Vec<Consent>>>),
    Folder(PathBuf),
}

impl Default for Consents {
    /// None yet, and kept for as long as the process lives.
    fn default() -> Self {
        Self(Arc::new(Place::Memory(Mutex::default())))
    }
}

impl Consents {
    /// Those in this folder, which need not be there.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self(Arc::new(Place::Folder(folder)))
    }

    /// The consents for an engagement, oldest first.
    pub fn of(&self, engagement: &EngagementId) -> Result<Vec<Consent>, ConsentError> {
        match self.0.as_ref() {
            Place::Memory(all) => {
                let all = all.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(all.get(engagement).cloned().unwrap_or_default())
            }
            Place::Folder(folder) => {
                let Some(text) = files::read_own(&file(folder, engagement), MAX_FILE)? else {
                    return Ok(Vec::new());
                };
                text.lines()
                    .map(|line| serde_json::from_str(line).map_err(|_| ConsentError::Damaged))
                    .collect()
            }
        }
    }

    /// Whether all of these were agreed to.
    pub fn cover(&self, engagement: &EngagementId, wanted: &[Consent]) -> Result<bool, ConsentError> {
        let agreed = self.of(engagement)?;
        Ok(wanted.iter().all(|consent| agreed.contains(consent)))
    }

    /// Agrees to these. Two processes that do so in one moment may lose one of the two, which is asked for again.
    pub fn add(&self, engagement: &EngagementId, given: Vec<Consent>) -> Result<(), ConsentError> {
        let before = self.of(engagement)?;
        let mut after = before.clone();
        // What is said again is the newest.
        after.retain(|consent| !given.contains(consent));
        after.extend(given);
        after.drain(..after.len().saturating_sub(MAX_CONSENTS));
        if after == before { Ok(()) } else { self.write(engagement, after) }
    }

    /// Takes every consent for an engagement back; says whether there were any.
    pub fn remove(&self, engagement: &EngagementId) -> Result<bool, ConsentError> {
        match self.0.as_ref() {
            Place::Memory(all) => {
                Ok(all.lock().unwrap_or_else(PoisonError::into_inner).remove(engagement).is_some())
            }
            Place::Folder(folder) => match fs::remove_file(file(folder, engagement)) {
                Ok(()) => Ok(true),
                Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
                Err(e) => Err(e.into()),
            },
        }
    }

    fn write(&self, engagement: &EngagementId, consents: Vec<Consent>) -> Result<(), ConsentError> {
        match self.0.as_ref() {
            Place::Memory(all) => {
                all.lock().unwrap_or_else(PoisonError::into_inner).insert(engagement.clone(), consents);
                Ok(())
            }
            Place::Folder(folder) => {
                files::private_folder(folder)?;
                let line = |c: &Consent| serde_json::to_string(c).map(|line| line + "\n");
                let lines: Result<String, _> = consents.iter().map(line).collect();
                let lines = lines.map_err(io::Error::other)?;
                Ok(files::replace(&file(folder, engagement), lines.as_bytes())?)
            }
        }
    }
}

fn file(folder: &std::path::Path, engagement: &EngagementId) -> PathBuf {
    folder.join(format!("{engagement}.jsonl"))
}

/// The consents, and the engagement that they are asked about.
#[derive(Debug, Clone)]
pub struct Permit {
    /// The engagement.
    pub engagement: EngagementId,
    /// What was agreed to.
    pub consents: Consents,
}

/// Why a secret stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// Nobody here agreed to it.
    #[error(
        "would go to {origin}, and nobody on this machine agreed to that: golive trust {engagement} asks"
    )]
    NotAgreed {
        /// Where it would go.
        origin: String,
        /// The engagement.
        engagement: EngagementId,
    },
    /// Nobody can say.
    #[error("is not sent: {0}")]
    NoList(String),
}

impl Permit {
    /// Whether a secret may be read from a source and sent to these origins.
    pub fn check(
        &self,
        secret: &SecretId,
        source: &SecretSource,
        origins: &[String],
    ) -> Result<(), Withheld> {
        let agreed = self.consents.of(&self.engagement).map_err(|e| Withheld::NoList(e.to_string()))?;
        let covers = |origin: &String| {
            agreed.iter().any(|c| c.secret == *secret && c.source == *source && c.origin == *origin)
        };
        match origins.iter().find(|origin| !covers(origin)) {
            None => Ok(()),
            Some(origin) => {
                let engagement = self.engagement.clone();
                Err(Withheld::NotAgreed { origin: origin.clone(), engagement })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn consent(secret: &str, variable: &str, origin: &str) -> Consent {
        Consent {
            secret: SecretId::new(secret).unwrap(),
            source: SecretSource::env(variable).unwrap(),
            origin: origin.to_owned(),
        }
    }

    fn acme() -> EngagementId {
        EngagementId::new("acme").unwrap()
    }

    #[test]
    fn what_was_agreed_to_is_known_to_the_next_process_and_to_no_other_engagement() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("deep/consents");
        let one = consent("key", "KEY", "https://api.example");
        for (consents, again) in
            [(Consents::in_folder(folder.clone()), Consents::in_folder(folder.clone())), {
                let shared = Consents::default();
                (shared.clone(), shared)
            }]
        {
            assert!(!consents.cover(&acme(), std::slice::from_ref(&one)).unwrap());
            consents.add(&acme(), vec![one.clone()]).unwrap();
            consents.add(&acme(), vec![one.clone(), consent("key", "KEY", "https://b.example")]).unwrap();
            assert_eq!(again.of(&acme()).unwrap().len(), 2);
            assert_eq!(again.of(&EngagementId::new("globex").unwrap()).unwrap(), []);
            assert!(again.remove(&acme()).unwrap() && !consents.remove(&acme()).unwrap());
        }
    }

    #[test]
    fn a_permit_is_for_one_secret_from_one_source_to_one_origin() {
        let permit = Permit { engagement: acme(), consents: Consents::default() };
        permit.consents.add(&acme(), vec![consent("key", "KEY", "https://api.example")]).unwrap();
        let check = |secret: &str, variable: &str, origins: &[&str]| {
            let origins: Vec<String> = origins.iter().map(ToString::to_string).collect();
            permit.check(&secret.parse().unwrap(), &SecretSource::env(variable).unwrap(), &origins)
        };
        assert_eq!(check("key", "KEY", &["https://api.example"]), Ok(()));
        assert!(check("other", "KEY", &["https://api.example"]).is_err());
        assert!(check("key", "AWS_SECRET_ACCESS_KEY", &["https://api.example"]).is_err());
        let evil = check("key", "KEY", &["https://api.example", "https://evil.example"]).unwrap_err();
        let said = evil.to_string();
        assert!(said.contains("https://evil.example") && said.contains("golive trust acme"), "{said}");
    }

    #[test]
    fn a_list_that_cannot_be_relied_on_agrees_to_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let permit = Permit { engagement: acme(), consents: Consents::in_folder(dir.path().to_owned()) };
        let one = consent("key", "KEY", "https://api.example");
        permit.consents.add(&acme(), vec![one.clone()]).unwrap();
        let path = dir.path().join("acme.jsonl");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let check = || permit.check(&one.secret, &one.source, std::slice::from_ref(&one.origin));
        assert_eq!(check(), Ok(()));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o622)).unwrap();
        assert!(matches!(check(), Err(Withheld::NoList(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "junk\n").unwrap();
        assert!(matches!(check(), Err(Withheld::NoList(_))));
        assert!(permit.consents.add(&acme(), vec![one.clone()]).is_err(), "nothing is written over it");
    }

    #[test]
    fn the_oldest_are_forgotten_first() {
        let consents = Consents::default();
        for n in 0..MAX_CONSENTS + 3 {
            consents.add(&acme(), vec![consent("key", "KEY", &format!("https://h{n}.example"))]).unwrap();
        }
        let kept = consents.of(&acme()).unwrap();
        assert_eq!(kept.len(), MAX_CONSENTS);
        assert_eq!(kept[0].origin, "https://h3.example");
    }
}
