//! The rules for the secret that a merchant chooses when it exchanges its temporal key (PaymentsAI
//! go-live runbook, "Secret policy"). The rotation every 90 days is the merchant's to keep.

use std::collections::VecDeque;

use crate::domain::digest::Digest;

/// The fewest characters of a secret.
pub const MIN_SECRET: usize = 12;
/// The most characters of a secret.
pub const MAX_SECRET: usize = 30;
/// So many secrets back, none may come again.
pub const REMEMBERED_SECRETS: usize = 4;

/// The rule that a secret breaks. Never says the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadSecret {
    /// Too short or too long.
    #[error("the secret must have {MIN_SECRET} to {MAX_SECRET} characters")]
    Length,
    /// No upper-case letter.
    #[error("the secret must have at least one upper-case letter")]
    UpperCase,
    /// No letter and no digit.
    #[error("the secret must have at least one letter or digit")]
    Alphanumeric,
    /// One of the last few.
    #[error("the secret must not be one of the last {REMEMBERED_SECRETS}")]
    Reused,
}

/// The last secrets of an account, as digests: the secrets themselves are not kept.
#[derive(Debug, Clone, Default)]
pub(super) struct PastSecrets(VecDeque<Digest>);

impl PastSecrets {
    /// Whether the secret may be used now.
    pub(super) fn check(&self, secret: &str) -> Result<(), BadSecret> {
        if !(MIN_SECRET..=MAX_SECRET).contains(&secret.chars().count()) {
            return Err(BadSecret::Length);
        }
        if !secret.chars().any(char::is_alphanumeric) {
            return Err(BadSecret::Alphanumeric);
        }
        if !secret.chars().any(char::is_uppercase) {
            return Err(BadSecret::UpperCase);
        }
        if self.0.contains(&Digest::of(secret.as_bytes())) {
            return Err(BadSecret::Reused);
        }
        Ok(())
    }

    /// Remembers a secret that was taken into use.
    pub(super) fn remember(&mut self, secret: &str) {
        self.0.push_back(Digest::of(secret.as_bytes()));
        if self.0.len() > REMEMBERED_SECRETS {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_characters_and_both_ends_are_in() {
        let past = PastSecrets::default();
        let of = |n: usize| format!("É{}", "é".repeat(n - 1));
        assert_eq!(past.check(&of(11)), Err(BadSecret::Length));
        assert_eq!(past.check(&of(12)), Ok(()));
        assert_eq!(past.check(&of(30)), Ok(()));
        assert_eq!(past.check(&of(31)), Err(BadSecret::Length));
    }

    #[test]
    fn letters_are_asked_for() {
        let past = PastSecrets::default();
        assert_eq!(past.check("no capital here"), Err(BadSecret::UpperCase));
        assert_eq!(past.check("!!!!!!!!!!!!"), Err(BadSecret::Alphanumeric));
    }

    #[test]
    fn the_last_four_are_refused_and_the_fifth_back_is_not() {
        let mut past = PastSecrets::default();
        let secrets: Vec<String> = (0..5).map(|n| format!("Secret number {n}")).collect();
        for secret in &secrets {
            assert_eq!(past.check(secret), Ok(()));
            past.remember(secret);
        }
        for secret in &secrets[1..] {
            assert_eq!(past.check(secret), Err(BadSecret::Reused));
        }
        assert_eq!(past.check(&secrets[0]), Ok(()));
    }
}
