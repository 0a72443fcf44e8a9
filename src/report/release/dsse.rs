//! DSSE: the envelope that a statement lies in (the Dead Simple Signing Envelope, version 1).
//!
//! The signature is an SSHSIG over the pre-authentication encoding, its binary form in base64 as DSSE asks
//! for: with the armour's two lines around it, `ssh-keygen -Y verify` takes it as it is. One kind of
//! signature serves the log, the envelope and the file, from a key file or an agent alike.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// What lies in the envelope: an in-toto statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----\n";
const END: &str = "-----END SSH SIGNATURE-----\n";
/// OpenSSH breaks its lines there.
const COLUMNS: usize = 70;

/// An envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Envelope {
    /// [`PAYLOAD_TYPE`].
    #[serde(rename = "payloadType")]
    pub payload_type: String,
    /// The statement, in base64.
    pub payload: String,
    /// Exactly one signature.
    pub signatures: Vec<EnvelopeSignature>,
}

/// A signature over the [`pae`] of an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EnvelopeSignature {
    /// The fingerprint of the key; a hint, not to be relied on.
    pub keyid: String,
    /// The SSHSIG, its binary form in base64.
    pub sig: String,
}

/// Why some bytes are no envelope with a statement in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEnvelope {
    /// Not JSON, or of another shape. The position is one of the file's.
    #[error("it is no DSSE envelope (line {line}, column {column})")]
    Shape {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// Something else lies in it.
    #[error("what lies in the envelope is no in-toto statement")]
    PayloadType,
    /// The payload is not base64.
    #[error("what lies in the envelope is not base64")]
    Payload,
    /// None, or several.
    #[error("the envelope has {0} signatures; a release has one")]
    Signatures(usize),
}

impl Envelope {
    /// Puts a statement into an envelope with the signature over its [`pae`], armoured.
    pub fn seal(payload: &[u8], keyid: &str, armoured: &str) -> Self {
        let sig: String = armoured.lines().filter(|line| !line.starts_with("-----")).collect();
        Self {
            payload_type: PAYLOAD_TYPE.to_owned(),
            payload: STANDARD.encode(payload),
            signatures: vec![EnvelopeSignature { keyid: keyid.to_owned(), sig }],
        }
    }

    /// Reads an envelope, and what lies in it.
    pub fn open(bytes: &[u8]) -> Result<(Self, Vec<u8>), NotAnEnvelope> {
        let envelope: Self = serde_json::from_slice(bytes)
            .map_err(|e| NotAnEnvelope::Shape { line: e.line(), column: e.column() })?;
        if envelope.payload_type != PAYLOAD_TYPE {
            return Err(NotAnEnvelope::PayloadType);
        }
        if envelope.signatures.len() != 1 {
            return Err(NotAnEnvelope::Signatures(envelope.signatures.len()));
        }
        let payload = STANDARD.decode(&envelope.payload).map_err(|_| NotAnEnvelope::Payload)?;
        Ok((envelope, payload))
    }
}

impl EnvelopeSignature {
    /// The signature in OpenSSH's armour.
    pub fn armoured(&self) -> String {
        let mut out = String::with_capacity(self.sig.len() + 100);
        out.push_str(BEGIN);
        for (n, c) in self.sig.chars().enumerate() {
            if n > 0 && n % COLUMNS == 0 {
                out.push('\n');
            }
            out.push(c);
        }
        out.push('\n');
        out.push_str(END);
        out
    }
}

/// What is signed: the type and the payload, each with its length, so that neither can pass for the other.
pub fn pae(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_that_of_the_standard() {
        assert_eq!(pae(b"hello"), b"DSSEv1 28 application/vnd.in-toto+json 5 hello");
    }

    #[test]
    fn an_envelope_gives_back_what_was_put_in() {
        let armoured = format!("{BEGIN}{}\n{}\n{END}", "A".repeat(70), "B".repeat(7));
        let envelope = Envelope::seal(b"{}", "SHA256:x", &armoured);
        let bytes = serde_json::to_vec(&envelope).unwrap();
        let (again, payload) = Envelope::open(&bytes).unwrap();
        assert_eq!((again.signatures[0].armoured(), payload), (armoured, b"{}".to_vec()));
    }

    #[test]
    fn what_is_no_envelope_is_told() {
        let with = |key: &str, value: serde_json::Value| {
            let mut envelope = serde_json::to_value(Envelope::seal(b"{}", "k", "s")).unwrap();
            envelope[key] = value;
            Envelope::open(&serde_json::to_vec(&envelope).unwrap()).unwrap_err()
        };
        assert_eq!(with("payloadType", "text/html".into()), NotAnEnvelope::PayloadType);
        assert_eq!(with("payload", "%".into()), NotAnEnvelope::Payload);
        assert_eq!(with("signatures", serde_json::json!([])), NotAnEnvelope::Signatures(0));
        assert!(matches!(with("more", 1.into()), NotAnEnvelope::Shape { .. }));
        for bytes in [&b""[..], b"null", b"[[", &[0xff; 9], &b"[".repeat(100_000)] {
            assert!(matches!(Envelope::open(bytes), Err(NotAnEnvelope::Shape { .. })));
        }
    }
}
