//! The numbered migrations, embedded. The numbers are the same for both databases.

use std::borrow::Cow;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

macro_rules! migrator {
    ($dialect:literal) => {
        migrator(&[
            (
                1,
                "store",
                include_str!(concat!("../migrations/", $dialect, "/0001_store.sql")),
            ),
            (
                2,
                "access",
                include_str!(concat!("../migrations/", $dialect, "/0002_access.sql")),
            ),
            (
                3,
                "providers",
                include_str!(concat!("../migrations/", $dialect, "/0003_providers.sql")),
            ),
            (
                4,
                "upstreams",
                include_str!(concat!("../migrations/", $dialect, "/0004_upstreams.sql")),
            ),
            (
                6,
                "modules",
                include_str!(concat!("../migrations/", $dialect, "/0006_modules.sql")),
            ),
        ])
    };
}

pub(crate) fn sqlite() -> Migrator {
    migrator!("sqlite")
}

pub(crate) fn postgres() -> Migrator {
    migrator!("postgres")
}

fn migrator(files: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migrations = files.iter().map(|(version, description, sql)| {
        Migration::new(
            *version,
            Cow::Borrowed(description),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    });
    Migrator::with_migrations(migrations.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of columns, and for each whether it is a text.
    fn columns(sql: &str) -> Vec<(&str, bool)> {
        let lines = sql.lines().filter_map(|line| line.strip_prefix("    "));
        let columns =
            lines.filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()));
        columns
            .map(|line| {
                let mut words = line.split([' ', ',']).filter(|word| !word.is_empty());
                (words.next().unwrap(), words.next() == Some("TEXT"))
            })
            .collect()
    }

    #[test]
    fn both_databases_have_the_same_columns() {
        let (sqlite, postgres) = (sqlite(), postgres());
        assert_eq!(sqlite.iter().count(), postgres.iter().count());
        for (left, right) in sqlite.iter().zip(postgres.iter()) {
            assert_eq!(
                (left.version, &left.description),
                (right.version, &right.description)
            );
            let columns_here = columns(left.sql.as_str());
            assert!(!columns_here.is_empty());
            assert_eq!(columns_here, columns(right.sql.as_str()));
        }
    }

    #[test]
    fn texts_are_compared_by_their_bytes() {
        for migration in postgres().iter() {
            for line in migration.sql.as_str().lines() {
                let is_text = columns(line).iter().any(|(_, is_text)| *is_text);
                assert!(!is_text || line.contains("COLLATE \"C\""), "{line}");
            }
        }
    }
}
