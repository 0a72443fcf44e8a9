//! Tests of certificates against a real TLS server on this machine, with an authority of its own.

use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::*;
use crate::checks::lanes::Limits;
use crate::checks::runner::Runner;
use crate::checks::testing::{Bench, check};
use crate::clock::FixedClock;
use crate::domain::check::CheckKind;
use crate::domain::expression::Template;
use crate::domain::verdict::Observation;

/// The day on which the tests look.
fn today() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn days(n: i64) -> TimeDelta {
    TimeDelta::days(n)
}

fn moment(at: DateTime<Utc>) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(at.timestamp()).unwrap()
}

/// An authority, its certificate in a file.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: tempfile::NamedTempFile,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = moment(today() - days(3000));
        params.not_after = moment(today() + days(3000));
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), issuer.pem()).unwrap();
        Self { issuer, file }
    }

    /// Serves a certificate for a host that ends after so many days; gives the address.
    async fn serve(&self, host: &str, ends: TimeDelta) -> String {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_before = moment(today() - days(400));
        params.not_after = moment(today() + ends);
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.issuer).unwrap();
        serve(leaf.der().clone(), &key).await
    }
}

/// Serves a certificate; gives the address.
async fn serve(leaf: CertificateDer<'static>, key: &KeyPair) -> String {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.shutdown().await;
            }
        }
    });
    format!("localhost:{port}")
}

async fn look(host: &str, ca: Option<&Path>) -> Observation {
    let tls = TlsCheck {
        host: Template::new(host).unwrap(),
        days_left: 14,
        ca: ca.map(|path| Template::new(path.to_str().unwrap()).unwrap()),
    };
    let runner = Runner::new(Limits::default(), Arc::new(FixedClock::new(today()))).unwrap();
    let subject = Bench::new().field("site", "https://").subject();
    runner.run_once(&check("tls", CheckKind::Tls(tls)), &subject).await
}

#[tokio::test]
async fn a_good_certificate_passes_and_says_how_long_it_lasts() {
    let authority = Authority::new("Known Authority");
    let host = authority.serve("localhost", days(90)).await;
    for address in [host.clone(), format!("{{{{ fields.site }}}}{host}/pay?x=1")] {
        let seen = look(&address, Some(authority.file.path())).await;
        assert_eq!(seen.verdict, Verdict::Pass, "{seen:?}");
        assert!(seen.summary.contains("90 days, until 2027-04-15"), "{}", seen.summary);
        assert!(seen.steps[0].actual.contains("Known Authority"));
        assert!(seen.findings.is_empty());
    }
}

#[tokio::test]
async fn few_days_left_warn_and_fewer_fail() {
    let authority = Authority::new("Known Authority");
    for (left, verdict, warnings) in
        [(28, Verdict::Pass, 0), (27, Verdict::Pass, 1), (14, Verdict::Pass, 1), (13, Verdict::Fail, 0)]
    {
        let host = authority.serve("localhost", days(left)).await;
        let seen = look(&host, Some(authority.file.path())).await;
        assert_eq!((seen.verdict, seen.findings.len()), (verdict, warnings), "{left}: {seen:?}");
        assert!(seen.findings.iter().all(|f| f.kind == FindingKind::Warning));
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_accepted_fails_and_says_what_is_wrong() {
    let (known, other) = (Authority::new("Known Authority"), Authority::new("Another Authority"));
    let alone = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let cases = [
        (known.serve("localhost", days(-2)).await, "expired: it ended on 2027-01-13"),
        (known.serve("shop.example", days(90)).await, "wrong host: it is for shop.example"),
        (other.serve("localhost", days(90)).await, "unknown issuer"),
        (serve(alone.cert.der().clone(), &alone.signing_key).await, "self-signed"),
    ];
    for (host, said) in cases {
        let seen = look(&host, Some(known.file.path())).await;
        assert_eq!(seen.verdict, Verdict::Fail, "{seen:?}");
        assert!(seen.summary.contains(said), "{}", seen.summary);
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_asked_is_unknown() {
    let authority = Authority::new("Known Authority");
    let ca = Some(authority.file.path());
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = closed.local_addr().unwrap();
    drop(closed);
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain_address = plain.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = plain.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    for (host, said) in [
        (nobody.to_string(), "cannot connect"),
        (plain_address.to_string(), "no TLS handshake"),
        ("http://shop.example".to_owned(), "is no host"),
        ("https://u:p@shop.example".to_owned(), "is no host"),
        ("a b".to_owned(), "is no host"),
    ] {
        let seen = look(&host, ca).await;
        assert_eq!(seen.verdict, Verdict::Unknown, "{seen:?}");
        assert!(seen.summary.contains(said), "{}", seen.summary);
    }
    let gone = look("localhost", Some(Path::new("/no/such/roots.pem"))).await;
    assert_eq!(
        (gone.verdict, gone.summary.as_str()),
        (Verdict::Unknown, "/no/such/roots.pem cannot be read")
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_is_unknown_at_the_deadline() {
    let authority = Authority::new("Known Authority");
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = Template::new(&silent.local_addr().unwrap().to_string()).unwrap();
    let ca = Template::new(authority.file.path().to_str().unwrap()).unwrap();
    let mut silent_check = check("tls", CheckKind::Tls(TlsCheck { host, days_left: 14, ca: Some(ca) }));
    silent_check.deadline = Duration::from_millis(200);
    let runner = Runner::new(Limits::default(), Arc::new(FixedClock::new(today()))).unwrap();
    let seen = runner.run_once(&silent_check, &Bench::new().subject()).await;
    assert_eq!(seen.verdict, Verdict::Unknown);
    assert!(seen.summary.contains("no answer in time"), "{}", seen.summary);
}

#[test]
fn a_host_may_be_written_in_three_ways() {
    assert_eq!(address(" shop.example "), Ok(("shop.example".to_owned(), 443)));
    assert_eq!(address("shop.example:8443"), Ok(("shop.example".to_owned(), 8443)));
    assert_eq!(address("https://Shop.example/pay"), Ok(("shop.example".to_owned(), 443)));
    assert_eq!(address("[::1]:8443"), Ok(("::1".to_owned(), 8443)));
}
