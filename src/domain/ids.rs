//! Newtype ids, so that a stage cannot be passed where an item is meant.
//!
//! Every id that a runbook author writes is a slug: it starts with an ASCII letter or digit and goes
//! on with letters, digits, `-` or `_`, at most [`MAX_SLUG`] bytes. Slugs can therefore stand in a
//! shell command, a URL path and a terminal without escaping.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The longest slug, in bytes.
pub const MAX_SLUG: usize = 64;

/// Why a text is not a slug. The text itself is not repeated: it may be hostile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadId {
    /// Nothing was given.
    #[error("an id must not be empty")]
    Empty,
    /// Longer than [`MAX_SLUG`] bytes.
    #[error("an id has at most {MAX_SLUG} characters")]
    TooLong,
    /// A character that a slug does not have, or a first character that is no letter or digit.
    #[error("an id has only ASCII letters, digits, '-' and '_', and starts with a letter or digit")]
    BadCharacter,
}

fn check_slug(text: &str) -> Result<(), BadId> {
    let Some(first) = text.bytes().next() else {
        return Err(BadId::Empty);
    };
    if text.len() > MAX_SLUG {
        return Err(BadId::TooLong);
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if first.is_ascii_alphanumeric() && text.bytes().all(allowed) { Ok(()) } else { Err(BadId::BadCharacter) }
}

macro_rules! slug_ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks that `text` is a slug.
            pub fn new(text: &str) -> Result<Self, BadId> {
                check_slug(text)?;
                Ok(Self(text.into()))
            }

            /// The id as it stands in the runbook.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                Self::new(&text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.as_ref().to_owned()
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

slug_ids! {
    /// A runbook, such as `paymentsai`.
    RunbookId;
    /// An engagement, such as `acme`. Unique in a store.
    EngagementId;
    /// A stage of a runbook.
    StageId;
    /// An item, unique in the whole runbook.
    ItemId;
    /// A part of an item, unique in its item.
    PartId;
    /// A role, the slot that a member holds.
    RoleId;
    /// A typed fact about an engagement.
    FieldId;
    /// A reference to a secret.
    SecretId;
    /// A decision of the decision matrix.
    DecisionId;
    /// A live readiness check.
    CheckId;
    /// A request flow that a person starts.
    ActionId;
}

/// A person in one engagement, known by name. Two members never share a name.
///
/// Names are free text from outside: at most [`MemberName::MAX`] characters, trimmed, with no
/// control characters. They reach a screen only through [`SafeText`](super::text::SafeText).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MemberName(Arc<str>);

impl MemberName {
    /// The longest name, in characters.
    pub const MAX: usize = 80;

    /// Trims the name and checks its length and characters.
    pub fn new(text: &str) -> Result<Self, BadName> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadName::Empty);
        }
        if text.chars().count() > Self::MAX {
            return Err(BadName::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(BadName::Control);
        }
        Ok(Self(text.into()))
    }

    /// The name as it was given, trimmed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is not a member's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing but white space.
    #[error("a name must not be empty")]
    Empty,
    /// Longer than [`MemberName::MAX`] characters.
    #[error("a name has at most {} characters", MemberName::MAX)]
    TooLong,
    /// It holds a control character.
    #[error("a name has no control characters")]
    Control,
}

impl TryFrom<String> for MemberName {
    type Error = BadName;
    fn try_from(text: String) -> Result<Self, BadName> {
        Self::new(&text)
    }
}

impl From<MemberName> for String {
    fn from(name: MemberName) -> String {
        name.0.as_ref().to_owned()
    }
}

impl Borrow<str> for MemberName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MemberName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The SHA-256 fingerprint of a public key as OpenSSH prints it: `SHA256:` and 43 characters of
/// unpadded base64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyFingerprint(Arc<str>);

impl KeyFingerprint {
    /// Wraps the text that the identity layer made from a key.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The fingerprint with its `SHA256:` prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_starts_with_a_letter_or_digit() {
        assert!(ItemId::new("kyc-approved").is_ok());
        assert!(ItemId::new("3ds_challenge").is_ok());
        assert_eq!(ItemId::new("-x"), Err(BadId::BadCharacter));
        assert_eq!(ItemId::new(""), Err(BadId::Empty));
        assert_eq!(ItemId::new("a b"), Err(BadId::BadCharacter));
        assert_eq!(ItemId::new("a\u{1b}[2J"), Err(BadId::BadCharacter));
        assert_eq!(ItemId::new(&"a".repeat(65)), Err(BadId::TooLong));
    }

    #[test]
    fn an_id_from_json_is_checked_too() {
        assert!(serde_json::from_str::<RoleId>("\"dev\"").is_ok());
        assert!(serde_json::from_str::<RoleId>("\"d/ev\"").is_err());
    }

    #[test]
    fn names_are_trimmed_and_free_of_control_characters() {
        assert_eq!(MemberName::new("  Dana Ruiz ").unwrap().as_str(), "Dana Ruiz");
        assert_eq!(MemberName::new(" \t "), Err(BadName::Empty));
        assert_eq!(MemberName::new("a\u{7}b"), Err(BadName::Control));
        assert_eq!(MemberName::new(&"é".repeat(81)), Err(BadName::TooLong));
    }
}
