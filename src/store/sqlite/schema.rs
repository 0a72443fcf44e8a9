//! The schema, version by version.

use std::borrow::Cow;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{Connection as _, SqlSafeStr as _, SqliteConnection};

/// What marks an SQLite file as a golive store: `golv` in ASCII, at byte 68 of the file.
pub(super) const APPLICATION_ID: i64 = 0x676f_6c76;

/// The schema that this program writes; `user_version` of the file.
pub(super) const VERSION: i64 = 2;

const MIGRATIONS: [(i64, &str, &str); 2] = [
    (1, "log", include_str!("../migrations/sqlite/0001_log.sql")),
    (2, "seals", include_str!("../migrations/sqlite/0002_seals.sql")),
];

fn migrator() -> Migrator {
    let migration = |(version, name, sql): (i64, &'static str, &'static str)| {
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(MIGRATIONS.into_iter().map(migration).collect())
}

/// Brings a store to [`VERSION`]. Two processes may try at once: the second finds it done.
pub(super) async fn migrate(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let there: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *transaction).await?;
    if there < VERSION {
        migrator().run(&mut *transaction).await.map_err(without_wrapping)?;
        // VERSION; a pragma takes no parameters.
        sqlx::query("PRAGMA user_version = 2").execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

/// The database's own error, so that a full disk is told from a bug in a migration.
fn without_wrapping(error: MigrateError) -> sqlx::Error {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error,
        other => sqlx::Error::Migrate(Box::new(other)),
    }
}
