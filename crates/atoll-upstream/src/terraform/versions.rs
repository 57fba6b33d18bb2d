//! The list of a provider's versions.
//!
//! Spec: <https://developer.hashicorp.com/terraform/internals/provider-registry-protocol#list-available-versions>

use std::collections::BTreeSet;

use atoll_core::platform::Platform;
use atoll_core::version::Version;
use serde_json::Value;

use super::fields::Fields;
use crate::{Document, FetchError};

/// What upstream lists of a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionList {
    /// In upstream's order, each version once.
    pub versions: Vec<ListedVersion>,
    /// What upstream tells everybody who installs it.
    pub warnings: Vec<String>,
    /// Entries that could not be read, and were left out: one bad entry never spoils a list.
    pub skipped: usize,
}

/// One version of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedVersion {
    /// Its number.
    pub version: Version,
    /// Plugin protocol versions, such as `5.0`.
    pub protocols: Vec<String>,
    /// What it was built for.
    pub platforms: Vec<Platform>,
}

impl VersionList {
    pub(crate) fn parse(document: &Document) -> Result<Self, FetchError> {
        let fields = Fields::parse(document)?;
        let mut list = Self::default();
        let mut seen = BTreeSet::new();
        for entry in fields.array("versions")? {
            match list.parse_entry(entry) {
                Some(listed) if seen.insert(listed.version.clone()) => list.versions.push(listed),
                Some(_) | None => list.skipped += 1,
            }
        }
        list.warnings = warnings(fields.value("warnings"));
        Ok(list)
    }

    fn parse_entry(&mut self, entry: &Value) -> Option<ListedVersion> {
        let version = parse_listed_version(entry.get("version")?.as_str()?)?;
        let mut platforms = Vec::new();
        for platform in list_of(entry, "platforms") {
            match parse_platform(platform) {
                Some(platform) => platforms.push(platform),
                None => self.skipped += 1,
            }
        }
        let protocols = list_of(entry, "protocols").iter().filter_map(Value::as_str);
        Some(ListedVersion {
            version,
            protocols: protocols.map(str::to_owned).collect(),
            platforms,
        })
    }
}

/// Partial versions are zero-filled, as the clients do it, who then ask for the full form. A leading `v` is an error
/// to all of them.
pub(crate) fn parse_listed_version(text: &str) -> Option<Version> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    text.parse()
        .ok()
        .or_else(|| Version::parse_lenient(text).ok())
}

fn parse_platform(value: &Value) -> Option<Platform> {
    let os = value.get("os")?.as_str()?;
    let arch = value.get("arch")?.as_str()?;
    format!("{os}_{arch}").parse().ok()
}

fn list_of<'a>(entry: &'a Value, field: &str) -> &'a [Value] {
    entry
        .get(field)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn warnings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(values)) => values
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Some(Value::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};
    use proptest::prelude::*;

    use super::*;

    fn document(body: &str) -> Document {
        let url = "https://tf.example/v1/providers/a/b/versions"
            .parse()
            .unwrap();
        let body = Bytes::copy_from_slice(body.as_bytes());
        Document {
            url,
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body,
            is_own: true,
        }
    }

    proptest! {
        #[test]
        fn a_list_keeps_what_is_good_and_counts_the_rest(
            entries in proptest::collection::vec("[0-9v.+-]{0,8}", 0..20)
        ) {
            let listed: Vec<Value> =
                entries.iter().map(|text| serde_json::json!({ "version": text })).collect();
            let body = serde_json::json!({ "versions": listed }).to_string();
            let list = VersionList::parse(&document(&body)).unwrap();
            prop_assert_eq!(list.versions.len() + list.skipped, entries.len());
        }

        #[test]
        fn no_bytes_make_it_panic(body in "[\\[\\]{}\":,a-z0-9]{0,64}") {
            let _ = VersionList::parse(&document(&body));
        }
    }
}
