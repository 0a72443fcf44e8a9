//! Fills a store through golive's own use cases, for `make bench-tui`, and prints the arguments that
//! open the screen on it, one a line.
//!
//! - `seed portfolio N`: N engagements, `Merchant-00000` the most urgent of them
//! - `seed runbook FILE.toml`: one engagement that keeps that runbook
//!
//! The store is made in the folder that it runs in; `HOME` is where the key goes.
#![allow(clippy::print_stdout, reason = "the arguments are what it is run for")]

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use golive::app::live::MAX_WATCHED;
use golive::app::setup::{Flags, Setup};
use golive::app::{App, Beginning};
use golive::identity::NobodyToAsk;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = std::env::current_dir()?.join("golive.db");
    let flags = Flags { store: Some(store.display().to_string()), config: None };
    let app = Setup::gather(&flags, &|name| std::env::var_os(name))?.open(Arc::new(NobodyToAsk)).await?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    println!("--store\n{}", store.display());
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["portfolio", count] => portfolio(&app, count.parse()?).await,
        ["runbook", file] => runbook(&app, file.into()).await,
        _ => Err("usage: seed portfolio N | seed runbook FILE.toml".into()),
    }
}

async fn portfolio(app: &App, count: usize) -> Result<(), Box<dyn Error>> {
    let bundled = golive::runbook::bundled().first().ok_or("no runbook is bundled")?;
    let first = NaiveDate::from_ymd_opt(2027, 1, 1).ok_or("no such day")?;
    let runner = app.runner()?;
    for n in 0..count {
        let begun = app.begin(Beginning {
            runbook_name: bundled.file_name.to_owned(),
            runbook: bundled.text.as_bytes().to_vec(),
            id: None,
            name: format!("Merchant-{n:05}"),
            target: first.checked_add_days(Days::new(n as u64)),
            fields: Vec::new(),
        });
        let begun = begun.await?;
        // A portfolio that somebody works with: what can be checked has been, as far as it is watched.
        if n < MAX_WATCHED {
            app.run_checks(&runner, begun.id(), &[]).await?;
        }
    }
    Ok(())
}

async fn runbook(app: &App, file: PathBuf) -> Result<(), Box<dyn Error>> {
    let begun = app
        .begin(Beginning {
            runbook_name: file.display().to_string(),
            runbook: std::fs::read(&file)?,
            id: None,
            name: "Measured".to_owned(),
            target: None,
            fields: Vec::new(),
        })
        .await?;
    println!("open\n{}", begun.id());
    Ok(())
}
