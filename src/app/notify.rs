//! What is told to a person who is not looking: ticked by itself, regressed, waiting on me, gate opened.
//!
//! [`Herald`] says what there is to tell, [`Notifier`] tells it: to a program or an address of the person's own
//! configuration. A screen adds the bell of its terminal. Nothing here is waited for by anybody.

mod herald;
mod program;
mod send;
mod webhook;

use std::collections::BTreeSet;

use serde::Serialize;
use strum::IntoEnumIterator as _;
use toml::de::DeValue;
use url::Url;

pub use herald::Herald;
pub use send::Notifier;

use crate::checks::outbound::address;
use crate::domain::ids::EngagementId;
use crate::domain::secret::SecretSource;
use crate::domain::text::SafeText;
use crate::runbook::fault::{Draft, Gathering, Span};
use crate::runbook::read::{Flag, Node, Read, Text, shape, spot, wrong};
use crate::runbook::suggest;

/// Words of a command, at most.
const MAX_WORDS: usize = 32;
/// The longest text of a notice, in characters.
const MAX_TEXT: usize = 300;

/// What there is to tell of.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    strum::IntoStaticStr,
    strum::EnumIter,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Occasion {
    /// An item was ticked by its check.
    Ticked,
    /// Work that was done is open again.
    Regressed,
    /// An engagement has come to wait for the person.
    WaitingOnMe,
    /// A stage has been completed, and the next one is open.
    GateOpened,
}

impl Occasion {
    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// One thing that is told. Its texts are safe to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// What it is about.
    pub occasion: Occasion,
    /// Where.
    pub engagement: EngagementId,
    /// The merchant's name.
    pub name: String,
    /// What happened, in one sentence that never begins with a `-`.
    pub text: String,
}

impl Notice {
    /// A notice; its texts are made safe and short.
    pub fn new(occasion: Occasion, engagement: EngagementId, name: &str, text: &str) -> Self {
        let safe = |text: &str| String::from(SafeText::clipped(text, MAX_TEXT));
        Self { occasion, engagement, name: safe(name), text: safe(text) }
    }
}

/// `[notify]`: what is told, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notify {
    /// What is told.
    pub events: BTreeSet<Occasion>,
    /// Whether the terminal of a screen rings.
    pub bell: Bell,
    /// Whether the terminal of a screen shows it, by OSC 9.
    pub osc9: Bell,
    /// A program, with its arguments; title and text are added, and the notice is on its standard input.
    pub command: Option<Vec<String>>,
    /// An address.
    pub webhook: Option<Webhook>,
}

impl Default for Notify {
    fn default() -> Self {
        let events = Occasion::iter().collect();
        Self { events, bell: Bell::Off, osc9: Bell::Off, command: None, webhook: None }
    }
}

/// Whether a terminal is to be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bell {
    /// It is not.
    #[default]
    Off,
    /// It is.
    On,
}

impl Bell {
    /// Whether it is.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// An address that notices are sent to, signed as Standard Webhooks has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The address.
    pub url: Url,
    /// Where the secret is that signs; without one nothing is signed.
    pub secret: Option<SecretSource>,
}

shape! {
    /// `[notify]`
    struct RawNotify {
        "events" => events: Vec<Text<'a>>,
        "bell" => bell: Flag,
        "osc9" => osc9: Flag,
        "command" => command: Vec<Text<'a>>,
        "webhook" => webhook: RawWebhook<'a>,
    }
}

shape! {
    /// `webhook = { … }`
    struct RawWebhook {
        "url" => url: Text<'a>,
        "secret" => secret: Source,
    }
}

/// Where a secret is, as it is written: `{ env = "…" }`, `{ file = "…" }` or `{ command = […] }`.
pub(super) struct Source(SecretSource);

impl<'a> Read<'a> for Source {
    fn read(node: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<Self> {
        let expected = "{ env = \"NAME\" }, { file = \"PATH\" } or { command = [\"PROGRAM\"] }";
        let DeValue::Table(table) = node.get_ref() else {
            wrong(node, expected, out);
            return None;
        };
        let mut pairs = table.iter();
        let (Some((kind, value)), None) = (pairs.next(), pairs.next()) else {
            wrong(node, expected, out);
            return None;
        };
        let source = match kind.get_ref().as_ref() {
            "env" => SecretSource::env(Text::read(value, out)?.text),
            "file" => SecretSource::file(Text::read(value, out)?.text),
            "command" => {
                let words: Vec<Text<'_>> = Read::read(value, out)?;
                let words: Vec<String> = words.iter().map(|word| word.text.to_owned()).collect();
                SecretSource::command(&words)
            }
            _ => {
                wrong(node, expected, out);
                return None;
            }
        };
        source.map(Self).map_err(|bad| out.push(Draft::error(spot(value), bad.to_string()))).ok()
    }
}

impl RawNotify<'_> {
    /// What it says; what it does not say is as it usually is.
    pub(super) fn resolve(self, out: &mut Gathering<'_>) -> Notify {
        let usual = Notify::default();
        let on = |flag: Option<Flag>| if flag.is_some_and(|f| f.set) { Bell::On } else { Bell::Off };
        Notify {
            events: self.events.map_or(usual.events, |events| occasions(&events, out)),
            bell: on(self.bell),
            osc9: on(self.osc9),
            command: self.command.and_then(|words| argv(&words, self.at, out)),
            webhook: self.webhook.and_then(|raw| raw.resolve(out)),
        }
    }
}

fn occasions(events: &[Text<'_>], out: &mut Gathering<'_>) -> BTreeSet<Occasion> {
    let mut all = BTreeSet::new();
    for event in events {
        if let Ok(occasion) = event.text.parse() {
            all.insert(occasion);
        } else {
            let hint = suggest::hint(event.text, || Occasion::iter().map(Occasion::name), out);
            let message = format!("nothing is told of '{}'", event.text);
            out.push(Draft::error(event.at, message).maybe_hint(hint));
        }
    }
    all
}

fn argv(words: &[Text<'_>], table: Span, out: &mut Gathering<'_>) -> Option<Vec<String>> {
    let good = words.len() <= MAX_WORDS && words.first().is_some_and(|program| !program.text.is_empty());
    if !good {
        let message = format!("a command is a program and its arguments, at most {MAX_WORDS} words");
        let at = words.first().map_or(table, |word| word.at);
        out.push(Draft::error(at, message).hint("such as [\"notify-send\"]"));
        return None;
    }
    Some(words.iter().map(|word| word.text.to_owned()).collect())
}

impl RawWebhook<'_> {
    fn resolve(self, out: &mut Gathering<'_>) -> Option<Webhook> {
        let secret = self.secret.map(|source| source.0);
        let Some(text) = self.url else {
            if !self.broken {
                out.push(Draft::error(self.at, "a webhook has a url"));
            }
            return None;
        };
        let url = match address(text.text) {
            Ok(url) => url,
            Err(bad) => {
                out.push(Draft::error(text.at, bad.to_string()));
                return None;
            }
        };
        // What is told names merchants.
        if url.scheme() != "https" && !loopback(&url) {
            let message = "notices go to https addresses, or to this machine";
            out.push(Draft::error(text.at, message));
            return None;
        }
        Some(Webhook { url, secret })
    }
}

fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::read::entries;
    use toml::de::DeTable;

    fn read(text: &str) -> (Notify, Vec<String>) {
        let table = DeTable::parse(text).unwrap();
        let mut out = Gathering::new("config.toml", text.as_bytes());
        let raw: RawNotify<'_> = entries(table.get_ref(), Span::new(0, 0), &mut out);
        let notify = raw.resolve(&mut out);
        (notify, out.finish().into_iter().map(|f| f.message).collect())
    }

    #[test]
    fn everything_is_told_and_nobody_rings_unless_the_configuration_says_otherwise() {
        let (notify, faults) = read("");
        assert!(faults.is_empty());
        assert_eq!((notify.events.len(), notify.bell, notify.osc9), (4, Bell::Off, Bell::Off));
        let (notify, _) = read("events = ['regressed']\nbell = true\ncommand = ['notify-send', '-u', 'low']");
        assert_eq!(notify.events, [Occasion::Regressed].into());
        assert_eq!((notify.bell, notify.command.unwrap().len()), (Bell::On, 3));
    }

    #[test]
    fn a_webhook_goes_to_https_or_to_this_machine() {
        for good in ["https://hooks.example/x", "http://127.0.0.1:9/x", "http://localhost/", "http://[::1]/"]
        {
            let (notify, faults) = read(&format!("webhook = {{ url = '{good}', secret = {{ env = 'S' }} }}"));
            assert!(faults.is_empty() && notify.webhook.is_some(), "{good}: {faults:?}");
        }
        for bad in ["http://hooks.example/x", "ftp://x", "https://a:b@x/", "x", "http://127.0.0.1.example/"] {
            assert_eq!(read(&format!("webhook = {{ url = '{bad}' }}")).1.len(), 1, "{bad}");
        }
    }

    #[test]
    fn faults_are_told_one_by_one() {
        let (_, faults) =
            read("events = ['tickd', 'ticked', 'x']\nwebhook = { secret = { env = '9' } }\ncommand = []");
        assert_eq!(faults.len(), 4, "{faults:?}");
        assert_eq!(read("webhook = { url = 'https://x/', secret = 'whsec_x' }").1.len(), 1);
    }

    #[test]
    fn a_notice_is_safe_and_short() {
        let id = EngagementId::new("acme").unwrap();
        let notice = Notice::new(Occasion::Ticked, id, "A\u{1b}[2J", &"x".repeat(1000));
        assert!(!notice.name.contains('\u{1b}') && notice.text.chars().count() <= MAX_TEXT);
    }
}
