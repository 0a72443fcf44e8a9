//! Servers and files that mean no good: what they send is neither told where it must not be, nor too much.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::cli_bench::{Home, Said};

const CANARY: &str = "Canary/7Qx+9&sk~4711";

const RUNBOOK: &str = r#"schema = 1
id = "odd"
title = "Odd answers"
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
[[secrets]]
id = "key"
label = "Key"
origins = ["{{ fields.api }}"]
[[stages]]
id = "one"
title = "One"
"#;

fn percent(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02x}")).collect::<Vec<_>>().concat()
}

/// The canary in each way that a server may repeat it, as a value of JSON.
fn spellings() -> Vec<(&'static str, String)> {
    let form: String = url::form_urlencoded::byte_serialize(CANARY.as_bytes()).collect();
    vec![
        ("raw", CANARY.to_owned()),
        ("base64", STANDARD.encode(CANARY)),
        ("base64-one", STANDARD.encode(format!("x{CANARY}"))),
        ("base64-user", STANDARD.encode(format!("user:{CANARY}"))),
        ("base64url", URL_SAFE_NO_PAD.encode(CANARY)),
        ("hex", hex::encode(CANARY)),
        ("hex-upper", hex::encode_upper(CANARY)),
        ("percent", percent(CANARY)),
        ("percent-twice", percent(&percent(CANARY))),
        ("form", form.clone()),
        ("form-twice", form.replace('%', "%25")),
        ("escaped", CANARY.replace('+', "\\u002B").replace('/', "\\/")),
    ]
}

/// Answers each request with what the path names.
fn serve(answer: impl Fn(&str, &mut TcpStream) + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || {
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                let asked = lines.next().unwrap_or_default();
                if lines.any(|line| line.is_empty()) {
                    answer(asked.split(' ').nth(1).unwrap_or_default(), &mut stream);
                }
            });
        }
    });
    address
}

fn item(id: &str) -> String {
    format!(
        "[[stages.items]]\nid = \"{id}\"\ntitle = \"{id}\"\nowner = \"lead\"\ncheck = {{ use = \"{id}\", mode = \"inform\" }}\n"
    )
}

fn begin(home: &Home, runbook: &str, api: &str) {
    let runbook = home.write("odd.toml", runbook);
    home.ok(&["new", &runbook, "Acme", "--id", "acme", "--set", &format!("api={api}")]);
}

#[test]
fn a_secret_that_comes_back_is_nowhere_in_whatever_spelling() {
    let api = serve(|path, stream| {
        let spelling = spellings().into_iter().find(|(name, _)| path == format!("/{name}")).unwrap().1;
        let body = format!(r#"{{"echo": "{spelling}", "{spelling}": 1, "due": ["{spelling}"]}}"#);
        let length = body.len();
        let head = format!("content-length: {length}\r\nx-request-id: {spelling}\r\nconnection: close");
        let _ = write!(stream, "HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}");
    });
    let mut runbook = RUNBOOK.to_owned();
    for (name, _) in spellings() {
        runbook += &item(name);
        runbook.extend([format!(
            "[checks.{name}]\nkind = \"http\"\nevery = \"30s\"\nttl = \"10m\"\n[[checks.{name}.steps]]\n\
             get = \"{{{{ fields.api }}}}/{name}\"\nbearer = \"key\"\nblocking = \"json.due\"\n\
             expect = [\"json.echo == '' or json.gone is defined\", \"json == ''\", \"text == ''\"]\n"
        )]);
    }
    let home = Home::new();
    begin(&home, &runbook, &api);
    home.ok(&["secret", "acme", "key", "--env", "KEY"]);
    let mut check = home.command(&["-vv", "check", "acme", "--json"]);
    let checked = Said::of(check.env("KEY", CANARY).env("GOLIVE_LOG", "trace").output().unwrap());
    assert_eq!(checked.code, 1, "{checked:?}");
    let mut told = format!("{} {}", checked.out, checked.err);
    assert!(told.matches("••••").count() > 3 * spellings().len(), "{told}");
    for command in [&["log", "acme"][..], &["report", "acme"], &["readiness", "acme"], &["status", "acme"]] {
        let said = home.run(command);
        told.extend([format!("{} {}", said.out, said.err)]);
    }
    for file in std::fs::read_dir(home.path(".")).unwrap().flatten() {
        if file.file_type().unwrap().is_file() {
            told += &String::from_utf8_lossy(&std::fs::read(file.path()).unwrap());
        }
    }
    for (name, spelling) in spellings() {
        assert!(!told.contains(spelling.trim_end_matches('=')), "{name}: {told}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn large_answers_and_files_take_less_than_a_hundred_megabytes() {
    let api = serve(|path, stream| {
        let many = |n: usize| format!("[{}0]", r#"{"a":0},"#.repeat(n));
        let body = match path {
            "/many" => many(19_000),
            "/too-many" => many(130_000),
            _ => format!("<p>{}", "x ".repeat(1_900_000)),
        };
        let stalls = path == "/stalls";
        let length = if stalls { 4_000_000 } else { body.len() };
        let _ =
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
        if stalls {
            // Until the other side has had enough.
            let _ = std::io::Read::read(stream, &mut [0]);
        }
    });
    let home = Home::new();
    let list = |n: usize| format!("[{}0]", r#"{"a": 0, "b": "some text to fill it up"},"#.repeat(n));
    let (many, too_many) = (home.write("many.json", list(16_000)), home.write("too.json", list(99_000)));
    let mut runbook = RUNBOOK.to_owned();
    let timing = "every = \"30s\"\nttl = \"10m\"\ndeadline = \"5s\"\n";
    for n in 0..3 {
        for path in ["many", "too-many"] {
            runbook += &item(&format!("{path}-{n}"));
            runbook.extend([format!(
                "[checks.{path}-{n}]\nkind = \"http\"\n{timing}[[checks.{path}-{n}.steps]]\n\
                 get = \"{{{{ fields.api }}}}/{path}\"\nexpect = [\"json | map(attribute='a') | list | length == 1\"]\n"
            )]);
        }
        for (name, path) in [("file", &many), ("large-file", &too_many)] {
            runbook += &item(&format!("{name}-{n}"));
            runbook.extend([format!(
                "[checks.{name}-{n}]\nkind = \"file\"\n{timing}path = \"{path}\"\nexpect = [\"data | length == 1\"]\n"
            )]);
        }
    }
    for n in 0..60 {
        runbook += &item(&format!("page-{n}"));
        runbook.extend([format!(
            "[checks.page-{n}]\nkind = \"page\"\n{timing}url = \"{{{{ fields.api }}}}/stalls\"\nforbid = [\"lorem\"]\n"
        )]);
    }
    begin(&home, &runbook, &api);
    let mut check = home
        .command(&["check", "acme", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = check.stdout.take().unwrap();
    let told = std::thread::spawn(move || std::io::read_to_string(&mut said).unwrap());
    let mut peak = 0;
    while check.try_wait().unwrap().is_none() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", check.id())).unwrap_or_default();
        let most = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB")?.trim().parse().ok());
        peak = peak.max(most.unwrap_or(0_u64));
        std::thread::yield_now();
    }
    let told: serde_json::Value = serde_json::from_str(&told.join().unwrap()).unwrap();
    let summary = |id: &str| {
        let mut all = told.as_array().unwrap().iter().map(|seen| &seen["observation"]);
        let check = all.find(|o| o["check"] == id);
        check.unwrap_or_else(|| panic!("{id}: {told}"))["summary"].as_str().unwrap().to_owned()
    };
    assert!(summary("too-many-1").contains("too many values"), "{}", summary("too-many-1"));
    assert!(summary("many-1").contains("expected json"), "{}", summary("many-1"));
    assert!(summary("file-1").contains("expected data"), "{}", summary("file-1"));
    assert!(summary("large-file-1").contains("too many values"), "{}", summary("large-file-1"));
    // A program that is not optimised is itself some 20 MB larger.
    let most = if cfg!(debug_assertions) { 120_000 } else { 100_000 };
    assert!((1..most).contains(&peak), "{peak} kB");
}

#[test]
fn a_row_of_the_troubleshooting_meets_what_is_in_a_file() {
    let home = Home::new();
    let file = home.write("load.json", r#"{"errors": 7}"#);
    let runbook = format!(
        "{}[checks.load]\nkind = \"file\"\nevery = \"30s\"\nttl = \"10m\"\npath = \"{file}\"\n\
         expect = [\"data.errors == 0\"]\n[[troubleshooting]]\nsymptom = \"Errors under load\"\n\
         cause = \"Too few workers\"\nfix = \"Start more\"\nwhen = \"data.errors > 5\"\nchecks = [\"load\"]\n\
         [[troubleshooting]]\nsymptom = \"Never\"\ncause = \"None\"\nfix = \"None\"\nwhen = \"exit == 1\"\n\
         checks = [\"load\"]\n",
        RUNBOOK.to_owned() + &item("load")
    );
    begin(&home, &runbook, "http://127.0.0.1:1");
    let said = home.run(&["check", "acme", "--json"]);
    assert!(said.out.contains("Too few workers") && !said.out.contains("Never"), "{said:?}");
    let lint = home.run(&["lint", &home.path("odd.toml").to_string_lossy()]);
    let told = lint.out + &lint.err;
    assert_eq!(told.matches("never shown").count(), 1, "{told}");
}
