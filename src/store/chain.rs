//! Is a log whole? A pure walk over its rows.

use super::event_store::Row;
use crate::domain::head::Head;

/// The first place where a log is not what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("event {seq}: {fault}")]
pub struct ChainFault {
    /// The sequence number that the fault stands at.
    pub seq: u64,
    /// What is wrong there.
    pub fault: Fault,
}

/// How a log was changed, as far as the rows around the place can tell. That something was changed is
/// certain; which of two ways led there is the likelier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Numbers are left out: rows were removed.
    #[error("missing")]
    Missing,
    /// The event before stands here once more.
    #[error("stands twice")]
    Repeated,
    /// The number goes back: rows are not in their order.
    #[error("out of order")]
    OutOfOrder,
    /// It has changed places with the next event.
    #[error("has changed places with the event after it")]
    Swapped,
    /// Without it the chain holds: it was put in.
    #[error("was put in between")]
    Inserted,
    /// The bytes or the hash were changed, or rows before it were removed and the rest renumbered; the
    /// rows after it still follow.
    #[error("was changed, or events before it were removed")]
    Altered,
    /// The bytes and the rows after it do not belong to what comes before.
    #[error("does not belong to this log")]
    Spliced,
}

/// Walks a log from its beginning; returns its head. That the end was not cut off no chain can show:
/// compare the head with one kept elsewhere.
pub fn walk(rows: &[Row]) -> Result<Head, ChainFault> {
    walk_from(Head::default(), rows)
}

/// Walks the rows that follow a head, for logs read in pages.
pub fn walk_from(start: Head, rows: &[Row]) -> Result<Head, ChainFault> {
    let mut head = start;
    for (at, row) in rows.iter().enumerate() {
        let next = head.after(&row.body);
        if (row.seq, row.hash) != (next.seq, next.hash) {
            return Err(ChainFault { seq: next.seq, fault: name_fault(head, rows, at) });
        }
        head = next;
    }
    Ok(head)
}

/// Names what is wrong with row `at`, the first that does not follow `head`.
fn name_fault(head: Head, rows: &[Row], at: usize) -> Fault {
    let row = &rows[at];
    if at > 0 && row.hash == head.hash {
        return Fault::Repeated;
    }
    if row.seq > head.seq + 1 {
        // Two rows with their numbers, the wrong way round, leave a gap too.
        let next_fits = rows.get(at + 1).is_some_and(|next| next.seq == head.seq + 1);
        return if next_fits { Fault::OutOfOrder } else { Fault::Missing };
    }
    if row.seq <= head.seq {
        return Fault::OutOfOrder;
    }
    let Some(next) = rows.get(at + 1) else {
        return Fault::Altered;
    };
    let follows = |head: Head, row: &Row| head.after(&row.body).hash == row.hash;
    if follows(head, next) {
        let after_next = Head { seq: head.seq + 1, hash: next.hash };
        return if follows(after_next, row) { Fault::Swapped } else { Fault::Inserted };
    }
    // Either the hash was changed and the next row follows from the bytes, or the bytes were changed
    // and it follows from the hash.
    let by_hash = Head { seq: head.seq + 1, hash: row.hash };
    let by_body = head.after(&row.body);
    let next_follows = follows(by_hash, next) || follows(by_body, next);
    // A forger who rewrote the tail made its hashes fit each other, but not what comes before.
    if next_follows { Fault::Altered } else { Fault::Spliced }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::digest::Digest;

    fn log(bodies: &[&str]) -> Vec<Row> {
        let mut head = Head::default();
        let mut rows = Vec::new();
        for body in bodies {
            head = head.after(body.as_bytes());
            rows.push(Row {
                seq: head.seq,
                hash: head.hash,
                id: Uuid::from_u128(u128::from(head.seq)),
                body: body.as_bytes().to_vec(),
                signature: String::new(),
            });
        }
        rows
    }

    fn six() -> Vec<Row> {
        log(&["a", "b", "c", "d", "e", "f"])
    }

    fn renumber(rows: &mut [Row]) {
        for (seq, row) in (1..).zip(rows) {
            row.seq = seq;
        }
    }

    fn fault(rows: &[Row]) -> (u64, Fault) {
        let fault = walk(rows).unwrap_err();
        (fault.seq, fault.fault)
    }

    #[test]
    fn a_whole_log_ends_at_its_head() {
        let rows = six();
        assert_eq!(walk(&rows).unwrap().hash, rows[5].hash);
        assert_eq!(walk(&[]).unwrap(), Head::default());
        let half = walk(&rows[..3]).unwrap();
        assert_eq!(walk_from(half, &rows[3..]), walk(&rows));
    }

    #[test]
    fn a_changed_byte_or_hash_is_found_at_every_place() {
        for at in 0..6 {
            let mut rows = six();
            rows[at].body[0] ^= 1;
            assert_eq!(fault(&rows), (at as u64 + 1, Fault::Altered));
            let mut rows = six();
            rows[at].hash = Digest::of(b"other");
            assert_eq!(fault(&rows), (at as u64 + 1, Fault::Altered));
        }
    }

    #[test]
    fn a_changed_number_is_found_although_every_hash_fits() {
        for at in 0..6 {
            let mut rows = six();
            rows[at].seq += 10;
            assert_eq!(fault(&rows), (at as u64 + 1, Fault::Missing));
            rows[at].seq = 0;
            assert_eq!(fault(&rows), (at as u64 + 1, Fault::OutOfOrder));
        }
    }

    #[test]
    fn a_removed_event_is_found_even_when_the_rest_is_renumbered() {
        for at in 0..5 {
            let mut rows = six();
            rows.remove(at);
            assert_eq!(fault(&rows), (at as u64 + 1, Fault::Missing));
            renumber(&mut rows);
            assert_eq!(fault(&rows), (at as u64 + 1, Fault::Altered));
        }
    }

    #[test]
    fn swapped_events_are_found_with_and_without_their_numbers() {
        for at in 0..5 {
            let mut rows = six();
            rows.swap(at, at + 1);
            assert_eq!(fault(&rows), (at as u64 + 1, Fault::OutOfOrder));
            renumber(&mut rows);
            assert_eq!(fault(&rows), (at as u64 + 1, Fault::Swapped));
        }
    }

    #[test]
    fn a_repeated_event_is_found_with_and_without_renumbering() {
        for at in 0..6 {
            let mut rows = six();
            let twin = rows[at].clone();
            rows.insert(at + 1, twin);
            assert_eq!(fault(&rows), (at as u64 + 2, Fault::Repeated));
            renumber(&mut rows);
            assert_eq!(fault(&rows), (at as u64 + 2, Fault::Repeated));
        }
    }

    #[test]
    fn an_event_put_in_is_found_although_its_own_hash_fits() {
        for at in 0..6 {
            let mut rows = six();
            let before = if at == 0 { Head::default() } else { Head { seq: 0, hash: rows[at - 1].hash } };
            let mut forged = rows[at].clone();
            forged.body = b"forged".to_vec();
            forged.hash = before.after(b"forged").hash;
            rows.insert(at, forged);
            renumber(&mut rows);
            // The forged row follows; it is the true one after it that does not.
            assert_eq!(fault(&rows).0, at as u64 + 2);
            rows[at].hash = Digest::of(b"other");
            assert_eq!(fault(&rows), (at as u64 + 1, Fault::Inserted));
        }
    }

    #[test]
    fn the_tail_of_another_log_does_not_fit() {
        let other = log(&["a", "b", "x", "y", "z", "w"]);
        let rows = [&six()[..4], &other[4..]].concat();
        assert_eq!(fault(&rows).0, 5);
        let rows = [&six()[..1], &log(&["q", "r"])[1..], &six()[2..]].concat();
        assert_eq!(fault(&rows), (2, Fault::Spliced));
    }

    #[test]
    fn a_log_that_does_not_begin_at_the_beginning_is_no_log() {
        assert_eq!(fault(&six()[2..]), (1, Fault::Missing));
    }
}
