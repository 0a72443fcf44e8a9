//! Signing up and in, organisations, customers.

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::answer::{Answer, Fault, Input};
use super::super::guard::Caller;
use super::super::world::World;
use super::state::{Account, Customer, MerchantApi, Organization};
use crate::domain::digest::Digest;

const TOKEN_HEADER: HeaderName = HeaderName::from_static("set-auth-token");
const MIN_PASSWORD: usize = 8;
const MAX_TEXT: usize = 200;

pub(super) fn open_routes() -> Router<World> {
    Router::new()
        .route("/authentication/sign-up/email", post(sign_up))
        .route("/authentication/sign-in/email", post(sign_in))
}

pub(super) fn routes() -> Router<World> {
    Router::new()
        .route("/authentication/organization/create", post(create_organization))
        .route("/authentication/organization/set-active", post(set_active))
        .route("/customers", get(customers).post(create_customer))
        .route("/customers/{id}", get(customer))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignUp {
    email: String,
    password: String,
    #[serde(default)]
    name: String,
}

async fn sign_up(State(world): State<World>, Input(body): Input<SignUp>) -> Result<Answer, Fault> {
    email_like(&body.email)?;
    short(&body.name)?;
    if !(MIN_PASSWORD..=MAX_TEXT).contains(&body.password.chars().count()) {
        return Err(unprocessable("PASSWORD_LENGTH", "A password has 8 to 200 characters"));
    }
    world.state(|state| {
        let api = &mut state.merchant_api;
        if api.accounts.iter().any(|(_, account)| account.email == body.email) {
            return Err(unprocessable("USER_ALREADY_EXISTS", "There is an account with this address"));
        }
        let password = Digest::of(body.password.as_bytes());
        let user = api.accounts.put(Account { email: body.email, name: body.name, password });
        Ok(signed_in(api, &user))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    email: String,
    password: String,
}

async fn sign_in(State(world): State<World>, Input(body): Input<SignIn>) -> Result<Answer, Fault> {
    let password = Digest::of(body.password.as_bytes());
    world.state(|state| {
        let api = &mut state.merchant_api;
        let known = |account: &Account| account.email == body.email && account.password == password;
        let user = api.accounts.iter().find(|(_, account)| known(account)).map(|(id, _)| id.to_owned());
        let Some(user) = user else {
            let message = "No account has this address and this password";
            return Err(Fault::unauthorized("INVALID_EMAIL_OR_PASSWORD", message, "Bearer"));
        };
        Ok(signed_in(api, &user))
    })
}

fn signed_in(api: &mut MerchantApi, user: &str) -> Answer {
    let token = api.sign_in(user);
    let (email, name) =
        api.accounts.get(user).map_or((String::new(), String::new()), |a| (a.email.clone(), a.name.clone()));
    let answer = Answer::new(json!({
        "token": token,
        "user": { "id": user, "email": email, "name": name },
    }));
    match HeaderValue::from_str(&token) {
        Ok(token) => answer.with(TOKEN_HEADER, token),
        Err(_) => answer,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewOrganization {
    name: String,
    slug: String,
}

async fn create_organization(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Input(body): Input<NewOrganization>,
) -> Result<Answer, Fault> {
    short(&body.name)?;
    short(&body.slug)?;
    if body.name.is_empty() || body.slug.is_empty() {
        return Err(unprocessable("NAME_MISSING", "An organisation has a name and a slug"));
    }
    world.state(|state| {
        let api = &mut state.merchant_api;
        let user = api.session(&caller).map(|session| session.user.clone()).ok_or_else(gone)?;
        if api.organizations.iter().any(|(_, organization)| organization.slug == body.slug) {
            let message = "There is an organisation with this slug";
            return Err(Fault::new(StatusCode::CONFLICT, "ORGANIZATION_ALREADY_EXISTS", message));
        }
        let organization = Organization { name: body.name, slug: body.slug, member: user };
        let id = api.organizations.put(organization.clone());
        Ok(Answer::new(shown(&id, &organization)))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Active {
    organization_id: String,
}

async fn set_active(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Input(body): Input<Active>,
) -> Result<Answer, Fault> {
    world.state(|state| {
        let api = &mut state.merchant_api;
        let organization = api.organizations.get(&body.organization_id).cloned();
        let session = api.session(&caller).ok_or_else(gone)?;
        let Some(organization) = organization.filter(|o| o.member == session.user) else {
            let message = "The user is not a member of this organisation";
            return Err(Fault::new(StatusCode::FORBIDDEN, "NOT_A_MEMBER", message));
        };
        session.organization = Some(body.organization_id.clone());
        Ok(Answer::new(shown(&body.organization_id, &organization)))
    })
}

fn shown(id: &str, organization: &Organization) -> Value {
    json!({ "id": id, "name": organization.name, "slug": organization.slug })
}

/// A customer as it is given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCustomer {
    email: String,
    #[serde(default)]
    name: String,
}

impl NewCustomer {
    pub(super) fn check(&self) -> Result<(), Fault> {
        email_like(&self.email)?;
        short(&self.name)
    }

    pub(super) fn of(self, organization: &str) -> Customer {
        Customer { organization: organization.to_owned(), email: self.email, name: self.name }
    }
}

async fn create_customer(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Input(body): Input<NewCustomer>,
) -> Result<Answer, Fault> {
    body.check()?;
    world.state(|state| {
        let organization = active(&mut state.merchant_api, &caller)?;
        let customer = body.of(&organization);
        let id = state.merchant_api.customers.put(customer.clone());
        Ok(Answer::new(json!({ "id": id, "customer": customer_shown(&id, &customer) })))
    })
}

async fn customer(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Answer, Fault> {
    world.state(|state| {
        let organization = active(&mut state.merchant_api, &caller)?;
        let customer = state.merchant_api.customers.get(&id).filter(|c| c.organization == organization);
        customer.map(|c| Answer::new(json!({ "id": id, "customer": customer_shown(&id, c) }))).ok_or_else(
            || Fault::new(StatusCode::NOT_FOUND, "CUSTOMER_NOT_FOUND", "There is no such customer"),
        )
    })
}

async fn customers(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
) -> Result<Answer, Fault> {
    world.state(|state| {
        let organization = active(&mut state.merchant_api, &caller)?;
        let own = state.merchant_api.customers.iter().filter(|(_, c)| c.organization == organization);
        Ok(Answer::data(own.map(|(id, c)| customer_shown(id, c)).collect()))
    })
}

fn customer_shown(id: &str, customer: &Customer) -> Value {
    json!({ "id": id, "email": customer.email, "name": customer.name })
}

/// The organisation that a session works in.
pub(super) fn active(api: &mut MerchantApi, caller: &Caller) -> Result<String, Fault> {
    let organization = api.session(caller).ok_or_else(gone)?.organization.clone();
    organization.ok_or_else(|| {
        let message = "No organisation is active in this session";
        Fault::new(StatusCode::BAD_REQUEST, "NO_ACTIVE_ORGANIZATION", message)
    })
}

fn email_like(text: &str) -> Result<(), Fault> {
    let parts = text.split_once('@');
    if text.len() <= MAX_TEXT && parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.')) {
        Ok(())
    } else {
        Err(unprocessable("INVALID_EMAIL", "This is no e-mail address"))
    }
}

pub(super) fn short(text: &str) -> Result<(), Fault> {
    if text.len() <= MAX_TEXT {
        Ok(())
    } else {
        Err(unprocessable("TOO_LONG", "A text has at most 200 characters"))
    }
}

pub(super) fn unprocessable(code: &'static str, message: &'static str) -> Fault {
    Fault::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}

fn gone() -> Fault {
    Fault::unauthorized("SESSION_EXPIRED", "This session has ended", "Bearer")
}
