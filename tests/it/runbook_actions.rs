//! The actions of the bundled runbooks, each carried out against the rehearsal of its provider.
//!
//! Stages are left out of it: the actions are freed of their items, so that whoever leads may start them
//! at once. What is sent, what comes back and where it goes is that of the bundled file.

use std::fs;
use std::path::Path;

use golive::rehearse::{
    BILLING, FLINT, INVOICE_LINK, MERCHANT_API, Provider, ProviderUrls, Scenario, Simulator,
};

use crate::cli_bench::{Home, Said};

/// An engagement with a bundled runbook, opposite its provider.
struct Desk {
    home: Home,
    simulator: Simulator,
    provider: Provider,
}

impl Desk {
    fn open(provider: Provider, facts: &[(&str, &str)], secrets: &[(&str, &str)]) -> Self {
        let simulator = Simulator::start("127.0.0.1:0".parse().unwrap(), Scenario::Happy).unwrap();
        let desk = Self { home: Home::new(), simulator, provider };
        let file = format!("{}.toml", provider.runbook());
        let text = fs::read_to_string(Path::new("checklists").join(&file)).unwrap();
        let runbook = desk.home.write(&file, without_items(&text));
        desk.ok(&["new", &runbook, "Acme", "--id", "acme"]);
        for (field, value) in facts {
            desk.ok(&["set", "acme", &format!("{field}={value}")]);
        }
        for (secret, value) in secrets {
            let file = desk.home.write(&format!("{secret}.secret"), value);
            desk.ok(&["secret", "acme", secret, "--file", &file]);
        }
        desk
    }

    fn urls(&self) -> ProviderUrls {
        self.simulator.places(self.provider)
    }

    fn set(&self, field: &str, value: &str) {
        self.ok(&["set", "acme", &format!("{field}={value}")]);
    }

    /// At the time of the rehearsal, which is the machine's.
    fn said(&self, args: &[&str]) -> Said {
        Said::of(self.home.command(args).env_remove("GOLIVE_NOW").output().unwrap())
    }

    fn ok(&self, args: &[&str]) -> String {
        let said = self.said(args);
        assert_eq!(said.code, 0, "{args:?}: {said:?}");
        said.out
    }

    /// Carries out an action that fills fields and keeps secrets.
    fn run(&self, action: &str, filled: &[&str], kept: &[&str]) {
        let out = self.ok(&["run", "acme", action, "--yes"]);
        for field in filled {
            assert!(out.contains(&format!("filled in: {field} = ")), "{action}, {field}: {out}");
        }
        for secret in kept {
            assert!(out.contains(&format!("secret {secret} •••• is in file")), "{action}, {secret}: {out}");
        }
        assert_eq!(out.matches("filled in: ").count(), filled.len(), "{action}: {out}");
        assert_eq!(out.matches(" is in file").count(), kept.len(), "{action}: {out}");
    }

    fn passes(&self, checks: &[&str]) {
        for check in checks {
            let said = self.said(&["check", "acme", check]);
            assert!(said.code == 0 && said.out.starts_with("pass "), "{check}: {said:?}");
        }
    }
}

/// The runbook with its actions offered to whoever leads, at any time.
fn without_items(text: &str) -> String {
    let mut in_action = false;
    let kept = text.lines().filter(|line| {
        if line.starts_with('[') {
            in_action = *line == "[[actions]]";
        }
        !(in_action && line.starts_with("item = "))
    });
    kept.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn flints_webhook_is_registered_tried_and_verified_and_its_money_given_back() {
    let desk = Desk::open(
        Provider::Flint,
        &[
            ("live_merchant_id", FLINT.merchant_id),
            ("country", "US"),
            ("currency", "USD"),
            ("replacement_scopes", "\"orders.write\",\"merchants.read\""),
            ("refund_amount", "100"),
        ],
        &[("live_key", FLINT.live_key)],
    );
    desk.set("api_url", &desk.urls().api);
    desk.set("webhook_url", &desk.urls().webhook);
    desk.run("mint-key", &[], &["spare_key"]);
    desk.run("register-webhook", &["webhook_endpoint_id"], &["webhook_secret"]);
    desk.run("send-test-event", &["test_delivery"], &[]);
    desk.passes(&["endpoint-registered", "events-subscribed", "synthetic-delivered", "webhook-verifies"]);
    // Everything is handed in, so there is no next step: asking for one changes nothing.
    for _ in 0..2 {
        assert_eq!(desk.said(&["run", "acme", "advance-onboarding", "--yes"]).code, 1);
    }
    // There is no such order, so there is nothing to give back.
    desk.set("order_id", "ord_nothing");
    assert_eq!(desk.said(&["run", "acme", "refund-order", "--yes"]).code, 1);
    desk.set("order_id", &paid_order(&desk.urls().api));
    desk.passes(&["order-paid"]);
    desk.run("refund-order", &["refund_id"], &[]);
    // It was paid all the same: what is done stays done.
    desk.passes(&["order-paid"]);
    assert_eq!(desk.said(&["run", "acme", "refund-order", "--yes"]).code, 4, "money goes back once");
}

/// What the merchant's shop does when somebody buys.
fn paid_order(api: &str) -> String {
    let order = async {
        let order = serde_json::json!({ "amount_money": { "amount": 100, "currency": "USD" } });
        let request = reqwest::Client::new()
            .post(format!("{api}/v1/orders"))
            .bearer_auth(FLINT.live_key)
            .header("idempotency-key", "order-1")
            .header("content-type", "application/json")
            .body(order.to_string());
        request.send().await.unwrap().text().await.unwrap()
    };
    let order: serde_json::Value =
        serde_json::from_str(&tokio::runtime::Runtime::new().unwrap().block_on(order)).unwrap();
    order["data"]["order_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_billing_key_is_made_and_opens() {
    let desk = Desk::open(
        Provider::Billing,
        &[("merchant_id", BILLING.merchant_id)],
        &[("dashboard_key", BILLING.token)],
    );
    desk.set("billing_url", &desk.urls().api);
    desk.run("create-key", &[], &["live_api_key"]);
    desk.passes(&["key-opens"]);
    assert_eq!(desk.said(&["run", "acme", "create-key", "--yes"]).code, 4, "once is once");
}

#[test]
fn the_six_calls_of_the_merchant_api_each_take_what_the_one_before_returned() {
    let desk = Desk::open(
        Provider::MerchantApi,
        &[
            ("email", "ann@rehearsal.example"),
            ("user_name", "Ann"),
            ("organization_name", "Ann's ferns"),
            ("organization_slug", "anns-ferns"),
            ("customer_email", "buyer@rehearsal.example"),
            ("customer_name", "A \"buyer\""),
            ("amount", "1250"),
            ("currency", "USD"),
            ("payment_reference", "reference-1"),
        ],
        &[("password", "Rehearsal only 2026"), ("webhook_secret", MERCHANT_API.webhook_secret)],
    );
    let ProviderUrls { api, website, webhook, .. } = desk.urls();
    for (field, value) in
        [("api_url", &api), ("success_url", &website), ("cancel_url", &website), ("webhook_url", &webhook)]
    {
        desk.set(field, value);
    }
    desk.run("sign-up", &["user_id"], &[]);
    desk.run("sign-in", &[], &["session_token"]);
    desk.run("create-organization", &["organization_id"], &[]);
    desk.run("set-active-organization", &["active_organization_id"], &[]);
    desk.run("create-customer", &["customer_id"], &[]);
    let actions = ["create-session", "create-session-without-customer", "create-session-with-customer"];
    for (n, action) in actions.into_iter().enumerate() {
        desk.set("payment_reference", &format!("reference-{n}-of-3"));
        desk.run(action, &["session_id", "session_url"], &[]);
        desk.passes(&["session-exists", "checkout-opens", "session-paid"]);
    }
    desk.passes(&["token-works", "token-refused", "webhook-verifies"]);
}

#[test]
fn an_invoice_is_made_and_paid_out_and_an_address_takes_deposits() {
    let desk = Desk::open(
        Provider::InvoiceLink,
        &[
            ("amount", "8900"),
            ("currency", "USD"),
            ("order_reference", "order-1"),
            ("payout_amount", "100"),
            ("payout_destination", "bank"),
        ],
        &[
            ("test_api_key", INVOICE_LINK.test_key),
            ("api_key", INVOICE_LINK.live_key),
            ("webhook_secret", INVOICE_LINK.webhook_secret),
        ],
    );
    desk.set("api_url", &desk.urls().api);
    desk.set("webhook_url", &desk.urls().webhook);
    desk.run("create-test-invoice", &["test_invoice_id"], &[]);
    desk.passes(&["test-invoice-exists"]);
    desk.run("create-invoice", &["invoice_id", "checkout_url"], &[]);
    desk.passes(&["invoice-exists", "link-opens", "invoice-paid", "balances", "ledger-credit"]);
    desk.run("create-payout", &["payout_id"], &[]);
    desk.run("create-static-address", &["static_address_id"], &[]);
    desk.passes(&["payout-sent", "static-address", "webhook-verifies"]);
    assert_eq!(desk.said(&["run", "acme", "create-payout", "--yes"]).code, 4, "money is sent once");
}
