//! Keys in a real ssh-agent, and agents that misbehave.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::super::testing::{keygen, wait_for};
use super::*;
use crate::identity::{KEY_FILE, Key};

/// An ssh-agent that ends with the test.
struct Agent {
    dir: tempfile::TempDir,
    child: Child,
}

impl Agent {
    /// One whose questions to a person are all answered with no.
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let child = Command::new("ssh-agent")
            .args(["-D", "-a", "agent"])
            .current_dir(dir.path())
            .env("SSH_ASKPASS", "/bin/false")
            .env("SSH_ASKPASS_REQUIRE", "force")
            .stdout(Stdio::null())
            .spawn()
            .expect("ssh-agent is installed (Debian: openssh-client)");
        let agent = Self { dir, child };
        wait_for("the agent", || std::os::unix::net::UnixStream::connect(agent.socket()).is_ok());
        agent
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("agent")
    }

    fn add(&self, args: &[&str]) {
        let output = Command::new("ssh-add")
            .args(args)
            .current_dir(self.dir.path())
            .env("SSH_AUTH_SOCK", self.socket())
            .output()
            .unwrap();
        assert!(output.status.success(), "ssh-add {args:?}: {output:?}");
    }

    /// Makes a key file, and puts the key into the agent.
    fn key(&self, file: &str, args: &[&str]) {
        let args = [&["-q", "-N", "", "-f", file], args].concat();
        assert!(keygen(self.dir.path(), &args, b"").0);
        self.add(&["-q", file]);
    }

    fn find(&self, named: &Named) -> Result<AgentKey, AgentFault> {
        AgentKey::find(Some(&self.socket()), named).map_err(fault)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn fault(error: IdentityError) -> AgentFault {
    match error {
        IdentityError::Agent(fault) => fault,
        other => panic!("{other:?}"),
    }
}

fn comment(text: &str) -> Named {
    Named::Comment(text.to_owned())
}

#[test]
fn a_key_in_the_agent_signs_as_the_file_does_however_it_is_named() {
    let agent = Agent::start();
    let own = Key::open(agent.dir.path()).unwrap();
    agent.add(&["-q", KEY_FILE]);
    agent.key("other", &["-t", "ed25519", "-C", "other"]);
    std::fs::write(agent.dir.path().join("own.pub"), own.public().to_string()).unwrap();
    let names = [
        Named::Fingerprint(own.public().fingerprint().to_string()),
        comment("golive"),
        Named::PublicFile(agent.dir.path().join("own.pub")),
    ];
    for named in names {
        let key = agent.find(&named).unwrap();
        assert_eq!(key.public(), own.public(), "{named}");
        for purpose in Purpose::ALL {
            assert_eq!(key.sign(purpose, b"message").unwrap(), own.sign(purpose, b"message").unwrap());
        }
    }
}

#[test]
fn a_key_that_is_not_there_or_not_clear_is_an_error_that_says_what_is() {
    let agent = Agent::start();
    let told = agent.find(&comment("dana")).unwrap_err().to_string();
    assert_eq!(told, "ssh-agent does not hold key 'dana'; it holds none");
    agent.key("one", &["-t", "ed25519", "-C", "dana\u{1b}[2J"]);
    let told = agent.find(&comment("dana")).unwrap_err().to_string();
    assert!(told.contains("it holds SHA256:") && !told.contains('\u{1b}'), "{told}");
    agent.key("two", &["-t", "ed25519", "-C", "twice"]);
    agent.key("three", &["-t", "ed25519", "-C", "twice"]);
    assert!(matches!(agent.find(&comment("twice")), Err(AgentFault::Several(_))));
    let nowhere = Named::PublicFile(agent.dir.path().join("nowhere.pub"));
    assert!(matches!(agent.find(&nowhere), Err(AgentFault::PublicFile(_))));
    assert!(matches!(AgentKey::find(None, &comment("dana")).map_err(fault), Err(AgentFault::None)));
}

#[test]
fn keys_of_other_kinds_are_named_and_not_used() {
    let agent = Agent::start();
    for (kind, wire) in [("ecdsa", "ecdsa-sha2-nistp256"), ("rsa", "ssh-rsa")] {
        agent.key(kind, &["-t", kind, "-C", kind]);
        let told = agent.find(&comment(kind)).unwrap_err().to_string();
        assert!(told.contains(wire), "{told}");
    }
}

#[test]
fn a_person_who_says_no_a_key_taken_out_and_an_agent_that_died_are_told_apart() {
    let agent = Agent::start();
    let own = Key::open(agent.dir.path()).unwrap();
    agent.add(&["-q", "-c", KEY_FILE]);
    let key = agent.find(&comment("golive")).unwrap();
    assert_eq!(key.public(), own.public());
    assert!(matches!(key.sign(Purpose::Event, b"m").map_err(fault), Err(AgentFault::Refused)));
    agent.add(&["-q", "-D"]);
    assert!(matches!(key.sign(Purpose::Event, b"m").map_err(fault), Err(AgentFault::Refused)));
    drop(agent);
    assert!(matches!(key.sign(Purpose::Event, b"m").map_err(fault), Err(AgentFault::Silent(_))));
}

/// Answers each message of one connection after the other with what `answer` makes of it.
fn serve(socket: &Path, answers: Vec<Vec<u8>>) -> std::thread::JoinHandle<()> {
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut length = [0; 4];
            stream.read_exact(&mut length).unwrap();
            let mut request = vec![0; u32::from_be_bytes(length) as usize];
            stream.read_exact(&mut request).unwrap();
            stream.write_all(&framed(&answer)).unwrap();
        }
    })
}

fn framed(bytes: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
    out.extend(bytes);
    out
}

#[test]
fn what_a_lying_agent_signs_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    let key = Key::open(&dir.path().join("key")).unwrap();
    let blob = key.public().inner().to_bytes().unwrap();
    let list = [&[12, 0, 0, 0, 1][..], &framed(&blob), &framed(b"golive")].concat();
    let signature = |bytes: &[u8]| {
        let inner = [framed(b"ssh-ed25519"), framed(bytes)].concat();
        [&[14][..], &framed(&inner)].concat()
    };
    let lies = [
        signature(&[0; 64]),
        signature(&[0; 63]),
        signature(&[]),
        vec![14],
        vec![5],
        vec![99],
        [signature(&[0; 64]), b"more".to_vec()].concat(),
    ];
    let mut answers = vec![list];
    answers.extend(lies.iter().cloned());
    let socket = dir.path().join("agent");
    let thread = serve(&socket, answers);
    let held = AgentKey::find(Some(&socket), &comment("golive")).unwrap();
    for lie in lies {
        let outcome = held.sign(Purpose::Event, b"m").map_err(fault);
        let refused = match outcome {
            Err(AgentFault::BadSignature) => lie[0] == 14,
            Err(AgentFault::Nonsense) => lie.len() != 5,
            Err(AgentFault::Refused) => lie[0] == 5,
            _ => false,
        };
        assert!(refused, "{lie:?}: {outcome:?}");
    }
    thread.join().unwrap();
}
