//! The connections that read: at most [`READERS`], opened when first needed and then kept.
//!
//! The driver's own pool asks each connection whether it still lives before it is free again, in a task of
//! its own. Whoever reads twice in a row finds it busy and opens another: a thread, a cache and a
//! millisecond, which at the start of a screen is a tenth of all the time there is. A connection to a file
//! does not die meanwhile, so here it is free as soon as it is given back. One that is not, because reading
//! failed or nobody waited for the end of it, is closed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Readers at once. More would wait for the disk and the processor all the same.
const READERS: u32 = 4;

/// Where connections that read come from.
#[derive(Debug)]
pub(super) struct Readers {
    options: SqliteConnectOptions,
    idle: Arc<Mutex<Vec<SqliteConnection>>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(options: SqliteConnectOptions) -> Self {
        let turns = Arc::new(Semaphore::new(READERS as usize));
        Self { options, idle: Arc::default(), turns }
    }

    /// A connection of one's own until it is dropped.
    pub(super) async fn get(&self) -> Result<Reader, sqlx::Error> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = locked(&self.idle).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(Reader { connection, home: Arc::clone(&self.idle), turn })
    }

    /// Waits until nobody reads any more, and closes all connections. None is opened afterwards.
    pub(super) async fn close(&self) {
        let everybody = self.turns.acquire_many(READERS).await;
        self.turns.close();
        drop(everybody);
        let idle = std::mem::take(&mut *locked(&self.idle));
        for connection in idle {
            // What has been written is safe either way.
            let _ = connection.close().await;
        }
    }
}

fn locked(idle: &Mutex<Vec<SqliteConnection>>) -> MutexGuard<'_, Vec<SqliteConnection>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection that reads, to be given back.
#[derive(Debug)]
pub(super) struct Reader {
    connection: SqliteConnection,
    home: Arc<Mutex<Vec<SqliteConnection>>>,
    turn: OwnedSemaphorePermit,
}

impl Reader {
    /// The connection itself.
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    /// Leaves the connection to the next reader.
    pub(super) fn give_back(self) {
        let Self { connection, home, turn } = self;
        locked(&home).push(connection);
        // Only now, or the next one would not find it.
        drop(turn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn first(readers: &Readers) -> i64 {
        let mut reader = readers.get().await.unwrap();
        let number = sqlx::query_scalar("SELECT 1").fetch_one(reader.connection()).await.unwrap();
        reader.give_back();
        number
    }

    fn readers() -> Readers {
        Readers::new(SqliteConnectOptions::new().in_memory(true))
    }

    #[tokio::test]
    async fn who_reads_twice_in_a_row_has_the_same_connection() {
        let readers = readers();
        for _ in 0..3 {
            assert_eq!(first(&readers).await, 1);
            assert_eq!(locked(&readers.idle).len(), 1);
        }
    }

    #[tokio::test]
    async fn one_that_is_not_given_back_is_not_kept_and_its_turn_is_over() {
        let readers = readers();
        for _ in 0..2 * READERS {
            drop(readers.get().await.unwrap());
        }
        assert_eq!(locked(&readers.idle).len(), 0);
        assert_eq!(first(&readers).await, 1);
    }

    #[tokio::test]
    async fn closing_waits_for_who_reads_and_ends_all_reading() {
        let readers = readers();
        let reader = readers.get().await.unwrap();
        tokio::join!(readers.close(), async { reader.give_back() });
        assert!(locked(&readers.idle).is_empty());
        assert!(matches!(readers.get().await, Err(sqlx::Error::PoolClosed)));
    }
}
