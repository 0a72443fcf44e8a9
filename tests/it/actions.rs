//! Actions through the compiled program, against a server that answers, refuses, hangs or breaks off.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::cli_bench::{Home, Said};
use crate::terminal::Launch;

/// Nothing takes this long; whoever waits for it has found a fault.
const PATIENCE: Duration = Duration::from_mins(1);
/// An hour after the clock of the other commands.
const LATER: &str = "2026-11-21T10:00:00Z";

/// What must appear nowhere.
const TEMPORAL: &str = "temporal?canary/7Qx+9";
const CHOSEN: &str = "Chosen?canary/8Wz+1";
const PERMANENT: &str = "permanent?canary/3Rv+5";

const RUNBOOK: &str = r#"schema = 1
id = "keys"
title = "Keys"
version = "1"
provider = "Test"
[[roles]]
id = "lead"
name = "Lead"
side = "provider"
lead = true
[[fields]]
id = "api"
label = "API"
[[fields]]
id = "key_id"
label = "Key id"
[[secrets]]
id = "temporal"
label = "Temporal key"
origins = ["{{ fields.api }}"]
[[secrets]]
id = "chosen"
label = "Chosen secret"
origins = ["{{ fields.api }}"]
policy = { min_chars = 12, max_chars = 30, upper = 1, alphanumeric = 1, not_last = 4 }
[[secrets]]
id = "permanent"
label = "Permanent key"
origins = ["{{ fields.api }}"]
[[actions]]
id = "exchange"
title = "Exchange the key"
item = "key"
confirm = "This uses the key up at {{ fields.api }}."
once = true
show = "Authorization: ApiKey {{ secrets.permanent }}_{{ fields.key_id }}"
[[actions.steps]]
patch = "{{ fields.api }}/exchange"
auth = { scheme = "ApiKey", secret = "temporal" }
json = { secret = "{{ secrets.chosen }}" }
expect = ["status == 200"]
capture = { key_id = "json.id" }
store = { permanent = "json.key" }
[[actions]]
id = "hook"
title = "Register a webhook"
item = "key"
confirm = "Register?"
idempotency_header = "Idempotency-Key"
[[actions.steps]]
post = "{{ fields.api }}/hooks"
bearer = "temporal"
expect = ["status == 201"]
[[actions]]
id = "pay"
title = "Pay out"
item = "key"
confirm = "This moves money."
once = true
idempotency_header = "Idempotency-Key"
[[actions.steps]]
post = "{{ fields.api }}/payouts"
bearer = "temporal"
json = { secret = "{{ secrets.chosen }}" }
expect = ["status == 200"]
[[actions]]
id = "mint"
title = "Make a key"
item = "key"
confirm = "This makes a key."
[[actions.steps]]
post = "{{ fields.api }}/mint"
bearer = "temporal"
expect = ["status == 200"]
store = { permanent = "json.key" }
[[actions]]
id = "onward"
title = "Take the next step"
item = "key"
confirm = "Go on?"
[[actions.steps]]
get = "{{ fields.api }}/state"
bearer = "temporal"
expect = ["json.id == 'k-2'"]
[[actions.steps]]
post = "{{ fields.api }}/advance"
bearer = "temporal"
expect = ["status == 200"]
[[stages]]
id = "one"
title = "One"
[[stages.items]]
id = "key"
title = "The key is exchanged"
owner = "lead"
"#;

#[derive(Clone, Copy)]
enum Does {
    Answers,
    Refuses,
    HasEnough,
    BreaksOff,
    Hangs,
}

/// A server that does what it is told with each request in turn, then the last again and again.
fn serve(turns: &'static [Does]) -> (String, Receiver<String>) {
    let (go, gate) = channel();
    drop(go);
    serve_behind(gate, turns)
}

/// The same; it waits with each answer for a word, until there is nobody left to give one.
fn serve_behind(gate: Receiver<()>, turns: &'static [Does]) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (send, requests) = channel();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for (n, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { return };
            let Some(request) = read(&stream) else { continue };
            if send.send(request).is_err() {
                return;
            }
            let _ = gate.recv();
            let body = format!(r#"{{"key":"{PERMANENT}","id":"k-1","echo":"{CHOSEN}"}}"#);
            let (status, body) = match turns[n.min(turns.len() - 1)] {
                Does::Answers => ("200 OK", body),
                Does::Refuses => ("409 Conflict", format!(r#"{{"error":"{TEMPORAL} was used"}}"#)),
                Does::HasEnough => ("429 Too Many Requests\r\nretry-after: 7", String::new()),
                Does::BreaksOff => continue,
                Does::Hangs => {
                    open.push(stream);
                    continue;
                }
            };
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nx-request-id: req-{n}\r\ncontent-type: application/json\r\n\
                 content-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
        }
    });
    (address, requests)
}

fn read(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut text = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(n) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = n.trim().parse().ok()?;
        }
        text.push_str(&line);
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(text + &String::from_utf8(body).ok()?)
}

fn home(api: &str) -> Home {
    home_of(RUNBOOK, api)
}

fn home_of(runbook: &str, api: &str) -> Home {
    let home = Home::new();
    let runbook = home.write("keys.toml", runbook);
    home.ok(&["new", &runbook, "Acme", "--id", "acme", "--set", &format!("api={api}")]);
    for (name, value) in [("temporal", TEMPORAL), ("chosen", CHOSEN)] {
        let file = home.write(&format!("{name}.secret"), value);
        home.ok(&["secret", "acme", name, "--file", &file]);
    }
    home
}

fn start(home: &Home, action: &str) -> Said {
    home.run(&["run", "acme", action, "--yes", "-vv"])
}

fn later(home: &Home, args: &[&str]) -> Said {
    at(home, LATER, args)
}

fn at(home: &Home, time: &str, args: &[&str]) -> Said {
    Said::of(home.command(args).env("GOLIVE_NOW", time).output().unwrap())
}

/// Does something to the store that no golive does.
fn sql(home: &Home, sql: &'static str) {
    use sqlx::{Connection as _, Executor as _};
    let address = format!("sqlite:{}", home.path("golive.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = sqlx::SqliteConnection::connect(&address).await.unwrap();
        connection.execute(sqlx::raw_sql(sql)).await.unwrap();
        connection.close().await.unwrap();
    });
}

/// The idempotency keys of requests, in order.
fn keys(requests: &Receiver<String>) -> Vec<String> {
    let key = |r: String| r.lines().find_map(|l| l.strip_prefix("idempotency-key: ").map(str::to_owned));
    requests.try_iter().map(|request| key(request).unwrap()).collect()
}

/// Everything below a folder that is a file.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn kept(home: &Home) -> PathBuf {
    let mut kept = files(&home.path("secrets"));
    kept.retain(|path| path.file_name().unwrap().to_str().unwrap().starts_with("permanent-"));
    assert_eq!(kept.len(), 1, "{kept:?}");
    kept.remove(0)
}

/// The forms in which a value could leak: as it is, base64 in both alphabets, hex, URL-encoded.
fn forms(value: &str) -> Vec<String> {
    const STANDARD: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let base64 = |bytes: &[u8], alphabet: &[u8]| {
        let chunks = bytes.chunks_exact(3).map(|c| {
            let n = u32::from(c[0]) << 16 | u32::from(c[1]) << 8 | u32::from(c[2]);
            [18, 12, 6, 0].map(|shift| char::from(alphabet[(n >> shift & 63) as usize]))
        });
        chunks.flatten().collect::<String>()
    };
    let mut out = vec![value.to_owned()];
    // Whatever stands before it in the text shifts base64 by a third.
    for skip in 0..3 {
        out.push(base64(&value.as_bytes()[skip..], STANDARD));
        out.push(base64(&value.as_bytes()[skip..], URL));
    }
    let hex = hex::encode(value);
    out.push(hex.to_uppercase());
    out.push(hex);
    out.push(url::form_urlencoded::byte_serialize(value.as_bytes()).collect());
    out
}

fn find(bytes: &[u8], place: &str) {
    let text = String::from_utf8_lossy(bytes);
    for form in [TEMPORAL, CHOSEN, PERMANENT].into_iter().flat_map(forms) {
        assert!(!text.contains(&form), "{form} in {place}: {text}");
    }
}

#[test]
fn what_happens_once_happens_once_and_what_comes_back_is_kept_for_its_owner_only() {
    let (api, requests) = serve(&[Does::Answers]);
    let home = home(&api);
    let said = start(&home, "exchange");
    assert_eq!(said.code, 0, "{said:?}");
    let request = requests.recv_timeout(PATIENCE).unwrap();
    assert!(request.starts_with("PATCH /exchange ") && request.contains(&format!("ApiKey {TEMPORAL}")));
    assert!(request.ends_with(&format!(r#"{{"secret":"{CHOSEN}"}}"#)), "{request}");
    let file = kept(&home);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), PERMANENT);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(said.out.contains("Authorization: ApiKey ••••_k-1"), "{said:?}");
    assert!(said.out.contains("req-0") && said.err.contains("uses the key up"), "{said:?}");
    // Another process, another day: it stays done.
    let again = later(&home, &["run", "acme", "exchange", "--yes"]);
    assert_eq!(again.code, 4, "{again:?}");
    assert!(requests.try_recv().is_err(), "nothing was sent a second time");
    let log = home.ok(&["log", "acme"]);
    assert!(log.contains("starts action") && log.contains("carried out action"), "{log}");
    home.ok(&["verify", "acme"]);
}

#[test]
fn a_secret_is_nowhere_but_where_it_belongs() {
    let (api, _requests) = serve(&[Does::Refuses, Does::Answers]);
    let home = home(&api);
    let refused = start(&home, "exchange");
    assert_eq!(refused.code, 1, "{refused:?}");
    let done = home.run(&["run", "acme", "exchange", "--yes", "-vv", "--json"]);
    assert_eq!(done.code, 0, "{done:?}");
    for (said, what) in [(refused, "a refusal"), (done, "a success")] {
        find(said.out.as_bytes(), what);
        find(said.err.as_bytes(), what);
    }
    for args in
        [&["log", "acme", "--json"][..], &["status", "acme", "--json"], &["actions", "acme", "--json"]]
    {
        find(home.ok(args).as_bytes(), args[0]);
    }
    let terminal = Launch::new(env!("CARGO_BIN_EXE_golive"))
        .arg("open")
        .arg("acme")
        .env("GOLIVE_HOME", home.path(""))
        .home(&home.path(""))
        .start();
    terminal.wait_for_text("The key is exchanged");
    find(&terminal.output(), "the screen");
    let kept = kept(&home);
    // The store and its WAL while the screen has them open, the heads, the hashes, everything.
    for file in files(&home.path("")) {
        if file != kept && file.extension().is_none_or(|e| e != "secret") {
            find(&std::fs::read(&file).unwrap(), &file.display().to_string());
        }
    }
}

#[test]
fn on_the_screen_an_action_is_shown_confirmed_and_told() {
    let (api, requests) = serve(&[Does::Answers]);
    let home = home(&api);
    let terminal = Launch::new(env!("CARGO_BIN_EXE_golive"))
        .arg("open")
        .arg("acme")
        .env("GOLIVE_HOME", home.path(""))
        .env("GOLIVE_NAME", "Dana Ruiz")
        .env("GOLIVE_NOW", LATER)
        .home(&home.path(""))
        .size(120, 40)
        .start();
    terminal.wait_for_text("The key is exchanged");
    terminal.send("a");
    terminal.wait_for("both actions", |s| s.text().contains("Register a webhook"));
    terminal.send("\r");
    let asked = terminal.wait_for_text("Exchange the key?");
    for shown in
        ["This uses the key up at", "/exchange", "with secret temporal ••••", "This happens only once"]
    {
        assert!(asked.text().contains(shown), "{shown} in {}", asked.text());
    }
    terminal.send("n");
    terminal.wait_for("no question", |s| !s.text().contains("Exchange the key?"));
    assert!(requests.try_recv().is_err(), "nothing was sent without a word");
    terminal.send("a\r");
    terminal.wait_for_text("Exchange the key?");
    terminal.send("y");
    let told = terminal.wait_for_text("done: Exchange the key");
    assert!(told.text().contains("ApiKey ••••_k-1"), "{}", told.text());
    requests.recv_timeout(PATIENCE).unwrap();
    terminal.send("\x1b");
    terminal.wait_for("no window", |s| !s.text().contains("done: Exchange"));
    terminal.send("a\r");
    terminal.wait_for_text("A lead may let it be started anew");
    assert!(requests.try_recv().is_err(), "nothing was sent a second time");
    find(&terminal.output(), "the screen");
    terminal.send("qq");
    assert!(terminal.wait_exit().success());
}

#[test]
fn a_lost_answer_is_an_unknown_outcome_until_a_lead_lets_it_start_anew() {
    let (api, requests) = serve(&[Does::BreaksOff, Does::Answers]);
    let home = home(&api);
    let said = start(&home, "exchange");
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.out.contains("outcome unknown") && said.out.contains("action-reset"), "{said:?}");
    let again = later(&home, &["run", "acme", "exchange", "--yes"]);
    assert_eq!(again.code, 4, "{again:?}");
    assert_eq!(requests.try_iter().count(), 1);
    home.ok(&["action-reset", "acme", "exchange", "--reason", "the provider says it did not happen"]);
    // The secret may have been taken into use, so it counts as used.
    let reused = start(&home, "exchange");
    assert!(reused.code == 4 && reused.err.contains("one of the last 4"), "{reused:?}");
    home.write("chosen.secret", "Another?canary/8Wz");
    assert_eq!(start(&home, "exchange").code, 0);
}

#[test]
fn killed_between_intent_and_answer_it_is_in_doubt_and_not_repeated() {
    let (api, requests) = serve(&[Does::Hangs]);
    let home = home(&api);
    let mut child = home.command(&["run", "acme", "exchange", "--yes"]).spawn().unwrap();
    requests.recv_timeout(PATIENCE).unwrap();
    let line = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    find(&line, "the command line");
    child.kill().unwrap();
    child.wait().unwrap();
    // A moment later it may still be under way elsewhere; an hour later nobody knows.
    let soon = start(&home, "exchange");
    assert!(soon.code == 4 && soon.err.contains("under way"), "{soon:?}");
    let said = later(&home, &["run", "acme", "exchange", "--yes"]);
    assert!(said.code == 4 && said.err.contains("nobody knows"), "{said:?}");
    assert!(later(&home, &["actions", "acme"]).out.contains("outcome unknown"));
    assert!(requests.try_recv().is_err());
    // It has left, so the secret counts as used.
    assert_eq!(later(&home, &["action-reset", "acme", "exchange", "--reason", "never there"]).code, 0);
    let reused = later(&home, &["run", "acme", "exchange", "--yes"]);
    assert!(reused.code == 4 && reused.err.contains("one of the last 4"), "{reused:?}");
}

#[test]
fn what_came_back_is_told_and_found_again_when_its_end_cannot_be_logged() {
    let (go, gate) = channel();
    let (api, requests) = serve_behind(gate, &[Does::Answers]);
    let home = home(&api);
    let mut running = home.command(&["run", "acme", "exchange", "--yes"]);
    let running = running.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    requests.recv_timeout(PATIENCE).unwrap();
    let full = "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END";
    sql(&home, full);
    go.send(()).unwrap();
    let said = Said::of(running.wait_with_output().unwrap());
    assert_eq!(said.code, 5, "{said:?}");
    let file = kept(&home).to_str().unwrap().to_owned();
    for told in [&file, "could not be logged", "request req-0", "golive secret acme permanent"] {
        assert!(said.err.contains(told), "{told} in {said:?}");
    }
    sql(&home, "DROP TRIGGER full");
    // Nobody reads those lines a second time: what is in doubt names the file itself.
    let again = later(&home, &["run", "acme", "exchange", "--yes"]);
    assert!(again.code == 4 && again.err.contains(&file), "{again:?}");
    let listed = later(&home, &["actions", "acme"]);
    assert!(listed.code == 0 && listed.err.contains(&format!("exchange: file {file}")), "{listed:?}");
    let json: serde_json::Value =
        serde_json::from_str(&later(&home, &["actions", "acme", "--json"]).out).unwrap();
    assert_eq!(json[0]["left"], serde_json::json!([format!("file {file}")]));
    let terminal = Launch::new(env!("CARGO_BIN_EXE_golive"))
        .arg("open")
        .arg("acme")
        .env("GOLIVE_HOME", home.path(""))
        .env("GOLIVE_NAME", "Dana Ruiz")
        .env("GOLIVE_NOW", LATER)
        .home(&home.path(""))
        .size(200, 40)
        .start();
    terminal.wait_for_text("The key is exchanged");
    terminal.send("a");
    terminal.wait_for("all actions", |s| s.text().contains("Register a webhook"));
    terminal.send("\r");
    terminal.wait_for_text("what came back may be in it");
    terminal.send("qq");
    terminal.wait_exit();
    let reset = later(&home, &["action-reset", "acme", "exchange", "--reason", "the key was kept"]);
    assert!(reset.code == 0 && reset.err.contains(&file), "{reset:?}");
}

#[test]
fn whoever_stops_it_while_a_request_is_on_its_way_still_learns_what_came_of_it() {
    let (go, gate) = channel();
    let (api, requests) = serve_behind(gate, &[Does::Answers]);
    let home = home(&api);
    let mut running = home.command(&["run", "acme", "exchange", "--yes"]);
    let mut running = running.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    requests.recv_timeout(PATIENCE).unwrap();
    let id = rustix::process::Pid::from_child(&running);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let mut told = BufReader::new(running.stderr.take().unwrap()).lines();
    assert!(told.any(|line| line.unwrap().contains("may be on its way")));
    go.send(()).unwrap();
    let said = Said::of(running.wait_with_output().unwrap());
    assert!(said.code == 0 && said.out.contains("done: Exchange the key"), "{said:?}");
    assert!(said.out.contains(kept(&home).to_str().unwrap()), "{said:?}");
}

#[test]
fn a_secret_is_read_once_and_what_was_looked_at_is_what_is_sent() {
    let (api, requests) = serve(&[Does::Answers]);
    let home = home(&api);
    let calls = home.path("calls");
    let script = format!(
        "echo >> '{0}'; [ $(wc -l < '{0}') = 1 ] && echo Good-secret-1 || echo weak",
        calls.display()
    );
    home.ok(&["secret", "acme", "chosen", "--command", "sh", "-c", &script]);
    let said = start(&home, "exchange");
    assert_eq!(said.code, 0, "{said:?}");
    let request = requests.recv_timeout(PATIENCE).unwrap();
    assert!(request.ends_with(r#"{"secret":"Good-secret-1"}"#), "{request}");
    assert_eq!(std::fs::read_to_string(&calls).unwrap(), "\n");
}

#[test]
fn what_happens_once_is_tried_again_in_doubt_only_with_the_key_by_which_the_provider_knows_it() {
    let (api, requests) = serve(&[Does::BreaksOff, Does::Refuses, Does::Answers]);
    let home = home(&api);
    let lost = start(&home, "pay");
    assert!(lost.code == 3 && lost.out.contains("with the same idempotency key"), "{lost:?}");
    // A refusal does not say that the first was not carried out.
    let again = later(&home, &["run", "acme", "pay", "--yes"]);
    assert_eq!(again.code, 3, "{again:?}");
    for told in ["The attempt of Dana Ruiz at 2026-11-21 09:00:00 UTC", "carries the same idempotency key"] {
        assert!(again.err.contains(told), "{told} in {again:?}");
    }
    assert_eq!(later(&home, &["run", "acme", "pay", "--yes"]).code, 0);
    let keys = keys(&requests);
    assert!(keys.len() == 3 && keys[1] == keys[0] && keys[2] == keys[0], "{keys:?}");
    assert_eq!(later(&home, &["run", "acme", "pay", "--yes"]).code, 4, "it is done");
}

#[test]
fn whoever_tries_again_without_a_key_is_told_that_it_may_happen_twice() {
    let (api, _requests) = serve(&[Does::BreaksOff, Does::Answers]);
    let home = home(&api);
    assert!(!start(&home, "mint").err.contains("may happen twice"));
    let again = later(&home, &["run", "acme", "mint", "--yes"]);
    assert!(again.code == 0 && again.err.contains("it may happen twice"), "{again:?}");
}

#[test]
fn ninety_days_count_from_the_exchange_and_only_another_one_renews_them() {
    let (api, _requests) = serve(&[Does::Answers]);
    let runbook = format!("{RUNBOOK}valid_for = \"90d\"\nwarn_before = \"14d\"\n");
    let home = home_of(&runbook, &api);
    assert_eq!(start(&home, "exchange").code, 0);
    let on = |day: &str, args: &[&str]| at(&home, &format!("{day}T09:00:00Z"), args);
    assert_eq!(on("2027-01-20", &["tick", "acme", "key"]).code, 0);
    // Ninety days after the exchange, thirty after the tick.
    let warned = on("2027-02-06", &["status", "acme"]).out;
    assert!(warned.contains("2027-02-19"), "{warned}");
    assert_eq!(on("2027-02-18", &["gate", "acme"]).code, 0);
    assert_eq!(on("2027-02-19", &["gate", "acme"]).code, 1);
    let expired = on("2027-02-19", &["status", "acme", "--json"]).out;
    assert!(expired.contains("\"expired\""), "{expired}");
    let refused = on("2027-02-19", &["tick", "acme", "key"]);
    assert!(refused.code == 4 && refused.err.contains("golive run acme exchange"), "{refused:?}");
    assert!(on("2027-02-19", &["actions", "acme"]).out.contains("due again"));
    home.write("chosen.secret", "Another?canary/8Wz");
    let rotated = on("2027-02-19", &["run", "acme", "exchange", "--yes"]);
    assert_eq!(rotated.code, 0, "nobody need reset it: {rotated:?}");
    assert_eq!(on("2027-02-20", &["tick", "acme", "key"]).code, 0);
    assert_eq!(on("2027-05-19", &["gate", "acme"]).code, 0);
    assert_eq!(on("2027-05-20", &["gate", "acme"]).code, 1);
}

#[test]
fn a_provider_that_has_enough_says_for_how_long() {
    let (api, _requests) = serve(&[Does::HasEnough]);
    let home = home(&api);
    let said = start(&home, "mint");
    assert!(said.code == 1 && said.out.contains("asks to wait 7s first"), "{said:?}");
}

#[test]
fn a_person_who_tries_again_after_a_lost_answer_sends_the_same_idempotency_key() {
    let (api, requests) = serve(&[Does::BreaksOff, Does::Refuses, Does::Refuses]);
    let home = home(&api);
    // The refusal may be because the first one was carried out.
    for _ in 0..3 {
        assert_eq!(start(&home, "hook").code, 3);
    }
    assert_eq!(later(&home, &["action-reset", "acme", "hook", "--reason", "never there"]).code, 0);
    assert_eq!(start(&home, "hook").code, 1);
    let keys = keys(&requests);
    assert_eq!(keys.len(), 4);
    assert!(keys[1] == keys[0] && keys[2] == keys[0], "{keys:?}");
    assert_ne!(keys[3], keys[0], "after a person has looked it is another attempt");
}

#[test]
fn a_look_that_finds_something_else_or_nothing_leaves_no_doubt_and_can_be_repeated() {
    let (api, requests) = serve(&[Does::Answers, Does::BreaksOff]);
    let home = home(&api);
    for why in ["expected json.id == 'k-2'", "the answer was lost"] {
        let said = start(&home, "onward");
        assert!(said.code == 1 && format!("{said:?}").contains(why), "{said:?}");
    }
    let asked: Vec<String> = requests.try_iter().collect();
    assert!(asked.len() == 2 && asked.iter().all(|r| r.starts_with("GET /state ")), "{asked:?}");
}

#[test]
fn a_policy_is_kept_before_anything_is_sent_and_nobody_is_asked_without_a_terminal() {
    let (api, requests) = serve(&[Does::Answers]);
    let home = home(&api);
    for (value, rule) in [("Short", "12 to 30 characters"), ("no capital here", "upper-case")] {
        home.write("chosen.secret", value);
        let said = start(&home, "exchange");
        assert!(said.code == 4 && said.err.contains(rule) && !said.err.contains(value), "{said:?}");
    }
    home.write("chosen.secret", CHOSEN);
    let said = home.run(&["run", "acme", "exchange"]);
    assert!(said.code == 2 && said.err.contains("--yes"), "{said:?}");
    assert!(requests.try_recv().is_err());
}
