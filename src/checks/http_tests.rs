//! Tests of http checks against a server on this machine.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use chrono::DateTime;
use futures_util::stream;

use crate::checks::lanes::{Lanes, Limits};
use crate::checks::outbound::{MAX_REDIRECTS, Outbound};
use crate::checks::runner::Runner;
use crate::checks::schedule::Pace;
use crate::checks::subject::Subject;
use crate::checks::testing::{Bench, PATIENCE, Server, bearer, check, runner, step};
use crate::clock::FixedClock;
use crate::domain::check::{Check, CheckKind, HttpStep, Listing, Method};
use crate::domain::expression::{Expression, Template};
use crate::domain::ids::SecretId;
use crate::domain::secret::SecretSource;
use crate::domain::verdict::{Observation, Verdict};

const SECRET: &str = "sk_live_4711";

fn http(steps: Vec<HttpStep>) -> Check {
    check("c", CheckKind::Http(steps))
}

async fn run(steps: Vec<HttpStep>, subject: &Subject) -> (Observation, Pace) {
    runner().run(&http(steps), subject).await
}

async fn verdict(step: HttpStep) -> Observation {
    run(vec![step], &Bench::new().subject()).await.0
}

async fn fixed(status: u16, headers: &'static [(&'static str, &'static str)], body: &'static str) -> Server {
    Server::start(move |_| async move {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        response.body(Body::from(body)).unwrap()
    })
    .await
}

/// A secret in a file that lives as long as the test.
fn secret(bench: Bench, origins: &[&str]) -> (tempfile::NamedTempFile, Bench) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{SECRET}").unwrap();
    let source = SecretSource::file(file.path().to_str().unwrap()).unwrap();
    (file, bench.secret_from("key", origins, source))
}

#[tokio::test]
async fn an_answer_is_judged() {
    let server = fixed(200, &[("x-request-id", "req_1")], r#"{"status": "ready"}"#).await;
    let pass = verdict(step(&server.url("/a"), &["json.status == 'ready'"])).await;
    assert_eq!((pass.verdict, pass.streak), (Verdict::Pass, 1));
    assert_eq!(pass.request_id.as_deref(), Some("req_1"));
    let fail = verdict(step(&server.url("/a"), &["json.status == 'paid'"])).await;
    assert_eq!(fail.verdict, Verdict::Fail);
    let mut waiting = step(&server.url("/a"), &["json.status == 'paid'"]);
    waiting.pending = vec![Expression::new("json.status == 'ready'").unwrap()];
    assert_eq!(verdict(waiting).await.verdict, Verdict::Pending);
}

#[tokio::test]
async fn too_many_requests_wait_as_long_as_asked() {
    let server = fixed(429, &[("retry-after", "120")], "").await;
    let (observation, pace) =
        run(vec![step(&server.url("/"), &["status == 200"])], &Bench::new().subject()).await;
    assert_eq!(observation.verdict, Verdict::Unknown);
    assert_eq!(pace, Pace::NotBefore(Duration::from_mins(2)));
}

#[tokio::test]
async fn faults_back_off() {
    for status in [500, 401] {
        let server = fixed(status, &[("retry-after", "soon")], "").await;
        let (observation, pace) =
            run(vec![step(&server.url("/"), &["status == 200"])], &Bench::new().subject()).await;
        assert_eq!(observation.verdict, Verdict::Unknown);
        assert!(matches!(pace, Pace::BackOff(_)));
    }
}

#[tokio::test]
async fn a_body_that_never_ends_stops_at_the_deadline() {
    let server = Server::start(|_| async {
        let first = stream::iter([Ok::<_, std::io::Error>("{")]);
        let never = stream::pending();
        Response::new(Body::from_stream(futures_util::StreamExt::chain(first, never)))
    })
    .await;
    let mut slow = http(vec![step(&server.url("/"), &["status == 200"])]);
    slow.deadline = Duration::from_millis(50);
    let observation = runner().run_once(&slow, &Bench::new().subject()).await;
    assert_eq!(observation.verdict, Verdict::Unknown);
    assert!(observation.summary.contains("no answer in time"), "{}", observation.summary);
}

#[tokio::test]
async fn one_deadline_covers_all_steps() {
    let server = fixed(200, &[], "").await;
    let (outbound, lanes) = (Outbound::new().unwrap(), Lanes::new(Limits::default()));
    let (clock, subject) = (FixedClock::new(DateTime::UNIX_EPOCH), Bench::new().subject());
    let mut route = super::Route::new(&outbound, &lanes, PATIENCE, &clock);
    let steps = [step(&server.url("/"), &["status == 200"])];
    super::run(&steps, &subject, &mut route, &clock).await;
    let deadline = route.deadline();
    assert!(deadline.is_some());
    super::run(&steps, &subject, &mut route, &clock).await;
    assert_eq!((server.asked().len(), route.deadline()), (2, deadline));
}

/// Says that it is about to answer, as fast as it is read and without end.
fn flood() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let interim = b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(2000);
        for mut stream in listener.incoming().flatten() {
            let interim = interim.clone();
            std::thread::spawn(move || {
                let mut asked = [0; 1024];
                let _ = std::io::Read::read(&mut stream, &mut asked);
                while stream.write_all(&interim).is_ok() {}
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_never_come_to_their_answer_hold_up_nobody() {
    let (flood, good) = (format!("http://{}/", flood()), fixed(200, &[], "").await.url("/"));
    let (runner, subject) = (Arc::new(runner()), Bench::new().subject());
    let mut runs = tokio::task::JoinSet::new();
    for n in 0..200 {
        let (runner, subject) = (Arc::clone(&runner), subject.clone());
        let mut asked = http(vec![step(if n < 20 { &flood } else { &good }, &["status == 200"])]);
        asked.deadline = Duration::from_secs(10);
        runs.spawn(async move { (n, runner.run_once(&asked, &subject).await) });
    }
    while let Some(run) = runs.join_next().await {
        let (n, observation) = run.unwrap();
        if n < 20 {
            assert!(observation.summary.contains("only interim answers"), "{}", observation.summary);
        } else {
            assert_eq!(observation.verdict, Verdict::Pass, "{}", observation.summary);
        }
    }
}

#[tokio::test]
async fn bodies_share_what_may_be_held_and_small_ones_need_none_of_it() {
    let large = Server::start(|_| async { Response::new(Body::from("x".repeat(900 * 1024))) }).await;
    let small = fixed(200, &[], "{}").await;
    let outbound = Outbound::new().unwrap();
    let ask = |url: String| {
        let request = crate::checks::outbound::Request {
            method: Method::Get,
            url: crate::checks::outbound::address(&url).unwrap(),
            headers: hyper::HeaderMap::new(),
            body: None,
            follow: crate::checks::outbound::Follow::Never,
            max_body: 1024 * 1024,
        };
        outbound.send(request, tokio::time::Instant::now() + PATIENCE)
    };
    let mut held = Vec::new();
    for _ in 0..18 {
        held.push(ask(large.url("/")).await.unwrap());
    }
    assert!(ask(small.url("/")).await.unwrap().0.room.is_none());
    let waits = ask(large.url("/"));
    let mut waits = std::pin::pin!(waits);
    assert!(tokio::time::timeout(Duration::from_millis(200), waits.as_mut()).await.is_err());
    held.pop();
    assert!(waits.await.unwrap().0.room.is_some());
}

#[tokio::test]
async fn a_refused_connection_is_unknown_and_does_not_name_the_address() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let observation = verdict(step(&format!("http://127.0.0.1:{port}/?key=hidden"), &[])).await;
    assert_eq!(observation.verdict, Verdict::Unknown);
    assert!(observation.summary.contains("cannot connect"), "{}", observation.summary);
    assert!(!format!("{observation:?}").contains("hidden"));
}

#[tokio::test]
async fn a_gzip_bomb_does_not_unfold() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![0_u8; 1024 * 1024];
    for _ in 0..64 {
        packer.write_all(&zeros).unwrap();
    }
    let bomb = packer.finish().unwrap();
    let server = Server::start(move |_| {
        let bomb = bomb.clone();
        async move { Response::builder().header("content-encoding", "gzip").body(Body::from(bomb)).unwrap() }
    })
    .await;
    let observation = verdict(step(&server.url("/"), &["status == 200"])).await;
    assert_eq!(observation.verdict, Verdict::Unknown);
    assert!(observation.summary.contains("larger than"), "{}", observation.summary);
}

#[tokio::test]
async fn a_packed_answer_is_unpacked_and_one_that_is_cut_is_unknown() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(br#"{"a": 1}"#).unwrap();
    let packed = packer.finish().unwrap();
    let server = Server::start(move |request| {
        let whole = request.uri().path() == "/whole";
        let body = if whole { packed.clone() } else { packed[..packed.len() - 9].to_vec() };
        async move { Response::builder().header("content-encoding", "gzip").body(Body::from(body)).unwrap() }
    })
    .await;
    let expect = ["json.a == 1", "'content-encoding' not in headers"];
    let whole = verdict(step(&server.url("/whole"), &expect)).await;
    assert_eq!(whole.verdict, Verdict::Pass, "{whole:?}");
    let cut = verdict(step(&server.url("/cut"), &expect)).await;
    assert_eq!(cut.verdict, Verdict::Unknown, "{cut:?}");
}

#[tokio::test]
async fn hostile_answers_are_unknown() {
    let huge = "x".repeat(2 * 1024 * 1024);
    let server = Server::start(move |request| {
        let huge = huge.clone();
        async move {
            match request.uri().path() {
                "/header" => Response::builder().header("x-huge", huge).body(Body::empty()).unwrap(),
                "/brackets" => "[".repeat(1_000_000).into_response(),
                "/binary" => vec![0xff_u8; 64].into_response(),
                _ => "<html>no".into_response(),
            }
        }
    })
    .await;
    for path in ["/header", "/brackets", "/binary", "/html"] {
        let observation = verdict(step(&server.url(path), &["json.a == 1"])).await;
        assert_eq!(observation.verdict, Verdict::Unknown, "{path}");
    }
}

#[tokio::test]
async fn a_redirect_in_a_circle_ends() {
    let server = fixed(302, &[("location", "/again")], "").await;
    let observation = verdict(step(&server.url("/"), &["status == 200"])).await;
    assert_eq!(observation.verdict, Verdict::Unknown);
    assert_eq!(server.asked().len(), MAX_REDIRECTS + 1);
}

async fn redirect_to(target: String) -> Server {
    Server::start(move |request| {
        let target = target.clone();
        async move {
            match request.uri().path() {
                "/here" => "arrived".into_response(),
                _ => (StatusCode::FOUND, [("location", target)]).into_response(),
            }
        }
    })
    .await
}

#[tokio::test]
async fn without_credentials_a_redirect_is_followed_at_the_same_origin_only() {
    let near = redirect_to("/here".to_owned()).await;
    assert_eq!(verdict(step(&near.url("/"), &["text == 'arrived'"])).await.verdict, Verdict::Pass);
    // A step about the redirect itself sees it.
    let itself = verdict(step(&near.url("/"), &["status == 302 and headers.location == '/here'"])).await;
    assert_eq!(itself.verdict, Verdict::Pass);
    let far = redirect_to(near.url("/here")).await;
    assert_eq!(verdict(step(&far.url("/"), &["text == 'arrived'"])).await.verdict, Verdict::Fail);
    assert_eq!(near.asked().iter().filter(|(_, path, _)| path == "/here").count(), 1);
}

#[tokio::test]
async fn credentials_never_follow_a_redirect() {
    let thief = fixed(200, &[], "").await;
    for target in [thief.url("/steal"), "/here".to_owned()] {
        let server = redirect_to(target).await;
        let (_keep, bench) = secret(Bench::new(), &[&server.url(""), &thief.url("")]);
        let mut with_key = step(&server.url("/"), &["status == 200"]);
        with_key.auth = Some(bearer("key"));
        let observation = run(vec![with_key], &bench.subject()).await.0;
        assert_eq!(observation.verdict, Verdict::Fail);
        assert_eq!(server.asked().len(), 1);
        let mut cookie = step(&server.url("/"), &["status == 200"]);
        cookie.headers = vec![("cookie".to_owned(), Template::new("session=1").unwrap())];
        assert_eq!(verdict(cookie).await.verdict, Verdict::Fail);
    }
    assert_eq!(thief.asked(), []);
}

#[tokio::test]
async fn a_secret_goes_to_its_origin_only() {
    let home = fixed(200, &[], "").await;
    let elsewhere = fixed(200, &[], "").await;
    let (_keep, bench) = secret(Bench::new(), &[&home.url("/v1")]);
    let subject = bench.subject();
    let with_key = |server: &Server| {
        let mut step = step(&server.url("/"), &["status == 200"]);
        step.auth = Some(bearer("key"));
        vec![step]
    };
    assert_eq!(run(with_key(&home), &subject).await.0.verdict, Verdict::Pass);
    assert_eq!(home.asked()[0].2.as_deref(), Some("Bearer sk_live_4711"));
    let refused = run(with_key(&elsewhere), &subject).await.0;
    assert_eq!(refused.verdict, Verdict::Unknown);
    assert!(refused.summary.contains("may not be sent to"), "{}", refused.summary);
    assert_eq!(elsewhere.asked(), []);
}

#[tokio::test]
async fn a_server_that_repeats_the_secret_does_not_get_it_shown() {
    let server = Server::start(|request| async move {
        let key = request.headers()["authorization"].to_str().unwrap().to_owned();
        let body = serde_json::json!({ "error": format!("bad {key}"), "requestId": key }).to_string();
        ([("x-echo", key)], body).into_response()
    })
    .await;
    let (_keep, bench) = secret(Bench::new().field("echo", ""), &[&server.url("")]);
    let mut echo = step(&server.url("/"), &["json.error == '' and headers['x-echo'] == ''"]);
    echo.auth = Some(bearer("key"));
    echo.reason = Some(Expression::new("text").unwrap());
    let entries = Expression::new("[json.error]").unwrap();
    echo.blocking = vec![Listing { label: Some("wrong".to_owned()), entries }];
    let observation = run(vec![echo.clone()], &bench.subject()).await.0;
    assert_eq!(observation.verdict, Verdict::Fail);
    assert!(!format!("{observation:?}").contains(SECRET), "{observation:?}");
}

#[tokio::test]
async fn later_steps_see_what_earlier_ones_captured() {
    let server = Server::start(|request| async move {
        match (request.method().as_str(), request.uri().path()) {
            ("POST", "/login") => {
                let kind = request.headers()["content-type"].to_str().unwrap().to_owned();
                serde_json::json!({ "org": "org_7", "kind": kind }).to_string().into_response()
            }
            ("GET", "/orgs/org_7") => "{}".into_response(),
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    })
    .await;
    let mut login = step(&server.url("/login"), &["json.kind == 'application/json'"]);
    login.method = Method::Post;
    login.body = Some(Template::new(r#"{"email": "{{ fields.email }}"}"#).unwrap());
    login.capture = vec![("org".to_owned(), Expression::new("json.org").unwrap())];
    let read = step(&server.url("/orgs/{{ captures.org }}"), &["status == 200"]);
    let bench = Bench::new().field("email", "a@shop.example").field("org", "");
    let observation = run(vec![login.clone(), read.clone()], &bench.subject()).await.0;
    assert_eq!(observation.verdict, Verdict::Pass, "{observation:?}");
    assert_eq!(observation.captured.values().collect::<Vec<_>>(), ["org_7"]);
    assert_eq!(observation.steps.len(), 2);
    // A value that is not in the form of its field does not fill it.
    let strict = Bench::new().field("email", "a@shop.example").field("org", "").pattern("org", "^live_");
    let odd = run(vec![login, read], &strict.subject()).await.0;
    assert_eq!(odd.verdict, Verdict::Unknown);
    assert!(odd.captured.is_empty());
}

#[tokio::test]
async fn steps_after_one_that_does_not_pass_are_not_sent() {
    let server = fixed(200, &[], "").await;
    let steps =
        vec![step(&server.url("/1"), &["status == 201"]), step(&server.url("/2"), &["status == 200"])];
    assert_eq!(run(steps, &Bench::new().subject()).await.0.verdict, Verdict::Fail);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn what_is_not_filled_in_is_not_asked() {
    let server = fixed(200, &[], "").await;
    let mut needy = http(vec![step(&server.url("/"), &["status == 200"])]);
    needy.needs.secrets.insert(SecretId::new("key").unwrap());
    let observation = runner().run_once(&needy, &Bench::new().subject()).await;
    assert_eq!(observation.verdict, Verdict::Unknown);
    assert_eq!(observation.summary, "not configured: secret key");
    let bad = verdict(step("{{ fields.gone }}/x", &[])).await;
    assert_eq!(bad.verdict, Verdict::Unknown);
    assert!(bad.summary.contains("the address has no value"), "{}", bad.summary);
    assert_eq!(verdict(step("file:///etc/passwd", &[])).await.verdict, Verdict::Unknown);
    assert_eq!(server.asked(), []);
}

#[tokio::test]
async fn a_crowd_at_one_host_is_let_in_a_few_at_a_time() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let server = Server::start(move |_| {
        let (now, most) = (Arc::clone(&now), Arc::clone(&seen));
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            now.fetch_sub(1, Ordering::SeqCst);
            "ok".into_response()
        }
    })
    .await;
    let limits = Limits { host: 2, patience: PATIENCE, ..Limits::default() };
    let clock = Arc::new(FixedClock::new(DateTime::UNIX_EPOCH));
    let runner = Runner::new(limits, clock).unwrap();
    let (one, subject) = (http(vec![step(&server.url("/"), &["status == 200"])]), Bench::new().subject());
    let all = futures_util::future::join_all((0..40).map(|_| runner.run_once(&one, &subject))).await;
    assert!(all.iter().all(|o| o.verdict == Verdict::Pass));
    assert!(most.load(Ordering::SeqCst) <= 2);
}

#[tokio::test]
async fn a_run_that_waits_for_its_place_does_not_lose_its_time() {
    let server = fixed(200, &[], "").await;
    let lanes = Lanes::new(Limits { host: 1, ..Limits::default() });
    let outbound = Outbound::new().unwrap();
    let taken = lanes.enter("127.0.0.1").await;
    let steps = [step(&server.url("/"), &["status == 200"])];
    let (clock, subject) = (FixedClock::new(DateTime::UNIX_EPOCH), Bench::new().subject());
    let mut route = super::Route::new(&outbound, &lanes, PATIENCE, &clock);
    let run = super::run(&steps, &subject, &mut route, &clock);
    let mut run = std::pin::pin!(run);
    assert!(futures_util::FutureExt::now_or_never(run.as_mut()).is_none());
    assert_eq!(server.asked(), []);
    drop(taken);
    assert_eq!(run.await.verdict, Verdict::Pass);
}
