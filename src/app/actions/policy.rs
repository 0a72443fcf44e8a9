//! The rules for a secret that people choose, looked at before it is sent.
//!
//! Of the values before, only salted hashes are kept (HMAC-SHA-256 with a random key for each secret), in
//! a private file of this machine: never in the log, which others read.

use std::io;
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::domain::runbook::SecretPolicy;
use crate::files::{private_folder, replace};

/// The largest file of hashes, in bytes.
const MAX_FILE: u64 = 64 * 1024;

/// The rule that a secret breaks. Never says the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BrokenRule {
    /// Too short or too long.
    #[error("must have {0} to {1} characters")]
    Length(usize, usize),
    /// Too few upper-case letters.
    #[error("must have at least {0} upper-case letter(s)")]
    Upper(usize),
    /// Too few letters and digits.
    #[error("must have at least {0} letter(s) or digit(s)")]
    Alphanumeric(usize),
    /// One of the last few.
    #[error("must not be one of the last {0}")]
    Reused(usize),
}

/// The salted hashes of a secret's last values, the newest last.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Past {
    salt: String,
    hashes: Vec<String>,
}

impl Past {
    /// Reads the hashes; none when there were no values yet.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        match std::fs::metadata(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let salt: [u8; 32] = rand::random();
                return Ok(Self { salt: hex::encode(salt), hashes: Vec::new() });
            }
            Err(e) => return Err(e),
            Ok(file) if file.len() > MAX_FILE => return Err(io::ErrorKind::FileTooLarge.into()),
            Ok(_) => {}
        }
        serde_json::from_slice(&std::fs::read(path)?).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    /// Whether a value keeps the policy. `again` says that the newest one of the past is to be sent once more,
    /// to the same end.
    pub(super) fn check(
        &self,
        policy: &SecretPolicy,
        value: &SecretString,
        again: bool,
    ) -> Result<(), BrokenRule> {
        let text = value.expose_secret();
        let count = |wanted: fn(char) -> bool| text.chars().filter(|c| wanted(*c)).count();
        let length = text.chars().count();
        if !(policy.min_chars..=policy.max_chars).contains(&length) {
            return Err(BrokenRule::Length(policy.min_chars, policy.max_chars));
        }
        if count(char::is_uppercase) < policy.upper {
            return Err(BrokenRule::Upper(policy.upper));
        }
        if count(char::is_alphanumeric) < policy.alphanumeric {
            return Err(BrokenRule::Alphanumeric(policy.alphanumeric));
        }
        let hash = self.hash(value);
        if again && self.hashes.last() == Some(&hash) {
            return Ok(());
        }
        if self.hashes.iter().rev().take(policy.not_last).any(|h| *h == hash) {
            return Err(BrokenRule::Reused(policy.not_last));
        }
        Ok(())
    }

    /// Remembers a value that is about to be sent; says whether it was not the newest already.
    pub(super) fn remember(path: &Path, policy: &SecretPolicy, value: &SecretString) -> io::Result<bool> {
        let mut past = Self::read(path)?;
        let hash = past.hash(value);
        if past.hashes.last() == Some(&hash) {
            return Ok(false);
        }
        past.hashes.push(hash);
        // One more than the policy asks for, as this one may be taken out again.
        let surplus = past.hashes.len().saturating_sub(policy.not_last + 1);
        past.hashes.drain(..surplus);
        past.write(path).map(|()| true)
    }

    /// Takes a value out again that was remembered last and not taken into use.
    pub(super) fn forget(path: &Path, value: &SecretString) -> io::Result<()> {
        let mut past = Self::read(path)?;
        let hash = past.hash(value);
        if past.hashes.pop_if(|last| *last == hash).is_none() {
            return Ok(());
        }
        past.write(path)
    }

    /// Writes the file anew: whole or not at all.
    fn write(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            private_folder(folder)?;
        }
        replace(path, &serde_json::to_vec(self)?)
    }

    fn hash(&self, value: &SecretString) -> String {
        // A key of any length is good for HMAC.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.salt.as_bytes()) else {
            return String::new();
        };
        mac.update(value.expose_secret().as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: SecretPolicy =
        SecretPolicy { min_chars: 12, max_chars: 30, upper: 1, alphanumeric: 1, not_last: 4 };

    fn check(past: &Past, value: &str) -> Result<(), BrokenRule> {
        past.check(&POLICY, &SecretString::from(value), false)
    }

    #[test]
    fn each_rule_is_named_and_both_ends_of_the_length_are_in() {
        let past = Past::default();
        for (value, rule) in [
            ("A2345678901", BrokenRule::Length(12, 30)),
            ("A234567890123456789012345678901", BrokenRule::Length(12, 30)),
            ("no capital here", BrokenRule::Upper(1)),
            ("!!!!!!!!!!!!", BrokenRule::Upper(1)),
        ] {
            assert_eq!(check(&past, value), Err(rule), "{value}");
        }
        assert_eq!(check(&past, "A23456789012"), Ok(()));
        assert_eq!(check(&past, "A23456789012345678901234567890"), Ok(()));
        let marks = SecretPolicy { upper: 0, ..POLICY };
        let value = SecretString::from("!!!!!!!!!!!!");
        assert_eq!(past.check(&marks, &value, false), Err(BrokenRule::Alphanumeric(1)));
    }

    #[test]
    fn the_last_four_are_refused_the_fifth_back_is_not_and_no_value_is_in_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/x.past.json");
        let values: Vec<String> = (0..5).map(|n| format!("Secret number {n}")).collect();
        for value in &values {
            let past = Past::read(&path).unwrap();
            assert_eq!(check(&past, value), Ok(()));
            assert!(Past::remember(&path, &POLICY, &SecretString::from(value.as_str())).unwrap());
        }
        let past = Past::read(&path).unwrap();
        for value in &values[1..] {
            assert_eq!(check(&past, value), Err(BrokenRule::Reused(4)));
        }
        assert_eq!(check(&past, &values[0]), Ok(()));
        assert!(!std::fs::read_to_string(&path).unwrap().contains("number"));
    }

    #[test]
    fn a_value_that_was_refused_is_taken_out_again_and_costs_no_older_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.past.json");
        let remember = |value: &str| Past::remember(&path, &POLICY, &SecretString::from(value)).unwrap();
        let values: Vec<String> = (0..4).map(|n| format!("Secret number {n}")).collect();
        for value in &values {
            assert!(remember(value));
        }
        for _ in 0..3 {
            assert!(remember("Refused number 5"));
            Past::forget(&path, &SecretString::from("Refused number 5")).unwrap();
        }
        let past = Past::read(&path).unwrap();
        assert_eq!(check(&past, "Refused number 5"), Ok(()));
        for value in &values {
            assert_eq!(check(&past, value), Err(BrokenRule::Reused(4)));
        }
        // Taking out what is not the newest changes nothing.
        Past::forget(&path, &SecretString::from(values[0].as_str())).unwrap();
        assert_eq!(check(&Past::read(&path).unwrap(), &values[0]), Err(BrokenRule::Reused(4)));
    }

    #[test]
    fn only_the_newest_is_sent_again_to_the_same_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.past.json");
        let [older, newest] = ["Secret number 1", "Secret number 2"].map(SecretString::from);
        for value in [&older, &newest] {
            Past::remember(&path, &POLICY, value).unwrap();
        }
        let past = Past::read(&path).unwrap();
        assert_eq!(past.check(&POLICY, &newest, true), Ok(()));
        assert_eq!(past.check(&POLICY, &newest, false), Err(BrokenRule::Reused(4)));
        assert_eq!(past.check(&POLICY, &older, true), Err(BrokenRule::Reused(4)));
        assert!(!Past::remember(&path, &POLICY, &newest).unwrap(), "it is there once");
    }
}
