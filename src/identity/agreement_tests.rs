//! golive and `ssh-keygen -Y verify` on a thousand signatures, good ones and mutated ones.
//!
//! golive's answer is that of a log: the signature itself, whose key it is, and whether that key spoke for
//! that person at the log's time of the event. ssh-keygen has the exported `allowed_signers` and the same
//! time. Wherever golive takes one, ssh-keygen must; where ssh-keygen takes one and golive does not, the
//! mutation says why golive is the stricter.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use chrono::{DateTime, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use ssh_key::{HashAlg, LineEnding, PrivateKey};

use super::*;
use crate::domain::digest::Digest;
use crate::domain::event::{Author, Event, Fact, VERSION};
use crate::domain::ids::{KeyFingerprint, MemberName};
use crate::domain::validity::Validity;

const CASES: usize = 1000;
const THREADS: usize = 4;
/// The end of a key that has none.
const FOR_EVER: i64 = i64::MAX;
const SEED: u64 = 20_261_121;

/// A person with a key, and when it spoke for them.
struct Person {
    name: MemberName,
    key: Key,
    raw: PrivateKey,
    /// From when until just before when, in minutes of the log; by the rules, not by the export.
    speaks: (i64, i64),
}

/// What is asked of both.
struct Case {
    what: What,
    message: Vec<u8>,
    pem: Vec<u8>,
    person: usize,
    purpose: Purpose,
    /// The log's time.
    minute: i64,
}

/// What was done to a good signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Nothing,
    OtherMessage,
    OtherPurpose,
    ForeignNamespace,
    OtherPerson,
    Stranger,
    OutsideItsTime,
    FlippedByte,
    Cut,
    MoreInside,
    MoreAfter,
    TextBefore,
    OtherHash,
    OtherLineLength,
    CarriageReturns,
    NoLastLineBreak,
    SpacesInside,
}

const WHATS: [What; 17] = [
    What::Nothing,
    What::OtherMessage,
    What::OtherPurpose,
    What::ForeignNamespace,
    What::OtherPerson,
    What::Stranger,
    What::OutsideItsTime,
    What::FlippedByte,
    What::Cut,
    What::MoreInside,
    What::MoreAfter,
    What::TextBefore,
    What::OtherHash,
    What::OtherLineLength,
    What::CarriageReturns,
    What::NoLastLineBreak,
    What::SpacesInside,
];

impl What {
    /// Why golive refuses what ssh-keygen takes; none where the two must agree.
    fn stricter(self) -> Option<&'static str> {
        match self {
            // A signature has one spelling, so that no two texts are one signature and nothing hides in it.
            Self::MoreAfter
            | Self::OtherLineLength
            | Self::CarriageReturns
            | Self::NoLastLineBreak
            | Self::SpacesInside => Some("one spelling of the armour"),
            // A flip may hit the padding of base64, or the armour's own words, which ssh-keygen skims.
            Self::FlippedByte | Self::Cut => Some("one spelling of the armour, to the last byte"),
            Self::OtherHash => Some("one hash"),
            Self::Nothing
            | Self::OtherMessage
            | Self::OtherPurpose
            | Self::ForeignNamespace
            | Self::OtherPerson
            | Self::Stranger
            | Self::OutsideItsTime
            | Self::MoreInside
            | Self::TextBefore => None,
        }
    }
}

fn moment(minute: i64) -> DateTime<Utc> {
    "2026-11-21T09:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minute)
}

/// Dana opens; Lin's key has limits, Omar's is revoked, Priya leaves, Sam has left before; Eve is nobody.
fn people(dir: &Path) -> Vec<Person> {
    let people = [
        ("dana", (0, FOR_EVER)),
        ("Lin Chen", (100, 200)),
        ("omar@acme.example", (10, 300)),
        ("Priya, \"CTO\" *", (10, 150)),
        ("Sam", (10, 20)),
    ];
    let one = |(name, speaks): (&str, (i64, i64))| {
        let key = Key::open(&dir.join(name.replace(|c: char| !c.is_alphanumeric(), "_"))).unwrap();
        let raw = PrivateKey::from_openssh(fs::read(key.path()).unwrap()).unwrap();
        Person { name: MemberName::new(name).unwrap(), key, raw, speaks }
    };
    people.into_iter().map(one).collect()
}

/// The log that says so. One event is dated back, which moves nothing.
fn log(people: &[Person]) -> Vec<Event> {
    let key = |n: usize| people[n].key.public();
    let added = |n: usize, validity: Validity| Fact::KeyAdded {
        member: people[n].name.clone(),
        key: key(n).fingerprint().clone(),
        public: key(n).to_string(),
        validity,
    };
    let always = Validity::default();
    let limits = Validity { from: Some(moment(100)), until: Some(moment(200)) };
    let facts = [
        (0, Fact::MemberAdded { member: people[0].name.clone() }),
        (0, added(0, always)),
        (5, added(1, limits)),
        (10, added(2, always)),
        (-500, added(3, always)),
        (10, added(4, always)),
        (20, Fact::MemberRemoved { member: people[4].name.clone() }),
        (150, Fact::MemberRemoved { member: people[3].name.clone() }),
        (300, Fact::KeyRevoked { key: key(2).fingerprint().clone() }),
    ];
    let by = Author { name: people[0].name.clone(), key: key(0).fingerprint().clone() };
    let event = |(n, (minute, fact))| Event {
        v: VERSION,
        engagement: "acme".parse().unwrap(),
        seq: u64::try_from(n).unwrap_or(0) + 1,
        prev: Digest::ZERO,
        id: uuid::Uuid::nil(),
        at: moment(minute),
        by: by.clone(),
        fact,
    };
    facts.into_iter().enumerate().map(event).collect()
}

fn case(rng: &mut StdRng, people: &[Person], stranger: &Person, n: usize) -> Case {
    // Every fifth is good, so that neither side can win by refusing.
    let what = if n.is_multiple_of(5) { What::Nothing } else { *WHATS.choose(rng).unwrap() };
    let person = rng.random_range(0..people.len());
    let purpose = *Purpose::ALL.choose(rng).unwrap();
    let message: Vec<u8> = (0..rng.random_range(0..200)).map(|_| rng.random()).collect();
    let (from, until) = people[person].speaks;
    let minute = if what == What::OutsideItsTime {
        // The moment itself is the log's to decide, by the order of events: a second is all that a file has.
        let (early, late) = (from - rng.random_range(1..50), until.saturating_add(rng.random_range(1..50)));
        if until == FOR_EVER || rng.random() { early } else { late }
    } else {
        rng.random_range(from..until.min(from.saturating_add(1000)))
    };
    let other = |purpose: Purpose| if purpose == Purpose::Event { Purpose::Release } else { Purpose::Event };
    let signer = match what {
        What::Stranger => stranger,
        What::OtherPerson => &people[(person + 1) % people.len()],
        _ => &people[person],
    };
    let made = signer.key.sign(if what == What::OtherPurpose { other(purpose) } else { purpose }, &message);
    let good = made.unwrap().as_str().to_owned();
    let raw = |namespace: &str, hash: HashAlg| {
        let pem = signer.raw.sign(namespace, hash, &message).unwrap().to_pem(LineEnding::LF).unwrap();
        if pem.ends_with('\n') { pem } else { pem + "\n" }
    };
    let pem = match what {
        What::Nothing
        | What::OtherMessage
        | What::OtherPurpose
        | What::OtherPerson
        | What::Stranger
        | What::OutsideItsTime => good.into_bytes(),
        What::ForeignNamespace => {
            let namespace = ["git", "file", "golive.event", "golive,golive-release", "*", "GOLIVE"];
            raw(namespace.choose(rng).unwrap(), HashAlg::Sha512).into_bytes()
        }
        What::OtherHash => raw(purpose.namespace(), HashAlg::Sha256).into_bytes(),
        What::FlippedByte => {
            let mut bytes = good.into_bytes();
            let at = rng.random_range(0..bytes.len());
            bytes[at] ^= 1 << rng.random_range(0..7);
            bytes
        }
        What::Cut => {
            let mut bytes = good.into_bytes();
            bytes.truncate(rng.random_range(0..bytes.len()));
            bytes
        }
        What::MoreInside => more_inside(rng, &good).into_bytes(),
        What::MoreAfter => {
            let more = ["\n", " ", "x", "more text\n", &good];
            format!("{good}{}", more.choose(rng).unwrap()).into_bytes()
        }
        What::TextBefore => {
            let more = ["\n", " ", "x", "some text\n", "-----BEGIN SSH SIGNATURE-----\n"];
            format!("{}{good}", more.choose(rng).unwrap()).into_bytes()
        }
        What::OtherLineLength => {
            let length = [1, 40, 64, 69, 71, 76, 500].choose(rng).copied().unwrap();
            rewrap(&inner(&good), length).into_bytes()
        }
        What::CarriageReturns => good.replace('\n', "\r\n").into_bytes(),
        What::NoLastLineBreak => good.trim_end().as_bytes().to_vec(),
        What::SpacesInside => {
            let text = inner(&good);
            let at = rng.random_range(1..text.len());
            let (a, b) = text.split_at(at);
            rewrap(&format!("{a} {b}"), 70).into_bytes()
        }
    };
    let message = if what == What::OtherMessage { [&message[..], b"."].concat() } else { message };
    Case { what, message, pem, person, purpose, minute }
}

fn inner(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

fn rewrap(inner: &str, length: usize) -> String {
    let lines: Vec<&str> =
        inner.as_bytes().chunks(length).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n"))
}

/// Bytes behind the signature, inside of the armour.
fn more_inside(rng: &mut StdRng, pem: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let mut bytes = STANDARD.decode(inner(pem)).unwrap();
    bytes.extend((0..rng.random_range(1..20)).map(|_| rng.random::<u8>()));
    rewrap(&STANDARD.encode(bytes), 70)
}

fn golive_takes(case: &Case, people: &[Person]) -> bool {
    let person = &people[case.person];
    let Ok(text) = std::str::from_utf8(&case.pem) else {
        return false;
    };
    let (from, until) = person.speaks;
    verify(&case.message, text, case.purpose)
        .is_ok_and(|signer| signer.public == *person.key.public() && (from..until).contains(&case.minute))
}

fn ssh_keygen_takes(case: &Case, people: &[Person], allowed: &Path, dir: &Path) -> bool {
    let person = &people[case.person];
    let (message, signature) = (dir.join("message"), dir.join("signature"));
    fs::write(&message, &case.message).unwrap();
    fs::write(&signature, &case.pem).unwrap();
    let status = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-n", case.purpose.namespace()])
        .args(["-I", &principal(&person.name, person.key.public())])
        .args(["-O", &format!("verify-time={}", verify_time(moment(case.minute)))])
        .arg("-f")
        .arg(allowed)
        .arg("-s")
        .arg(&signature)
        .stdin(Stdio::from(fs::File::open(&message).unwrap()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("ssh-keygen is installed (Debian: openssh-client)");
    status.success()
}

#[test]
fn ssh_keygen_comes_to_the_same_answer_on_a_thousand_signatures() {
    let dir = tempfile::tempdir().unwrap();
    let people = people(dir.path());
    let key = Key::open(&dir.path().join("eve")).unwrap();
    let raw = PrivateKey::from_openssh(fs::read(key.path()).unwrap()).unwrap();
    let eve = Person { name: MemberName::new("eve").unwrap(), key, raw, speaks: (0, 1) };
    let allowed = dir.path().join("allowed");
    fs::write(&allowed, AllowedSigners::of_log(&log(&people)).to_string()).unwrap();
    let mut rng = StdRng::seed_from_u64(SEED);
    let cases: Vec<Case> = (0..CASES).map(|n| case(&mut rng, &people, &eve, n)).collect();
    let answers: Vec<(What, bool, bool)> = std::thread::scope(|scope| {
        let threads: Vec<_> = cases
            .chunks(CASES.div_ceil(THREADS))
            .enumerate()
            .map(|(n, cases)| {
                let (dir, people, allowed) = (dir.path().join(format!("thread-{n}")), &people, &allowed);
                scope.spawn(move || {
                    fs::create_dir(&dir).unwrap();
                    let ask = |case: &Case| {
                        let theirs = ssh_keygen_takes(case, people, allowed, &dir);
                        (case.what, golive_takes(case, people), theirs)
                    };
                    cases.iter().map(ask).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut tally: BTreeMap<What, [usize; 3]> = BTreeMap::new();
    for (n, (what, ours, theirs)) in answers.iter().enumerate() {
        let counts = tally.entry(*what).or_default();
        counts[0] += 1;
        counts[1] += usize::from(*ours);
        counts[2] += usize::from(*theirs);
        assert!(*theirs || !ours, "case {n}: golive takes what ssh-keygen refuses: {what:?}");
        assert!(ours == theirs || what.stricter().is_some(), "case {n}: only ssh-keygen takes {what:?}");
        assert_eq!(*ours, *what == What::Nothing, "case {n}: golive on {what:?}");
    }
    assert_eq!(tally.len(), WHATS.len(), "every mutation came up: {tally:?}");
}

/// The times of the exported file, in the seconds around each of them.
#[test]
fn the_exported_times_are_those_of_the_log_to_the_second() {
    let dir = tempfile::tempdir().unwrap();
    let people = people(dir.path());
    let signers = AllowedSigners::of_log(&log(&people));
    let times: Vec<_> = signers.iter().map(|s| (s.valid_after, s.valid_before)).collect();
    let second = TimeDelta::seconds(1);
    let expected = [
        (moment(0), None),
        (moment(100), Some(moment(200) - second)),
        // What was signed in the very second of a revocation, and before it, stays good.
        (moment(10), Some(moment(300))),
        (moment(10), Some(moment(150))),
        (moment(10), Some(moment(20))),
    ];
    assert_eq!(times, expected);
    let file = signers.to_string();
    let allowed = dir.path().join("allowed");
    fs::write(&allowed, &file).unwrap();
    assert!(!file.contains('*') && !file.contains("CTO"), "{file}");
    let lin = &people[1];
    let pem = lin.key.sign(Purpose::Event, b"m").unwrap();
    for (at, expected) in [
        (moment(100) - second, false),
        (moment(100), true),
        (moment(200) - second, true),
        (moment(200), false),
    ] {
        let args = ["-Y", "verify", "-n", "golive", "-f", "allowed", "-s", "sig"];
        fs::write(dir.path().join("sig"), pem.as_str()).unwrap();
        let (who, time) =
            (principal(&lin.name, lin.key.public()), format!("verify-time={}", verify_time(at)));
        let args = [&args[..], &["-I", who.as_str(), "-O", time.as_str()]].concat();
        assert_eq!(testing::keygen(dir.path(), &args, b"m").0, expected, "{at}");
    }
}

/// A key that came, changed its limits and went within a second leaves lines that ssh-keygen can read.
#[test]
fn limits_that_changed_give_a_line_for_each_time() {
    let dir = tempfile::tempdir().unwrap();
    let people = people(dir.path());
    let key = people[2].key.public();
    let mut events = log(&people);
    events.truncate(2);
    let mut push = |minute: i64, fact: Fact| {
        let event = Event { at: moment(minute), fact, ..events[0].clone() };
        events.push(event);
    };
    let added = |until: Option<i64>| Fact::KeyAdded {
        member: people[2].name.clone(),
        key: key.fingerprint().clone(),
        public: key.to_string(),
        validity: Validity { from: None, until: until.map(moment) },
    };
    push(10, added(Some(20)));
    push(30, added(None));
    push(40, added(Some(500)));
    push(40, Fact::KeyRevoked { key: key.fingerprint().clone() });
    push(
        50,
        Fact::KeyAdded {
            member: people[2].name.clone(),
            key: KeyFingerprint::new("SHA256:another"),
            public: key.to_string(),
            validity: Validity::default(),
        },
    );
    let signers = AllowedSigners::of_log(&events);
    let second = TimeDelta::seconds(1);
    let times: Vec<_> = signers.iter().skip(1).map(|s| (s.valid_after, s.valid_before.unwrap())).collect();
    let expected =
        [(moment(10), moment(20) - second), (moment(30), moment(40)), (moment(40) - second, moment(40))];
    assert_eq!(times, expected, "and a public key under another's fingerprint allows nobody");
    let allowed = dir.path().join("allowed");
    fs::write(&allowed, signers.to_string()).unwrap();
    let message = b"m".to_vec();
    let pem = people[2].key.sign(Purpose::Event, &message).unwrap().as_str().as_bytes().to_vec();
    for (minute, expected) in
        [(9, false), (10, true), (19, true), (25, false), (30, true), (40, true), (41, false)]
    {
        let case = Case {
            what: What::Nothing,
            message: message.clone(),
            pem: pem.clone(),
            person: 2,
            purpose: Purpose::Event,
            minute,
        };
        assert_eq!(ssh_keygen_takes(&case, &people, &allowed, dir.path()), expected, "minute {minute}");
    }
}
