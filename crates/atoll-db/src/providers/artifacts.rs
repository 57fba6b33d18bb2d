//! What is held, across repositories: `atoll list`.

use atoll_core::origin::Origin;
use atoll_core::platform::Platform;
use atoll_core::proof::Proof;
use atoll_core::repository::RepositoryName;
use atoll_core::time_micros::Micros;
use atoll_core::version::Version;

use crate::blobs::BlobState;
use crate::conn::Conn;
use crate::error::DbError;
use crate::repositories::prefix_end;
use crate::sql::{Row, sql};

/// A version of a provider, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The repository that has it.
    pub repository: RepositoryName,
    /// The version.
    pub version: Version,
    /// How it came here.
    pub origin: Origin,
    /// How its digests are known.
    pub proof: Proof,
    /// When it was first known here.
    pub captured_at: Micros,
    /// Its packages, in the order of their platforms.
    pub platforms: Vec<ArtifactPlatform>,
}

/// A package, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactPlatform {
    /// What it runs on.
    pub platform: Platform,
    /// The zip's length in bytes.
    pub size: u64,
    /// Whether the zip is here; nothing where the blob is unknown, which is damage.
    pub state: Option<BlobState>,
}

/// Where a list goes on: after this version of this repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactCursor {
    /// The repository.
    pub repository: RepositoryName,
    /// The version.
    pub version: Version,
}

impl Artifact {
    /// Where the list goes on behind it.
    pub fn cursor(&self) -> ArtifactCursor {
        ArtifactCursor {
            repository: self.repository.clone(),
            version: self.version.clone(),
        }
    }
}

/// Versions in repositories whose names begin with `prefix`, in the order of the texts of repository and version.
/// `limit` counts versions.
pub async fn list_artifacts(
    conn: &mut Conn,
    prefix: &str,
    after: Option<&ArtifactCursor>,
    limit: usize,
) -> Result<Vec<Artifact>, DbError> {
    let rows = sql(
        "providers.list_artifacts",
        "WITH page AS (
             SELECT r.name, v.repository_id, v.version, v.origin, v.proof, v.captured_at
             FROM repositories r JOIN provider_versions v ON v.repository_id = r.id
             WHERE r.name >= $1 AND r.name < $2 AND (r.name, v.version) > ($3, $4)
             ORDER BY r.name, v.version LIMIT $5
         )
         SELECT page.name, page.version, page.origin, page.proof, page.captured_at,
                p.os, p.arch, p.zip_size, CASE WHEN b.condemned_at IS NULL THEN b.state END
         FROM page
         LEFT JOIN provider_platforms p ON p.repository_id = page.repository_id AND p.version = page.version
         LEFT JOIN blobs b ON b.digest = p.zip_digest
         ORDER BY page.name, page.version, p.os, p.arch",
    );
    let rows = rows
        .bind(prefix)
        .bind(prefix_end(prefix))
        .bind(after.map_or("", |after| after.repository.as_str()))
        .bind(after.map_or_else(String::new, |after| after.version.to_string()))
        .bind(limit);
    let mut artifacts: Vec<Artifact> = Vec::new();
    for mut row in rows.all(conn).await? {
        let mut artifact = artifact(&mut row)?;
        match artifacts
            .last_mut()
            .filter(|last| last.cursor() == artifact.cursor())
        {
            Some(last) => last.platforms.append(&mut artifact.platforms),
            None => artifacts.push(artifact),
        }
    }
    Ok(artifacts)
}

fn artifact(row: &mut Row) -> Result<Artifact, DbError> {
    Ok(Artifact {
        repository: row.take()?,
        version: row.take()?,
        origin: row.take()?,
        proof: row.take()?,
        captured_at: row.take()?,
        platforms: platform(row)?.into_iter().collect(),
    })
}

fn platform(row: &mut Row) -> Result<Option<ArtifactPlatform>, DbError> {
    let (os, arch): (Option<String>, Option<String>) = (row.take()?, row.take()?);
    let (Some(os), Some(arch)) = (os, arch) else {
        return Ok(None);
    };
    let platform =
        Platform::new(&os, &arch).map_err(|error| DbError::damaged("providers.platform", error))?;
    Ok(Some(ArtifactPlatform {
        platform,
        size: row.take()?,
        state: row.take()?,
    }))
}
