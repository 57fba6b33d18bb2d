//! What a zip must be before it joins a version.

use std::collections::BTreeMap;
use std::io::BufReader;

use atoll_core::h1::H1;
use atoll_core::platform::Platform;
use atoll_core::release::Release as Names;
use atoll_core::zip_lint;
use atoll_db::facts::{self, Fact};

use super::{Import, ImportError};
use crate::failure::Failure;
use crate::providers::{Providers, ReleaseZip};
use crate::registry::StagedBlob;
use crate::tasks::TaskFailed;

impl Providers {
    /// Checks a zip against what was said of it, and that clients can use it.
    pub(super) async fn check_import(
        &self,
        import: &Import,
        platform: &Platform,
        zip: &ReleaseZip,
    ) -> Result<(), ImportError> {
        let said = import
            .hashes
            .get(platform)
            .map(Vec::as_slice)
            .unwrap_or_default();
        check_hash(zip, said, "zh:", &format!("zh:{}", zip.blob.digest.hex()))?;
        self.lint_import(import.provider.type_name(), zip).await?;
        check_hash(zip, said, "h1:", &self.h1_of(zip).await?.to_string())
    }

    async fn lint_import(&self, type_name: &str, zip: &ReleaseZip) -> Result<(), ImportError> {
        let blob = self
            .store
            .blobs
            .open(&zip.blob.digest)
            .await
            .map_err(Failure::from)?;
        let type_name = type_name.to_owned();
        let work = move || zip_lint::lint_foreign(BufReader::new(blob.reader()), &type_name);
        let linted = tokio::task::spawn_blocking(work).await;
        let linted = linted.map_err(|source| Failure::from(TaskFailed::new("zip.lint", source)))?;
        linted.map(drop).map_err(|source| ImportError::Zip {
            name: zip.name.as_str().into(),
            source,
        })
    }

    async fn h1_of(&self, zip: &ReleaseZip) -> Result<H1, ImportError> {
        let StagedBlob { digest, .. } = &zip.blob;
        self.store.compute_h1(digest).await?;
        let mut read = self.store.db.read().await?;
        let mut known = facts::get_many(&mut read, Fact::H1, std::slice::from_ref(digest)).await?;
        let h1 = known.remove(digest).and_then(|text| text.parse().ok());
        h1.ok_or_else(|| ImportError::Unpack(zip.name.clone()))
    }
}

/// The zips by their platforms, names checked.
pub(super) fn zips_by_platform(
    import: &Import,
) -> Result<BTreeMap<Platform, ReleaseZip>, ImportError> {
    if import.provider.hostname().is_self() {
        return Err(ImportError::OwnHost(import.provider.clone()));
    }
    let names = Names {
        type_: import.provider.type_name(),
        version: &import.version,
    };
    let mut zips = BTreeMap::new();
    for zip in &import.zips {
        if zips
            .insert(names.platform_of(&zip.name)?, zip.clone())
            .is_some()
        {
            return Err(ImportError::Twice(zip.name.clone()));
        }
    }
    if zips.is_empty() {
        Err(ImportError::NoZip(import.provider.clone()))
    } else {
        Ok(zips)
    }
}

/// As clients do it: where hashes of a scheme were given, one of them has to be right.
fn check_hash(
    zip: &ReleaseZip,
    said: &[String],
    scheme: &str,
    actual: &str,
) -> Result<(), ImportError> {
    let mut said = said
        .iter()
        .map(String::as_str)
        .filter(|hash| hash.starts_with(scheme))
        .peekable();
    if said.peek().is_none() {
        return Ok(());
    }
    let said: Vec<&str> = said.collect();
    if said.contains(&actual) {
        return Ok(());
    }
    Err(ImportError::HashMismatch {
        name: zip.name.as_str().into(),
        expected: said.join(" or ").into(),
        actual: actual.into(),
    })
}
