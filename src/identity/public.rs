//! Public keys: one line of text, and the fingerprint people compare.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};
use ssh_key::{HashAlg, public::KeyData};

use crate::domain::ids::KeyFingerprint;

/// The longest line that is looked at. An ed25519 key with a long comment has some 300 bytes.
const MAX_LINE: usize = 4096;

/// An ed25519 public key. Written as `ssh-ed25519 AAAA…`, without the comment: a comment says
/// nothing that can be relied on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey {
    key: ssh_key::PublicKey,
    fingerprint: KeyFingerprint,
}

/// Why a text is not a public key that golive takes. The text is not repeated: it may be hostile, or
/// a private key given by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPublicKey {
    /// Longer than 4096 bytes.
    #[error("too long for a public key")]
    TooLong,
    /// A private key.
    #[error("this is a private key: give the .pub file, and keep this one to yourself")]
    Private,
    /// Not one line of the form `ssh-ed25519 AAAA… comment`.
    #[error("not a public key: one line such as `ssh-ed25519 AAAA… name` is expected")]
    Malformed,
    /// A key on a security key (FIDO), `sk-…`.
    #[error(
        "this key lives on a security key, and golive takes none of those: \
         make an ed25519 key with `ssh-keygen -t ed25519`"
    )]
    SecurityKey,
    /// RSA, ECDSA or another kind.
    #[error("not an ed25519 key: make one with `ssh-keygen -t ed25519`")]
    NotEd25519,
    /// A point of small order: one signature fits every text, and anybody can make it.
    #[error("this is nobody's key: anybody can sign with it")]
    Weak,
}

impl PublicKey {
    /// Reads the line of a `.pub` file.
    pub fn parse(line: &str) -> Result<Self, BadPublicKey> {
        if line.len() > MAX_LINE {
            return Err(BadPublicKey::TooLong);
        }
        if line.contains("PRIVATE KEY") {
            return Err(BadPublicKey::Private);
        }
        let line = line.trim();
        if line.chars().any(char::is_control) {
            return Err(BadPublicKey::Malformed);
        }
        if line.starts_with("sk-") {
            return Err(BadPublicKey::SecurityKey);
        }
        let known_other = ["ssh-rsa ", "ssh-dss ", "ecdsa-"];
        if known_other.iter().any(|kind| line.starts_with(kind)) {
            return Err(BadPublicKey::NotEd25519);
        }
        let mut key = ssh_key::PublicKey::from_openssh(line).map_err(|_| BadPublicKey::Malformed)?;
        key.set_comment("");
        Self::from_key(key)
    }

    pub(super) fn from_data(data: &KeyData) -> Result<Self, BadPublicKey> {
        Self::from_key(ssh_key::PublicKey::new(data.clone(), ""))
    }

    fn from_key(key: ssh_key::PublicKey) -> Result<Self, BadPublicKey> {
        let Some(bytes) = key.key_data().ed25519() else {
            return Err(BadPublicKey::NotEd25519);
        };
        let point = VerifyingKey::from_bytes(bytes.as_ref()).map_err(|_| BadPublicKey::Malformed)?;
        if point.is_weak() {
            return Err(BadPublicKey::Weak);
        }
        let fingerprint = KeyFingerprint::new(&key.fingerprint(HashAlg::Sha256).to_string());
        Ok(Self { key, fingerprint })
    }

    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> &KeyFingerprint {
        &self.fingerprint
    }

    pub(super) fn inner(&self) -> &ssh_key::PublicKey {
        &self.key
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Encoding a key that was decoded or made cannot fail; if it ever did, nothing is written.
        f.write_str(&self.key.to_openssh().map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint)
    }
}

impl FromStr for PublicKey {
    type Err = BadPublicKey;
    fn from_str(line: &str) -> Result<Self, BadPublicKey> {
        Self::parse(line)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = BadPublicKey;
    fn try_from(line: String) -> Result<Self, BadPublicKey> {
        Self::parse(&line)
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> String {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti dana@example.com";

    #[test]
    fn the_comment_is_left_out() {
        let key = PublicKey::parse(&format!("  {LINE}\n")).unwrap();
        assert_eq!(key.to_string(), LINE.trim_end_matches(" dana@example.com"));
        assert_eq!(PublicKey::parse(&key.to_string()).unwrap(), key);
    }

    #[test]
    fn a_key_goes_through_json_and_is_checked_there() {
        let key = PublicKey::parse(LINE).unwrap();
        let json = serde_json::to_string(&key).unwrap();
        assert_eq!(serde_json::from_str::<PublicKey>(&json).unwrap(), key);
        assert!(serde_json::from_str::<PublicKey>("\"ssh-ed25519 AAAA\"").is_err());
    }

    #[test]
    fn a_key_that_anybody_can_sign_with_is_nobodys() {
        let weak = format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAE{}", "A".repeat(41));
        assert_eq!(PublicKey::parse(&weak).unwrap_err(), BadPublicKey::Weak);
        let no_point = weak.replace("AAAAIAE", "AAAAIAI");
        assert_eq!(PublicKey::parse(&no_point).unwrap_err(), BadPublicKey::Malformed);
    }

    #[test]
    fn what_is_no_ed25519_public_key_is_told_apart() {
        let two_lines = format!("{LINE}\n{LINE}");
        let long = format!("{LINE}{}", "x".repeat(MAX_LINE));
        let cases = [
            ("", BadPublicKey::Malformed),
            ("ssh-ed25519", BadPublicKey::Malformed),
            ("ssh-ed25519 AAAA!", BadPublicKey::Malformed),
            (&LINE[..60], BadPublicKey::Malformed),
            (two_lines.as_str(), BadPublicKey::Malformed),
            ("ssh-rsa AAAAB3NzaC1yc2E= x", BadPublicKey::NotEd25519),
            ("sk-ecdsa-sha2-nistp256@openssh.com AAAA x", BadPublicKey::SecurityKey),
            ("-----BEGIN OPENSSH PRIVATE KEY-----", BadPublicKey::Private),
            (long.as_str(), BadPublicKey::TooLong),
        ];
        for (text, expected) in cases {
            assert_eq!(PublicKey::parse(text).unwrap_err(), expected, "{text:.40}");
        }
    }
}
