//! Module versions, in OpenTofu's layout: a manifest with one zip.
//!
//! Spec: <https://opentofu.org/docs/cli/oci_registries/module-package/>

use crate::digest::Digest;
use crate::excerpt::excerpt;
use crate::layout::oci::{self, ANNOTATION_VERSION, Annotations, Manifest};
use crate::layout::provider::ZIP_TYPE;
use crate::manifest::media_types::OCI_MANIFEST;
use crate::manifest::{ManifestKind, ParsedManifest};
use crate::version::Version;

/// The artifact type of a module version's manifest.
pub const MODULE_TYPE: &str = "application/vnd.opentofu.modulepkg";

/// The annotation with the address as its publisher spells it.
pub const ANNOTATION_ADDRESS: &str = "vnd.atoll.module.address";
/// The annotation with the directory of the module inside its package, where that is not the package's root.
pub const ANNOTATION_SUBDIR: &str = "vnd.atoll.module.subdir";
/// The annotation with the go-getter address that the package was fetched from, without secrets.
pub const ANNOTATION_SOURCE: &str = "org.opencontainers.image.source";
/// The annotation with the commit that was fetched.
pub const ANNOTATION_REVISION: &str = "org.opencontainers.image.revision";

/// A module's package, as its manifest describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModulePackage {
    /// The SHA-256 digest of the zip; OpenTofu takes no other.
    pub digest: Digest,
    /// The size of the zip.
    pub size_bytes: u64,
    /// The address as its publisher spells it, where the manifest says it.
    pub address: Option<String>,
    /// The directory of the module inside the package; none where that is its root.
    pub subdir: Option<String>,
    /// Where the package was fetched from.
    pub source: Option<String>,
    /// The commit that was fetched.
    pub commit: Option<String>,
}

/// Why a manifest can't be a module's version.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModuleManifestError {
    /// An index stands where a manifest should.
    #[error("a module's version is an OCI image manifest, nothing else; make it with `oras push`")]
    NotAManifest,
    /// It is a manifest of something else.
    #[error(
        "the manifest has artifactType {0:?}, a module's has {MODULE_TYPE:?}; set it with `oras push --artifact-type`"
    )]
    ArtifactType(Box<str>),
    /// Clients take exactly one.
    #[error(
        "the manifest has {0} layers of type {ZIP_TYPE:?}, a module's version has exactly one; name the type with `oras push … FILE.zip:{ZIP_TYPE}`"
    )]
    ZipLayers(usize),
    /// OpenTofu locks nothing, but refuses other digests.
    #[error("the zip has the digest {0}; OpenTofu takes SHA-256 digests alone")]
    NotSha256(Digest),
    /// It would lead out of the package.
    #[error("the annotation {ANNOTATION_SUBDIR:?} is {0:?}, which is no directory of the package")]
    Subdir(Box<str>),
}

/// The name under which clients see a version's package: they know an archive by its end, and some read `+` as a space.
pub fn package_file_name(name: &str, version: &Version) -> String {
    format!("{name}-{}.zip", version.to_string().replace('+', "_"))
}

impl ModulePackage {
    /// The manifest of a version.
    pub fn to_manifest(&self, version: &Version, file_name: &str) -> Vec<u8> {
        let zip = oci::descriptor(ZIP_TYPE, self.digest.clone(), self.size_bytes);
        let mut annotations = Annotations::from([(ANNOTATION_VERSION, version.to_string())]);
        let optional = [
            (ANNOTATION_ADDRESS, &self.address),
            (ANNOTATION_SUBDIR, &self.subdir),
            (ANNOTATION_SOURCE, &self.source),
            (ANNOTATION_REVISION, &self.commit),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                annotations.insert(name, value.clone());
            }
        }
        Manifest::new(MODULE_TYPE, vec![oci::titled(zip, file_name)])
            .annotations(annotations)
            .to_bytes()
    }

    /// Checks what serving a version needs, and what OpenTofu insists on.
    pub fn read(manifest: &ParsedManifest) -> Result<Self, ModuleManifestError> {
        if manifest.kind != ManifestKind::Image || manifest.media_type != OCI_MANIFEST {
            return Err(ModuleManifestError::NotAManifest);
        }
        let artifact_type = manifest.artifact_type.as_deref().unwrap_or_default();
        if artifact_type != MODULE_TYPE {
            return Err(ModuleManifestError::ArtifactType(
                excerpt(artifact_type).into(),
            ));
        }
        let zips: Vec<_> = manifest
            .layers
            .iter()
            .filter(|layer| layer.media_type == ZIP_TYPE)
            .collect();
        let [zip] = zips.as_slice() else {
            return Err(ModuleManifestError::ZipLayers(zips.len()));
        };
        if zip.digest.algorithm() != crate::digest::Algorithm::Sha256 {
            return Err(ModuleManifestError::NotSha256(zip.digest.clone()));
        }
        let annotation = |name: &str| manifest.annotations.get(name).cloned();
        let subdir = annotation(ANNOTATION_SUBDIR).filter(|subdir| !subdir.is_empty());
        if let Some(bad) = subdir.as_deref().filter(|subdir| !is_subdir(subdir)) {
            return Err(ModuleManifestError::Subdir(excerpt(bad).into()));
        }
        Ok(Self {
            digest: zip.digest.clone(),
            size_bytes: zip.size,
            address: annotation(ANNOTATION_ADDRESS),
            subdir,
            source: annotation(ANNOTATION_SOURCE),
            commit: annotation(ANNOTATION_REVISION),
        })
    }
}

/// Whether a text can stand behind `//` in an address that clients are sent: a relative path in plain characters.
pub(crate) fn is_subdir(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'?' | b'#' | b'%' | b'\\' | b'"');
    text.bytes().all(plain)
        && text
            .split('/')
            .all(|part| !matches!(part, "" | "." | ".." | "*"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::manifest;

    fn package() -> ModulePackage {
        ModulePackage {
            digest: Digest::sha256(b"zip"),
            size_bytes: 3,
            address: Some("registry.coder.com/coder/code-server/coder".to_owned()),
            subdir: Some("modules/vpc".to_owned()),
            source: Some("git::https://git.example/vpc".to_owned()),
            commit: Some("0123456789012345678901234567890123456789".to_owned()),
        }
    }

    fn written(package: &ModulePackage) -> Vec<u8> {
        package.to_manifest(&"1.2.3+b.1".parse().unwrap(), "code-server-1.2.3.zip")
    }

    /// Whoever changes these bytes changes the address of every module in every store.
    #[test]
    fn the_bytes_are_pinned() {
        let text = String::from_utf8(written(&package())).unwrap();
        let golden = include_str!("../../testdata/layout/module/manifest.json");
        assert_eq!(text, golden);
    }

    #[test]
    fn what_is_written_reads_back() {
        let bare = ModulePackage {
            address: None,
            subdir: None,
            source: None,
            commit: None,
            ..package()
        };
        for package in [package(), bare] {
            let parsed = manifest::parse(None, &written(&package)).unwrap();
            assert_eq!(ModulePackage::read(&parsed).unwrap(), package);
        }
    }

    #[test]
    fn a_manifest_that_clients_could_not_use_is_explained() {
        let text = String::from_utf8(written(&package())).unwrap();
        let long = Digest::of(crate::digest::Algorithm::Sha512, b"");
        for (from, to, expected) in [
            (
                MODULE_TYPE,
                "application/x",
                "the manifest has artifactType",
            ),
            (ZIP_TYPE, "application/zip", "has 0 layers"),
            (package().digest.as_str(), long.as_str(), "SHA-256"),
            ("modules/vpc", "../vpc", "no directory of the package"),
            ("modules/vpc", "/vpc", "no directory of the package"),
            ("modules/vpc", "a?b=c", "no directory of the package"),
        ] {
            let parsed = manifest::parse(None, text.replacen(from, to, 1).as_bytes()).unwrap();
            let error = ModulePackage::read(&parsed).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    proptest! {
        #[test]
        fn damaged_documents_never_panic(at in 0usize..900, byte in 32u8..127) {
            let mut bytes = written(&package());
            if let Some(target) = bytes.get_mut(at) {
                *target = byte;
            }
            if let Ok(parsed) = manifest::parse(None, &bytes) {
                let _ = ModulePackage::read(&parsed);
            }
        }
    }
}
