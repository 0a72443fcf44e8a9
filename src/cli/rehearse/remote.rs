//! A rehearsal that runs already, through its control panel.

use std::time::Duration;

use hyper::header::HeaderMap;
use serde_json::Value;
use tokio::time::Instant;

use crate::checks::outbound::{Follow, Outbound, Request, address};
use crate::domain::check::Method;
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};
use crate::rehearse::{Scenario, UnknownScenario};

/// How long the rehearsal may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest answer that is read, in bytes.
const MAX_BODY: usize = 256 * 1024;

/// The control panel of a rehearsal on this machine.
pub(super) struct Panel {
    outbound: Outbound,
    base: String,
}

/// Why a rehearsal cannot be switched.
#[derive(Debug, thiserror::Error)]
enum NoPanel {
    #[error("no rehearsal answers on {0}")]
    Silent(String),
    #[error("what answers on {0} is no rehearsal: status {1}")]
    Other(String, u16),
}

impl Panel {
    /// The one at a port. Asks nothing yet.
    pub(super) fn at(port: u16) -> Result<Self, Failure> {
        let outbound = Outbound::new().map_err(|error| Failure::new(Kind::Store, error))?;
        Ok(Self { outbound, base: format!("http://127.0.0.1:{port}") })
    }

    /// Its address.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// The switches as they are.
    pub(super) async fn state(&self) -> Result<Value, Failure> {
        self.ask(Method::Get, "/_rehearse/state").await
    }

    /// The scenario that it is in.
    pub(super) async fn scenario(&self) -> Result<Scenario, Failure> {
        let state = self.state().await?;
        let word = state["scenario"].as_str().unwrap_or_default();
        word.parse().map_err(|unknown: UnknownScenario| Failure::new(Kind::Store, unknown))
    }

    /// Goes over to a scenario; what was made in the rehearsal stays.
    pub(super) async fn switch(&self, scenario: Scenario) -> Result<Value, Failure> {
        self.ask(Method::Post, &format!("/_rehearse/switch/{scenario}")).await
    }

    /// The word for the state of billing.
    pub(super) async fn billing_state(&self) -> Result<String, Failure> {
        let state = self.state().await?;
        Ok(SafeText::clipped(state["billing"]["state"].as_str().unwrap_or("unknown"), 40).as_str().to_owned())
    }

    async fn ask(&self, method: Method, path: &str) -> Result<Value, Failure> {
        let url = address(&format!("{}{path}", self.base)).map_err(|e| Failure::new(Kind::Usage, e))?;
        let request = Request {
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            follow: Follow::Never,
            max_body: MAX_BODY,
        };
        let sent = self.outbound.send(request, Instant::now() + PATIENCE).await;
        let (answer, _) = sent.map_err(|_| {
            Failure::new(Kind::Store, NoPanel::Silent(self.base.clone()))
                .hint("start one with: golive rehearse, or say where it runs with --port")
        })?;
        let json = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        if answer.status == 200 && json["scenario"].is_string() {
            Ok(json)
        } else {
            Err(Failure::new(Kind::Store, NoPanel::Other(self.base.clone(), answer.status)))
        }
    }
}
