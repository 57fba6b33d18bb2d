//! What is held, across repositories: `atoll list` and lists of modules.

use atoll_core::repository::RepositoryName;

use super::types::HeldModule;
use super::versions::held;
use crate::conn::Conn;
use crate::error::DbError;
use crate::providers::ArtifactCursor;
use crate::repositories::prefix_end;
use crate::sql::sql;

/// A version of a module, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleArtifact {
    /// The repository that has it.
    pub repository: RepositoryName,
    /// The version.
    pub module: HeldModule,
}

impl ModuleArtifact {
    /// Where the list goes on behind it.
    pub fn cursor(&self) -> ArtifactCursor {
        ArtifactCursor {
            repository: self.repository.clone(),
            version: self.module.version.version.clone(),
        }
    }
}

/// Versions in repositories whose names begin with `prefix`, in the order of the texts of repository and version.
pub async fn list_artifacts(
    conn: &mut Conn,
    prefix: &str,
    after: Option<&ArtifactCursor>,
    limit: usize,
) -> Result<Vec<ModuleArtifact>, DbError> {
    let rows = sql(
        "modules.list_artifacts",
        concat!(
            "SELECT r.name,",
            held_columns!(),
            "FROM repositories r JOIN module_versions v ON v.repository_id = r.id
             LEFT JOIN blobs b ON b.digest = v.zip_digest
             WHERE r.name >= $1 AND r.name < $2 AND (r.name, v.version) > ($3, $4)
             ORDER BY r.name, v.version LIMIT $5"
        ),
    );
    let rows = rows
        .bind(prefix)
        .bind(prefix_end(prefix))
        .bind(after.map_or("", |after| after.repository.as_str()))
        .bind(after.map_or_else(String::new, |after| after.version.to_string()))
        .bind(limit);
    rows.list(conn, |mut row| {
        Ok(ModuleArtifact {
            repository: row.take()?,
            module: held(row)?,
        })
    })
    .await
}
