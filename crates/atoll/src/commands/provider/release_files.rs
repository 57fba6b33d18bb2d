//! The files of a release in its directory.

use std::path::Path;

use anyhow::Context as _;
use atoll_core::platform::Platform;
use atoll_core::release::Release;

use crate::commands::upload::SourceFile;

/// The manifest's name in a provider's source tree.
const SOURCE_MANIFEST: &str = "terraform-registry-manifest.json";

/// What a directory holds of a release.
#[derive(Debug)]
pub(super) struct ReleaseFiles {
    /// The zips, in the order of their platforms.
    pub(super) zips: Vec<(Platform, SourceFile)>,
    /// `SHA256SUMS` and its signature.
    pub(super) signed: Option<[SourceFile; 2]>,
    /// The manifest.
    pub(super) manifest: Option<SourceFile>,
    /// Zips of other releases, which stay where they are.
    pub(super) others: Vec<String>,
}

impl ReleaseFiles {
    /// Looks for a release. Sums without a signature, or the other way round, are refused unless only zips are wanted.
    pub(super) fn find(
        directory: &Path,
        names: Release<'_>,
        zips_only: bool,
    ) -> anyhow::Result<Self> {
        let mut zips = Vec::new();
        let mut others = Vec::new();
        for name in file_names(directory)? {
            if !name.starts_with("terraform-provider-") || !has_extension(&name, "zip") {
                continue;
            }
            match names.platform_of(&name) {
                Ok(platform) => zips.push((platform, SourceFile::at(directory.join(&name), name)?)),
                Err(_) => others.push(name),
            }
        }
        if zips.is_empty() {
            let type_name = names.type_;
            let expected = format!(
                "terraform-provider-{type_name}_{}_OS_ARCH.zip",
                names.version
            );
            let hint = if others.is_empty() {
                String::new()
            } else {
                format!("; there are others: {}", others.join(", "))
            };
            anyhow::bail!("there is no {expected} in {}{hint}", directory.display());
        }
        zips.sort_by(|(one, _), (other, _)| one.cmp(other));
        let signed = if zips_only {
            None
        } else {
            signed(directory, names)?
        };
        Ok(Self {
            zips,
            signed,
            manifest: manifest(directory, names)?,
            others,
        })
    }

    /// How many bytes all files have.
    pub(super) fn total_bytes(&self) -> u64 {
        let documents = self.signed.iter().flatten().chain(&self.manifest);
        self.zips
            .iter()
            .map(|(_, file)| file)
            .chain(documents)
            .map(|file| file.size)
            .sum()
    }
}

fn signed(directory: &Path, names: Release<'_>) -> anyhow::Result<Option<[SourceFile; 2]>> {
    let (sums_name, signature_name) = (names.sums_name(), names.signature_name());
    let sums = SourceFile::find(directory.join(&sums_name), &sums_name)?;
    let signature = SourceFile::find(directory.join(&signature_name), &signature_name)?;
    let hint = "have both, or leave them to Atoll with --platform-only";
    match (sums, signature) {
        (Some(sums), Some(signature)) => Ok(Some([sums, signature])),
        (None, None) => Ok(None),
        (Some(_), None) => anyhow::bail!(
            "{} has {sums_name} without {signature_name}; {hint}",
            directory.display()
        ),
        (None, Some(_)) => anyhow::bail!(
            "{} has {signature_name} without {sums_name}; {hint}",
            directory.display()
        ),
    }
}

/// The manifest under its name in a release, or as it is in the source tree: in the directory or, as a build leaves it, above.
fn manifest(directory: &Path, names: Release<'_>) -> anyhow::Result<Option<SourceFile>> {
    let name = names.manifest_name();
    let above = directory.join("..").join(SOURCE_MANIFEST);
    for path in [
        directory.join(&name),
        directory.join(SOURCE_MANIFEST),
        above,
    ] {
        if let Some(found) = SourceFile::find(path, &name)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The names of all entries, in order. What is no text is no file of a release.
pub(super) fn file_names(directory: &Path) -> anyhow::Result<Vec<String>> {
    let failed = || format!("failed to read the directory {}", directory.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory).with_context(failed)? {
        names.extend(entry.with_context(failed)?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// Whether a name ends in `.extension`, in lower case as the protocols have it.
pub(super) fn has_extension(name: &str, extension: &str) -> bool {
    name.strip_suffix(extension)
        .is_some_and(|stem| stem.ends_with('.'))
}
