//! Whose key signs, as `config.toml` says: a locked key file, a key in ssh-agent.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::cli_bench::{Home, NOW, SMALL, Said};
use crate::terminal::Launch;

const PASSPHRASE: &str = "open sesame 42";

/// Runs one of OpenSSH's programs in the home.
fn ssh(home: &Home, program: &str, args: &[&str]) {
    let output = Command::new(program)
        .args(args)
        .current_dir(home.path(""))
        .env("SSH_AUTH_SOCK", home.path("agent"))
        .stdin(Stdio::null())
        .output()
        .expect("OpenSSH is installed (Debian: openssh-client)");
    assert!(output.status.success(), "{program} {args:?}: {output:?}");
}

/// A home whose configuration names a key file with a passphrase.
fn with_locked_key() -> Home {
    let home = Home::new();
    ssh(
        &home,
        "ssh-keygen",
        &["-q", "-t", "ed25519", "-a", "1", "-N", PASSPHRASE, "-C", "dana", "-f", "key"],
    );
    home.write("config.toml", "[identity]\nname = 'Dana Ruiz'\nkey = { file = 'key' }\n");
    home.write("small.toml", SMALL);
    home
}

/// The program in a terminal, in that home.
fn typed(home: &Home, args: &[&str]) -> Launch {
    let launch = Launch::new(env!("CARGO_BIN_EXE_golive"))
        .home(&home.path(""))
        .env("GOLIVE_HOME", home.path(""))
        .env("GOLIVE_NOW", NOW)
        .size(200, 24);
    args.iter().fold(launch, Launch::arg)
}

/// The program with no terminal anywhere.
fn without_terminal(home: &Home, args: &[&str]) -> Said {
    let mut command = Command::new("setsid");
    command.arg("-w").arg(env!("CARGO_BIN_EXE_golive")).args(args);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("GOLIVE_HOME", home.path("")).env("GOLIVE_NOW", NOW);
    command.current_dir(home.path("")).stdin(Stdio::null());
    Said::of(command.output().expect("setsid is installed (Debian: util-linux)"))
}

#[test]
fn a_passphrase_is_asked_on_the_terminal_once_and_not_shown() {
    let home = with_locked_key();
    let terminal = typed(&home, &["new", "small.toml", "Acme Ltd", "--id", "acme"]).start();
    terminal.wait_for_text("Passphrase of ");
    assert!(!terminal.left_as_found(), "what is typed is not echoed");
    terminal.send("wrong\r");
    terminal.wait_for_text("That is not it.");
    terminal.send(format!("{PASSPHRASE}\r"));
    assert!(terminal.wait_exit().success());
    assert!(terminal.left_as_found());
    assert!(!terminal.wrote(PASSPHRASE) && !terminal.wrote("wrong"));
    // Four events were signed with one question; looking asks none.
    assert!(home.ok(&["verify", "acme"]).contains("every one good"));
}

#[test]
fn giving_up_at_the_question_writes_nothing_and_leaves_the_terminal_as_it_was() {
    let home = with_locked_key();
    for keys in [&["\x03"][..], &["\x04"], &["no\r", "no\r", "no\r"]] {
        let terminal = typed(&home, &["new", "small.toml", "Acme Ltd", "--id", "acme"]).start();
        for (n, keys) in keys.iter().enumerate() {
            // What is typed before the question is thrown away.
            terminal.wait_for("a question", |s| s.text().matches("Passphrase of ").count() == n + 1);
            terminal.send(keys);
        }
        assert_eq!(terminal.wait_exit().code(), Some(5), "{keys:?}");
        assert!(terminal.left_as_found(), "{keys:?}");
    }
    assert_eq!(home.json(&["list"])["engagements"].as_array().unwrap().len(), 0);
}

#[test]
fn the_screen_asks_before_it_takes_the_terminal() {
    let home = with_locked_key();
    let terminal = typed(&home, &[]).start();
    let screen = terminal.wait_for_text("Passphrase of ");
    assert!(!screen.is_alternate());
    terminal.send(format!("{PASSPHRASE}\r"));
    terminal.wait_for("the screen", crate::terminal::Screen::is_alternate);
    terminal.send("q");
    assert!(terminal.wait_exit().success());
    assert!(terminal.left_as_found());
}

#[test]
fn without_a_terminal_a_locked_key_is_a_clear_error_and_looking_still_works() {
    let home = with_locked_key();
    let said = without_terminal(&home, &["new", "small.toml", "Acme Ltd", "--id", "acme"]);
    assert_eq!(said.code, 5, "{said:?}");
    assert!(
        said.err.contains("locked with a passphrase, and there is no terminal to ask for it"),
        "{said:?}"
    );
    assert!(said.err.contains("ssh-agent"), "{said:?}");
    let said = without_terminal(&home, &["whoami", "--json"]);
    assert_eq!(said.code, 0, "{said:?}");
    let me: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let line = std::fs::read_to_string(home.path("key.pub")).unwrap();
    assert!(line.starts_with(me["public_key"].as_str().unwrap()), "{me}");
    assert!(me["key_source"].as_str().unwrap().starts_with("key file "), "{me}");
    assert_eq!(without_terminal(&home, &["list"]).code, 0);
}

/// An ssh-agent that ends with the test and answers every question to a person with no.
struct Agent(Child);

impl Agent {
    fn start(home: &Home) -> Self {
        let child = Command::new("ssh-agent")
            .args(["-D", "-a", "agent"])
            .current_dir(home.path(""))
            .env("SSH_ASKPASS", "/bin/false")
            .env("SSH_ASKPASS_REQUIRE", "force")
            .stdout(Stdio::null())
            .spawn()
            .expect("ssh-agent is installed (Debian: openssh-client)");
        let agent = Self(child);
        let end = Instant::now() + Duration::from_mins(1);
        while std::os::unix::net::UnixStream::connect(home.path("agent")).is_err() {
            assert!(Instant::now() < end, "the agent did not start");
            std::thread::yield_now();
        }
        agent
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn with_agent(home: &Home, args: &[&str]) -> Said {
    Said::of(home.command(args).env("SSH_AUTH_SOCK", home.path("agent")).output().unwrap())
}

#[test]
fn a_key_in_the_agent_signs_and_a_no_of_the_agents_leaves_nothing_behind() {
    let home = Home::new();
    let runbook = home.write("small.toml", SMALL);
    ssh(&home, "ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", "dana@laptop", "-f", "key"]);
    home.write("config.toml", "[identity]\nkey = { agent = 'dana@laptop' }\n");
    let new = ["new", runbook.as_str(), "Acme Ltd", "--id", "acme"];
    assert!(home.fails(5, &new).contains("there is no ssh-agent"));
    let agent = Agent::start(&home);
    let said = with_agent(&home, &new);
    assert_eq!(said.code, 5, "{said:?}");
    assert!(said.err.contains("ssh-agent does not hold key 'dana@laptop'; it holds none"), "{said:?}");

    ssh(&home, "ssh-add", &["-q", "key"]);
    assert_eq!(with_agent(&home, &new).code, 0);
    assert!(with_agent(&home, &["verify", "acme"]).out.contains("every one good"));

    ssh(&home, "ssh-add", &["-q", "-D"]);
    ssh(&home, "ssh-add", &["-q", "-c", "key"]);
    let said = with_agent(&home, &["assign", "acme", "dev", "Lin Chen"]);
    assert_eq!(said.code, 5, "{said:?}");
    assert!(said.err.contains("ssh-agent refused") && said.err.contains("nothing was written"), "{said:?}");
    let log = with_agent(&home, &["log", "acme", "--json"]).out;
    let log: serde_json::Value = serde_json::from_str(&log).unwrap();
    assert_eq!(log.as_array().unwrap().len(), 4);
    drop(agent);
}

#[test]
fn a_key_that_the_configuration_writes_wrongly_is_named_with_its_place() {
    let home = Home::new();
    home.write("config.toml", "[identity]\nkey = { fiel = 'key' }\n");
    let said = home.fails(2, &["list"]);
    assert!(said.contains("config.toml:2:9") && said.contains("fiel"), "{said}");
    home.write("config.toml", "[identity]\nkey = { file = 'nowhere' }\n");
    let said = home.fails(5, &["list"]);
    assert!(said.contains("nowhere could not be read"), "{said}");
}
