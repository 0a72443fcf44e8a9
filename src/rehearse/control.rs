//! The control panel: what the world looks like, and the switches.
//!
//! It is for people and programs on this machine. A web page that someone looks at here could reach it
//! too, either under a name of its own that it has made resolve to loopback, or by a form that it
//! submits across sites; so a `Host` or an `Origin` that is not loopback is refused.

use std::net::IpAddr;

use axum::extract::{Path, Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, http::Uri};
use serde_json::Value;

use super::answer::{Answer, Fault, Input};
use super::scenario::{Scenario, UnknownScenario};
use super::world::World;

/// The routes of the control panel.
pub(super) fn routes() -> Router<World> {
    Router::new()
        .route("/_rehearse/state", get(state).post(switch))
        .route("/_rehearse/scenario/{name}", post(load))
        .route("/_rehearse/switch/{name}", post(go_over))
        .layer(from_fn(loopback_only))
}

async fn state(State(world): State<World>) -> Answer {
    Answer::new(world.snapshot())
}

async fn switch(State(world): State<World>, Input(patch): Input<Value>) -> Result<Answer, Fault> {
    world
        .patch(&patch)
        .map_err(|bad| Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_patch", bad.to_string()))?;
    Ok(Answer::new(world.snapshot()))
}

async fn load(State(world): State<World>, Path(name): Path<String>) -> Result<Answer, Fault> {
    world.load(scenario(&name)?);
    Ok(Answer::new(world.snapshot()))
}

async fn go_over(State(world): State<World>, Path(name): Path<String>) -> Result<Answer, Fault> {
    world.switch_to(scenario(&name)?);
    Ok(Answer::new(world.snapshot()))
}

fn scenario(name: &str) -> Result<Scenario, Fault> {
    name.parse().map_err(|unknown: UnknownScenario| {
        Fault::new(StatusCode::NOT_FOUND, "unknown_scenario", unknown.to_string())
    })
}

async fn loopback_only(request: Request, next: Next) -> Response {
    if is_from_here(request.uri(), request.headers()) {
        next.run(request).await
    } else {
        let message = "The control panel answers to loopback names only";
        Fault::new(StatusCode::FORBIDDEN, "not_loopback", message).into_response()
    }
}

/// Every name that the request gives for this side, and the site it comes from if it says so.
fn is_from_here(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter().peekable();
    let named = hosts.peek().is_some();
    let hosts_good = hosts.all(|host| {
        let authority = host.to_str().ok().and_then(|text| text.parse::<Authority>().ok());
        authority.is_some_and(|authority| is_loopback(authority.host()))
    });
    let target_good = uri.host().is_none_or(is_loopback);
    let origins_good = headers.get_all(ORIGIN).iter().all(|origin| {
        let origin = origin.to_str().ok().and_then(|text| text.parse::<Uri>().ok());
        origin.is_some_and(|origin| origin.host().is_some_and(is_loopback))
    });
    named && hosts_good && target_good && origins_good
}

/// Whether an authority such as `127.0.0.1:4010` names this machine.
pub(super) fn is_here(authority: &str) -> bool {
    authority.parse::<Authority>().is_ok_and(|authority| is_loopback(authority.host()))
}

fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;
    use crate::rehearse::testing::{Rig, code, message};

    #[tokio::test]
    async fn the_state_shows_the_scenario_and_every_merchant() {
        let rig = Rig::start(Scenario::KycPending);
        let (status, body) = rig.json(rig.get("/_rehearse/state")).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(body["scenario"], "kyc-pending");
        assert_eq!(body["merchants"].as_object().unwrap().len(), 3);
        assert_eq!(body["merchants"]["org_demo_b"]["kyc"]["status"], "in_review");
        assert_eq!(body["about"]["org_demo_b"]["accountId"], "acct_demo_b");
    }

    #[tokio::test]
    async fn a_patch_over_http_is_seen_by_the_routes() {
        let rig = Rig::start(Scenario::Happy);
        let patch =
            json!({ "merchants": { "org_demo_a": { "kyc": { "status": "rejected", "reason": "No" } } } });
        let (status, body) = rig.json(rig.post("/_rehearse/state").json(&patch)).await;
        assert_eq!(
            (status, &body["merchants"]["org_demo_a"]["kyc"]["reason"]),
            (StatusCode::OK, &json!("No"))
        );
        let (_, kyc) = rig.json(rig.get("/kyc/org_demo_a")).await;
        assert_eq!(kyc["status"], "rejected");
        assert_eq!(rig.json(rig.get("/kyc/org_demo_c")).await.1["status"], "approved");
    }

    #[tokio::test]
    async fn a_patch_with_an_unknown_key_is_refused_and_names_it() {
        let rig = Rig::start(Scenario::Happy);
        for (patch, named) in [
            (json!({ "merchant": {} }), "'merchant' is no switch"),
            (json!({ "merchants": { "org_x": {} } }), "no organisation 'org_x'"),
            (json!({ "merchants": { "org_demo_a": { "kyc": { "statsu": "approved" } } } }), "kyc.statsu"),
            (json!({ "merchants": { "org_demo_a": { "kyc": { "status": "fine" } } } }), "kyc.status"),
            (json!([]), "a patch looks like"),
        ] {
            let (status, body) = rig.json(rig.post("/_rehearse/state").json(&patch)).await;
            assert_eq!((status, code(&body)), (StatusCode::UNPROCESSABLE_ENTITY, "bad_patch"));
            assert!(message(&body).contains(named), "{body}");
        }
        let broken = rig.post("/_rehearse/state").header("content-type", "application/json").body("{");
        assert_eq!(rig.json(broken).await.0, StatusCode::BAD_REQUEST);
    }

    #[tokio::test]
    async fn a_scenario_is_started_by_its_name() {
        let rig = Rig::start(Scenario::Happy);
        rig.clock().advance(TimeDelta::seconds(10));
        assert_eq!(rig.json(rig.get("/kyc/org_demo_b")).await.1["status"], "approved");
        let (status, body) = rig.json(rig.post("/_rehearse/scenario/kyc-pending")).await;
        assert_eq!((status, &body["scenario"]), (StatusCode::OK, &json!("kyc-pending")));
        rig.clock().advance(TimeDelta::seconds(10));
        assert_eq!(rig.json(rig.get("/kyc/org_demo_b")).await.1["status"], "in_review");
        let (status, body) = rig.json(rig.post("/_rehearse/scenario/nope")).await;
        assert_eq!((status, code(&body)), (StatusCode::NOT_FOUND, "unknown_scenario"));
        assert!(message(&body).contains("happy, kyc-pending"), "{body}");
    }

    #[tokio::test]
    async fn a_host_or_origin_that_is_not_loopback_is_refused_on_the_control_panel_alone() {
        let rig = Rig::start(Scenario::Happy);
        for (name, value) in [
            ("host", "rebound.example"),
            ("host", "127.0.0.1.rebound.example:80"),
            ("host", "10.0.0.1"),
            ("origin", "https://elsewhere.example"),
            ("origin", "null"),
        ] {
            for request in [rig.get("/_rehearse/state"), rig.post("/_rehearse/scenario/kyc-pending")] {
                let (status, body) = rig.json(request.header(name, value)).await;
                assert_eq!((status, code(&body)), (StatusCode::FORBIDDEN, "not_loopback"), "{name}: {value}");
            }
            let elsewhere = rig.get("/kyc/org_demo_a").header(name, value);
            assert_eq!(rig.json(elsewhere).await.0, StatusCode::OK);
        }
        assert_eq!(rig.world().scenario(), Scenario::Happy);
        for (name, value) in [
            ("host", "localhost:1"),
            ("host", "[::1]:80"),
            ("host", "127.8.9.1"),
            ("origin", "http://localhost:1"),
        ] {
            let request = rig.get("/_rehearse/state").header(name, value);
            assert_eq!(rig.json(request).await.0, StatusCode::OK, "{name}: {value}");
        }
    }

    #[test]
    fn a_request_that_names_no_host_is_refused() {
        assert!(!is_from_here(&Uri::from_static("/_rehearse/state"), &HeaderMap::new()));
    }
}
