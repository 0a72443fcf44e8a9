//! What the person on this machine agreed to send: given by what they do, or asked for.
//!
//! Who names a secret agrees to its source, and to the origins that they typed into fields themselves. Who types
//! an origin into a field agrees to it, for secrets from sources that were agreed to on this machine. What others
//! change, what a template makes of a value, what a check or an action captures and what another version of the
//! runbook says is asked for with `golive trust`.

use url::Url;

use super::App;
use super::engagement::Engagement;
use super::error::AppError;
use crate::checks::Subject;
use crate::checks::consent::{Consent, Permit};
use crate::checks::secrets::{origin, origins};
use crate::domain::event::{Event, Fact};
use crate::domain::expression::Template;
use crate::domain::ids::{FieldId, MemberName, SecretId};
use crate::domain::secret::SecretSource;

/// A secret that is configured, for the person who decides whether it may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretUse {
    /// The secret.
    pub secret: SecretId,
    /// Where its value is.
    pub source: SecretSource,
    /// Who said so; none when that key speaks for nobody any more.
    pub named_by: Option<MemberName>,
    /// Where it goes.
    pub goes_to: Vec<Destination>,
}

/// Where a secret goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Scheme, host and port.
    pub origin: String,
    /// The fields that it is made of, each with who gave it the value that it has.
    pub set_by: Vec<(FieldId, Option<MemberName>)>,
    /// Whether the person on this machine agreed to it.
    pub agreed: bool,
}

impl SecretUse {
    /// What is still to be agreed to.
    pub fn open(&self) -> impl Iterator<Item = Consent> {
        self.goes_to.iter().filter(|to| !to.agreed).map(|to| Consent {
            secret: self.secret.clone(),
            source: self.source.clone(),
            origin: to.origin.clone(),
        })
    }
}

impl App {
    /// The engagement as its checks see it on this machine.
    pub fn subject(&self, engagement: &Engagement) -> Subject {
        let state = &engagement.state;
        Subject {
            runbook: engagement.runbook.clone(),
            facts: state.facts.clone().into(),
            secrets: state.secrets.clone().into(),
            seq: state.head.seq,
            permit: Permit { engagement: engagement.id().clone(), consents: self.consents.clone() },
        }
    }

    /// Every secret that is configured, with where it goes.
    pub async fn secret_uses(&self, engagement: &Engagement) -> Result<Vec<SecretUse>, AppError> {
        let (runbook, state) = (&engagement.runbook, &engagement.state);
        let agreed = self.consents.of(engagement.id())?;
        let log = self.history_of(engagement).await?;
        let context = self.subject(engagement).context();
        let mut uses = Vec::new();
        for (id, source) in &state.secrets {
            let Some(secret) = runbook.secrets.get(id) else { continue };
            let mut goes_to: Vec<Destination> = Vec::new();
            for template in &secret.origins {
                let Some(origin) = origin(template, &context) else { continue };
                let consent = Consent { secret: id.clone(), source: source.clone(), origin: origin.clone() };
                let set_by = fields_of(template, engagement);
                let set_by = set_by.map(|field| (field.clone(), who_set(field, engagement, &log))).collect();
                goes_to.push(Destination { origin, set_by, agreed: agreed.contains(&consent) });
            }
            let named_by = state.secrets_by.get(id).and_then(|key| state.member_of_key(key));
            let named_by = named_by.map(|(name, _)| name.clone());
            uses.push(SecretUse { secret: id.clone(), source: source.clone(), named_by, goes_to });
        }
        Ok(uses)
    }

    /// Agrees to what was shown.
    pub fn agree(&self, engagement: &Engagement, shown: &[SecretUse]) -> Result<(), AppError> {
        let given = shown.iter().flat_map(SecretUse::open).collect();
        Ok(self.consents.add(engagement.id(), given)?)
    }

    /// Takes back every consent for an engagement; says whether there were any.
    pub fn disagree(&self, engagement: &Engagement) -> Result<bool, AppError> {
        Ok(self.consents.remove(engagement.id())?)
    }

    /// Keeps what the user agrees to by an act of theirs. Called before the act is in the log, so that nobody
    /// who reads it there finds the consent missing. `shown` are origins that stood before the user when they
    /// said yes to what names a secret.
    pub(super) async fn agree_by(
        &self,
        after: &Engagement,
        events: &[Event],
        shown: Option<&[String]>,
    ) -> Result<(), AppError> {
        let says_where = |event: &Event| matches!(event.fact, Fact::SecretSet { .. } | Fact::FieldSet { .. });
        if !events.iter().any(says_where) {
            return Ok(());
        }
        let agreed = self.consents.of(after.id())?;
        let mut given = Vec::new();
        for event in events {
            match &event.fact {
                Fact::SecretSet { secret, source } => {
                    let named = (secret, source);
                    given.push(Consent {
                        secret: secret.clone(),
                        source: source.clone(),
                        origin: String::new(),
                    });
                    given.extend(known(after, named, shown.unwrap_or_default(), &agreed));
                    for field in self.typed(after).await? {
                        given.extend(through(after, named, field));
                    }
                }
                Fact::FieldSet { field, captured_by: None, .. } => {
                    let sources = after.state.secrets.iter();
                    let mine = sources
                        .filter(|(id, from)| agreed.iter().any(|c| c.secret == **id && c.source == **from));
                    given.extend(mine.flat_map(|named| through(after, named, field)));
                }
                _ => {}
            }
        }
        Ok(self.consents.add(after.id(), given)?)
    }

    /// The fields whose values the user has typed.
    async fn typed<'a>(&self, engagement: &'a Engagement) -> Result<Vec<&'a FieldId>, AppError> {
        let (log, me) = (self.history(engagement.id()).await?, self.author().key);
        let typed = |(field, value): &(&FieldId, &String)| {
            log.iter().filter(|record| record.event.by.key == me).any(|record| match &record.event.fact {
                Fact::FieldSet { field: f, value: v, captured_by: None } => f == *field && v == *value,
                Fact::Opened { fields, .. } => fields.iter().any(|(f, v)| f == *field && v == *value),
                _ => false,
            })
        };
        Ok(engagement.state.facts.fields.iter().filter(typed).map(|(field, _)| field).collect())
    }
}

/// Where a secret goes now, as far as that was shown, or was agreed to before for this secret.
fn known(
    after: &Engagement,
    (id, source): (&SecretId, &SecretSource),
    shown: &[String],
    agreed: &[Consent],
) -> Vec<Consent> {
    let Some(secret) = after.runbook.secrets.get(id) else { return Vec::new() };
    let known = |to: &String| shown.contains(to) || agreed.iter().any(|c| c.secret == *id && c.origin == *to);
    let origins = origins(secret, &context(after)).into_iter().filter(known);
    origins.map(|origin| Consent { secret: id.clone(), source: source.clone(), origin }).collect()
}

/// What a field that the user typed vouches for: the origin as it was typed, where the secret goes by way of that
/// field. What a template makes of a value besides, nobody has seen.
fn through(after: &Engagement, (id, source): (&SecretId, &SecretSource), field: &FieldId) -> Vec<Consent> {
    let Some(secret) = after.runbook.secrets.get(id) else { return Vec::new() };
    let Some(typed) = after.state.facts.fields.get(field).and_then(|value| origin_of(value)) else {
        return Vec::new();
    };
    let (now, name) = (context(after), format!("fields.{field}"));
    let by_way = secret.origins.iter().filter(|template| template.names().contains(&name));
    let origins = by_way.filter_map(|template| origin(template, &now)).filter(|origin| *origin == typed);
    origins.map(|origin| Consent { secret: id.clone(), source: source.clone(), origin }).collect()
}

/// The origin of a value that is an address.
fn origin_of(value: &str) -> Option<String> {
    let origin = Url::parse(value).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

fn context(engagement: &Engagement) -> minijinja::Value {
    let runbook = &engagement.runbook;
    engagement.state.facts.context(runbook.fields.keys(), runbook.decisions.keys())
}

/// The fields that an origin is made of.
fn fields_of<'a>(template: &Template, engagement: &'a Engagement) -> impl Iterator<Item = &'a FieldId> {
    let names = template.names();
    engagement.runbook.fields.keys().filter(move |field| names.contains(&format!("fields.{field}")))
}

/// Who gave a field the value that it has.
fn who_set(field: &FieldId, engagement: &Engagement, log: &[super::Record]) -> Option<MemberName> {
    let value = engagement.state.facts.fields.get(field)?;
    let gave = |pairs: &[(FieldId, String)]| pairs.iter().any(|(f, v)| f == field && v == value);
    let did = |event: &Event| match &event.fact {
        Fact::FieldSet { field: f, value: v, .. } => f == field && v == value,
        Fact::Opened { fields, .. } => gave(fields),
        Fact::ActionDone { captured, .. } => gave(captured),
        _ => false,
    };
    log.iter().rev().find(|record| did(&record.event)).map(|record| record.event.by.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing::{Bench, RUNBOOK, beginning, id};
    use crate::app::{Act, Beginning};
    use crate::domain::command::Command;

    /// A secret that goes to one origin made of one field, and to one made of two.
    fn with_secret() -> Beginning {
        let secret = r#"
[[fields]]
id = "zone"
label = "Zone"
[[fields]]
id = "host"
label = "Host"

[[secrets]]
id = "key"
label = "Key"
origins = ["{{ fields.url }}", "{{ fields.zone }}{{ fields.host }}"]

[checks.answers]"#;
        let runbook = RUNBOOK.replacen("\n[checks.answers]", secret, 1).into_bytes();
        Beginning { runbook, fields: Vec::new(), ..beginning("Acme") }
    }

    async fn set(app: &App, field: &str, value: &str) {
        let command = Command::SetField { field: field.parse().unwrap(), value: value.to_owned() };
        app.execute(&id("acme"), Act::new(command)).await.unwrap();
    }

    async fn name(app: &App, variable: &str) {
        let source = SecretSource::env(variable).unwrap();
        let command = Command::SetSecret { secret: "key".parse().unwrap(), source };
        app.execute(&id("acme"), Act::new(command)).await.unwrap();
    }

    /// Where the key goes on the machine of this person, with `?` where they did not agree to it.
    async fn goes_to(app: &App) -> Vec<String> {
        let engagement = app.load(&id("acme")).await.unwrap();
        let uses = app.secret_uses(&engagement).await.unwrap();
        let to = uses.iter().flat_map(|secret| &secret.goes_to);
        to.map(|to| format!("{}{}", to.origin, if to.agreed { "" } else { "?" })).collect()
    }

    /// Dana, and Lin on a machine of her own.
    async fn people() -> (Bench, App) {
        let bench = Bench::new().await;
        bench.app.begin(with_secret()).await.unwrap();
        let lin = bench.person("Lin").with_consents(crate::checks::consent::Consents::default());
        bench.assign("dev", "Lin", Some(&lin)).await;
        (bench, lin)
    }

    #[tokio::test]
    async fn whoever_names_and_sets_everything_is_asked_nothing_in_any_order() {
        let (bench, lin) = people().await;
        name(&bench.app, "KEY").await;
        set(&bench.app, "url", "https://a.example").await;
        assert_eq!(goes_to(&bench.app).await, ["https://a.example"]);
        set(&bench.app, "url", "https://b.example").await;
        let undo = Command::Undo { seq: None };
        bench.app.execute(&id("acme"), Act::new(undo)).await.unwrap();
        assert_eq!(goes_to(&bench.app).await, ["https://a.example"], "it was agreed to before");
        assert_eq!(goes_to(&lin).await, ["https://a.example?"], "another machine has its own");
    }

    #[tokio::test]
    async fn an_origin_of_two_fields_is_on_the_word_of_whoever_stands_for_both() {
        let (bench, lin) = people().await;
        name(&bench.app, "KEY").await;
        set(&lin, "host", "evil.example").await;
        set(&bench.app, "zone", "https://eu.").await;
        assert_eq!(goes_to(&bench.app).await, ["https://eu.evil.example?"]);
        let engagement = bench.app.load(&id("acme")).await.unwrap();
        let shown = bench.app.secret_uses(&engagement).await.unwrap();
        let set_by: Vec<_> = shown[0].goes_to[0]
            .set_by
            .iter()
            .map(|(f, who)| format!("{f} {}", who.as_ref().unwrap()))
            .collect();
        assert_eq!(set_by, ["zone Dana", "host Lin"]);
        bench.app.agree(&engagement, &shown).unwrap();
        assert_eq!(goes_to(&bench.app).await, ["https://eu.evil.example"]);
        set(&bench.app, "zone", "https://us.").await;
        assert_eq!(goes_to(&bench.app).await, ["https://us.evil.example?"], "nobody has typed that");
    }

    #[tokio::test]
    async fn a_field_agrees_to_the_origin_that_was_typed_and_to_none_that_a_template_makes_of_it() {
        let bench = Bench::new().await;
        let mut beginning = with_secret();
        let text = String::from_utf8(beginning.runbook).unwrap();
        beginning.runbook = text
            .replacen("{{ fields.zone }}{{ fields.host }}", "https://{{ fields.host }}.evil.example", 1)
            .into_bytes();
        bench.app.begin(beginning).await.unwrap();
        name(&bench.app, "KEY").await;
        set(&bench.app, "host", "acme").await;
        assert_eq!(goes_to(&bench.app).await, ["https://acme.evil.example?"]);
        set(&bench.app, "host", "https://acme").await;
        assert!(goes_to(&bench.app).await.iter().all(|to| to.ends_with('?')));
    }

    #[tokio::test]
    async fn what_was_taken_back_is_not_agreed_to_by_the_next_field() {
        let (bench, _) = people().await;
        name(&bench.app, "KEY").await;
        set(&bench.app, "url", "https://a.example").await;
        let engagement = bench.app.load(&id("acme")).await.unwrap();
        assert!(bench.app.disagree(&engagement).unwrap());
        set(&bench.app, "url", "https://b.example").await;
        assert_eq!(goes_to(&bench.app).await, ["https://b.example?"]);
    }

    #[tokio::test]
    async fn naming_a_secret_vouches_for_no_address_that_somebody_else_set() {
        let (bench, lin) = people().await;
        set(&lin, "url", "https://evil.example").await;
        name(&bench.app, "KEY").await;
        assert_eq!(goes_to(&bench.app).await, ["https://evil.example?"]);
        set(&bench.app, "url", "https://a.example").await;
        name(&bench.app, "KEY_2").await;
        assert_eq!(goes_to(&bench.app).await, ["https://a.example"]);
    }

    #[tokio::test]
    async fn a_field_vouches_for_no_source_that_somebody_else_named() {
        let (bench, lin) = people().await;
        name(&bench.app, "KEY").await;
        name(&lin, "AWS_SECRET_ACCESS_KEY").await;
        set(&bench.app, "url", "https://a.example").await;
        assert_eq!(goes_to(&bench.app).await, ["https://a.example?"]);
    }
}
