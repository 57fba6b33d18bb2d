//! Where the database is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// The address of a database: a SQLite file or a PostgreSQL server. It prints without its password.
#[derive(Clone)]
pub struct DatabaseUrl(Address);

#[derive(Clone)]
pub(crate) enum Address {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

/// A database's address that can't be understood.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseUrlError {
    /// Another kind of database, or none.
    #[error(
        "a database's address begins with postgres:// or sqlite:, or is the absolute path of a file"
    )]
    Scheme,
    /// A PostgreSQL address with an error in it, which is not shown because it may hold a password.
    #[error("the postgres:// address of the database is malformed")]
    Postgres(#[source] Malformed),
}

/// What is wrong with an address, without the address.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(String);

impl DatabaseUrl {
    /// A SQLite database in the given file.
    pub fn sqlite(path: &Path) -> Self {
        Self(Address::Sqlite(path.to_owned()))
    }

    /// Whether other processes may write to the database too.
    pub fn is_shared(&self) -> bool {
        matches!(self.0, Address::Postgres(_))
    }

    pub(crate) fn address(&self) -> &Address {
        &self.0
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let malformed =
                |error: sqlx::Error| DatabaseUrlError::Postgres(Malformed(error.to_string()));
            return Ok(Self(Address::Postgres(Box::new(
                text.parse().map_err(malformed)?,
            ))));
        }
        let path = text
            .strip_prefix("sqlite:")
            .or_else(|| text.starts_with('/').then_some(text));
        match path {
            Some(path) if !path.is_empty() => Ok(Self::sqlite(Path::new(path))),
            _ => Err(DatabaseUrlError::Scheme),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Address::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Address::Postgres(options) => {
                let database = options.get_database().unwrap_or(options.get_username());
                match options.get_socket() {
                    Some(socket) => write!(
                        f,
                        "postgres://{}@{}",
                        options.get_username(),
                        socket.display()
                    )?,
                    None => write!(
                        f,
                        "postgres://{}@{}",
                        options.get_username(),
                        options.get_host()
                    )?,
                }
                write!(f, ":{}/{database}", options.get_port())
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_prints_without_its_password() {
        let url: DatabaseUrl = "postgres://atoll:hunter2@db.example:6000/registry?password=hunter2"
            .parse()
            .unwrap();
        assert_eq!(url.to_string(), "postgres://atoll@db.example:6000/registry");
        assert_eq!(
            format!("{url:?}"),
            "DatabaseUrl(postgres://atoll@db.example:6000/registry)"
        );
        assert!(url.is_shared());
    }

    #[test]
    fn a_file_is_sqlite() {
        for text in ["/var/lib/atoll/atoll.db", "sqlite:/var/lib/atoll/atoll.db"] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), "sqlite:/var/lib/atoll/atoll.db");
            assert!(!url.is_shared());
        }
    }

    #[test]
    fn other_addresses_are_refused_without_showing_a_secret() {
        for text in [
            "",
            "sqlite:",
            "mysql://a:hunter2@b/c",
            "atoll.db",
            "postgres://a:hunter2@b:port/c",
        ] {
            let error = text.parse::<DatabaseUrl>().unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"), "{text}");
        }
    }
}
