//! What an integration references by id. It exists in the mode it was made in, and nowhere else.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::answer::{Answer, Fault, Input};
use super::super::guard::Caller;
use super::super::world::World;

const MAX_NAME: usize = 100;

/// What can be referenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Product,
    Variant,
    Bundle,
    Plan,
    Coupon,
}

impl Kind {
    fn id_key(self) -> &'static str {
        match self {
            Self::Product => "product_id",
            Self::Variant => "variant_id",
            Self::Bundle => "bundle_id",
            Self::Plan => "plan_id",
            Self::Coupon => "coupon_id",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Product => "prod",
            Self::Variant => "var",
            Self::Bundle => "bndl",
            Self::Plan => "plan",
            Self::Coupon => "coup",
        }
    }
}

pub(super) fn routes() -> Router<World> {
    let mut router = Router::new().route("/v1/settings", get(settings).post(change_settings));
    for (path, kind) in [
        ("/v1/products", Kind::Product),
        ("/v1/variants", Kind::Variant),
        ("/v1/bundles", Kind::Bundle),
        ("/v1/plans", Kind::Plan),
        ("/v1/coupons", Kind::Coupon),
    ] {
        let of_kind = Router::new()
            .route(path, post(create))
            .route(&format!("{path}/{{id}}"), get(one))
            .layer(Extension(kind));
        router = router.merge(of_kind);
    }
    router
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
}

async fn create(
    State(world): State<World>,
    Extension(kind): Extension<Kind>,
    Extension(caller): Extension<Caller>,
    Input(body): Input<Named>,
) -> Result<Answer, Fault> {
    caller.may("catalog.write")?;
    if body.name.is_empty() || body.name.len() > MAX_NAME {
        let message = "A name has 1 to 100 characters";
        return Err(Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "name_invalid", message));
    }
    Ok(world.state(|state| {
        let id = state.flint.things.put_as(kind.prefix(), (kind, caller.mode, body.name.clone()));
        Answer::created(shown(kind, &id, &body.name))
    }))
}

async fn one(
    State(world): State<World>,
    Extension(kind): Extension<Kind>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Answer, Fault> {
    caller.may("catalog.read")?;
    world.state(|state| {
        let thing = state.flint.things.get(&id).filter(|(k, mode, _)| *k == kind && *mode == caller.mode);
        thing.map(|(_, _, name)| Answer::data(shown(kind, &id, name))).ok_or_else(|| {
            let message = "There is nothing with this id in this mode";
            Fault::new(StatusCode::NOT_FOUND, "resource_not_found", message)
        })
    })
}

fn shown(kind: Kind, id: &str, name: &str) -> Value {
    let mut shown = json!({ "name": name });
    shown[kind.id_key()] = Value::String(id.to_owned());
    shown
}

async fn settings(State(world): State<World>, Extension(caller): Extension<Caller>) -> Result<Answer, Fault> {
    caller.may("settings.settings.read")?;
    Ok(world.state(|state| {
        let found = state.flint.settings.iter().find(|(mode, _)| *mode == caller.mode);
        Answer::data(found.map_or(Value::Null, |(_, settings)| settings.clone()))
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    receipts: Option<String>,
    processing: Option<String>,
}

async fn change_settings(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Input(body): Input<Change>,
) -> Result<Answer, Fault> {
    caller.may("settings.settings.write")?;
    let changes = [("receipts", body.receipts), ("processing", body.processing)];
    if changes.iter().any(|(_, value)| value.as_ref().is_some_and(|value| value.len() > MAX_NAME)) {
        let message = "A setting has at most 100 characters";
        return Err(Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "setting_invalid", message));
    }
    Ok(world.state(|state| {
        let found = state.flint.settings.iter_mut().find(|(mode, _)| *mode == caller.mode);
        Answer::data(found.map_or(Value::Null, |(_, settings)| {
            for (name, value) in changes {
                if let Some(value) = value {
                    settings[name] = Value::String(value);
                }
            }
            settings.clone()
        }))
    }))
}
