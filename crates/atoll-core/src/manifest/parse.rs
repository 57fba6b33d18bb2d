//! Reading a manifest.

use serde_json::value::RawValue;

use super::descriptor::{ANNOTATION_BYTES_MAX, Descriptor};
use super::document::{Document, member};
use super::error::ManifestError;
use super::parsed::{ManifestKind, ParsedManifest};
use super::{media_types, strict_json};

/// The largest manifest, in bytes. The specification asks for four million at least.
pub const MANIFEST_BYTES_MAX: usize = 8 << 20;

/// How many descriptors a manifest may hold: each becomes a row. Real images have at most hundreds.
pub const DESCRIPTORS_MAX: usize = 50_000;

/// Reads a manifest that came with the given Content-Type.
///
/// The digest is of the bytes, so every reader must find the same in them: a document that could be read in two ways
/// (CVE-2021-41190 and its relatives) is refused.
pub fn parse(content_type: Option<&str>, bytes: &[u8]) -> Result<ParsedManifest, ManifestError> {
    if bytes.len() > MANIFEST_BYTES_MAX {
        return Err(ManifestError::TooLarge(bytes.len()));
    }
    strict_json::check(bytes)?;
    let whole = |error: serde_json::Error| ManifestError::Member {
        member: "manifest",
        problem: error.to_string(),
    };
    let document: Document<'_> = serde_json::from_slice(bytes).map_err(whole)?;
    let stated = stated_type(content_type, document.media_type.as_deref())?;
    if document.fs_layers.is_some()
        || stated
            .as_deref()
            .is_some_and(media_types::is_docker_schema_1)
    {
        return Err(ManifestError::Schema1);
    }
    let (kind, media_type) = match stated {
        Some(text) => known_type(&text).ok_or(ManifestError::Type(text))?,
        None if document.manifests.is_some() => (ManifestKind::Index, media_types::OCI_INDEX),
        None => (ManifestKind::Image, media_types::OCI_MANIFEST),
    };
    check_members(kind, media_type, &document)?;
    let parsed = read(kind, media_type, &document)?;
    check_limits(&parsed)?;
    Ok(parsed)
}

/// The type on which header and body agree; none where neither says one.
fn stated_type(header: Option<&str>, body: Option<&str>) -> Result<Option<String>, ManifestError> {
    let header = header
        .map(media_types::without_parameters)
        .filter(|text| !is_generic(text));
    match (header, body.filter(|text| !text.is_empty())) {
        (Some(header), Some(body)) if header != body => Err(ManifestError::TypeConflict {
            header,
            body: body.to_owned(),
        }),
        (header, body) => Ok(header.or(body.map(str::to_owned))),
    }
}

/// Types that tools put on everything, and that say nothing.
fn is_generic(text: &str) -> bool {
    matches!(text, "" | "application/json" | "application/octet-stream")
}

fn known_type(text: &str) -> Option<(ManifestKind, &'static str)> {
    let media_type = media_types::MANIFESTS
        .into_iter()
        .find(|known| *known == text)?;
    let kind = match media_type {
        media_types::OCI_INDEX | media_types::DOCKER_LIST => ManifestKind::Index,
        media_types::OCI_ARTIFACT => ManifestKind::Artifact,
        _ => ManifestKind::Image,
    };
    Some((kind, media_type))
}

/// Refuses members by which some client would take the document for another type, and the lack of those it needs.
fn check_members(
    kind: ManifestKind,
    media_type: &'static str,
    document: &Document<'_>,
) -> Result<(), ManifestError> {
    let version = document.schema_version.map(RawValue::get);
    match (kind, version) {
        // This format has no version.
        (_, Some("2")) | (ManifestKind::Artifact, None) => {}
        (_, Some("1")) => return Err(ManifestError::Schema1),
        (_, None) => {
            return Err(ManifestError::Missing {
                member: "schemaVersion",
                media_type,
            });
        }
        (_, Some(other)) => {
            return Err(ManifestError::SchemaVersion(
                other.chars().take(20).collect(),
            ));
        }
    }
    let (config, layers) = (("config", document.config), ("layers", document.layers));
    let manifests = ("manifests", document.manifests);
    let (needed, foreign): (_, &[_]) = match kind {
        ManifestKind::Image => (Some(config), &[manifests]),
        ManifestKind::Index => (Some(manifests), &[config, layers]),
        ManifestKind::Artifact => (None, &[config, layers, manifests]),
    };
    if let Some((unexpected, _)) = foreign.iter().find(|(_, text)| text.is_some()) {
        return Err(ManifestError::Ambiguous {
            unexpected,
            media_type,
        });
    }
    match needed {
        Some((member, None)) => Err(ManifestError::Missing { member, media_type }),
        _ => Ok(()),
    }
}

fn read(
    kind: ManifestKind,
    media_type: &'static str,
    document: &Document<'_>,
) -> Result<ParsedManifest, ManifestError> {
    let artifact_type = document
        .artifact_type
        .as_deref()
        .filter(|text| !text.is_empty());
    let mut parsed = ParsedManifest {
        kind,
        media_type: media_type.to_owned(),
        artifact_type: artifact_type.map(str::to_owned),
        config: None,
        layers: Vec::new(),
        manifests: Vec::new(),
        subject: member("subject", document.subject)?,
        annotations: member("annotations", document.annotations)?,
    };
    match kind {
        ManifestKind::Image => {
            let config: Option<Descriptor> = member("config", document.config)?;
            parsed.config = Some(config.ok_or(ManifestError::Missing {
                member: "config",
                media_type,
            })?);
            parsed.layers = member("layers", document.layers)?;
        }
        ManifestKind::Index => parsed.manifests = member("manifests", document.manifests)?,
        ManifestKind::Artifact => parsed.layers = member("blobs", document.blobs)?,
    }
    Ok(parsed)
}

fn check_limits(parsed: &ParsedManifest) -> Result<(), ManifestError> {
    let descriptors = parsed.descriptors().count();
    if descriptors > DESCRIPTORS_MAX {
        return Err(ManifestError::TooManyDescriptors(descriptors));
    }
    let annotation_bytes = parsed
        .annotations
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    if annotation_bytes > ANNOTATION_BYTES_MAX {
        return Err(ManifestError::TooManyAnnotations(annotation_bytes));
    }
    match parsed
        .descriptors()
        .find(|descriptor| !descriptor.data_agrees())
    {
        Some(bad) => Err(ManifestError::Data(bad.digest.clone())),
        None => Ok(()),
    }
}
