//! Accounts, organisations, customers and checkout sessions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::flint::Buyer;
use super::super::guard::{Caller, Mode};
use super::super::money::Money;
use super::super::seed::MERCHANT_API;
use super::super::shelf::Shelf;
use crate::domain::digest::Digest;

/// Everything that can be switched about the merchant API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MerchantApiSwitches {
    /// What the buyer of a checkout session does.
    pub buyer: Buyer,
}

#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) email: String,
    pub(super) name: String,
    /// The password itself is not kept.
    pub(super) password: Digest,
}

#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) token: String,
    pub(super) user: String,
    pub(super) organization: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Organization {
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) member: String,
}

#[derive(Debug, Clone)]
pub(super) struct Customer {
    pub(super) organization: String,
    pub(super) email: String,
    pub(super) name: String,
}

#[derive(Debug, Clone)]
pub(super) struct Checkout {
    pub(super) organization: String,
    pub(super) money: Money,
    pub(super) customer: Option<String>,
    pub(super) status: &'static str,
    pub(super) payment: &'static str,
    pub(super) reference: Option<String>,
    pub(super) request: Digest,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) intent: String,
    /// Where the buyer is sent; the id goes in when it is known.
    pub(super) link: String,
}

/// The provider's side of the world.
#[derive(Debug, Clone)]
pub(in crate::rehearse) struct MerchantApi {
    pub(in crate::rehearse) switches: MerchantApiSwitches,
    pub(super) accounts: Shelf<Account>,
    pub(super) sessions: Shelf<Session>,
    pub(super) organizations: Shelf<Organization>,
    pub(super) customers: Shelf<Customer>,
    pub(super) checkouts: Shelf<Checkout>,
}

impl MerchantApi {
    pub(in crate::rehearse) fn new() -> Self {
        let mut accounts = Shelf::new("usr");
        accounts.put(Account {
            email: MERCHANT_API.email.to_owned(),
            name: MERCHANT_API.shop.name.to_owned(),
            password: Digest::of(MERCHANT_API.password.as_bytes()),
        });
        Self {
            switches: MerchantApiSwitches { buyer: Buyer::Pays },
            accounts,
            sessions: Shelf::new("ses"),
            organizations: Shelf::new("org"),
            customers: Shelf::new("cus"),
            checkouts: Shelf::new("cs"),
        }
    }

    /// How the payment of a checkout session stands.
    pub(in crate::rehearse) fn payment(&self, checkout: &str) -> Option<&'static str> {
        self.checkouts.get(checkout).map(|checkout| checkout.payment)
    }

    /// Whose token it is.
    pub(in crate::rehearse) fn caller(&self, token: &str) -> Option<Caller> {
        let (_, session) = self.sessions.iter().find(|(_, session)| session.token == token)?;
        Some(Caller { key_id: session.token.clone(), mode: Mode::Live, scopes: None })
    }

    /// A new session of a user, and its token.
    pub(super) fn sign_in(&mut self, user: &str) -> String {
        let token = format!("tok_rehearsal{}", self.sessions.next_number());
        // Signing in again goes on where the last session was: in the same organisation.
        let before = self.sessions.iter().filter(|(_, session)| session.user == user).last();
        let organization = before.and_then(|(_, session)| session.organization.clone());
        self.sessions.put(Session { token: token.clone(), user: user.to_owned(), organization });
        token
    }

    /// The session of a caller.
    pub(super) fn session(&mut self, caller: &Caller) -> Option<&mut Session> {
        let found = self.sessions.iter().find(|(_, session)| session.token == caller.key_id);
        let id = found.map(|(id, _)| id.to_owned())?;
        self.sessions.get_mut(&id)
    }
}
