//! Beginning an engagement.

use std::sync::Arc;

use chrono::NaiveDate;

use super::App;
use super::engagement::Engagement;
use super::error::AppError;
use super::sign::Draft;
use crate::domain::decide;
use crate::domain::head::Head;
use crate::domain::ids::{BadId, EngagementId, FieldId};
use crate::store::StoreError;

/// How many ids are tried when the one made from the name is taken.
const MAX_TRIES: usize = 200;
/// The longest id made from a name, in bytes; leaves room for a number.
const MAX_SLUG: usize = 40;

/// What an engagement begins with.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// What the runbook is called in error messages: its file name.
    pub runbook_name: String,
    /// The bytes of the runbook, kept as they are for as long as the engagement lives.
    pub runbook: Vec<u8>,
    /// The id; made from the name when there is none.
    pub id: Option<EngagementId>,
    /// The merchant's name.
    pub name: String,
    /// The day the merchant wants to be live.
    pub target: Option<NaiveDate>,
    /// The values that fields start with.
    pub fields: Vec<(FieldId, String)>,
}

impl App {
    /// Begins an engagement: the user becomes its first member, in the first lead role of the runbook.
    pub async fn begin(&self, beginning: Beginning) -> Result<Engagement, AppError> {
        let Beginning { runbook_name, runbook: bytes, id: wanted, name, target, fields } = beginning;
        let loaded = crate::runbook::load(&runbook_name, &bytes)
            .map_err(|faults| AppError::Runbook(Box::new(faults)))?;
        let runbook = Arc::new(loaded.runbook);
        let by = self.author();
        let facts = decide::open(&runbook, &name, &by, &self.public_key(), target, &fields)
            .map_err(|refusal| AppError::refused(refusal, None))?;
        let _turn = self.shared.writing.lock().await;
        let base = slug(&name);
        for n in 1..=MAX_TRIES {
            let id = match &wanted {
                Some(id) => id.clone(),
                None => numbered(&base, n)?,
            };
            let draft = Draft {
                engagement: id.clone(),
                by: by.clone(),
                at: self.now(),
                facts: facts.clone(),
                before: None,
                runbook: Arc::clone(&runbook),
            };
            // An id that this machine has seen and the store has not is a log that was taken away.
            if self.shared.heads.get(&id)?.seq > 0 {
                if let Some(id) = wanted {
                    return Err(match self.load(&id).await {
                        Ok(_) => AppError::Exists { id },
                        Err(error) => error,
                    });
                }
                continue;
            }
            let mut ready = self.make_ready(draft).await?;
            ready.extra.runbook = Some(bytes.clone());
            match self.shared.store.append(&id, &Head::default(), &ready.rows, ready.extra).await {
                Ok(head) => {
                    self.shared.heads.put(&id, head);
                    self.shared.cache.keep_runbook(&ready.after.runbook);
                    self.shared.cache.keep(&ready.after);
                    return Ok(ready.after);
                }
                Err(StoreError::Conflict { .. }) => {
                    if let Some(id) = wanted {
                        return Err(AppError::Exists { id });
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(AppError::Exists { id: numbered(&base, MAX_TRIES)? })
    }
}

/// Letters and digits of a name, lower-case, with `-` for what stands between them.
fn slug(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if out.len() >= MAX_SLUG {
            break;
        }
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

fn numbered(base: &str, n: usize) -> Result<EngagementId, BadId> {
    match (base, n) {
        ("", n) => EngagementId::new(&format!("engagement-{n}")),
        (base, 1) => EngagementId::new(base),
        (base, n) => EngagementId::new(&format!("{base}-{n}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_made_from_the_letters_of_a_name() {
        assert_eq!(slug("Acme Ltd."), "acme-ltd");
        assert_eq!(slug("  Ünïcode & Söhne  "), "n-code-s-hne");
        assert_eq!(slug("東京"), "");
        assert!(slug(&"ab ".repeat(100)).len() <= MAX_SLUG);
        assert_eq!(numbered("", 3).unwrap().as_str(), "engagement-3");
        assert_eq!(numbered("acme", 2).unwrap().as_str(), "acme-2");
    }
}
