//! One event with all that stands behind it: its bytes, its signature, and what both are worth now.
//!
//! An engagement that is shown was believed as a whole before; here the questions are asked of one event
//! again, on the bytes as they are in the store at this moment, and each has an answer of its own.

use super::App;
use super::error::AppError;
use super::history::Record;
use super::trust::{Believed, LogFault, Next, Signatures, check_signature, parse, tampered};
use crate::domain::head::Head;
use crate::domain::ids::EngagementId;
use crate::store::{ChainFault, walk_from};

/// Rows read at once.
const PAGE: u32 = 4096;

/// One event, opened to its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exhibit {
    /// The event and its hash.
    pub record: Record,
    /// The exact bytes that were hashed and signed.
    pub body: Vec<u8>,
    /// The signature over them, armoured.
    pub signature: String,
    /// How many events the log has.
    pub last: u64,
    /// Whether the chain of hashes leads through it: from the first event to it, and on to the head.
    pub chain: Result<(), LogFault>,
    /// Whether the signature is of these bytes and of the key that the event names.
    pub signed: Result<(), LogFault>,
    /// Whether the key spoke for its author at that moment, who had the right to what was done.
    pub entitled: Result<(), LogFault>,
}

impl Exhibit {
    /// Whether nothing is wrong with it.
    pub fn good(&self) -> bool {
        self.chain.is_ok() && self.signed.is_ok() && self.entitled.is_ok()
    }
}

impl App {
    /// Opens one event of a log.
    pub async fn exhibit(&self, id: &EngagementId, seq: u64) -> Result<Exhibit, AppError> {
        let head = self.load(id).await?.state.head;
        let no_such = AppError::NoSuchEvent { id: id.clone(), seq, last: head.seq };
        let Some(before) = seq.checked_sub(1).filter(|_| seq <= head.seq) else {
            return Err(no_such);
        };
        let row = self.shared.store.read_page(id, before, 1).await?.into_iter().next().ok_or(no_such)?;
        let event = parse(&row).map_err(|fault| tampered(id, seq, fault))?;
        let (so_far, led_here) = self.up_to(id, before).await?;
        let chain = match led_here {
            Ok(()) => self.leads_on(id, so_far.head(), head).await?,
            Err(fault) => Err(fault),
        };
        // Checking a signature takes longer than other tasks may wait.
        let id = id.clone();
        let work = tokio::task::spawn_blocking(move || {
            let signed = check_signature(&row, &event);
            let mut so_far = so_far;
            let entitled = so_far.event(&id, &row, &event);
            let record = Record { event, hash: row.hash };
            Exhibit {
                record,
                body: row.body,
                signature: row.signature,
                last: head.seq,
                chain,
                signed,
                entitled,
            }
        });
        work.await.map_err(|_| AppError::ShuttingDown)
    }

    /// Whether the rows behind a head follow one another to the head that is believed: every hash is made anew.
    async fn leads_on(
        &self,
        id: &EngagementId,
        from: Head,
        head: Head,
    ) -> Result<Result<(), LogFault>, AppError> {
        let mut at = from;
        while at.seq < head.seq {
            let left = u32::try_from(head.seq - at.seq).unwrap_or(PAGE).min(PAGE);
            let rows = self.shared.store.read_page(id, at.seq, left).await?;
            if rows.is_empty() {
                return Ok(Err(LogFault::Cut));
            }
            let walked = tokio::task::spawn_blocking(move || walk_from(at, &rows));
            at = match walked.await.map_err(|_| AppError::ShuttingDown)? {
                Ok(end) => end,
                Err(ChainFault { fault, .. }) => return Ok(Err(LogFault::Chain(fault))),
            };
        }
        Ok(if at == head { Ok(()) } else { Err(LogFault::Rewritten) })
    }

    /// Who could do what after so many events; and what is wrong on the way there. Signatures on the way
    /// were looked at when the engagement was loaded.
    async fn up_to(&self, id: &EngagementId, seq: u64) -> Result<(Believed, Result<(), LogFault>), AppError> {
        let mut so_far = Believed::default();
        while so_far.head().seq < seq {
            let at = so_far.head();
            let left = u32::try_from(seq - at.seq).unwrap_or(PAGE).min(PAGE);
            let mut rows = self.shared.store.read_page(id, at.seq, left).await?;
            while !rows.is_empty() {
                let id_there = id.clone();
                // No row is after this head: none is checked again.
                let vouched = Signatures::CheckedUpTo(Head { seq: u64::MAX, ..Head::default() });
                let work = tokio::task::spawn_blocking(move || {
                    let next = so_far.rows(&id_there, rows, vouched);
                    (so_far, next)
                });
                let (believed, next) = work.await.map_err(|_| AppError::ShuttingDown)?;
                so_far = believed;
                rows = match next {
                    Ok(Next::Done) => Vec::new(),
                    Ok(Next::Runbook(digest, rest)) => {
                        so_far.runbook = Some(self.kept_runbook(id, &digest).await?);
                        rest
                    }
                    Err(tampered) => return Ok((so_far, Err(tampered.fault))),
                };
            }
            if so_far.head().seq == at.seq {
                return Ok((so_far, Err(LogFault::Cut)));
            }
        }
        Ok((so_far, Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing::{Bench, id, note};

    #[tokio::test]
    async fn every_event_of_a_log_is_good_and_is_the_one_that_was_asked_for() {
        let (bench, lin) = Bench::with_acme().await;
        lin.execute(&id("acme"), note("hello")).await.unwrap();
        let log = bench.app.history(&id("acme")).await.unwrap();
        for record in log {
            let exhibit = bench.app.exhibit(&id("acme"), record.event.seq).await.unwrap();
            assert!(exhibit.good(), "{exhibit:?}");
            assert_eq!(exhibit.record, record);
            assert!(exhibit.signature.starts_with("-----BEGIN SSH SIGNATURE-----"));
        }
    }

    #[tokio::test]
    async fn there_is_no_event_before_the_first_and_after_the_last() {
        let (bench, _) = Bench::with_acme().await;
        let last = bench.app.load(&id("acme")).await.unwrap().state.head.seq;
        for seq in [0, last + 1, u64::MAX] {
            let error = bench.app.exhibit(&id("acme"), seq).await.unwrap_err();
            assert!(matches!(error, AppError::NoSuchEvent { .. }), "{error}");
        }
    }

    /// The engagement is in memory and was good when it was read; the store has been changed since.
    async fn changed(sql: &'static str) -> Exhibit {
        let (bench, lin) = Bench::with_acme().await;
        for n in 0..4 {
            lin.execute(&id("acme"), note(&format!("remark {n}"))).await.unwrap();
        }
        let last = bench.app.load(&id("acme")).await.unwrap().state.head.seq;
        bench.sql(sql).await;
        bench.app.exhibit(&id("acme"), last - 2).await.unwrap()
    }

    #[tokio::test]
    async fn a_changed_signature_is_named_and_nothing_else() {
        let broken = changed("UPDATE events SET signature = replace(signature, 'U1NI', 'U1NJ')").await;
        assert!(matches!(broken.signed, Err(LogFault::Signature(_))), "{:?}", broken.signed);
        assert_eq!((broken.chain, broken.entitled), (Ok(()), Ok(())));
    }

    #[tokio::test]
    async fn changed_bytes_break_the_chain_and_the_signature() {
        let broken = changed(
            "UPDATE events SET body = CAST(replace(CAST(body AS TEXT), 'remark 1', 'remark 7') AS BLOB)",
        )
        .await;
        assert!(matches!(broken.chain, Err(LogFault::Chain(_))), "{:?}", broken.chain);
        assert!(broken.signed.is_err());
    }

    #[tokio::test]
    async fn a_later_event_that_was_altered_is_told_beside_an_earlier_one() {
        let broken = changed(
            "UPDATE events SET body = CAST(replace(CAST(body AS TEXT), 'remark 3', 'remark 7') AS BLOB)",
        )
        .await;
        assert!(matches!(broken.chain, Err(LogFault::Chain(_))), "{:?}", broken.chain);
        assert_eq!((broken.signed, broken.entitled), (Ok(()), Ok(())), "it is itself as it was");
    }

    #[tokio::test]
    async fn an_event_before_it_that_is_gone_breaks_the_chain() {
        let broken = changed("DELETE FROM events WHERE seq = 3").await;
        assert!(broken.chain.is_err());
    }
}
