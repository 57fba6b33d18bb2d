//! What a release must be before anything of it is visible.

use std::collections::BTreeMap;

use atoll_core::digest::Digest;
use atoll_core::openpgp::{PublicKey, verify_detached};
use atoll_core::platform::Platform;
use atoll_core::release::{Protocols, RegistryManifest, Release as Names};
use atoll_core::sums::ShaSums;
use atoll_core::zip_lint;

use super::{PublishError, Release, ReleaseZip};
use crate::registry::Registry;

/// The zips of a release by their platforms, names checked.
pub(super) fn zips_by_platform(
    release: &Release,
) -> Result<BTreeMap<Platform, ReleaseZip>, PublishError> {
    if !release.provider.hostname().is_self() {
        return Err(PublishError::ForeignHost(release.provider.clone()));
    }
    let names = names(release);
    let mut zips = BTreeMap::new();
    for zip in &release.zips {
        let platform = names.platform_of(&zip.name)?;
        if zips.insert(platform, zip.clone()).is_some() {
            return Err(PublishError::Twice(zip.name.clone()));
        }
    }
    if zips.is_empty() {
        Err(PublishError::NoZip(release.provider.clone()))
    } else {
        Ok(zips)
    }
}

/// The names of a release's files.
pub(super) fn names(release: &Release) -> Names<'_> {
    Names {
        type_: release.provider.type_name(),
        version: &release.version,
    }
}

/// Reads the zip's list of entries and refuses what clients would choke on.
pub(super) async fn lint(
    store: &Registry,
    type_name: &str,
    platform: &Platform,
    zip: &ReleaseZip,
) -> Result<(), PublishError> {
    let blob = store
        .blobs
        .open(&zip.blob.digest)
        .await
        .map_err(crate::failure::Failure::from)?;
    let (type_name, platform, name) = (type_name.to_owned(), platform.clone(), zip.name.clone());
    let linted = tokio::task::spawn_blocking(move || {
        zip_lint::lint(
            std::io::BufReader::new(blob.reader()),
            &type_name,
            &platform,
        )
    });
    let linted = linted.await.map_err(|source| {
        crate::failure::Failure::from(crate::tasks::TaskFailed::new("zip.lint", source))
    })?;
    linted
        .map(drop)
        .map_err(|source| PublishError::Zip { name, source })
}

/// Checks the publisher's sums against the zips, both ways.
pub(super) fn check_sums(release: &Release, sums: &[u8]) -> Result<ShaSums, PublishError> {
    let sums_name = names(release).sums_name();
    let parsed = ShaSums::parse_strict(sums).map_err(|source| PublishError::Sums {
        name: sums_name.clone(),
        source,
    })?;
    for zip in &release.zips {
        let expected = parsed
            .get(&zip.name)
            .ok_or_else(|| PublishError::NotListed {
                name: zip.name.clone(),
                sums: sums_name.clone(),
            })?;
        if *expected != zip.blob.digest {
            return Err(PublishError::SumMismatch {
                name: zip.name.clone(),
                sums: sums_name,
                expected: expected.hex().to_owned(),
                actual: zip.blob.digest.hex().to_owned(),
            });
        }
    }
    let is_zip = |name: &str| {
        std::path::Path::new(name)
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("zip"))
    };
    let handed_in = |name: &str| release.zips.iter().any(|zip| zip.name == name);
    if let Some((name, _)) = parsed
        .iter()
        .find(|(name, _)| is_zip(name) && !handed_in(name))
    {
        return Err(PublishError::NotHandedIn {
            name: name.to_owned(),
            sums: sums_name,
        });
    }
    if let Some(manifest) = &release.manifest {
        let name = names(release).manifest_name();
        let actual = Digest::sha256(manifest);
        if let Some(expected) = parsed.get(&name).filter(|expected| **expected != actual) {
            let (expected, actual) = (expected.hex().to_owned(), actual.hex().to_owned());
            return Err(PublishError::SumMismatch {
                name,
                sums: sums_name,
                expected,
                actual,
            });
        }
    }
    Ok(parsed)
}

/// Finds the registered key that signed the sums.
pub(super) fn check_signature<'a>(
    release: &Release,
    keys: &'a [PublicKey],
    sums: &[u8],
    signature: &[u8],
) -> Result<&'a PublicKey, PublishError> {
    if keys.is_empty() {
        return Err(PublishError::NoKey(release.provider.namespace().to_owned()));
    }
    let refused = |source| PublishError::Signature {
        name: names(release).signature_name(),
        source,
    };
    let signer = verify_detached(keys, sums, signature).map_err(refused)?;
    Ok(keys
        .iter()
        .find(|key| key.key_id() == signer)
        .expect("the verifier returns the id of one of the keys it was given"))
}

/// The protocols that the release says it speaks, or what registries assume.
pub(super) fn protocols(release: &Release) -> Result<Protocols, PublishError> {
    match (&release.manifest, &release.protocols) {
        (Some(manifest), _) => RegistryManifest::parse(manifest)
            .map(|read| read.protocols)
            .map_err(|source| PublishError::Manifest {
                name: names(release).manifest_name(),
                source,
            }),
        (None, Some(named)) => Ok(named.clone()),
        (None, None) => Ok(Protocols::default()),
    }
}
