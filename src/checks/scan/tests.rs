//! Tests of whole scans: over a website on this machine, and as a check of a runbook.

use std::io::Write;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};

use super::*;
use crate::checks::testing::{Bench, Server, check, runner};
use crate::domain::check::{CheckKind, ScanKind};
use crate::domain::expression::Template;
use crate::domain::verdict::{Observation, Verdict};

const CARD: &str = "4242424242424242";

fn rules(paths: &[&str], site: Option<&str>) -> ScanCheck {
    ScanCheck {
        paths: paths.iter().map(|p| Template::new(p).unwrap()).collect(),
        site: site.map(|s| Template::new(s).unwrap()),
        find: ScanKind::ALL.to_vec(),
        patterns: vec![],
        skip: vec![],
    }
}

async fn look(rules: ScanCheck) -> Observation {
    let subject = Bench::new().field("dir", "/no/such/folder").subject();
    runner().run_once(&check("scan", CheckKind::Scan(rules)), &subject).await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

async fn shop() -> Server {
    Server::start(|request| async move {
        let script = |text: String| text.into_response();
        match request.uri().path() {
            "/" => Html(format!(
                "<link rel=stylesheet href=/style.css><script>\nlet card = '{CARD}'</script>\
                 <SCRIPT async src='/js/a.js?v=1&amp;x=2'></SCRIPT><script src=//elsewhere.example/b.js>\
                 </script><link rel='modulepreload' href='/js/c.js'>"
            ))
            .into_response(),
            "/js/a.js" => script(format!("x\nkey = '{}{}'", "sk_live_", "51Hx9Qa2ZkLmN0pRsTuV")),
            "/clean" => Html("<script src=/js/c.js></script>").into_response(),
            "/foreign" => Html("<script src=//js.elsewhere.example/v3/b.js>").into_response(),
            "/lazy" => Html("<base href=/js/><script data-src=/clean src=a.js?v=1></script>").into_response(),
            "/packed" => {
                Html("<script src=/js/br.js></script><script src=/js/x.js></script>").into_response()
            }
            "/js/br.js" => ([("content-encoding", "br")], "\x0b\x02").into_response(),
            "/js/x.js" => ([("content-encoding", "x-gzip")], gzip(CARD.as_bytes())).into_response(),
            "/wide" => {
                let page = "<p>x<script src='/js/a.js'></script>".encode_utf16();
                let kind = [("content-type", "text/html; charset=utf-16le")];
                (kind, page.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()).into_response()
            }
            "/lost" => Html("<script src=/js/gone.js></script>").into_response(),
            "/js/c.js" => script("export {}".to_owned()),
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    })
    .await
}

#[tokio::test]
async fn a_site_is_looked_at_with_its_own_scripts() {
    let shop = shop().await;
    let seen = look(rules(&[], Some(&shop.url("/")))).await;
    assert_eq!(seen.verdict, Verdict::Fail);
    let mut places: Vec<&str> = seen.findings.iter().map(|f| f.text.as_str()).collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            format!("{} test card number", shop.url("/:2:13")),
            format!("{} Stripe live secret key", shop.url("/js/a.js:2:8")),
        ]
    );
    let asked: Vec<String> = shop.asked().into_iter().map(|(_, path, _)| path).collect();
    assert_eq!(asked, ["/", "/js/a.js?v=1&x=2", "/js/c.js"]);
    assert!(!format!("{seen:?}").contains("51Hx9Qa2"));
}

#[tokio::test]
async fn a_script_that_cannot_be_had_leaves_it_unknown() {
    let shop = shop().await;
    assert_eq!(look(rules(&[], Some(&shop.url("/clean")))).await.verdict, Verdict::Pass);
    let lost = look(rules(&[], Some(&shop.url("/lost")))).await;
    assert_eq!(lost.verdict, Verdict::Unknown);
    assert!(lost.summary.contains("/js/gone.js answers with status 404"), "{}", lost.summary);
    assert_eq!(look(rules(&[], Some("javascript:x()"))).await.verdict, Verdict::Unknown);
}

#[tokio::test]
async fn a_script_of_another_site_is_named_unless_the_author_leaves_it_out() {
    let shop = shop().await;
    let named = look(rules(&[], Some(&shop.url("/foreign")))).await;
    assert_eq!(named.verdict, Verdict::Unknown);
    let why = "http://js.elsewhere.example/v3/b.js is of another site, and not to be had over https";
    assert_eq!(named.steps[0].actual, why);
    let skip = vec!["js.elsewhere.example/**".to_owned(), "**/a.js".to_owned()];
    let skipped = look(ScanCheck { skip: skip.clone(), ..rules(&[], Some(&shop.url("/foreign"))) }).await;
    assert_eq!(skipped.verdict, Verdict::Pass);
    let own = look(ScanCheck { skip, ..rules(&[], Some(&shop.url("/lazy"))) }).await;
    assert_eq!(own.verdict, Verdict::Fail, "its own are looked at all the same");
}

#[tokio::test]
async fn what_a_page_loads_is_found_as_a_browser_finds_it() {
    let shop = shop().await;
    for page in ["/lazy", "/wide"] {
        let seen = look(rules(&[], Some(&shop.url(page)))).await;
        assert_eq!(seen.verdict, Verdict::Fail, "{page}: {seen:?}");
        assert!(seen.findings[0].text.contains("/js/a.js:2:8"), "{page}");
    }
    let packed = look(rules(&[], Some(&shop.url("/packed")))).await;
    assert_eq!(packed.findings[0].text, format!("{} test card number", shop.url("/js/x.js:1:1")));
    let unread = packed.steps.iter().find(|s| s.name == "not looked at").unwrap();
    assert!(unread.actual.ends_with("/js/br.js is packed as br, which cannot be looked into"));
}

#[tokio::test]
async fn files_and_a_site_are_one_scan() {
    let shop = shop().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), format!("A=1\nCARD={CARD}\n")).unwrap();
    let path = folder.path().to_str().unwrap();
    let seen = look(rules(&[path], Some(&shop.url("/clean")))).await;
    assert_eq!(seen.verdict, Verdict::Fail);
    assert_eq!(seen.steps.last().unwrap().actual, "3 files, 65 bytes");
    let clean = ScanCheck { find: vec![ScanKind::Keys], ..rules(&[path], None) };
    let clean = look(clean).await;
    assert_eq!((clean.verdict, clean.summary.as_str()), (Verdict::Pass, "nothing found in 1 file, 26 bytes"));
}

#[tokio::test]
async fn nothing_to_look_at_is_no_pass() {
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(look(rules(&[empty.path().to_str().unwrap()], None)).await.verdict, Verdict::Unknown);
    let gone = look(rules(&["{{ fields.dir }}"], None)).await;
    assert_eq!(gone.verdict, Verdict::Unknown);
    assert!(gone.summary.contains("/no/such/folder is not there"), "{}", gone.summary);
}

#[tokio::test]
async fn a_scan_ends_at_its_deadline() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), "x").unwrap();
    let mut late = check("scan", CheckKind::Scan(rules(&[folder.path().to_str().unwrap()], None)));
    late.deadline = Duration::ZERO;
    let seen = runner().run_once(&late, &Bench::new().subject()).await;
    assert_eq!(seen.verdict, Verdict::Unknown);
    assert!(seen.summary.contains("stopped after 0 files"), "{}", seen.summary);
}
