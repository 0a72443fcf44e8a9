//! Errors of the library as they are told: the kind, which decides the exit code, and what to do.

mod refused;

use crate::app::actions::{ActionFault, left_line};
use crate::app::setup::SetupError;
use crate::app::trust::{LogFault, Tampered};
use crate::app::{AppError, Refused};
use crate::error::{Failure, Kind};
use crate::identity::{AgentFault, IdentityError, NoPassphrase};
use crate::store::EvidenceError;

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        let hint = match &error {
            SetupError::Config(_) => Some("nothing was done; golive config shows what a good one comes to"),
            SetupError::Name { .. } => Some("set GOLIVE_NAME, or name in config.toml"),
            SetupError::Unreadable { .. }
            | SetupError::NoSuchStore(_)
            | SetupError::EmptyStore
            | SetupError::Now
            | SetupError::NoHome => None,
        };
        let failure = Self::new(Kind::Usage, error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Refused(refused) => {
                let Refused { refusal, engagement, left } = *refused;
                let mut failure = refused::failure(refusal, engagement.as_ref());
                failure.hints.extend(left.iter().map(left_line));
                failure
            }
            AppError::NoSuchEngagement { ref did_you_mean, .. } => {
                let hint = match did_you_mean {
                    Some(id) => format!("did you mean '{id}'?"),
                    None => "golive list shows all engagements; golive new begins one".to_owned(),
                };
                Self::new(Kind::Usage, error).hint(hint)
            }
            AppError::NoSuchEvent { last, .. } => {
                Self::new(Kind::Usage, error).hint(format!("it has the events 1 to {last}"))
            }
            AppError::Exists { .. } => Self::new(Kind::Usage, error)
                .hint("leave --id out and one is made from the name, or choose another"),
            AppError::Runbook(_) => {
                Self::new(Kind::Usage, error).hint("golive lint FILE shows each fault under its line")
            }
            AppError::BadId(_) => Self::new(Kind::Usage, error),
            AppError::KeptRunbook { .. } => {
                Self::new(Kind::Store, error).hint("the engagement began with another golive: use that one")
            }
            AppError::Tampered(tampered) => tampered_failure(*tampered),
            AppError::Contended { .. } => Self::new(Kind::Store, error).hint("try again"),
            AppError::Heads { .. } => Self::new(Kind::Store, error).hint(
                "it tells a log that was cut off from one that was not; give yourself the right to read it",
            ),
            AppError::Misfit(_) | AppError::Unwritable(_) => {
                Self::new(Kind::Store, error).hint("this is a fault of golive's; please report it")
            }
            AppError::Consents(_) => Self::new(Kind::Store, error).hint(
                "the folder 'consents' in golive's data folder is yours alone; golive trust ID asks again",
            ),
            AppError::Action(fault) => action_fault(fault),
            AppError::Evidence(fault) => evidence_fault(fault),
            AppError::NoLocalFiles => Self::new(Kind::Refused, error)
                .hint("attach it from the machine that it is on: golive evidence add"),
            AppError::NotWritten { .. } => Self::new(Kind::Store, error),
            AppError::UpgradeChanged { .. } => {
                Self::new(Kind::Refused, error).hint("look at it again, and then once more: golive upgrade")
            }
            AppError::TooLarge(_) => Self::new(Kind::Store, error)
                .hint("attach fewer pieces of evidence to the items of the stage"),
            AppError::Identity(ref fault) => match identity_hint(fault) {
                Some(hint) => Self::new(Kind::Store, error).hint(hint),
                None => Self::new(Kind::Store, error),
            },
            AppError::NoClient(_) | AppError::ShuttingDown | AppError::Store(_) => {
                Self::new(Kind::Store, error)
            }
        }
    }
}

fn evidence_fault(fault: EvidenceError) -> Failure {
    let (kind, hint) = match &fault {
        EvidenceError::NotRegular(_) => (Kind::Usage, Some("attach the file itself, no link to it")),
        EvidenceError::TooLarge { .. } => {
            (Kind::Usage, Some("attach a link to it, or set evidence_max_mib in config.toml"))
        }
        EvidenceError::Empty(_) => (Kind::Usage, None),
        EvidenceError::Changing(_) => (Kind::Usage, Some("attach it when nothing writes to it any more")),
        EvidenceError::Io { .. } => (Kind::Store, None),
        EvidenceError::Missing(_) | EvidenceError::Altered(_) => {
            (Kind::Store, Some("attach the same file again, or put the folder of evidence back from a copy"))
        }
    };
    let failure = Failure::new(kind, fault);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// What to do about a key that does not sign.
fn identity_hint(error: &IdentityError) -> Option<&'static str> {
    match error {
        IdentityError::Locked { why: NoPassphrase::NoTerminal, .. } => {
            Some("run it in a terminal, or let ssh-agent hold the key: [identity] key = { agent = \"…\" }")
        }
        IdentityError::Agent(fault) => match fault {
            AgentFault::None | AgentFault::Silent(_) => {
                Some("start one with eval \"$(ssh-agent)\" and add the key with ssh-add")
            }
            AgentFault::NotHeld { .. } => {
                Some("add the key with ssh-add; config.toml says which one is meant")
            }
            AgentFault::Refused => {
                Some("nothing was written; confirm when the agent asks, or unlock it with ssh-add -X")
            }
            AgentFault::BadSignature | AgentFault::Nonsense => Some("nothing was written"),
            AgentFault::Several(_) | AgentFault::PublicFile(_) => Some("ssh-add -l lists the fingerprints"),
            AgentFault::OtherKind(_) => Some("make one with ssh-keygen -t ed25519"),
        },
        IdentityError::Locked { .. }
        | IdentityError::Io { .. }
        | IdentityError::Unusable { .. }
        | IdentityError::NoRandomness
        | IdentityError::NotSigned(_) => None,
    }
}

fn action_fault(fault: ActionFault) -> Failure {
    let (kind, hint) = match &fault {
        ActionFault::NotLogged(told) => {
            let hints = told.lines();
            return Failure { hints, ..Failure::new(Kind::Store, fault) };
        }
        ActionFault::Secret { id, .. } => {
            (Kind::Unknown, format!("golive secret ID {id} --file FILE says where its value is"))
        }
        ActionFault::Withheld { .. } => {
            (Kind::Unknown, "golive trust ID shows it and asks; --yes agrees in a script".to_owned())
        }
        ActionFault::Changed => {
            (Kind::Refused, "look at it again, and then once more: golive run".to_owned())
        }
        ActionFault::Policy { .. } => {
            (Kind::Refused, "choose another value and put it where it is read".to_owned())
        }
        ActionFault::NoPlace(_) => (
            Kind::Store,
            "make room in golive's data folder, or give yourself the right to write there".to_owned(),
        ),
    };
    Failure::new(kind, fault).hint(hint)
}

fn tampered_failure(tampered: Tampered) -> Failure {
    let id = tampered.engagement.clone();
    let put_back = match tampered.fault {
        LogFault::Cut | LogFault::Rewritten | LogFault::ReleasedAndCut | LogFault::OtherReleased => {
            "put the store back from a copy; if an older copy was put in its place on purpose, remove the \
             file of heads beside the store"
        }
        LogFault::NotBegun(_) => {
            "set the clock of this machine if it is wrong; else it is read again from that time on"
        }
        LogFault::Chain(_)
        | LogFault::NotAnEvent
        | LogFault::Misfit(_)
        | LogFault::OtherEngagement
        | LogFault::OtherId
        | LogFault::Signature(_)
        | LogFault::OtherKey
        | LogFault::Unentitled(_)
        | LogFault::ForeignHead
        | LogFault::NoRunbook
        | LogFault::OtherSummary => "put the store back from a copy made before that event",
    };
    Failure::new(Kind::Store, tampered)
        .hint(format!("golive verify {id} names every fault; until then nothing of it is shown"))
        .hint(put_back)
}
