//! What another member writes into the log makes this machine send nothing, and run nothing.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use crate::cli_bench::{Home, Said};

/// An hour after the clock of the other commands.
const LATER: &str = "2026-11-21T10:00:00Z";

const RUNBOOK: &str = r#"schema = 1
id = "flow"
title = "Flow"
version = "1"
provider = "Test"
[[roles]]
id = "lead"
name = "Lead"
side = "provider"
lead = true
[[roles]]
id = "dev"
name = "Developer"
side = "merchant"
[[fields]]
id = "api"
label = "API"
[[secrets]]
id = "key"
label = "Key"
origins = ["{{ fields.api }}"]
[checks.alive]
kind = "http"
every = "30s"
ttl = "10m"
[[checks.alive.steps]]
get = "{{ fields.api }}/alive"
bearer = "key"
expect = ["status == 200"]
[[actions]]
id = "advance"
title = "Advance"
item = "up"
confirm = "Advance?"
[[actions.steps]]
post = "{{ fields.api }}/advance"
bearer = "key"
expect = ["status == 200"]
[[stages]]
id = "one"
title = "One"
[[stages.items]]
id = "up"
title = "It is up"
owner = "dev"
check = { use = "alive", mode = "auto" }
"#;

/// A server that answers everything with 200 and tells what it was asked.
fn serve() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (send, asked) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            if send.send(head.join("\n")).is_err() {
                return;
            }
        }
    });
    (address, asked)
}

/// Two people on machines of their own, with one store.
struct Two {
    dana: Home,
    lin: Home,
}

impl Two {
    fn new(api: &str) -> Self {
        let two = Self { dana: Home::new(), lin: Home::new() };
        let runbook = two.dana.write("flow.toml", RUNBOOK);
        two.dana.ok(&["new", &runbook, "Acme", "--id", "acme", "--set", &format!("api={api}")]);
        let whoami = two.lin(&["whoami", "--json"]);
        let whoami: serde_json::Value = serde_json::from_str(&whoami.out).unwrap();
        let key = two.dana.write("lin.pub", whoami["public_key"].as_str().unwrap());
        two.dana.ok(&["assign", "acme", "dev", "Lin Chen", "--key", &key]);
        two
    }

    /// Lin, on her machine.
    fn lin(&self, args: &[&str]) -> Said {
        let mut command = self.lin.command(args);
        command.env("GOLIVE_NAME", "Lin Chen").env("GOLIVE_STORE", self.dana.path("golive.db"));
        let said = Said::of(command.output().unwrap());
        assert_eq!(said.code, 0, "{args:?}: {said:?}");
        said
    }

    /// Dana, on hers, where two values are in the environment.
    fn dana(&self, args: &[&str]) -> Said {
        let mut command = self.dana.command(args);
        command.env("KEY", "canary-key").env("AWS_SECRET_ACCESS_KEY", "canary-aws");
        Said::of(command.output().unwrap())
    }
}

#[test]
fn a_field_that_somebody_else_sets_sends_no_secret_of_mine_elsewhere() {
    let ((good, asked), (evil, stolen)) = (serve(), serve());
    let two = Two::new(&good);
    let named = two.dana.ok(&["secret", "acme", "key", "--env", "KEY"]);
    assert!(named.contains(&format!("from this machine it goes to {good}")), "{named}");
    assert_eq!(two.dana(&["check", "acme"]).code, 0, "whoever sets it all is asked nothing");
    assert!(asked.try_recv().unwrap().contains("canary-key"));

    two.lin(&["set", "acme", &format!("api={evil}")]);
    let said = two.dana(&["check", "acme"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(
        said.out.contains("not configured: secret key would go to") && said.out.contains(&evil),
        "{said:?}"
    );
    let mut gate = two.dana.command(&["gate", "acme", "--run"]);
    // The pass before is too old by then.
    let said = Said::of(gate.env("KEY", "canary-key").env("GOLIVE_NOW", LATER).output().unwrap());
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("golive trust acme --yes"), "{said:?}");
    let said = two.dana(&["run", "acme", "advance", "--yes"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(
        said.err.contains("nobody on this machine agreed") && said.err.contains("nothing was sent"),
        "{said:?}"
    );
    assert!(stolen.try_recv().is_err(), "nobody asked evil for anything");
    assert!(!two.dana.ok(&["log", "acme"]).contains("intended"), "not even begun");

    // Set by Dana, it is on her word.
    let set = two.dana.command(&["set", "acme", &format!("api={good}")]).env("GOLIVE_NOW", LATER).status();
    assert!(set.unwrap().success());
    let mut check = two.dana.command(&["check", "acme"]);
    let said = Said::of(check.env("KEY", "canary-key").env("GOLIVE_NOW", LATER).output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
}

#[test]
fn naming_a_secret_tells_of_an_address_that_is_not_mine_and_sends_nothing_there() {
    let ((good, _), (evil, stolen)) = (serve(), serve());
    let two = Two::new(&good);
    two.lin(&["set", "acme", &format!("api={evil}")]);
    let said = two.dana(&["secret", "acme", "key", "--env", "KEY"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("from this machine it goes nowhere yet"), "{said:?}");
    assert!(
        said.err.contains(&format!("{evil} is not your word: golive trust acme shows whose")),
        "{said:?}"
    );
    assert_eq!(two.dana(&["check", "acme"]).code, 3);
    assert!(stolen.try_recv().is_err(), "nothing was sent");
    two.dana.ok(&["trust", "acme", "--yes"]);
    assert_eq!(two.dana(&["check", "acme"]).code, 0);
    assert!(stolen.try_recv().unwrap().contains("canary-key"), "it goes where Dana agreed");
}

#[test]
fn a_secret_that_somebody_else_points_elsewhere_is_shown_and_asked_for() {
    let (good, asked) = serve();
    let two = Two::new(&good);
    two.dana.ok(&["secret", "acme", "key", "--env", "KEY"]);
    two.lin(&["secret", "acme", "key", "--env", "AWS_SECRET_ACCESS_KEY"]);
    assert_eq!(two.dana(&["check", "acme"]).code, 3);
    // A field that Dana sets vouches for no source that she did not name.
    two.dana.ok(&["set", "acme", &format!("api={good}/")]);
    assert_eq!(two.dana(&["check", "acme"]).code, 3);
    assert!(asked.try_recv().is_err());

    let shown = two.dana(&["trust", "acme"]);
    assert_eq!(shown.code, 2, "nobody is there to agree: {shown:?}");
    for part in
        ["key in environment variable AWS_SECRET_ACCESS_KEY, as Lin Chen said", &good, "api as Dana Ruiz"]
    {
        assert!(shown.out.contains(part), "{part}: {shown:?}");
    }
    assert!(!shown.out.contains("canary"));
    assert_eq!(two.dana(&["check", "acme"]).code, 3, "shown is not agreed to");
    let agreed = two.dana(&["trust", "acme", "--yes", "--json"]);
    let agreed: serde_json::Value = serde_json::from_str(&agreed.out).unwrap();
    assert_eq!(agreed["secrets"][0]["named_by"], "Lin Chen");
    assert_eq!(two.dana(&["check", "acme"]).code, 0);
    assert!(asked.try_recv().unwrap().contains("canary-aws"));
    two.dana.ok(&["trust", "acme", "--revoke"]);
    assert_eq!(two.dana(&["check", "acme"]).code, 3);
}

#[test]
fn an_action_does_what_was_shown_or_nothing() {
    let ((good, asked), (evil, stolen)) = (serve(), serve());
    let two = Two::new(&good);
    // Reading the secret is the last thing before the intent: that is when Lin writes.
    let script = format!(
        "#!/bin/sh\nGOLIVE_HOME={} GOLIVE_NAME='Lin Chen' GOLIVE_STORE={} {} set acme api={evil} >&2\necho canary\n",
        two.lin.path("").display(),
        two.dana.path("golive.db").display(),
        env!("CARGO_BIN_EXE_golive"),
    );
    let script = two.dana.write("read-key", script);
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    two.dana.ok(&["secret", "acme", "key", "--command", &script]);
    let said = two.dana(&["run", "acme", "advance", "--yes"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("it is no longer what was shown; nothing was sent"), "{said:?}");
    assert!(asked.try_recv().is_err() && stolen.try_recv().is_err());
}

#[test]
fn a_pipeline_on_another_machine_agrees_once() {
    let (good, asked) = serve();
    let two = Two::new(&good);
    two.dana.ok(&["secret", "acme", "key", "--env", "KEY"]);
    let pipeline = Home::new();
    let run = |args: &[&str]| {
        let mut command = pipeline.command(args);
        command.env("GOLIVE_STORE", two.dana.path("golive.db")).env("KEY", "canary-key");
        Said::of(command.output().unwrap())
    };
    assert_eq!(run(&["check", "acme"]).code, 3);
    assert!(asked.try_recv().is_err());
    assert_eq!(run(&["trust", "acme", "--yes"]).code, 0);
    let said = run(&["check", "acme"]);
    assert!(asked.try_recv().is_ok(), "{said:?}");
}

#[test]
fn a_program_is_shown_whole_and_runs_where_it_was_trusted() {
    let home = Home::new();
    let script = "#!/bin/sh\nexit 0\n";
    for folder in ["here", "elsewhere"] {
        std::fs::create_dir(home.path(folder)).unwrap();
        let file = home.write(&format!("{folder}/smoke"), script);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(Path::new(&file), mode).unwrap();
    }
    let long = "x".repeat(900);
    let argv = format!(r#"argv = ["./smoke", "a] [b", "{long}END", "\u202E\u00E9"]"#);
    let check = format!("[checks.alive]\nkind = \"command\"\nevery = \"30s\"\nttl = \"10m\"\n{argv}\n");
    let (head, rest) = RUNBOOK.split_once("[checks.alive]").unwrap();
    let rest = &rest[rest.find("[[actions]]").unwrap()..];
    let runbook = home.write("flow.toml", format!("{head}{check}expect = [\"exit == 0\"]\n{rest}"));
    home.ok(&["new", &runbook, "Acme", "--id", "acme", "--set", "api=http://127.0.0.1:9"]);
    let within = |folder: &str, args: &[&str]| {
        Said::of(home.command(args).current_dir(home.path(folder)).output().unwrap())
    };
    let said = within("here", &["trust", "acme", "--yes"]);
    assert_eq!(said.code, 0, "{said:?}");
    let whole = format!(r#""./smoke" "a] [b" "{long}END" "\u202e\u00e9""#);
    assert!(said.out.contains(&whole), "{said:?}");
    assert_eq!(within("here", &["check", "acme"]).code, 0);
    let said = within("elsewhere", &["check", "acme"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.out.contains("not configured: ./smoke is trusted for "), "{said:?}");
}
