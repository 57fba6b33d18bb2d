//! What is behind a version, in words that its publisher can compare: the packages, and not only the manifest that names them.

use std::collections::BTreeMap;
use std::fmt;

use atoll_core::digest::Digest;
use atoll_core::layout::module::ModulePackage;
use atoll_core::repository::Family;
use atoll_db::repositories::Repository;
use atoll_db::{Conn, manifests};

use super::provider;
use crate::failure::Failure;

/// How many packages are named; a version of a provider may have dozens.
const NAMED_MAX: usize = 4;

/// The content of a tag: a manifest, and the packages that it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    manifest: Digest,
    packages: Vec<Package>,
}

/// A package; none where the version lacks it and the one it is compared with does not.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Package {
    /// The platform; none where a version has one package for all.
    platform: Option<String>,
    digest: Option<Digest>,
}

/// What is behind two manifests of one tag. Of packages by platform only those that differ are kept.
pub(crate) async fn compare(
    conn: &mut Conn,
    repository: &Repository,
    one: &Digest,
    other: &Digest,
) -> Result<(Contents, Contents), Failure> {
    let mut one = read(conn, repository, one).await?;
    let mut other = read(conn, repository, other).await?;
    // A manifest that was removed since tells nothing: then the other's packages are none to compare.
    if !one.packages.is_empty() && !other.packages.is_empty() {
        let (all_of_one, all_of_other) = (one.packages.clone(), other.packages.clone());
        one.set_against(&all_of_other);
        other.set_against(&all_of_one);
    }
    Ok((one, other))
}

async fn read(
    conn: &mut Conn,
    repository: &Repository,
    manifest: &Digest,
) -> Result<Contents, Failure> {
    let packages = match repository.name.family() {
        Some(Family::Modules) => module_package(conn, repository, manifest).await?,
        Some(Family::Providers) => provider::packages(conn, repository, manifest).await?,
        Some(Family::Tools | Family::Charts | Family::Extensions | Family::Files) | None => {
            Vec::new()
        }
    };
    let packages = packages.into_iter().map(|(platform, digest)| Package {
        platform,
        digest: Some(digest),
    });
    Ok(Contents {
        manifest: manifest.clone(),
        packages: packages.collect(),
    })
}

async fn module_package(
    conn: &mut Conn,
    repository: &Repository,
    manifest: &Digest,
) -> Result<Vec<(Option<String>, Digest)>, Failure> {
    let stored = manifests::find(conn, repository.id, manifest).await?;
    let package = stored.and_then(|stored| {
        let parsed = atoll_core::manifest::parse(Some(&stored.media_type), &stored.body).ok()?;
        ModulePackage::read(&parsed).ok()
    });
    Ok(package
        .into_iter()
        .map(|package| (None, package.digest))
        .collect())
}

fn by_platform(packages: &[Package]) -> BTreeMap<Option<&str>, Option<&Digest>> {
    let packages = packages.iter();
    packages
        .map(|package| (package.platform.as_deref(), package.digest.as_ref()))
        .collect()
}

impl Contents {
    /// Leaves what tells it from the other's packages, and names what only the other has.
    fn set_against(&mut self, other: &[Package]) {
        let (mine, theirs) = (by_platform(&self.packages), by_platform(other));
        let lacking = theirs
            .keys()
            .filter(|platform| !mine.contains_key(*platform));
        let lacking: Vec<Package> = lacking
            .map(|platform| Package {
                platform: platform.map(str::to_owned),
                digest: None,
            })
            .collect();
        let differs = |package: &Package| {
            theirs.get(&package.platform.as_deref()) != Some(&package.digest.as_ref())
        };
        self.packages
            .retain(|package| package.platform.is_none() || differs(package));
        self.packages.extend(lacking);
        self.packages
            .sort_by(|one, another| one.platform.cmp(&another.platform));
    }
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { manifest, packages } = self;
        if packages.is_empty() {
            return write!(f, "the manifest {manifest}");
        }
        for (index, package) in packages.iter().take(NAMED_MAX).enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{package}")?;
        }
        if let Some(more @ 1..) = packages.len().checked_sub(NAMED_MAX) {
            write!(f, " and {more} more")?;
        }
        write!(f, " (manifest {manifest})")
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.platform, &self.digest) {
            (Some(platform), Some(digest)) => write!(f, "the zip {digest} for {platform}"),
            (Some(platform), None) => write!(f, "no zip for {platform}"),
            (None, Some(digest)) => write!(f, "the package {digest}"),
            (None, None) => f.write_str("no package"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(packages: &[(Option<&str>, &[u8])]) -> Contents {
        let packages = packages.iter().map(|(platform, bytes)| Package {
            platform: platform.map(str::to_owned),
            digest: Some(Digest::sha256(bytes)),
        });
        Contents {
            manifest: Digest::sha256(b"manifest"),
            packages: packages.collect(),
        }
    }

    #[test]
    fn what_differs_is_named_and_not_all_of_it() {
        let manifest = Digest::sha256(b"manifest");
        let zip = Digest::sha256(b"zip");
        assert_eq!(
            contents(&[]).to_string(),
            format!("the manifest {manifest}")
        );
        assert_eq!(
            contents(&[(None, b"zip")]).to_string(),
            format!("the package {zip} (manifest {manifest})")
        );
        let (same, mine): (&[u8], &[u8]) = (b"same", b"zip");
        let mut one = contents(&[(Some("linux_amd64"), same), (Some("linux_arm64"), mine)]);
        let other = contents(&[
            (Some("linux_amd64"), same),
            (Some("linux_arm64"), b"theirs"),
            (Some("darwin_arm64"), b"theirs"),
        ]);
        one.set_against(&other.packages);
        assert_eq!(
            one.to_string(),
            format!("no zip for darwin_arm64, the zip {zip} for linux_arm64 (manifest {manifest})")
        );
        let names = ["a_a", "b_b", "c_c", "d_d", "e_e", "f_f"];
        let many: Vec<(Option<&str>, &[u8])> = names.map(|name| (Some(name), mine)).to_vec();
        let many = contents(&many).to_string();
        assert!(many.contains(" for d_d and 2 more (manifest "), "{many}");
        assert!(!many.contains("e_e"), "{many}");
    }
}
