//! Telling a notice to an address, signed as Standard Webhooks has it (standardwebhooks.com).

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use tokio::time::Instant;
use uuid::Uuid;

use super::{Notice, Webhook};
use crate::checks::outbound::{Follow, Outbound, Request};
use crate::checks::secrets;
use crate::checks::webhook::standard_signature;
use crate::clock::{Clock as _, SystemClock};
use crate::domain::check::Method;

/// How long one attempt may take.
const DEADLINE: Duration = Duration::from_secs(10);
/// How long to wait before each further attempt.
const AGAIN: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(10)];
/// The most of an answer that is read, in bytes: only its status counts.
const MAX_ANSWER: usize = 64 * 1024;

/// Sends it, and again a few times when nobody answers or the other side is in trouble. Every attempt has the
/// same id, so that the other side can tell that they are one. The error is for people.
pub(super) async fn send(client: &Outbound, hook: &Webhook, notice: &Notice) -> Result<(), String> {
    send_again(client, hook, notice, AGAIN).await
}

async fn send_again(
    client: &Outbound,
    hook: &Webhook,
    notice: &Notice,
    again: [Duration; 2],
) -> Result<(), String> {
    let id = format!("msg_{}", Uuid::now_v7().simple());
    let mut outcome = attempt(client, hook, notice, &id).await;
    for wait in again {
        match outcome {
            Err(Trouble::Passing(_)) => tokio::time::sleep(wait).await,
            Ok(()) | Err(Trouble::Lasting(_)) => break,
        }
        outcome = attempt(client, hook, notice, &id).await;
    }
    outcome.map_err(|(Trouble::Passing(why) | Trouble::Lasting(why))| why)
}

/// Why it was not told.
enum Trouble {
    /// It may be told later.
    Passing(String),
    /// It will not.
    Lasting(String),
}

async fn attempt(client: &Outbound, hook: &Webhook, notice: &Notice, id: &str) -> Result<(), Trouble> {
    let now = SystemClock.now();
    let body = serde_json::json!({
        "type": format!("golive.{}", notice.occasion.name()),
        "timestamp": now.to_rfc3339(),
        "data": { "engagement": notice.engagement, "name": notice.name, "text": notice.text },
    })
    .to_string();
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut put = |name: &'static str, value: &str| {
        let mut value = HeaderValue::from_str(value).map_err(|e| Trouble::Lasting(e.to_string()))?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok(())
    };
    put("webhook-id", id)?;
    put("webhook-timestamp", &now.timestamp().to_string())?;
    if let Some(source) = hook.secret.clone() {
        // Reading may wait for a disk or a person.
        let secret = tokio::task::spawn_blocking(move || secrets::read(&source)).await;
        let secret = secret.map_err(|e| Trouble::Lasting(e.to_string()))?;
        let secret = secret.map_err(|e| Trouble::Lasting(e.to_string()))?;
        let signature = standard_signature(&secret, id, now.timestamp(), &body);
        put("webhook-signature", &signature.map_err(|e| Trouble::Lasting(e.to_string()))?)?;
    }
    let request = Request {
        method: Method::Post,
        url: hook.url.clone(),
        headers,
        body: Some(body.into_bytes().into()),
        follow: Follow::Never,
        max_body: MAX_ANSWER,
    };
    match client.send(request, Instant::now() + DEADLINE).await {
        Ok((answer, _)) => match answer.status {
            200..=299 => Ok(()),
            408 | 429 | 500..=599 => Err(Trouble::Passing(format!("the answer was {}", answer.status))),
            status => Err(Trouble::Lasting(format!("the answer was {status}"))),
        },
        Err(none) => Err(Trouble::Passing(none.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::body::Bytes;
    use axum::http::{HeaderMap, StatusCode};
    use axum::routing::post;

    use crate::app::notify::Occasion;
    use crate::domain::ids::EngagementId;
    use crate::domain::secret::SecretSource;

    /// A server that answers with these, one after the other, and keeps what it got.
    async fn server(answers: Vec<u16>) -> (url::Url, Arc<Mutex<Vec<(HeaderMap, Bytes)>>>) {
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&got);
        let app = Router::new().route(
            "/hook",
            post(move |headers: HeaderMap, body: Bytes| async move {
                let mut got = kept.lock().unwrap();
                let status = answers.get(got.len()).copied().unwrap_or(500);
                got.push((headers, body));
                StatusCode::from_u16(status).unwrap()
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        (url, got)
    }

    fn notice() -> Notice {
        let id = EngagementId::new("acme").unwrap();
        Notice::new(Occasion::GateOpened, id, "Acme Ltd", "gate opened: stage 1 Discovery")
    }

    fn client() -> Outbound {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Outbound::for_actions().unwrap()
    }

    #[tokio::test]
    async fn the_other_side_can_verify_what_it_gets() {
        let (url, got) = server(vec![204]).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
        let secret = Some(SecretSource::file(file.to_str().unwrap()).unwrap());
        send(&client(), &Webhook { url, secret }, &notice()).await.unwrap();
        let got = got.lock().unwrap();
        let (headers, body) = &got[0];
        let hook = standardwebhooks::Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        hook.verify(body, headers).unwrap();
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        assert_eq!(
            (&body["type"], &body["data"]["name"]),
            (&"golive.gate_opened".into(), &"Acme Ltd".into())
        );
    }

    #[tokio::test]
    async fn trouble_on_the_other_side_is_tried_again_under_the_same_id() {
        let (url, got) = server(vec![503, 200]).await;
        let hook = Webhook { url, secret: None };
        send_again(&client(), &hook, &notice(), [Duration::ZERO; 2]).await.unwrap();
        let got = got.lock().unwrap();
        assert_eq!(got.len(), 2);
        assert_eq!(got[0].0["webhook-id"], got[1].0["webhook-id"]);
    }

    #[tokio::test]
    async fn a_refusal_and_a_secret_that_is_not_there_are_not_tried_again() {
        let (url, got) = server(vec![401]).await;
        assert!(send(&client(), &Webhook { url: url.clone(), secret: None }, &notice()).await.is_err());
        assert_eq!(got.lock().unwrap().len(), 1);
        let secret = Some(SecretSource::env("GOLIVE_TEST_NO_SUCH_SECRET").unwrap());
        assert!(send(&client(), &Webhook { url, secret }, &notice()).await.is_err());
        assert_eq!(got.lock().unwrap().len(), 1);
    }
}
