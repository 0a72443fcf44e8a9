//! Moving switches by a JSON merge patch (RFC 7396), strictly: only switches that there are, only to
//! values that they have.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::text::SafeText;

/// More of a name or a message than this is not repeated.
const SHOWN: usize = 120;

/// Why a patch was refused; nothing of it was applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The patch is no object, or holds something else where its merchants should be.
    #[error("a patch looks like {{\"merchants\": {{\"<organisation>\": {{…}}}}}}")]
    Shape,
    /// It names something that is no switch.
    #[error("'{path}' is no switch")]
    UnknownSwitch {
        /// What it names.
        path: SafeText,
    },
    /// It names an organisation that there is not.
    #[error("there is no organisation '{organization_id}'")]
    UnknownOrganization {
        /// What it names.
        organization_id: SafeText,
    },
    /// A switch has no such value.
    #[error("'{path}' cannot be that: {message}")]
    BadValue {
        /// The switch.
        path: SafeText,
        /// What values it has.
        message: SafeText,
    },
}

impl PatchError {
    /// A key of the patch that is no switch.
    pub(super) fn unknown_switch(path: &str) -> Self {
        Self::UnknownSwitch { path: SafeText::clipped(path, SHOWN) }
    }

    /// An organisation that is not in the world.
    pub(super) fn unknown_organization(id: &str) -> Self {
        Self::UnknownOrganization { organization_id: SafeText::clipped(id, SHOWN) }
    }
}

/// Switches after a patch. `at` is where the patch stands in the whole, for errors.
pub(super) fn merged<T>(switches: &T, patch: &Value, at: &str) -> Result<T, PatchError>
where
    T: Clone + Serialize + DeserializeOwned,
{
    let bad = |path: &str, error: &serde_json::Error| PatchError::BadValue {
        path: SafeText::clipped(path, SHOWN),
        message: SafeText::clipped(&error.to_string(), SHOWN * 2),
    };
    let mut document = serde_json::to_value(switches).map_err(|e| bad(at, &e))?;
    let mut changes = Vec::new();
    leaves(&document, patch, String::new(), at, &mut changes)?;
    let mut result = switches.clone();
    // One at a time, so that the error can say which one it was.
    for (pointer, value) in changes {
        let path = format!("{at}{}", pointer.replace('/', "."));
        let Some(place) = document.pointer_mut(&pointer) else {
            return Err(PatchError::unknown_switch(&path));
        };
        *place = value.clone();
        result = serde_json::from_value(document.clone()).map_err(|e| bad(&path, &e))?;
    }
    Ok(result)
}

/// Where the patch changes something, as JSON pointers. A name that is not in the document is refused,
/// so a pointer holds only names of ours, which need no escaping, and the depth is the document's.
fn leaves<'p>(
    document: &Value,
    patch: &'p Value,
    pointer: String,
    at: &str,
    out: &mut Vec<(String, &'p Value)>,
) -> Result<(), PatchError> {
    let (Value::Object(known), Value::Object(changes)) = (document, patch) else {
        out.push((pointer, patch));
        return Ok(());
    };
    for (key, change) in changes {
        let Some(there) = known.get(key) else {
            return Err(PatchError::unknown_switch(&format!("{at}{}.{key}", pointer.replace('/', "."))));
        };
        leaves(there, change, format!("{pointer}/{key}"), at, out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rehearse::{KycStatus, PageState, Switches, seed};

    fn patched(patch: &Value) -> Result<Switches, String> {
        merged(&seed()[2].switches(), patch, "merchants.org_demo_c").map_err(|e| e.to_string())
    }

    #[test]
    fn only_what_the_patch_names_is_changed() {
        let after =
            patched(&json!({ "site": { "terms": "broken" }, "kyc": { "status": "rejected" } })).unwrap();
        let mut expected = seed()[2].switches();
        expected.site.terms = PageState::Broken;
        expected.kyc.status = KycStatus::Rejected;
        assert_eq!(after, expected);
    }

    #[test]
    fn null_clears_what_may_be_empty_and_nothing_else() {
        let after = patched(&json!({ "primaryPaymentInstrument": null })).unwrap();
        assert_eq!(after.primary_payment_instrument, None);
        let message = patched(&json!({ "site": { "terms": null } })).unwrap_err();
        assert!(message.starts_with("'merchants.org_demo_c.site.terms' cannot be that"), "{message}");
    }

    #[test]
    fn an_object_can_take_the_place_of_nothing() {
        let seed = seed()[0].switches();
        assert_eq!(seed.primary_payment_instrument, None);
        let patch = json!({ "primaryPaymentInstrument": { "kind": "bank_account", "last4": "0042" } });
        let after = merged(&seed, &patch, "m").unwrap();
        assert_eq!(after.primary_payment_instrument.unwrap().last4, "0042");
    }

    #[test]
    fn a_key_that_is_no_switch_is_named_safely() {
        assert_eq!(
            patched(&json!({ "site": { "tems\u{1b}": "absent" } })).unwrap_err(),
            "'merchants.org_demo_c.site.tems␛' is no switch"
        );
    }

    #[test]
    fn a_value_that_a_switch_does_not_have_is_answered_with_those_it_has() {
        let message = patched(&json!({ "webhook": "sideways" })).unwrap_err();
        assert!(message.contains("merchants.org_demo_c.webhook"), "{message}");
        assert!(message.contains("`up`, `down`"), "{message}");
        assert!(patched(&json!("on")).is_err());
        assert!(patched(&json!({ "kyc": [] })).is_err());
    }
}
