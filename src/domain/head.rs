//! The end of a log: how long it is, and the hash that all of it comes down to.

use serde::{Deserialize, Serialize};

use super::digest::Digest;

/// The last event's sequence number and hash. The default is the head of an empty log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Head {
    /// The sequence number of the last event; the first event is 1, an empty log has 0.
    pub seq: u64,
    /// The hash of the last event; [`Digest::ZERO`] for an empty log.
    pub hash: Digest,
}

impl Default for Head {
    fn default() -> Self {
        Self { seq: 0, hash: Digest::ZERO }
    }
}

impl Head {
    /// The head after an event with this body is appended: `SHA-256(len-prefixed:
    /// "golive.event.v1", previous hash, body)` (DESIGN section 4).
    #[must_use]
    pub fn after(&self, body: &[u8]) -> Self {
        let parts = [b"golive.event.v1".as_slice(), self.hash.as_bytes(), body];
        Self { seq: self.seq + 1, hash: Digest::of_parts(parts) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_depends_on_every_body_and_their_order() {
        let ab = Head::default().after(b"a").after(b"b");
        let ba = Head::default().after(b"b").after(b"a");
        assert_eq!(ab.seq, 2);
        assert_ne!(ab.hash, ba.hash);
    }
}
