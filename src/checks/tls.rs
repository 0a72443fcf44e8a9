//! The `tls` check: a real handshake, and what the certificate says.
//!
//! An expired certificate, one for another host and one from an issuer that nobody trusts are definite
//! fails. A server that cannot be reached, or that speaks no TLS, says nothing about a certificate: unknown.

use std::fs::File;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use minijinja::Value;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use super::found;
use super::outcome::{Outcome, result};
use super::route::Route;
use super::shown::clipped;
use super::subject::Subject;
use crate::domain::check::TlsCheck;
use crate::domain::verdict::{Finding, FindingKind, StepResult, Verdict};

/// The largest file of roots, in bytes.
const MAX_CA: u64 = 1024 * 1024;
/// The longest reason that is shown, in characters.
const MAX_REASON: usize = 160;
/// The most names of a certificate that are shown.
const MAX_NAMES: usize = 5;
const PORT: u16 = 443;

/// Shakes hands and looks at the certificate.
pub async fn run(check: &TlsCheck, subject: &Subject, route: &mut Route<'_>, now: DateTime<Utc>) -> Outcome {
    let context = subject.context();
    let asked = check.host.render(&context).map_err(|e| format!("the host has no value: {e}"));
    let (host, port) = match asked.and_then(|text| address(&text)) {
        Ok(address) => address,
        Err(why) => return Outcome::unknown(&why),
    };
    let ca = check.ca.as_ref().map(|ca| ca.render(&context)).transpose();
    let ca = match ca {
        Ok(ca) => ca,
        Err(e) => return Outcome::unknown(&format!("the file of roots has no value: {e}")),
    };
    // Reading the roots of the system blocks on the disk.
    let made = route.within(tokio::task::spawn_blocking(move || Witness::new(ca.as_deref()))).await;
    let made = made.ok().and_then(Result::ok).unwrap_or_else(|| Err("the roots cannot be read".to_owned()));
    let witness = match made {
        Ok(witness) => Arc::new(witness),
        Err(why) => return Outcome::unknown(&why),
    };
    let shaken = match route.reach(&host, handshake(&host, port, &witness, now)).await {
        Ok(shaken) => shaken,
        Err(e) => return Outcome::unknown(&format!("{host}: {e}")),
    };
    let leaf = witness.leaf().and_then(|der| Leaf::read(&der));
    let seen = leaf.as_ref().map(|leaf| {
        let known =
            vec![("days_left", Value::from(leaf.left(now))), ("issuer", Value::from(leaf.issuer.as_str()))];
        found::context(&context, known)
    });
    let outcome = match shaken {
        Err(NoHandshake::Refused(error)) => rejected(&host, &error, leaf.as_ref(), now),
        Err(NoHandshake::Unreachable(why)) => Outcome::unknown(&format!("{host}: cannot connect: {why}")),
        Err(NoHandshake::Broken(why)) => Outcome::unknown(&format!("{host}: no TLS handshake: {why}")),
        Ok(()) => match leaf {
            Some(leaf) => accepted(check, &host, &leaf, now),
            None => Outcome::unknown(&format!("{host}: its certificate cannot be read")),
        },
    };
    match seen {
        Some(seen) => outcome.seeing(seen),
        None => outcome,
    }
}

/// The host, without the brackets of an IPv6 address, and the port of what the author or a field named.
fn address(text: &str) -> Result<(String, u16), String> {
    let text = text.trim();
    let bad = || format!("{} is no host, host:port or https address", clipped(text, MAX_REASON));
    let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("https://{text}")) };
    let url = url.map_err(|_| bad())?;
    if url.scheme() != "https" || !url.username().is_empty() || url.password().is_some() {
        return Err(bad());
    }
    let host = url.host_str().ok_or_else(bad)?;
    Ok((host.trim_start_matches('[').trim_end_matches(']').to_owned(), url.port().unwrap_or(PORT)))
}

/// Why there was no good handshake.
enum NoHandshake {
    /// No connection.
    Unreachable(String),
    /// The certificate was not accepted.
    Refused(CertificateError),
    /// The other side does not speak TLS as we do.
    Broken(String),
}

async fn handshake(
    host: &str,
    port: u16,
    witness: &Arc<Witness>,
    now: DateTime<Utc>,
) -> Result<(), NoHandshake> {
    let broken = |e: &dyn std::fmt::Display| NoHandshake::Broken(clipped(&e.to_string(), MAX_REASON));
    let name = ServerName::try_from(host.to_owned()).map_err(|e| broken(&e))?;
    let provider = Arc::clone(&witness.provider);
    let config = ClientConfig::builder_with_details(provider, Arc::new(At(now)))
        .with_safe_default_protocol_versions()
        .map_err(|e| broken(&e))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(witness) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let stream = TcpStream::connect((host, port))
        .await
        .map_err(|e| NoHandshake::Unreachable(clipped(&e.to_string(), MAX_REASON)))?;
    match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
        Ok(_) => Ok(()),
        Err(e) => match e.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidCertificate(why)) => Err(NoHandshake::Refused(why.clone())),
            Some(_) | None => Err(broken(&e)),
        },
    }
}

/// A definite fail that names what is wrong.
fn rejected(host: &str, error: &CertificateError, leaf: Option<&Leaf>, now: DateTime<Utc>) -> Outcome {
    let ended = || leaf.map_or_else(String::new, |l| format!(" on {}", l.ends.format("%Y-%m-%d")));
    let begins = || leaf.map_or_else(String::new, |l| format!(" before {}", l.begins.format("%Y-%m-%d")));
    let names = || leaf.map_or_else(|| "other names".to_owned(), Leaf::names);
    let (name, expected, actual) = match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            // A chain has several certificates: the one that ended may not be the server's own.
            let own = leaf.is_none_or(|l| l.ends < now);
            let whose = if own { format!("it ended{}", ended()) } else { "an issuer's has ended".to_owned() };
            ("validity", "a certificate that has not ended".to_owned(), format!("expired: {whose}"))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("validity", "a certificate that has begun".to_owned(), format!("not valid{}", begins()))
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ("host", format!("a certificate for {host}"), format!("wrong host: it is for {}", names()))
        }
        CertificateError::UnknownIssuer => {
            let issuer = leaf.map(|l| format!(" {}", l.issuer)).unwrap_or_default();
            let actual = if leaf.is_some_and(|leaf| leaf.own) {
                "self-signed: nobody but itself stands for it".to_owned()
            } else {
                format!("unknown issuer{issuer}, or a certificate between is not sent")
            };
            ("chain", "an issuer that is trusted".to_owned(), actual)
        }
        CertificateError::Revoked => {
            ("chain", "a certificate that is not revoked".to_owned(), "revoked".to_owned())
        }
        other => {
            let why = clipped(&other.to_string(), MAX_REASON);
            ("chain", "a certificate that can be verified".to_owned(), why)
        }
    };
    Outcome::of(vec![result(name, Verdict::Fail, &expected, &actual)], "")
}

/// The chain and the host are good; what is left is the time.
fn accepted(check: &TlsCheck, host: &str, leaf: &Leaf, now: DateTime<Utc>) -> Outcome {
    let left = leaf.left(now);
    let least = i64::from(check.days_left);
    let until = format!("{left} days, until {}", leaf.ends.format("%Y-%m-%d"));
    let enough = if left < least { Verdict::Fail } else { Verdict::Pass };
    let results: Vec<StepResult> = vec![
        result("chain", Verdict::Pass, "an issuer that is trusted", &leaf.issuer),
        result("host", Verdict::Pass, &format!("a certificate for {host}"), &leaf.names()),
        result("validity", enough, &format!("at least {least} days left"), &until),
    ];
    let mut outcome =
        Outcome::of(results, &format!("{host} shows a good certificate, valid for another {until}"));
    if left >= least && left < 2 * least {
        let text = format!("the certificate of {} ends in {until}", clipped(host, MAX_REASON));
        outcome.findings.push(Finding { kind: FindingKind::Warning, text });
    }
    outcome
}

/// What the certificate of a server says.
struct Leaf {
    begins: DateTime<Utc>,
    ends: DateTime<Utc>,
    issuer: String,
    /// It says that it issued itself.
    own: bool,
    names: Vec<String>,
}

impl Leaf {
    /// The days that it is good for yet.
    fn left(&self, now: DateTime<Utc>) -> i64 {
        self.ends.signed_duration_since(now).num_days()
    }

    fn read(der: &CertificateDer<'_>) -> Option<Self> {
        use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let moment = |t: x509_parser::time::ASN1Time| DateTime::from_timestamp(t.timestamp(), 0);
        let names = certificate.subject_alternative_name().ok().flatten();
        let names = names.iter().flat_map(|n| &n.value.general_names).filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress([a, b, c, d]) => Some(format!("{a}.{b}.{c}.{d}")),
            _ => None,
        });
        Some(Self {
            begins: moment(certificate.validity().not_before)?,
            ends: moment(certificate.validity().not_after)?,
            issuer: clipped(&certificate.issuer().to_string(), MAX_REASON),
            own: certificate.issuer() == certificate.subject(),
            names: names.take(MAX_NAMES + 1).map(|n| clipped(&n, MAX_REASON)).collect(),
        })
    }

    fn names(&self) -> String {
        let more = if self.names.len() > MAX_NAMES { ", …" } else { "" };
        let listed = self.names.iter().take(MAX_NAMES).cloned().collect::<Vec<_>>().join(", ");
        if listed.is_empty() { "no name at all".to_owned() } else { format!("{listed}{more}") }
    }
}

/// The verifier that all requests of golive use, and what it was shown.
#[derive(Debug)]
struct Witness {
    inner: rustls_platform_verifier::Verifier,
    provider: Arc<CryptoProvider>,
    shown: Mutex<Option<CertificateDer<'static>>>,
}

impl Witness {
    fn new(ca: Option<&str>) -> Result<Self, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = ca.map(roots).transpose()?.unwrap_or_default();
        let inner = rustls_platform_verifier::Verifier::new_with_extra_roots(roots, Arc::clone(&provider))
            .map_err(|e| format!("the roots cannot be used: {}", clipped(&e.to_string(), MAX_REASON)))?;
        Ok(Self { inner, provider, shown: Mutex::default() })
    }

    fn leaf(&self) -> Option<CertificateDer<'static>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn roots(path: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let shown = clipped(path, MAX_REASON);
    let unreadable = |_| format!("{shown} cannot be read");
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(format!("{shown} is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|f| f.take(MAX_CA).read_to_end(&mut bytes)).map_err(unreadable)?;
    let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match roots {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        Ok(_) | Err(_) => Err(format!("{shown} holds no certificates in PEM form")),
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown = end_entity.clone().into_owned();
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
        self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// The time by which a certificate is judged: the clock's of the runner, as for everything else.
#[derive(Debug)]
struct At(DateTime<Utc>);

impl TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.timestamp()).ok()?;
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds)))
    }
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
