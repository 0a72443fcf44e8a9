//! `golive config`: what the configuration comes to.

use std::env;

use serde::Serialize;

use super::Ending;
use super::out::{Out, Tone};
use super::session::Session;
use crate::app::notify::Occasion;
use crate::domain::secret::SecretSource;
use crate::domain::text::SafeText;
use crate::error::Failure;
use crate::tui::keymap::{Act, Context, Keymap};
use crate::tui::settings::GlyphSet;
use crate::tui::theme::{Role, ThemeName};

/// The configuration as it counts.
#[derive(Debug, Serialize)]
struct ConfigJson {
    file: String,
    there: bool,
    name: String,
    store: String,
    theme: Option<&'static str>,
    colours: Vec<&'static str>,
    glyphs: Option<&'static str>,
    notify: NotifyJson,
    clipboard: Option<Vec<String>>,
    keys: Vec<KeysJson>,
}

/// What is told, and how. Never the value of a secret.
#[derive(Debug, Serialize)]
struct NotifyJson {
    events: Vec<&'static str>,
    bell: bool,
    osc9: bool,
    command: Option<Vec<String>>,
    webhook: Option<String>,
    signed_with: Option<String>,
}

/// An act of a screen or a window.
#[derive(Debug, Serialize)]
struct KeysJson {
    context: &'static str,
    act: &'static str,
    keys: Vec<String>,
    does: &'static str,
}

pub(super) fn run(session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let shown = gathered(session);
    if out.json() {
        out.value(&shown)?;
        return Ok(Ending::Done);
    }
    let there = if shown.there { "" } else { " (not there; everything is as it comes)" };
    let line = |out: &mut Out, name: &str, value: &str| {
        out.line(format!("{name:<11}{}", SafeText::clipped(value, 200)));
    };
    line(out, "file", &format!("{}{there}", shown.file));
    line(out, "name", &shown.name);
    line(out, "store", &shown.store);
    line(out, "theme", shown.theme.unwrap_or("as the terminal is: dark or light"));
    if !shown.colours.is_empty() {
        line(out, "colours", &format!("your own for {}", shown.colours.join(", ")));
    }
    line(out, "glyphs", shown.glyphs.unwrap_or("as the locale is"));
    let notify = &shown.notify;
    let mut ways: Vec<String> = Vec::new();
    ways.extend(notify.bell.then(|| "bell".to_owned()));
    ways.extend(notify.osc9.then(|| "osc9".to_owned()));
    ways.extend(notify.command.as_ref().map(|argv| argv.join(" ")));
    ways.extend(notify.webhook.clone());
    let ways = if ways.is_empty() { "on the screen only".to_owned() } else { ways.join(", ") };
    line(out, "notify", &format!("{}: {ways}", notify.events.join(", ")));
    if let Some(argv) = &shown.clipboard {
        line(out, "clipboard", &argv.join(" "));
    }
    let mut context = "";
    for row in &shown.keys {
        if row.context != context {
            context = row.context;
            out.line("");
            out.line(out.paint(Tone::Strong, format!("[keys.{context}]")));
        }
        let keys = SafeText::new(&row.keys.join(" "));
        out.line(format!("{:<17} {:<22} {}", row.act, keys.as_str(), row.does));
    }
    Ok(Ending::Done)
}

fn gathered(session: &Session) -> ConfigJson {
    let (setup, settings) = (&session.setup, &session.settings);
    let notify = &setup.config.notify;
    let mut colours: Vec<&'static str> = settings.colours.iter().map(|(role, _)| Role::name(*role)).collect();
    colours.dedup();
    ConfigJson {
        file: setup.config_file.display().to_string(),
        there: setup.config_file.is_file(),
        name: setup.name.to_string(),
        store: setup.store.display().to_string(),
        theme: session
            .global
            .theme
            .or_else(|| settings.theme_named(|name| env::var(name).ok()))
            .map(ThemeName::name),
        colours,
        glyphs: settings.glyphs.map(GlyphSet::name),
        notify: NotifyJson {
            events: notify.events.iter().map(|event| Occasion::name(*event)).collect(),
            bell: notify.bell.is_on(),
            osc9: notify.osc9.is_on(),
            command: notify.command.clone(),
            webhook: notify.webhook.as_ref().map(|hook| hook.url.to_string()),
            signed_with: notify
                .webhook
                .as_ref()
                .and_then(|hook| hook.secret.as_ref().map(SecretSource::to_string)),
        },
        clipboard: settings.clipboard.clone(),
        keys: keys(&settings.keys),
    }
}

fn keys(keymap: &Keymap) -> Vec<KeysJson> {
    let rows = |context: Context| {
        keymap.rows(context).iter().map(move |row| KeysJson {
            context: context.name(),
            act: Act::name(row.act),
            keys: row.keys.iter().map(|key| key.name()).collect(),
            does: row.help,
        })
    };
    Context::ALL.into_iter().flat_map(rows).collect()
}
