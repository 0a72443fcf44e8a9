//! The compiled program in a home of its own, at a time of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// When every test takes place.
pub const NOW: &str = "2026-11-21T09:00:00Z";

/// A runbook small enough to finish in a few lines.
pub const SMALL: &str = r#"
schema = 1
id = "small"
title = "Small runbook"
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
id = "site"
label = "Website"
pattern = '^https?://'

[checks.site]
kind = "http"
every = "5s"
ttl = "10m"
after_failures = 1
[[checks.site.steps]]
get = "{{ fields.site }}"
expect = ["status == 200"]

[[decisions]]
id = "descriptor"
title = "Statement descriptor"
kind = "text"
max_chars = 22
pattern = '^[A-Za-z0-9 ]+$'

[[stages]]
id = "first"
title = "Preparation"

[[stages.items]]
id = "hello"
title = "First contact"
owner = "dev"
optional = true

[[stages.items]]
id = "papers"
title = "Papers are in"
owner = "dev"
parts = [{ id = "front", title = "Front page" }, { id = "back", title = "Back page" }]

[[stages.items]]
id = "site-up"
title = "Website answers"
owner = "dev"
check = { use = "site", mode = "auto" }

[[stages]]
id = "last"
title = "Launch"
signoff = ["lead"]

[[stages.items]]
id = "button"
title = "Both press the button"
owner = { all = ["dev", "lead"] }
"#;

/// A home that goes away with the test.
pub struct Home {
    dir: TempDir,
}

/// What a run of the program said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Home {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The program with nothing of the machine's own environment.
    pub fn command(&self, args: &[&str]) -> Command {
        command(self.dir.path(), args)
    }

    pub fn run(&self, args: &[&str]) -> Said {
        Said::of(self.command(args).output().unwrap())
    }

    /// Runs something that must go well, and gives what it printed.
    pub fn ok(&self, args: &[&str]) -> String {
        let said = self.run(args);
        assert_eq!(said.code, 0, "{args:?}: {said:?}");
        said.out
    }

    /// Runs something that must fail, with nothing on standard output.
    pub fn fails(&self, code: i32, args: &[&str]) -> String {
        let said = self.run(args);
        assert_eq!((said.code, said.out.as_str()), (code, ""), "{args:?}: {said:?}");
        assert!(said.err.starts_with("error: "), "{args:?}: {said:?}");
        said.err
    }

    pub fn json(&self, args: &[&str]) -> serde_json::Value {
        let text = self.ok(&[args, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// With the engagement `acme` of the small runbook, whose developer is Lin.
    pub fn with_acme() -> Self {
        let home = Self::new();
        let runbook = home.write("small.toml", SMALL);
        home.ok(&["new", &runbook, "Acme Ltd", "--id", "acme", "--target", "2026-12-12"]);
        home.ok(&["assign", "acme", "dev", "Lin Chen"]);
        home
    }

    /// What does not change from run to run.
    pub fn settings(&self) -> insta::Settings {
        let mut settings = insta::Settings::clone_current();
        settings.add_filter(r"SHA256:[A-Za-z0-9+/]{43}", "[fingerprint]");
        settings.add_filter(r"ssh-ed25519 [A-Za-z0-9+/=]+", "[public key]");
        settings.add_filter(r"\b[0-9a-f]{64}\b", "[hash]");
        settings.add_filter(r"\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b", "[uuid]");
        settings.add_filter(&regex::escape(self.dir.path().to_str().unwrap()), "[home]");
        settings.set_prepend_module_to_snapshot(true);
        settings.set_omit_expression(true);
        settings
    }
}

impl Said {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub fn command(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_golive"));
    command
        .args(args)
        .env_clear()
        .env("GOLIVE_HOME", home)
        .env("GOLIVE_NAME", "Dana Ruiz")
        .env("GOLIVE_NOW", NOW)
        // Errors are told the same with it.
        .env("RUST_BACKTRACE", "1")
        .stdin(Stdio::null());
    command
}
