//! PaymentsAI: the KYC status, the account on stage and in production, and the exchange of a temporal
//! key for a permanent one.

use axum::Router;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::routing::{get, patch};
use serde::Deserialize;
use serde_json::json;

use super::answer::{Answer, Fault, Input};
use super::merchant::{KeyKind, Merchant};
use super::seed::MerchantSeed;
use super::switches::{ApiService, KycStatus};
use super::world::{KeyOwner, World};

const SCHEME: &str = "ApiKey";

/// The routes of the provider. The exchange is there in production only: keys are ready to use on stage.
pub(super) fn routes() -> Router<World> {
    Router::new()
        .route("/kyc/{organization_id}", get(kyc))
        .route("/staging-api/v1/accounts/{account_id}", get(stage_account))
        .route("/api/v1/accounts/{account_id}", get(production_account))
        .route("/api/v1/accounts/public-api/{account_id}", patch(exchange))
}

async fn kyc(State(world): State<World>, Path(organization_id): Path<String>) -> Result<Answer, Fault> {
    let answer = world.merchant(&organization_id, |merchant| {
        available(merchant)?;
        let kyc = &merchant.switches().kyc;
        Ok(Answer::new(json!({
            "organizationId": merchant.seed.organization_id,
            "invitation": kyc.invitation,
            "documents": kyc.documents,
            "status": kyc.status,
            "reason": kyc.reason,
        })))
    });
    answer.unwrap_or_else(|| Err(unknown("organization_not_found", "There is no such organisation")))
}

/// Where an account is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Environment {
    Stage,
    Production,
}

impl Environment {
    fn word(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Production => "production",
        }
    }

    /// The id of a merchant's account here.
    fn account_id(self, seed: &MerchantSeed) -> &'static str {
        match self {
            Self::Stage => seed.account_id,
            Self::Production => seed.live_account_id,
        }
    }

    /// Whether a key may look at an account here.
    fn admits(self, kind: KeyKind) -> Result<(), Fault> {
        match (self, kind) {
            (Self::Stage, KeyKind::Stage) | (Self::Production, KeyKind::Production) => Ok(()),
            (Self::Stage, KeyKind::Production) | (Self::Production, KeyKind::Stage) => {
                Err(forbidden("wrong_environment", "This key belongs to the other environment"))
            }
            (Self::Stage | Self::Production, KeyKind::Temporal) => {
                Err(forbidden("temporal_key", "A temporal key is good for the key exchange only"))
            }
        }
    }
}

async fn stage_account(world: State<World>, path: Path<String>, key: ApiKey) -> Result<Answer, Fault> {
    account(&world, &path, &key, Environment::Stage)
}

async fn production_account(world: State<World>, path: Path<String>, key: ApiKey) -> Result<Answer, Fault> {
    account(&world, &path, &key, Environment::Production)
}

fn account(world: &World, id: &str, key: &ApiKey, environment: Environment) -> Result<Answer, Fault> {
    world.account(&key.0, |owner, state| {
        let owner = owner.ok_or_else(unknown_key)?;
        environment.admits(owner.kind)?;
        let merchant = state.merchant_where(|seed| environment.account_id(seed) == id);
        let merchant = merchant.ok_or_else(unknown_account)?;
        own(owner, merchant)?;
        available(merchant)?;
        Ok(Answer::new(json!({
            "id": environment.account_id(merchant.seed),
            "organizationId": merchant.seed.organization_id,
            "status": "active",
            "environment": environment.word(),
            "primaryPaymentInstrument": merchant.switches().primary_payment_instrument,
        })))
    })
}

/// What the exchange takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    secret: String,
}

/// All of it happens under one lock, so of two that come at once with one key only one succeeds.
async fn exchange(
    State(world): State<World>,
    Path(account_id): Path<String>,
    key: ApiKey,
    Input(body): Input<Exchange>,
) -> Result<Answer, Fault> {
    world.account(&key.0, |owner, state| {
        let owner = owner.ok_or_else(unknown_key)?;
        match owner.kind {
            KeyKind::Temporal => {}
            KeyKind::Stage => {
                return Err(forbidden("wrong_environment", "This key belongs to the other environment"));
            }
            KeyKind::Production => {
                return Err(forbidden("not_a_temporal_key", "The exchange takes a temporal key"));
            }
        }
        let merchant = state.merchant_where(|seed| seed.live_account_id == account_id);
        let merchant = merchant.ok_or_else(unknown_account)?;
        own(owner, merchant)?;
        available(merchant)?;
        if !is_approved(merchant.switches().kyc.status) {
            return Err(Fault::new(
                StatusCode::CONFLICT,
                "kyc_not_approved",
                "Production keys are given out once KYC is approved",
            ));
        }
        let production = merchant
            .exchange(&body.secret)
            .map_err(|bad| Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "secret_policy", bad.to_string()))?;
        Ok(Answer::new(json!({
            "accountId": merchant.seed.live_account_id,
            "apiKey": production.api_key,
            "apiKeyId": production.api_key_id,
        })))
    })
}

fn is_approved(status: KycStatus) -> bool {
    match status {
        KycStatus::Approved => true,
        KycStatus::NotStarted | KycStatus::Submitted | KycStatus::InReview | KycStatus::Rejected => false,
    }
}

/// The key of an `Authorization: ApiKey …` header. Never shown.
struct ApiKey(String);

impl<S: Sync> FromRequestParts<S> for ApiKey {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let Some(header) = parts.headers.get(AUTHORIZATION) else {
            return Err(Fault::unauthorized(
                "no_key",
                "An API key is needed: Authorization: ApiKey …",
                SCHEME,
            ));
        };
        let key = header
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME))
            .map(|(_, key)| key.trim())
            .filter(|key| !key.is_empty());
        key.map(|key| Self(key.to_owned())).ok_or_else(|| {
            Fault::unauthorized("bad_authorization", "The header must read: Authorization: ApiKey …", SCHEME)
        })
    }
}

fn available(merchant: &Merchant) -> Result<(), Fault> {
    match merchant.switches().api {
        ApiService::Up => Ok(()),
        ApiService::Throttled => Err(Fault::throttled(1)),
        ApiService::Down => {
            Err(Fault::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The service is down"))
        }
    }
}

fn own(owner: KeyOwner, merchant: &Merchant) -> Result<(), Fault> {
    if owner.organization_id == merchant.seed.organization_id {
        Ok(())
    } else {
        Err(forbidden("other_account", "This key belongs to another account"))
    }
}

fn unknown_key() -> Fault {
    Fault::unauthorized("unknown_key", "This key is not known, or was used up", SCHEME)
}

fn unknown_account() -> Fault {
    unknown("account_not_found", "There is no such account")
}

fn unknown(code: &'static str, message: &'static str) -> Fault {
    Fault::new(StatusCode::NOT_FOUND, code, message)
}

fn forbidden(code: &'static str, message: &'static str) -> Fault {
    Fault::new(StatusCode::FORBIDDEN, code, message)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::rehearse::testing::{Rig, code};
    use crate::rehearse::{Instrument, InstrumentKind, Scenario, TemporalKey};

    const SECRET: &str = "Rehearsal secret 1";

    async fn exchanged(rig: &Rig, account: &str, key: &str, secret: &str) -> (StatusCode, Value) {
        let path = format!("/api/v1/accounts/public-api/{account}");
        rig.json(
            rig.patch(&path)
                .header(AUTHORIZATION, format!("ApiKey {key}"))
                .json(&json!({ "secret": secret })),
        )
        .await
    }

    async fn looked_up(rig: &Rig, base: &str, account: &str, key: &str) -> (StatusCode, Value) {
        let path = format!("/{base}/v1/accounts/{account}");
        rig.json(rig.get(&path).header(AUTHORIZATION, format!("ApiKey {key}"))).await
    }

    #[tokio::test]
    async fn kyc_of_each_organisation_is_its_own() {
        let rig = Rig::start(Scenario::KycPending);
        let (status, a) = rig.json(rig.get("/kyc/org_demo_a")).await;
        assert_eq!((status, &a["status"], &a["reason"]), (StatusCode::OK, &json!("approved"), &Value::Null));
        let (status, b) = rig.json(rig.get("/kyc/org_demo_b")).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(b["organizationId"], "org_demo_b");
        assert_eq!(b["invitation"], "accepted");
        assert_eq!(b["documents"], "submitted");
        assert_eq!(b["status"], "in_review");
        assert!(b["reason"].is_string());
        let (status, body) = rig.json(rig.get("/kyc/org_nobody")).await;
        assert_eq!((status, code(&body)), (StatusCode::NOT_FOUND, "organization_not_found"));
    }

    #[tokio::test]
    async fn a_stage_key_sees_its_own_account_on_stage_and_no_other() {
        let rig = Rig::start(Scenario::Happy);
        let (status, body) = looked_up(&rig, "staging-api", "acct_demo_a", "stage_demo_a").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(body["id"], "acct_demo_a");
        assert_eq!(body["organizationId"], "org_demo_a");
        assert_eq!(body["status"], "active");
        assert_eq!(body["environment"], "stage");
        assert_eq!(body["primaryPaymentInstrument"], Value::Null);
        let (status, body) = looked_up(&rig, "staging-api", "acct_demo_c", "stage_demo_c").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(body["primaryPaymentInstrument"], json!({ "kind": "card", "last4": "4242" }));
        for (base, account, key, status, word) in [
            ("staging-api", "acct_demo_c", "stage_demo_a", StatusCode::FORBIDDEN, "other_account"),
            ("staging-api", "acct_nobody", "stage_demo_a", StatusCode::NOT_FOUND, "account_not_found"),
            ("staging-api", "acct_demo_a", "nonsense", StatusCode::UNAUTHORIZED, "unknown_key"),
            ("staging-api", "acct_demo_a", "temporal_demo_a_1", StatusCode::FORBIDDEN, "temporal_key"),
            ("api", "acct_live_a", "stage_demo_a", StatusCode::FORBIDDEN, "wrong_environment"),
            ("api", "acct_live_a", "temporal_demo_a_1", StatusCode::FORBIDDEN, "temporal_key"),
        ] {
            let (got, body) = looked_up(&rig, base, account, key).await;
            assert_eq!((got, code(&body)), (status, word), "{base} {account} {key}");
        }
    }

    #[tokio::test]
    async fn without_an_api_key_the_answer_is_401_and_says_what_is_missing() {
        let rig = Rig::start(Scenario::Happy);
        for base in ["staging-api", "api"] {
            let path = format!("/{base}/v1/accounts/acct_demo_a");
            let response = rig.get(&path).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            assert_eq!(response.headers()["www-authenticate"], "ApiKey");
            for header in ["Bearer stage_demo_a", "ApiKey", "ApiKey   ", "stage_demo_a"] {
                let (status, body) = rig.json(rig.get(&path).header(AUTHORIZATION, header)).await;
                assert_eq!((status, code(&body)), (StatusCode::UNAUTHORIZED, "bad_authorization"));
            }
        }
    }

    #[tokio::test]
    async fn the_exchange_gives_a_production_key_that_works_from_then_on() {
        let rig = Rig::start(Scenario::Happy);
        let guess = "acct_live_a_livedemoa1_keydemoa1";
        let (status, _) = looked_up(&rig, "api", "acct_live_a", guess).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "no production key before the exchange");
        let (status, body) = exchanged(&rig, "acct_live_a", "temporal_demo_a_1", SECRET).await;
        assert_eq!((status, &body["accountId"]), (StatusCode::OK, &json!("acct_live_a")));
        let part = |name: &str| body[name].as_str().unwrap().to_owned();
        let key = format!("{}_{}_{}", part("accountId"), part("apiKey"), part("apiKeyId"));
        let (status, account) = looked_up(&rig, "api", "acct_live_a", &key).await;
        assert_eq!((status, &account["environment"]), (StatusCode::OK, &json!("production")));
        for partial in [part("apiKey"), format!("{}_{}", part("accountId"), part("apiKey"))] {
            assert_eq!(looked_up(&rig, "api", "acct_live_a", &partial).await.0, StatusCode::UNAUTHORIZED);
        }
        let (status, body) = looked_up(&rig, "staging-api", "acct_demo_a", &key).await;
        assert_eq!((status, code(&body)), (StatusCode::FORBIDDEN, "wrong_environment"));
        let (status, body) = looked_up(&rig, "api", "acct_demo_a", &key).await;
        assert_eq!((status, code(&body)), (StatusCode::NOT_FOUND, "account_not_found"), "that of stage");
        assert_eq!(rig.world().switches("org_demo_a").unwrap().temporal_key, TemporalKey::Used);
    }

    #[tokio::test]
    async fn of_many_exchanges_at_once_with_one_key_exactly_one_succeeds() {
        let rig = Rig::start(Scenario::Happy);
        let all = (0..8).map(|_| exchanged(&rig, "acct_live_c", "temporal_demo_c_1", SECRET));
        let statuses: Vec<StatusCode> =
            futures_util::future::join_all(all).await.into_iter().map(|(status, _)| status).collect();
        let count = |wanted| statuses.iter().filter(|s| **s == wanted).count();
        assert_eq!((count(StatusCode::OK), count(StatusCode::UNAUTHORIZED)), (1, 7), "{statuses:?}");
    }

    #[tokio::test]
    async fn a_secret_against_the_policy_is_refused_by_rule_and_the_key_stays_good() {
        let rig = Rig::start(Scenario::Happy);
        for (secret, words) in [
            ("Too short 1", "12 to 30"),
            ("Much too long for a secret, this", "12 to 30"),
            ("no capital in here", "upper-case"),
        ] {
            let (status, body) = exchanged(&rig, "acct_live_a", "temporal_demo_a_1", secret).await;
            assert_eq!((status, code(&body)), (StatusCode::UNPROCESSABLE_ENTITY, "secret_policy"));
            let text = body.to_string();
            assert!(text.contains(words) && !text.contains(secret), "{text}");
        }
        assert_eq!(exchanged(&rig, "acct_live_a", "temporal_demo_a_1", SECRET).await.0, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_secret_used_before_is_refused_when_a_new_temporal_key_was_issued() {
        let rig = Rig::start(Scenario::Happy);
        assert_eq!(exchanged(&rig, "acct_live_a", "temporal_demo_a_1", SECRET).await.0, StatusCode::OK);
        assert_eq!(rig.world().temporal_key("org_demo_a"), None);
        rig.world().set("org_demo_a", |s| s.temporal_key = TemporalKey::Unused).unwrap();
        let key = rig.world().temporal_key("org_demo_a").unwrap();
        assert_eq!(
            exchanged(&rig, "acct_live_a", "temporal_demo_a_1", SECRET).await.0,
            StatusCode::UNAUTHORIZED
        );
        let (status, body) = exchanged(&rig, "acct_live_a", &key, SECRET).await;
        assert_eq!((status, code(&body)), (StatusCode::UNPROCESSABLE_ENTITY, "secret_policy"));
        assert_eq!(exchanged(&rig, "acct_live_a", &key, "Rehearsal secret 2").await.0, StatusCode::OK);
    }

    #[tokio::test]
    async fn the_exchange_waits_for_kyc() {
        let rig = Rig::start(Scenario::KycPending);
        let (status, body) = exchanged(&rig, "acct_live_b", "temporal_demo_b_1", SECRET).await;
        assert_eq!((status, code(&body)), (StatusCode::CONFLICT, "kyc_not_approved"));
        rig.world().set("org_demo_b", |s| s.kyc.status = KycStatus::Approved).unwrap();
        assert_eq!(exchanged(&rig, "acct_live_b", "temporal_demo_b_1", SECRET).await.0, StatusCode::OK);
    }

    #[tokio::test]
    async fn the_exchange_takes_only_the_temporal_key_of_the_account_and_only_in_production() {
        let rig = Rig::start(Scenario::Happy);
        for (account, key, status, word) in [
            ("acct_live_a", "stage_demo_a", StatusCode::FORBIDDEN, "wrong_environment"),
            ("acct_live_a", "temporal_demo_c_1", StatusCode::FORBIDDEN, "other_account"),
            ("acct_nobody", "temporal_demo_a_1", StatusCode::NOT_FOUND, "account_not_found"),
            ("acct_live_a", "temporal_demo_a_2", StatusCode::UNAUTHORIZED, "unknown_key"),
        ] {
            let (got, body) = exchanged(&rig, account, key, SECRET).await;
            assert_eq!((got, code(&body)), (status, word), "{account} {key}");
        }
        let on_stage = rig
            .patch("/staging-api/v1/accounts/public-api/acct_live_a")
            .header(AUTHORIZATION, "ApiKey temporal_demo_a_1")
            .json(&json!({ "secret": SECRET }));
        assert_eq!(rig.json(on_stage).await.0, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn a_body_of_the_wrong_form_is_refused_without_repeating_it() {
        let rig = Rig::start(Scenario::Happy);
        let path = "/api/v1/accounts/public-api/acct_live_a";
        let request = || rig.patch(path).header(AUTHORIZATION, "ApiKey temporal_demo_a_1");
        let json_type = ("content-type", "application/json");
        for (request, status) in [
            (request().header(json_type.0, json_type.1).body("{ Hunter2 hunter2"), StatusCode::BAD_REQUEST),
            (request().json(&json!({ "secret": ["Hunter2 hunter2"] })), StatusCode::UNPROCESSABLE_ENTITY),
            (request().json(&json!({ "secrets": "Hunter2 hunter2" })), StatusCode::UNPROCESSABLE_ENTITY),
            (request().body("Hunter2 hunter2"), StatusCode::UNSUPPORTED_MEDIA_TYPE),
            (request().json(&json!({ "secret": "H".repeat(70_000) })), StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            let (got, body) = rig.json(request).await;
            assert_eq!(got, status);
            assert!(!body.to_string().contains("unter2"), "{body}");
        }
    }

    #[tokio::test]
    async fn a_throttled_or_broken_api_says_so_for_that_merchant_alone() {
        let rig = Rig::start(Scenario::Happy);
        rig.world().set("org_demo_a", |s| s.api = ApiService::Throttled).unwrap();
        let response = rig.get("/kyc/org_demo_a").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()["retry-after"], "1");
        rig.world().set("org_demo_a", |s| s.api = ApiService::Down).unwrap();
        let (status, _) = looked_up(&rig, "staging-api", "acct_demo_a", "stage_demo_a").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(rig.json(rig.get("/kyc/org_demo_c")).await.0, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_payment_instrument_shows_once_it_is_added() {
        let rig = Rig::start(Scenario::Happy);
        let card = Instrument { kind: InstrumentKind::BankAccount, last4: "0042".to_owned() };
        rig.world().set("org_demo_a", |s| s.primary_payment_instrument = Some(card)).unwrap();
        let (_, body) = looked_up(&rig, "staging-api", "acct_demo_a", "stage_demo_a").await;
        assert_eq!(body["primaryPaymentInstrument"], json!({ "kind": "bank_account", "last4": "0042" }));
    }
}
