//! The little of the agent protocol that signing takes (draft-ietf-sshm-ssh-agent): which keys are held,
//! and a signature. Every answer is bounded in length and in time.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::AgentFault;
use crate::domain::text::SafeText;

/// The longest message, as in OpenSSH.
const MAX_MESSAGE: usize = 256 * 1024;
/// The most keys, as in OpenSSH.
const MAX_KEYS: u32 = 2048;

const FAILURE: u8 = 5;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// A key that an agent holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// The public key as on the wire.
    pub(super) blob: Vec<u8>,
    pub(super) comment: Vec<u8>,
}

impl Held {
    pub(super) fn fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&self.blob)))
    }

    pub(super) fn shown_comment(&self) -> SafeText {
        SafeText::clipped(&String::from_utf8_lossy(&self.comment), 60)
    }

    /// `ssh-ed25519`, `ecdsa-sha2-nistp256`, …
    pub(super) fn kind(&self) -> String {
        let kind = Fields(&self.blob).string().unwrap_or_default();
        String::from_utf8_lossy(kind).into_owned()
    }
}

/// The keys that the agent holds.
pub(super) fn list(socket: &Path, within: Duration) -> Result<Vec<Held>, AgentFault> {
    let answer = ask(socket, &[REQUEST_IDENTITIES], within)?;
    held(&answer)
}

/// A signature over `data` with the key, as on the wire.
pub(super) fn sign(socket: &Path, key: &[u8], data: &[u8], within: Duration) -> Result<Vec<u8>, AgentFault> {
    let mut request = vec![SIGN_REQUEST];
    for field in [key, data] {
        let length = u32::try_from(field.len()).map_err(|_| AgentFault::Nonsense)?;
        request.extend(length.to_be_bytes());
        request.extend(field);
    }
    // No flags: they choose hashes of RSA.
    request.extend(0_u32.to_be_bytes());
    let answer = ask(socket, &request, within)?;
    let mut fields = Fields(&answer);
    match fields.byte().ok_or(AgentFault::Nonsense)? {
        SIGN_RESPONSE => {
            let signature = fields.string().ok_or(AgentFault::Nonsense)?;
            if fields.0.is_empty() { Ok(signature.to_vec()) } else { Err(AgentFault::Nonsense) }
        }
        FAILURE => Err(AgentFault::Refused),
        _ => Err(AgentFault::Nonsense),
    }
}

fn held(answer: &[u8]) -> Result<Vec<Held>, AgentFault> {
    let mut fields = Fields(answer);
    match fields.byte() {
        Some(IDENTITIES_ANSWER) => {}
        Some(FAILURE) => return Err(AgentFault::Refused),
        Some(_) | None => return Err(AgentFault::Nonsense),
    }
    let count = fields.number().filter(|n| *n <= MAX_KEYS).ok_or(AgentFault::Nonsense)?;
    let mut keys = Vec::new();
    for _ in 0..count {
        let blob = fields.string().ok_or(AgentFault::Nonsense)?.to_vec();
        let comment = fields.string().ok_or(AgentFault::Nonsense)?.to_vec();
        keys.push(Held { blob, comment });
    }
    Ok(keys)
}

/// Sends one message and reads the answer, all of it before the deadline.
fn ask(socket: &Path, request: &[u8], within: Duration) -> Result<Vec<u8>, AgentFault> {
    let deadline = Instant::now() + within;
    let mut stream = UnixStream::connect(socket).map_err(AgentFault::Silent)?;
    stream.set_write_timeout(Some(within)).map_err(AgentFault::Silent)?;
    let length = u32::try_from(request.len()).map_err(|_| AgentFault::Nonsense)?;
    stream.write_all(&length.to_be_bytes()).map_err(AgentFault::Silent)?;
    stream.write_all(request).map_err(AgentFault::Silent)?;
    let mut head = [0; 4];
    read_exact(&mut stream, &mut head, deadline)?;
    let length = usize::try_from(u32::from_be_bytes(head)).unwrap_or(usize::MAX);
    if length == 0 || length > MAX_MESSAGE {
        return Err(AgentFault::Nonsense);
    }
    let mut answer = vec![0; length];
    read_exact(&mut stream, &mut answer, deadline)?;
    Ok(answer)
}

/// The time-out of a socket starts anew with every read, so an agent that sends a byte now and then would
/// never meet it.
fn read_exact(stream: &mut UnixStream, into: &mut [u8], deadline: Instant) -> Result<(), AgentFault> {
    let mut filled = 0;
    while filled < into.len() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(AgentFault::Silent(io::ErrorKind::TimedOut.into()));
        }
        stream.set_read_timeout(Some(left)).map_err(AgentFault::Silent)?;
        match stream.read(&mut into[filled..]) {
            Ok(0) => return Err(AgentFault::Silent(io::ErrorKind::UnexpectedEof.into())),
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                return Err(AgentFault::Silent(io::ErrorKind::TimedOut.into()));
            }
            Err(e) => return Err(AgentFault::Silent(e)),
        }
    }
    Ok(())
}

/// Reads fields of a message from its front.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|b| b[0])
    }

    fn number(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(keys: &[(&[u8], &[u8])]) -> Vec<u8> {
        let mut out = vec![IDENTITIES_ANSWER];
        out.extend(u32::try_from(keys.len()).unwrap().to_be_bytes());
        for field in keys.iter().flat_map(|(blob, comment)| [blob, comment]) {
            out.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
            out.extend(*field);
        }
        out
    }

    #[test]
    fn an_answer_that_is_cut_or_lies_about_its_lengths_is_nonsense() {
        let good = answer(&[(b"blob", b"comment"), (b"", b"")]);
        assert_eq!(held(&good).unwrap().len(), 2);
        for end in 0..good.len() {
            assert!(matches!(held(&good[..end]), Err(AgentFault::Nonsense)), "cut at {end}");
        }
        for at in 1..9 {
            let mut lying = good.clone();
            lying[at] = 0xff;
            assert!(held(&lying).is_err(), "byte {at}");
        }
        assert!(matches!(held(&[FAILURE]), Err(AgentFault::Refused)));
    }

    #[test]
    fn an_agent_that_sends_nothing_or_too_much_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let serve = |name: &str, bytes: &'static [u8]| {
            let path = dir.path().join(name);
            let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
            let thread = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.write_all(bytes);
                // Held open until the other side leaves.
                let _ = io::copy(&mut stream, &mut io::sink());
            });
            (path, thread)
        };
        let (path, silent) = serve("silent", b"");
        let outcome = list(&path, Duration::from_millis(50));
        assert!(matches!(outcome, Err(AgentFault::Silent(_))), "{outcome:?}");
        silent.join().unwrap();
        let (path, endless) = serve("endless", &[0xff; 64]);
        assert!(matches!(list(&path, Duration::from_mins(1)), Err(AgentFault::Nonsense)));
        endless.join().unwrap();
        let gone = dir.path().join("gone");
        assert!(matches!(list(&gone, Duration::from_mins(1)), Err(AgentFault::Silent(_))));
    }
}
