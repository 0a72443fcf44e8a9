//! Secrets: read at the last moment, sent only to their origins, never shown.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use hyper::header::HeaderValue;
use minijinja::Value;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};
use zeroize::Zeroizing;

use super::consent::{Permit, Withheld};
use super::group::Group;
use crate::domain::expression::Template;
use crate::domain::ids::SecretId;
use crate::domain::runbook::Secret;
use crate::domain::secret::SecretSource;

mod keyring;

pub use keyring::KeyringFault;

/// The longest secret, in bytes: enough for a long token.
pub const MAX_SECRET: usize = 16 * 1024;

/// The longest that a command or the keyring may take: a person may have to unlock it.
pub const LONGEST_COMMAND: Duration = Duration::from_secs(30);

/// Why a secret has no value. None of the variants carries the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The variable is not set.
    #[error("{0} is not set")]
    NotSet(SecretSource),
    /// The file cannot be read.
    #[error("{0} cannot be read: {1}")]
    Unreadable(SecretSource, std::io::ErrorKind),
    /// A directory, a pipe or a device.
    #[error("{0} is not a regular file")]
    NotRegular(SecretSource),
    /// The command did not end well. What it printed is not told.
    #[error("{0} did not succeed")]
    Failed(SecretSource),
    /// The keyring does not give it.
    #[error("{0}: {1}")]
    Keyring(SecretSource, KeyringFault),
    /// The command or the keyring took longer than [`LONGEST_COMMAND`].
    #[error("{0} took longer than {LONGEST_COMMAND:?}")]
    TooSlow(SecretSource),
    /// Longer than [`MAX_SECRET`].
    #[error("{0} holds more than {MAX_SECRET} bytes")]
    TooLong(SecretSource),
    /// Nothing in it.
    #[error("{0} is empty")]
    Empty(SecretSource),
    /// Not UTF-8, or with control characters: no header can carry it.
    #[error("{0} holds bytes that cannot be sent")]
    NotText(SecretSource),
    /// Not in the form that the runbook asks for.
    #[error("{0} is not in the form {1}")]
    Form(SecretSource, String),
    /// The request goes elsewhere.
    #[error("it may not be sent to {0}")]
    Origin(String),
    /// Nobody on this machine agreed to it.
    #[error("not configured: it {0}")]
    Withheld(#[from] Withheld),
    /// Plain http to another machine.
    #[error("it is sent only over https")]
    PlainHttp,
}

/// Reads a secret. This blocks on the disk for a moment.
pub fn read(source: &SecretSource) -> Result<SecretString, SecretError> {
    let bytes = match source {
        SecretSource::Env(name) => {
            let value = std::env::var_os(name).ok_or_else(|| SecretError::NotSet(source.clone()))?;
            Zeroizing::new(value.into_encoded_bytes())
        }
        SecretSource::File(path) => read_file(path, source)?,
        SecretSource::Command(argv) => run(argv, source, LONGEST_COMMAND)?,
        SecretSource::Keyring { service, user } => keyring::read(service, user, source)?,
    };
    if bytes.len() > MAX_SECRET {
        return Err(SecretError::TooLong(source.clone()));
    }
    let text = str::from_utf8(&bytes).map_err(|_| SecretError::NotText(source.clone()))?;
    // Editors and `echo` end a file with a line break that is no part of the key.
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(SecretError::Empty(source.clone()));
    }
    if text.chars().any(char::is_control) {
        return Err(SecretError::NotText(source.clone()));
    }
    Ok(SecretString::from(text))
}

fn read_file(path: &str, source: &SecretSource) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let unreadable = |e: std::io::Error| SecretError::Unreadable(source.clone(), e.kind());
    // Looked at before it is opened: opening a pipe would wait for a writer.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(SecretError::NotRegular(source.clone()));
    }
    let file = File::open(path).map_err(unreadable)?;
    // Never grown: a buffer that moves leaves a copy of the secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_SECRET + 2));
    file.take(MAX_SECRET as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// Runs a command for what it prints: no shell, nothing on its standard input, its complaints dropped.
fn run(argv: &[String], source: &SecretSource, longest: Duration) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let unreadable = |e: std::io::Error| SecretError::Unreadable(source.clone(), e.kind());
    let [program, arguments @ ..] = argv else {
        return Err(SecretError::Failed(source.clone()));
    };
    let deadline = Instant::now() + longest;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(unreadable)?;
    // However this ends, nothing that the command started is left.
    let _group = Group::led_by(Some(child.id()));
    let Some(printed) = child.stdout.take() else {
        return Err(SecretError::Failed(source.clone()));
    };
    let (tell_printed, has_printed) = sync_channel(1);
    let (tell_ended, has_ended) = sync_channel(1);
    // A thread of its own, as neither reading nor waiting has a deadline; it ends with the command.
    std::thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_SECRET + 2));
        let read = printed.take(MAX_SECRET as u64 + 1).read_to_end(&mut bytes);
        let _ = tell_printed.send(read.map(|_| bytes));
        let _ = tell_ended.send(child.wait());
    });
    let left = || deadline.saturating_duration_since(Instant::now());
    let slow = |_| SecretError::TooSlow(source.clone());
    let bytes = has_printed.recv_timeout(left()).map_err(slow)?.map_err(unreadable)?;
    // What prints more than a secret is not waited for.
    if bytes.len() > MAX_SECRET {
        return Ok(bytes);
    }
    let status = has_ended.recv_timeout(left()).map_err(slow)?.map_err(unreadable)?;
    if status.success() { Ok(bytes) } else { Err(SecretError::Failed(source.clone())) }
}

/// Values that were read for an action, each once: what was looked at is what is sent.
#[derive(Default)]
pub struct Held(BTreeMap<SecretId, (SecretSource, SecretString)>);

impl Held {
    /// Holds a value, and where it was read.
    pub fn hold(&mut self, id: SecretId, source: SecretSource, value: SecretString) {
        self.0.insert(id, (source, value));
    }

    /// The value of a secret that was read there.
    pub fn value(&self, id: &SecretId, source: &SecretSource) -> Option<&SecretString> {
        self.0.get(id).filter(|(read, _)| read == source).map(|(_, value)| value)
    }
}

/// A secret for a request, after making sure that it may go there at all: the value that is held, or else it
/// is read.
pub fn for_request(
    secret: &Secret,
    source: &SecretSource,
    held: Option<SecretString>,
    (url, context): (&Url, &Value),
    permit: &Permit,
) -> Result<SecretString, SecretError> {
    may_receive(secret, url, context)?;
    permit.check(&secret.id, source, &[url.origin().ascii_serialization()])?;
    let value = match held {
        Some(value) => value,
        None => read(source)?,
    };
    match &secret.pattern {
        Some(pattern) if !pattern.matches(value.expose_secret()) => {
            Err(SecretError::Form(source.clone(), pattern.source().to_owned()))
        }
        Some(_) | None => Ok(value),
    }
}

/// An origin of a secret as it is here; none without a value, or when it is no URL.
pub fn origin(template: &Template, context: &Value) -> Option<String> {
    let origin = Url::parse(&template.render(context).ok()?).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// The origins that a secret may be sent to, as far as they have a value.
pub fn origins(secret: &Secret, context: &Value) -> Vec<String> {
    secret.origins.iter().filter_map(|template| origin(template, context)).collect()
}

/// Whether a URL is one of the secret's origins: scheme, host and port are the same.
fn may_receive(secret: &Secret, url: &Url, context: &Value) -> Result<(), SecretError> {
    let origin = url.origin().ascii_serialization();
    if !origins(secret, context).contains(&origin) {
        return Err(SecretError::Origin(origin));
    }
    if url.scheme() == "https" || is_loopback(url) { Ok(()) } else { Err(SecretError::PlainHttp) }
}

/// Whether a URL names this machine (RFC 6761 gives `localhost` to it).
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// `Authorization: <scheme> <secret>`, marked so that no log of the HTTP stack shows it.
pub fn authorization(scheme: &str, value: &SecretString) -> Option<HeaderValue> {
    let text = Zeroizing::new(format!("{scheme} {}", value.expose_secret()));
    let mut header = HeaderValue::from_bytes(text.as_bytes()).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::consent::{Consent, Consents};
    use crate::domain::ids::EngagementId;
    use crate::domain::pattern::Pattern;
    use minijinja::context;
    use std::io::Write;

    fn secret(origins: &[&str]) -> Secret {
        Secret {
            id: SecretId::new("key").unwrap(),
            label: "Key".into(),
            pattern: None,
            origins: origins.iter().map(|o| Template::new(o).unwrap()).collect(),
            policy: None,
            hint: None,
        }
    }

    fn goes(origins: &[&str], url: &str) -> Result<(), SecretError> {
        let context = context! { fields => context! { api => "https://api.example" } };
        may_receive(&secret(origins), &Url::parse(url).unwrap(), &context)
    }

    fn file(bytes: &[u8]) -> (tempfile::NamedTempFile, SecretSource) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let source = SecretSource::file(file.path().to_str().unwrap()).unwrap();
        (file, source)
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let origins = ["{{ fields.api }}/v1"];
        assert_eq!(goes(&origins, "https://api.example/v2/x?y"), Ok(()));
        assert_eq!(goes(&origins, "https://api.example:443/"), Ok(()));
        for url in [
            "https://api.example:444/",
            "https://api.example.evil/",
            "https://evil.example/api.example",
            "http://api.example/",
        ] {
            assert!(matches!(goes(&origins, url), Err(SecretError::Origin(_))), "{url}");
        }
    }

    #[test]
    fn no_origin_means_nowhere() {
        assert!(goes(&[], "https://api.example/").is_err());
        assert!(goes(&["{{ fields.unset }}", "not a url", "data:x"], "https://api.example/").is_err());
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        assert_eq!(goes(&["http://127.0.0.1:80"], "http://127.0.0.1/"), Ok(()));
        assert_eq!(goes(&["http://[::1]"], "http://[::1]/"), Ok(()));
        assert_eq!(goes(&["http://api.example"], "http://api.example/"), Err(SecretError::PlainHttp));
        assert_eq!(
            goes(&["http://localhost.example"], "http://localhost.example/"),
            Err(SecretError::PlainHttp)
        );
    }

    #[test]
    fn the_last_line_break_is_no_part_of_a_secret() {
        let (_keep, source) = file(b"sk_1\r\n");
        assert_eq!(read(&source).unwrap().expose_secret(), "sk_1");
    }

    #[test]
    fn a_bad_file_is_refused_without_showing_it() {
        for (bytes, name) in
            [(&b"\n"[..], "empty"), (b"hid\x1bden", "cannot be sent"), (b"hid\xff", "cannot be sent")]
        {
            let (_keep, source) = file(bytes);
            let error = read(&source).unwrap_err().to_string();
            assert!(error.contains(name) && !error.contains("hid"), "{error}");
        }
        let (_keep, long) = file(&vec![b'a'; MAX_SECRET + 1]);
        assert_eq!(read(&long).unwrap_err(), SecretError::TooLong(long));
        let folder = SecretSource::file(std::env::temp_dir().to_str().unwrap()).unwrap();
        assert_eq!(read(&folder).unwrap_err(), SecretError::NotRegular(folder));
        let gone = SecretSource::env("GOLIVE_TEST_NO_SUCH_VARIABLE").unwrap();
        assert_eq!(read(&gone).unwrap_err(), SecretError::NotSet(gone));
    }

    #[test]
    fn a_value_in_the_wrong_form_is_not_sent_and_not_shown() {
        let (_keep, source) = file(b"test_key_1");
        let live =
            Secret { pattern: Some(Pattern::new("^live_").unwrap()), ..secret(&["https://api.example"]) };
        let url = Url::parse("https://api.example/").unwrap();
        let permit = Permit { engagement: EngagementId::new("acme").unwrap(), consents: Consents::default() };
        let error = for_request(&live, &source, None, (&url, &context! {}), &permit).unwrap_err();
        assert!(matches!(error, SecretError::Withheld(_)), "without consent it is not even read");
        let origin = "https://api.example".to_owned();
        let consent = Consent { secret: live.id.clone(), source: source.clone(), origin };
        permit.consents.add(&permit.engagement, vec![consent]).unwrap();
        let error = for_request(&live, &source, None, (&url, &context! {}), &permit).unwrap_err();
        assert!(matches!(error, SecretError::Form(..)));
        assert!(!error.to_string().contains("test_key"));
    }

    #[test]
    fn a_command_prints_a_secret_and_its_failures_are_told_without_it() {
        let source = |argv: &[&str]| {
            SecretSource::command(&argv.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
        };
        let printed = read(&source(&["printf", "%s\\n", "sk $HOME; 1"])).unwrap();
        assert_eq!(printed.expose_secret(), "sk $HOME; 1");
        let failed = read(&source(&["sh", "-c", "echo hidden; echo hidden >&2; exit 3"])).unwrap_err();
        assert!(matches!(failed, SecretError::Failed(_)));
        assert!(matches!(read(&source(&["/nonexistent/golive"])), Err(SecretError::Unreadable(..))));
        let endless = source(&["yes", "hidden"]);
        assert_eq!(read(&endless).unwrap_err(), SecretError::TooLong(endless));
    }

    #[test]
    fn a_command_that_does_not_end_in_time_is_killed_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        for then in ["echo sk_1; exec >&-; sleep 600", "sleep 600"] {
            let script =
                format!("sleep 600 & echo $! > '{0}.new'; mv '{0}.new' '{0}'; {then}", pid.display());
            let argv = ["sh", "-c", &script].map(str::to_owned);
            let source = SecretSource::command(&argv).unwrap();
            let error = run(&argv, &source, Duration::from_secs(1)).unwrap_err();
            assert_eq!(error, SecretError::TooSlow(source));
            let pid: i32 = std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
            let pid = rustix::process::Pid::from_raw(pid).unwrap();
            // Gone, or dead and not yet collected by whoever adopted it.
            let gone = || {
                rustix::process::test_kill_process(pid).is_err()
                    || std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))
                        .is_ok_and(|stat| stat.contains(") Z "))
            };
            while !gone() {
                std::thread::yield_now();
            }
        }
    }

    #[test]
    fn the_header_is_sensitive() {
        let header = authorization("Bearer", &SecretString::from("abc")).unwrap();
        assert!(header.is_sensitive());
        assert_eq!(header.as_bytes(), b"Bearer abc");
    }
}
