//! The webhook endpoints that a merchant registers with a provider, and the events sent to them.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use url::{Host, Url};

use super::guard::Mode;
use super::provider::Provider;
use super::shelf::Shelf;
use super::signing::{Scheme, standard_secret};

/// So many events are kept; the oldest go first.
const KEPT_EVENTS: usize = 200;

/// An endpoint.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    pub(super) url: Url,
    pub(super) events: Vec<String>,
    pub(super) description: String,
    pub(super) mode: Mode,
    pub(super) secret: String,
}

/// An event that was sent, or is on its way.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) endpoint: String,
    pub(super) kind: String,
    pub(super) object: String,
    pub(super) mode: Mode,
    pub(super) at: DateTime<Utc>,
    /// How often it was tried to the end.
    pub(super) attempts: u32,
    /// What came of the last try; none while one is under way.
    pub(super) attempt: Option<Attempt>,
    body: Vec<u8>,
}

/// What came of sending an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attempt {
    /// The status of the answer; none when there was no answer.
    pub(super) status_code: Option<u16>,
    pub(super) milliseconds: u64,
}

impl Event {
    pub(super) fn is_delivered(&self) -> bool {
        self.attempt.is_some_and(|attempt| attempt.word() == "delivered")
    }

    pub(super) fn has_failed(&self) -> bool {
        self.attempt.is_some_and(|attempt| attempt.word() == "failed")
    }
}

impl Attempt {
    pub(super) fn word(self) -> &'static str {
        match self.status_code {
            Some(200..=299) => "delivered",
            Some(_) | None => "failed",
        }
    }
}

/// The endpoints and events of one provider.
#[derive(Debug, Clone)]
pub(super) struct Hooks {
    provider: Provider,
    endpoints: Shelf<Endpoint>,
    sent: u64,
    events: VecDeque<Event>,
}

/// A delivery that is ready to leave.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) event: String,
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Hooks {
    pub(super) fn new(provider: Provider) -> Self {
        Self { provider, endpoints: Shelf::new("whep"), sent: 0, events: VecDeque::new() }
    }

    /// Registers an endpoint and gives its id and its secret.
    pub(super) fn register(
        &mut self,
        url: Url,
        events: Vec<String>,
        description: String,
        mode: Mode,
    ) -> (String, String) {
        let n = self.endpoints.next_number();
        let secret = standard_secret(&format!("golive rehearsal, {} endpoint {n}", self.provider.runbook()));
        let endpoint = Endpoint { url, events, description, mode, secret: secret.clone() };
        (self.endpoints.put(endpoint), secret)
    }

    /// The endpoint at an address for which both sides know the secret already.
    pub(super) fn agreed(&mut self, url: Url, mode: Mode, secret: &str) -> String {
        let known = self.endpoints(mode).find(|(_, endpoint)| endpoint.url == url);
        if let Some((id, _)) = known {
            return id.to_owned();
        }
        let (events, description) = (Vec::new(), String::new());
        self.endpoints.put(Endpoint { url, events, description, mode, secret: secret.to_owned() })
    }

    /// An endpoint of a data plane.
    pub(super) fn endpoint(&self, id: &str, mode: Mode) -> Option<&Endpoint> {
        self.endpoints.get(id).filter(|endpoint| endpoint.mode == mode)
    }

    /// The endpoints of a data plane.
    pub(super) fn endpoints(&self, mode: Mode) -> impl Iterator<Item = (&str, &Endpoint)> {
        self.endpoints.iter().filter(move |(_, endpoint)| endpoint.mode == mode)
    }

    /// Makes an event for one endpoint, ready to be sent.
    pub(super) fn parcel(
        &mut self,
        endpoint: &str,
        kind: &str,
        object: &str,
        data: &Value,
        at: DateTime<Utc>,
    ) -> Option<Parcel> {
        let mode = self.endpoints.get(endpoint)?.mode;
        self.sent += 1;
        let id = format!("whev_rehearsal{}", self.sent);
        let body = json!({
            "id": id,
            "type": kind,
            "mode": mode.word(),
            "created_at": at.to_rfc3339(),
            "object_id": object,
            "data": data,
        });
        let event = Event {
            id,
            endpoint: endpoint.to_owned(),
            kind: kind.to_owned(),
            object: object.to_owned(),
            mode,
            at,
            attempts: 0,
            attempt: None,
            body: body.to_string().into_bytes(),
        };
        let parcel = self.packed(&event, at);
        if self.events.len() == KEPT_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
        parcel
    }

    /// An event as it leaves now: a signature is of the moment of sending.
    fn packed(&self, event: &Event, now: DateTime<Utc>) -> Option<Parcel> {
        let Endpoint { url, secret, .. } = self.endpoints.get(&event.endpoint)?;
        let Event { id, body, .. } = event;
        let mut headers = Scheme::of(self.provider).headers(secret, id, now, body);
        match self.provider {
            Provider::Flint => headers.push(("x-flint-webhook-id", id.clone())),
            Provider::PaymentsAi | Provider::Billing | Provider::MerchantApi | Provider::InvoiceLink => {
                headers.push(("x-webhook-id", id.clone()));
            }
        }
        Some(Parcel { event: id.clone(), url: url.clone(), headers, body: body.clone() })
    }

    /// The events that were not taken, ready to be sent once more: to one endpoint, or to all.
    pub(super) fn again(&mut self, endpoint: Option<&str>, now: DateTime<Utc>) -> Vec<Parcel> {
        let meant =
            |event: &Event| event.has_failed() && endpoint.is_none_or(|endpoint| event.endpoint == endpoint);
        let failed: Vec<usize> = (0..self.events.len()).filter(|n| meant(&self.events[*n])).collect();
        let parcels = failed.iter().filter_map(|n| self.packed(&self.events[*n], now)).collect();
        for n in failed {
            self.events[n].attempt = None;
        }
        parcels
    }

    /// Whether an event is on its way.
    pub(super) fn is_sending(&self) -> bool {
        self.events.iter().any(|event| event.attempt.is_none())
    }

    /// Makes an event for every endpoint of a data plane that takes its type.
    pub(super) fn parcels(
        &mut self,
        mode: Mode,
        kind: &str,
        object: &str,
        data: &Value,
        at: DateTime<Utc>,
    ) -> Vec<Parcel> {
        let takers: Vec<String> = self
            .endpoints(mode)
            .filter(|(_, endpoint)| endpoint.events.is_empty() || endpoint.events.iter().any(|e| e == kind))
            .map(|(id, _)| id.to_owned())
            .collect();
        takers.iter().filter_map(|endpoint| self.parcel(endpoint, kind, object, data, at)).collect()
    }

    /// Notes what came of an event. An endpoint that has taken it is sent what it did not take before.
    pub(super) fn attempted(&mut self, event: &str, attempt: Attempt, now: DateTime<Utc>) -> Vec<Parcel> {
        let Some(event) = self.events.iter_mut().find(|e| e.id == event) else {
            return Vec::new();
        };
        event.attempts += 1;
        event.attempt = Some(attempt);
        let endpoint = event.is_delivered().then(|| event.endpoint.clone());
        endpoint.map_or_else(Vec::new, |endpoint| self.again(Some(&endpoint), now))
    }

    /// The events of a data plane, newest first.
    pub(super) fn events(&self, mode: Mode) -> impl Iterator<Item = &Event> {
        self.events.iter().rev().filter(move |event| event.mode == mode)
    }
}

/// Whether an address leads to this machine: the rehearsal sends nothing anywhere else.
pub(super) fn is_loopback(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    here && matches!(url.scheme(), "http" | "https")
}
