//! The people and the facts of the demo, as data.

use crate::rehearse::{MerchantSeed, MerchantUrls, seed};

/// How a person's approvals get into the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signs {
    /// With a key of their own.
    Alone,
    /// They sit in the room; the consultant records for them (DESIGN rule 12).
    InTheRoom,
}

/// A person in a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) role: &'static str,
    pub(super) signs: Signs,
}

/// The user of the demo. Opening an engagement makes her its lead.
pub(super) const DANA: Person = Person { name: "Dana Ruiz", role: "consultant", signs: Signs::Alone };

/// The provider's people, the same everywhere.
const PROVIDER: [Person; 5] = [
    Person { name: "Tomás Okafor", role: "architect", signs: Signs::Alone },
    Person { name: "Jonas Weiss", role: "ppo", signs: Signs::InTheRoom },
    Person { name: "Mei Tanaka", role: "qa", signs: Signs::InTheRoom },
    Person { name: "Ola Berg", role: "backend", signs: Signs::InTheRoom },
    Person { name: "Ines Moreau", role: "compliance", signs: Signs::InTheRoom },
];

/// The people of the providers that have one merchant; of these play those whose roles the runbook has.
pub(super) const EVERYBODY: [Person; 10] = [
    Person { name: "Priya Nair", role: "business", signs: Signs::InTheRoom },
    Person { name: "Lin Chen", role: "developer", signs: Signs::Alone },
    Person { name: "Omar Haddad", role: "operations", signs: Signs::Alone },
    Person { name: "Greta Vogel", role: "finance", signs: Signs::Alone },
    Person { name: "Sam Whitlock", role: "engineering", signs: Signs::Alone },
    Person { name: "Ruth Adler", role: "support", signs: Signs::Alone },
    Person { name: "Noor Haddad", role: "trust", signs: Signs::Alone },
    Person { name: "Ines Moreau", role: "policy", signs: Signs::Alone },
    Person { name: "Callum Reid", role: "product", signs: Signs::Alone },
    Person { name: "Mei Tanaka", role: "qa", signs: Signs::Alone },
];

/// A merchant of the rehearsal with its people and what it has decided.
#[derive(Debug)]
pub(super) struct Merchant {
    seed: usize,
    people: [Person; 2],
    pub(super) markets: &'static str,
    pub(super) decisions: [(&'static str, &'static str); 7],
}

impl Merchant {
    /// The merchant in the rehearsal.
    pub(super) fn seed(&self) -> &'static MerchantSeed {
        &seed()[self.seed]
    }

    /// Everybody but the user, the merchant's own people first.
    pub(super) fn people(&self) -> impl Iterator<Item = Person> {
        self.people.into_iter().chain(PROVIDER)
    }

    /// What is known on the first day.
    pub(super) fn first_fields(&self, urls: &MerchantUrls) -> Vec<(&'static str, String)> {
        vec![
            ("kyc_status_url", urls.kyc_status.clone()),
            ("live_api_url", urls.live_api.clone()),
            ("website_url", urls.website.clone()),
            ("checkout_url", format!("{}/checkout", urls.website)),
            ("catalog_url", format!("{}/products", urls.website)),
            ("webhook_url", urls.webhook.clone()),
            ("currency", self.seed().currency.to_owned()),
            ("markets", self.markets.to_owned()),
            ("restricted_goods", "no".to_owned()),
        ]
    }
}

const fn merchant_side(business: &'static str, developer: &'static str) -> [Person; 2] {
    [
        Person { name: business, role: "business", signs: Signs::InTheRoom },
        Person { name: developer, role: "developer", signs: Signs::Alone },
    ]
}

/// A bookshop, half-way.
pub(super) static AURORA: Merchant = Merchant {
    seed: 0,
    people: merchant_side("Priya Nair", "Lin Chen"),
    markets: "EU",
    decisions: [
        ("gateway_model", "default"),
        ("descriptor", "AURORA BOOKS"),
        ("tax", "pai"),
        ("express_methods", "apple-pay=required,google-pay=required,paypal=optional"),
        ("three_d_secure", "mandatory"),
        ("bin_exposure", "no"),
        ("backup_gateway", "none"),
    ],
};

/// A coffee roaster whose KYC is being reviewed.
pub(super) static BIRCH: Merchant = Merchant {
    seed: 1,
    people: merchant_side("Ruth Adler", "Sam Whitlock"),
    markets: "US,EU",
    decisions: [
        ("gateway_model", "default"),
        ("descriptor", "BIRCH AND BEAN"),
        ("tax", "third-party"),
        ("express_methods", "apple-pay=required,google-pay=optional,paypal=optional"),
        ("three_d_secure", "mandatory"),
        ("bin_exposure", "no"),
        ("backup_gateway", "configured"),
    ],
};

/// A bicycle maker about to go live.
pub(super) static COBALT: Merchant = Merchant {
    seed: 2,
    people: merchant_side("Callum Reid", "Noor Haddad"),
    markets: "UK,EU",
    decisions: [
        ("gateway_model", "default"),
        ("descriptor", "COBALT CYCLES"),
        ("tax", "pai"),
        ("express_methods", "apple-pay=optional,google-pay=optional,paypal=required"),
        ("three_d_secure", "mandatory"),
        ("bin_exposure", "no"),
        ("backup_gateway", "configured"),
    ],
};

/// What goes with an approval: what is attached, and what is remarked. An item that is not here is
/// ticked without.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Proof {
    pub(super) evidence: &'static [&'static str],
    pub(super) note: Option<&'static str>,
}

type Row = (&'static str, &'static [&'static str], Option<&'static str>);

const PROOFS: [Row; 13] = [
    ("goals", &["Volume plan: 4,000 payments a month, 31 on average, peak of 12 a minute"], None),
    (
        "architecture",
        &[],
        Some("Hosted fields on the web, the API behind them: no card number on our servers"),
    ),
    ("kickoff-scheduled", &["Calendar invitation: kickoff with the Integration Team"], None),
    ("tokenization", &["Token made with FramePay on stage"], None),
    ("customer", &["Customer on stage with one card"], None),
    ("first-payment", &["One transaction and one subscription on stage"], None),
    ("card-scenarios", &["Transaction IDs of the four scenarios"], Some("Looked through together with QA")),
    ("security-scan", &["Report of the scan: no key exposed, nothing sensitive in the logs"], None),
    ("load-test", &["Summary: 50 payments a second for 10 minutes, no error"], None),
    ("keys-in-backend", &["Kept in the deployment's secret store, read at start"], None),
    ("alerting", &["Alert set off on purpose: three failed deliveries in a row"], None),
    ("monitoring-plan", &["Plan for the first two weeks: who watches what, and who is called"], None),
    ("webhook-verified", &[], Some("Tried again with the production secret")),
];

/// What goes with the approval of an item.
pub(super) fn proof(item: &str) -> Proof {
    PROOFS
        .iter()
        .find(|(id, ..)| *id == item)
        .map_or_else(Proof::default, |(_, evidence, note)| Proof { evidence, note: *note })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::runbook::Runbook;

    fn runbook() -> Runbook {
        let bundled = crate::runbook::find("paymentsai").unwrap();
        crate::runbook::load(bundled.file_name, bundled.text.as_bytes()).ok().unwrap().runbook
    }

    #[test]
    fn everything_that_the_cast_names_is_in_the_runbook() {
        let runbook = runbook();
        for merchant in [&AURORA, &BIRCH, &COBALT] {
            for person in merchant.people().chain([DANA]) {
                assert!(runbook.roles.contains_key(person.role), "{}", person.role);
            }
            let decided: Vec<_> = merchant.decisions.iter().map(|(id, _)| *id).collect();
            assert_eq!(
                decided,
                runbook.decisions.keys().map(crate::domain::ids::DecisionId::as_str).collect::<Vec<_>>()
            );
        }
        for (item, ..) in PROOFS {
            assert!(runbook.item(item).is_some(), "{item}");
        }
    }

    #[test]
    fn whoever_must_sign_beside_another_has_a_key_of_their_own() {
        for merchant in [&AURORA, &BIRCH, &COBALT] {
            for role in ["developer", "architect"] {
                assert!(merchant.people().any(|p| p.role == role && p.signs == Signs::Alone));
            }
        }
    }
}
