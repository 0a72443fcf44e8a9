//! A home with one engagement, and the screen over it in a pty.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::terminal::{Launch, Terminal};

/// When every test takes place.
const NOW: &str = "2026-11-21T12:06:00Z";

/// A home of golive's own, gone at the end.
pub struct Home(TempDir);

impl Home {
    /// With Acme Ltd, which Dana Ruiz leads and in which Lin Chen is the developer.
    pub fn with_acme() -> Self {
        let home = Self(tempfile::tempdir().expect("a folder"));
        // Whoever tests has been here before: the newcomer's line would stand in every picture.
        std::fs::write(home.folder().join("guided"), "").expect("a file");
        home.run(&["new", "paymentsai", "Acme Ltd", "--id", "acme", "--target", "2026-12-12"]);
        home.run(&["assign", "acme", "developer", "Lin Chen"]);
        home
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// Runs a command as Dana Ruiz, which must succeed, and gives what it printed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_golive"))
            .args(arguments)
            .env_clear()
            .envs([("GOLIVE_NAME", "Dana Ruiz"), ("GOLIVE_NOW", NOW), ("LANG", "C.UTF-8"), ("TZ", "UTC")])
            .env("GOLIVE_HOME", self.folder())
            .stdin(Stdio::null())
            .output()
            .expect("golive runs");
        assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).expect("UTF-8")
    }

    /// The screen, about to be started.
    pub fn screen(&self) -> Launch {
        Launch::new(env!("CARGO_BIN_EXE_golive"))
            .env("GOLIVE_NAME", "Dana Ruiz")
            .env("GOLIVE_NOW", NOW)
            .env("GOLIVE_HOME", self.folder())
            .env("TZ", "UTC")
    }

    /// The screen with all engagements, once they are there.
    pub fn portfolio(&self, columns: u16, rows: u16) -> Terminal {
        let terminal = self.screen().size(columns, rows).start();
        terminal.wait_for_text("Acme Ltd");
        terminal
    }

    /// The screen of Acme Ltd, once it is there.
    pub fn acme(&self, columns: u16, rows: u16) -> Terminal {
        let terminal = self.screen().arg("open").arg("acme").size(columns, rows).start();
        terminal.wait_for_text("0 Invitation and KYC");
        terminal
    }
}
