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
                5,
                "references",
                include_str!(concat!("../migrations/", $dialect, "/0005_references.sql")),
            ),
            (
                6,
                "modules",
                include_str!(concat!("../migrations/", $dialect, "/0006_modules.sql")),
            ),
            (
                7,
                "leases",
                include_str!(concat!("../migrations/", $dialect, "/0007_leases.sql")),
            ),
            (
                8,
                "scheduled syncs",
                include_str!(concat!(
                    "../migrations/",
                    $dialect,
                    "/0008_scheduled_syncs.sql"
                )),
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
            let makes_tables = left.sql.as_str().contains("CREATE TABLE");
            assert_eq!(makes_tables, !columns_here.is_empty());
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

    /// A store as it was before layers that registries don't distribute were noted.
    const BEFORE_REFERENCES: [(&str, &str); 4] = [
        (
            "image",
            r#"{"layers": [{"mediaType": "a.nondistributable.b", "digest": "FOREIGN"}, {"mediaType": "a.b", "digest": "PLAIN"}]}"#,
        ),
        (
            "artifact",
            r#"{"blobs": [{"digest": "FOREIGN", "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"}]}"#,
        ),
        (
            "plain",
            r#"{"layers": [{"mediaType": "a.b", "digest": "PLAIN"}]}"#,
        ),
        (
            "damaged",
            r#"{"layers": ["a.foreign.b", 7, null, {"mediaTy"#,
        ),
    ];

    /// Runs the migrations before 5, puts the manifests there, runs all of them, and returns what is noted.
    macro_rules! noted_children {
        ($pool:expr, $migrator:expr, $database:ty) => {{
            let (pool, migrator) = ($pool, $migrator);
            let before: Vec<Migration> = migrator
                .iter()
                .filter(|migration| migration.version < 5)
                .cloned()
                .collect();
            Migrator::with_migrations(before).run(&pool).await.unwrap();
            for (name, body) in BEFORE_REFERENCES {
                let body = body
                    .replace("FOREIGN", &digest("f"))
                    .replace("PLAIN", &digest("0"));
                sqlx::query::<$database>(
                    "INSERT INTO manifests (digest, media_type, size, body, created_at) VALUES ($1, 'm', 1, $2, 1)",
                )
                .bind(name)
                .bind(body.into_bytes())
                .execute(&pool)
                .await
                .unwrap();
            }
            migrator.run(&pool).await.unwrap();
            let rows = sqlx::query_as::<$database, (String, String)>(
                "SELECT manifest_digest, child_digest FROM manifest_children ORDER BY 1, 2",
            );
            rows.fetch_all(&pool).await.unwrap()
        }};
    }

    fn digest(digit: &str) -> String {
        format!("sha256:{}", digit.repeat(64))
    }

    fn edge(manifest: &str, digit: &str) -> (String, String) {
        (manifest.to_owned(), digest(digit))
    }

    #[tokio::test]
    async fn an_old_sqlite_learns_what_its_manifests_may_do_without() {
        let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
        let pool = pool.connect("sqlite::memory:").await.unwrap();
        let noted = noted_children!(pool, sqlite(), sqlx::Sqlite);
        assert_eq!(noted, [edge("artifact", "f"), edge("image", "f")]);
    }

    #[tokio::test]
    async fn an_old_postgres_learns_what_its_manifests_may_do_without() {
        let Some(cluster) = atoll_testkit_postgres::Cluster::shared().unwrap() else {
            atoll_testkit::skip::skip("a migration", "PostgreSQL", "apt-get install postgresql");
            return;
        };
        let pool = sqlx::postgres::PgPool::connect(&cluster.create_database().unwrap())
            .await
            .unwrap();
        let noted = noted_children!(pool, postgres(), sqlx::Postgres);
        // One too many only keeps what the manifest needs anyway.
        let expected = [
            edge("artifact", "f"),
            edge("image", "0"),
            edge("image", "f"),
        ];
        assert_eq!(noted, expected);
    }
}
