//! From a step to a request: templates filled in, and secrets put in at the last moment.
//!
//! Templates see a placeholder where `{{ secrets.x }}` stands, never the value: nothing that the template
//! language does or says can show it. The value takes the placeholder's place when the text is done,
//! escaped for JSON in a JSON body and for a form in a form.

use std::sync::OnceLock;

use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use minijinja::{Value, context};
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use zeroize::Zeroizing;

use super::answer::MAX_BODY;
use super::judge::{self, Surroundings};
use super::outbound::{Follow, Outbound, Request};
use super::secrets::{self, Held};
use super::subject::Subject;
use crate::domain::check::HttpStep;
use crate::domain::expression::{ExpressionError, Template};
use crate::domain::ids::SecretId;
use crate::domain::secret::SecretSource;

/// Headers that say nothing about who sends them; with any other a redirect is not followed.
const HARMLESS: [&str; 4] = ["accept", "accept-language", "content-type", "cache-control"];

/// A request with the secrets in it, so that they can be taken out of the answer.
pub struct Prepared {
    /// The request.
    pub request: Request,
    /// The secrets that go along.
    pub sent: Vec<SecretString>,
}

/// A secret and what stands for it until the text is done.
struct Inserted {
    id: SecretId,
    placeholder: String,
    value: SecretString,
}

/// How a value is written where its placeholder stood.
#[derive(Clone, Copy)]
enum Form {
    Plain,
    Json,
    Urlencoded,
}

/// Fills in templates. Values of the language are made when a template needs them.
struct Filler<'a> {
    around: &'a Surroundings<'a>,
    secrets: Option<Value>,
    context: OnceLock<Value>,
}

impl<'a> Filler<'a> {
    fn new(around: &'a Surroundings<'a>, secrets: Option<Value>) -> Self {
        Self { around, secrets, context: OnceLock::new() }
    }

    fn context(&self) -> &Value {
        self.context.get_or_init(|| match &self.secrets {
            None => self.around.context(),
            Some(secrets) => context! { secrets => secrets, ..self.around.context() },
        })
    }

    fn fill(&self, template: &Template) -> Result<String, ExpressionError> {
        template.plain(self.around).map_or_else(|| template.render(self.context()), Ok)
    }
}

/// Fills in the templates and the secrets; those that are held are not read again.
pub async fn prepare(
    step: &HttpStep,
    subject: &Subject,
    held: &Held,
    around: &Surroundings<'_>,
    outbound: &Outbound,
) -> Result<Prepared, String> {
    let filler = Filler::new(around, None);
    let url = filler.fill(&step.url).map_err(|e| format!("the address has no value: {e}"))?;
    let url = outbound.address(url).map_err(|e| e.to_string())?;
    let mut secrets = Vec::new();
    for id in step.secrets() {
        let value = value(&id, subject, held, (&url, filler.context())).await;
        let value = value.map_err(|why| format!("secret {id}: {why}"))?;
        let placeholder = format!("golive-{:032x}", rand::random::<u128>());
        secrets.push(Inserted { id, placeholder, value });
    }
    let names = || Value::from_pairs(secrets.iter().map(|s| (s.id.as_str(), s.placeholder.as_str())));
    let filler = if secrets.is_empty() { filler } else { Filler::new(around, Some(names())) };
    let mut credentials = !secrets.is_empty();
    let mut headers = HeaderMap::new();
    for (name, template) in &step.headers {
        let bad = |why: &str| format!("header {name} {why}");
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad("has a bad name"))?;
        let text = filler.fill(template).map_err(|e| bad(&format!("has no value: {e}")))?;
        let text = insert(&text, &secrets, Form::Plain);
        let mut value = HeaderValue::from_str(&text).map_err(|_| bad("cannot be sent"))?;
        if !HARMLESS.contains(&key.as_str()) {
            credentials = true;
            value.set_sensitive(true);
        }
        headers.append(key, value);
    }
    if let Some(auth) = &step.auth {
        let value = secrets.iter().find(|s| s.id == auth.secret).map(|s| &s.value);
        let header = value.and_then(|v| secrets::authorization(&auth.scheme, v));
        headers
            .insert(AUTHORIZATION, header.ok_or_else(|| format!("secret {}: cannot be sent", auth.secret))?);
    }
    let body = match &step.body {
        None => None,
        Some(template) => {
            let body = filler.fill(template).map_err(|e| format!("the body has no value: {e}"))?;
            let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&body).is_ok();
            if is_json && !headers.contains_key(CONTENT_TYPE) {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            let form = headers
                .get(CONTENT_TYPE)
                .is_some_and(|t| t.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
            let form = match (is_json, form) {
                (true, _) => Form::Json,
                (false, true) => Form::Urlencoded,
                (false, false) => Form::Plain,
            };
            let mut text = insert(&body, &secrets, form);
            Some(Zeroizing::new(std::mem::take(&mut *text).into_bytes()))
        }
    };
    let judged_itself = credentials || judge::expects_redirect(step);
    let follow = if judged_itself { Follow::Never } else { Follow::SameOrigin };
    let request = Request { method: step.method, url, headers, body, follow, max_body: MAX_BODY };
    Ok(Prepared { request, sent: secrets.into_iter().map(|s| s.value).collect() })
}

/// The value of a secret for this address.
async fn value(
    id: &SecretId,
    subject: &Subject,
    held: &Held,
    (url, context): (&Url, &Value),
) -> Result<SecretString, String> {
    let (Some(secret), Some(source)) = (subject.runbook.secrets.get(id), subject.secrets.get(id)) else {
        return Err("not configured".to_owned());
    };
    let held = held.value(id, source).cloned();
    let at_hand = held.is_some() || matches!(source, SecretSource::Env(_));
    let value = if at_hand {
        secrets::for_request(secret, source, held, (url, context), &subject.permit)
    } else {
        // It may be on a slow disk, or wait for a program or a person: not on a thread that others are served by.
        let (secret, source) = (secret.clone(), source.clone());
        let (to, seen, permit) = (url.clone(), context.clone(), subject.permit.clone());
        let read = move || secrets::for_request(&secret, &source, None, (&to, &seen), &permit);
        tokio::task::spawn_blocking(read).await.map_err(|_| "cannot be read".to_owned())?
    };
    value.map_err(|e| e.to_string())
}

/// The text with every placeholder replaced by the value that it stands for.
fn insert(text: &str, secrets: &[Inserted], form: Form) -> Zeroizing<String> {
    let mut out = Zeroizing::new(text.to_owned());
    for secret in secrets.iter().filter(|s| text.contains(&s.placeholder)) {
        let value = secret.value.expose_secret();
        let written = Zeroizing::new(match form {
            Form::Plain => value.to_owned(),
            Form::Json => {
                let quoted = Zeroizing::new(serde_json::to_string(value).unwrap_or_default());
                quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
            }
            Form::Urlencoded => url::form_urlencoded::byte_serialize(value.as_bytes()).collect(),
        });
        out = Zeroizing::new(out.replace(&secret.placeholder, &written));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testing::{Bench, step};
    use std::io::Write as _;

    const VALUE: &str = "a\"b\\c & d";

    fn subject() -> (tempfile::NamedTempFile, Subject) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(VALUE.as_bytes()).unwrap();
        let source = SecretSource::file(file.path().to_str().unwrap()).unwrap();
        (file, Bench::new().secret_from("key", &["http://127.0.0.1:9"], source).subject())
    }

    async fn sent(header: Option<&str>, body: &str, url: &str) -> Result<Prepared, String> {
        let (_keep, subject) = subject();
        let mut step = step(url, &[]);
        step.body = Some(Template::new(body).unwrap());
        step.headers =
            header.iter().map(|h| ("content-type".to_owned(), Template::new(h).unwrap())).collect();
        let around = Surroundings::new(&subject.context());
        prepare(&step, &subject, &Held::default(), &around, &Outbound::new().unwrap()).await
    }

    #[tokio::test]
    async fn a_secret_is_written_as_the_body_needs_it() {
        let url = "http://127.0.0.1:9/x";
        let json = sent(None, r#"{"a":"x {{ secrets.key }}"}"#, url).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&json.request.body.unwrap()).unwrap();
        assert_eq!(body["a"], format!("x {VALUE}"));
        let form = sent(Some("application/x-www-form-urlencoded"), "a={{ secrets.key }}", url).await.unwrap();
        assert_eq!(form.request.body.unwrap().as_slice(), b"a=a%22b%5Cc+%26+d");
        let plain = sent(None, "a={{ secrets.key }}", url).await.unwrap();
        assert_eq!(plain.request.body.unwrap().as_slice(), format!("a={VALUE}").as_bytes());
        assert_eq!(plain.request.follow, Follow::Never);
    }

    #[tokio::test]
    async fn a_secret_in_a_body_goes_to_its_origins_only() {
        let error = sent(None, "{{ secrets.key }}", "http://127.0.0.1:8/x").await.err().unwrap();
        assert!(error.contains("may not be sent to") && !error.contains("b\\c"), "{error}");
    }

    #[tokio::test]
    async fn what_a_panic_would_print_of_a_request_holds_no_secret() {
        let (_keep, subject) = subject();
        let mut step = step("http://127.0.0.1:9/x", &[]);
        step.body = Some(Template::new("{{ secrets.key }}").unwrap());
        step.headers = vec![("x-key".to_owned(), Template::new("{{ secrets.key }}").unwrap())];
        let around = Surroundings::new(&subject.context());
        let outbound = Outbound::new().unwrap();
        let prepared = prepare(&step, &subject, &Held::default(), &around, &outbound).await.unwrap();
        let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            std::panic::panic_any(format!(
                "{:?} {:?} {subject:?} {around:?}",
                prepared.request, prepared.sent
            ));
        }))
        .unwrap_err();
        let said = payload.downcast_ref::<String>().unwrap();
        assert!(said.contains("body_bytes") && said.contains("x-key"), "{said}");
        let bytes = VALUE.bytes().map(|b| b.to_string()).collect::<Vec<_>>().join(", ");
        for form in [VALUE, &VALUE.escape_debug().to_string(), &hex::encode(VALUE), &bytes] {
            assert!(!said.contains(form), "{form} in {said}");
        }
    }
}
