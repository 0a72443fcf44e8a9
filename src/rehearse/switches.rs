//! What can be switched about one merchant. The field names are the keys of the control panel's JSON.

use serde::{Deserialize, Serialize};

/// Everything that can be switched about one merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Switches {
    /// How far its KYC is.
    pub kyc: Kyc,
    /// How the provider's API answers requests about it.
    pub api: ApiService,
    /// Whether the single-use key of the production exchange is still good. Switching a used one back
    /// to unused issues another one.
    pub temporal_key: TemporalKey,
    /// How the merchant pays the provider's own fees.
    pub primary_payment_instrument: Option<Instrument>,
    /// What becomes of its buyers' cards.
    pub cards: Cards,
    /// Its website.
    pub site: Site,
    /// Its webhook endpoint.
    pub webhook: WebhookState,
}

/// What becomes of buyers' cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cards {
    /// They pay.
    Approved,
    /// They are refused.
    Declined,
}

/// How far the KYC of an organisation is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Kyc {
    /// The invitation to the production organisation.
    pub invitation: Invitation,
    /// The documents.
    pub documents: Documents,
    /// The review.
    pub status: KycStatus,
    /// Why the status is what it is, for people.
    pub reason: Option<String>,
}

/// How far an invitation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Invitation {
    /// Nobody was invited.
    None,
    /// On its way.
    Sent,
    /// The merchant joined.
    Accepted,
}

/// Whether the KYC documents were handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Documents {
    /// Not yet.
    Missing,
    /// They were.
    Submitted,
}

/// Where the KYC review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KycStatus {
    /// Nothing was handed in.
    NotStarted,
    /// Handed in, nobody has looked.
    Submitted,
    /// Somebody is looking.
    InReview,
    /// Approved.
    Approved,
    /// Rejected.
    Rejected,
}

/// How the provider's API answers requests about a merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiService {
    /// As it should.
    Up,
    /// 429 with `Retry-After`.
    Throttled,
    /// 503.
    Down,
}

/// Whether the single-use key of the production exchange is still good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemporalKey {
    /// It can be exchanged once.
    Unused,
    /// It is gone.
    Used,
}

/// How a merchant pays the provider's own fees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Instrument {
    /// What it is.
    pub kind: InstrumentKind,
    /// The last four digits of its number.
    pub last4: String,
}

/// What a payment instrument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstrumentKind {
    /// A credit card.
    Card,
    /// A bank account.
    BankAccount,
}

/// What is on a merchant's website.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Site {
    /// The terms and conditions.
    pub terms: PageState,
    /// The privacy policy.
    pub privacy: PageState,
    /// The refund policy.
    pub refund: PageState,
    /// The contact page, and the e-mail address and phone number at the foot of every page.
    pub contact: PageState,
    /// Whether prices carry their currency.
    pub currency: Currency,
    /// Something in the catalogue that the provider does not allow.
    pub prohibited_item: ProhibitedItem,
}

/// Whether a page of a website is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageState {
    /// Linked and there.
    Present,
    /// Neither linked nor there.
    Absent,
    /// Linked, but the link leads nowhere.
    Broken,
}

/// Whether prices carry their currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Currency {
    /// `EUR 42.00`
    Shown,
    /// `42.00`
    Hidden,
}

/// Whether the catalogue has something that the provider does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProhibitedItem {
    /// It has not.
    Absent,
    /// It has.
    Listed,
}

/// Whether a merchant's webhook endpoint answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    /// It does.
    Up,
    /// 503 to everything.
    Down,
    /// It takes whatever it is sent.
    Unverified,
    /// It verifies with a secret that is not the endpoint's, such as the sandbox's.
    OtherSecret,
}
