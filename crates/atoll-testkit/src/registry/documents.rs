//! The registry's and the mirror's documents.

use serde_json::{Map, Value, json};

use super::catalog::{Catalog, Package, Release, Signing};
use super::content::Content;
use crate::{keys, zips};

/// What a path leads to.
pub(crate) struct Found {
    pub(crate) content_type: String,
    pub(crate) content: Content,
    /// What `X-Terraform-Get` says; the answer has no content then.
    pub(crate) location: Option<String>,
}

impl Found {
    fn location(location: String) -> Self {
        Self {
            content_type: String::new(),
            content: Content::from(Vec::new()),
            location: Some(location),
        }
    }

    fn json(value: &Value) -> Self {
        Self {
            content_type: "application/json".to_owned(),
            content: Content::from(value.to_string()),
            location: None,
        }
    }

    fn binary(content: Content) -> Self {
        Self {
            content_type: "application/octet-stream".to_owned(),
            content,
            location: None,
        }
    }
}

impl Catalog {
    /// Looks up a path.
    pub(crate) fn find(&mut self, path: &str) -> Option<Found> {
        if let Some((content_type, content)) = self.files.get(path) {
            let (content_type, content) = (content_type.clone(), content.clone());
            return Some(Found {
                content_type,
                content,
                location: None,
            });
        }
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match segments.as_slice() {
            [".well-known", "terraform.json"] => Some(Found::json(
                &json!({ "modules.v1": "/v1/modules/", "providers.v1": "/v1/providers/" }),
            )),
            ["v1", "providers", namespace, type_, "versions"] => {
                self.versions(&format!("{namespace}/{type_}"))
            }
            [
                "v1",
                "providers",
                namespace,
                type_,
                version,
                "download",
                os,
                arch,
            ] => self.download(
                &format!("{namespace}/{type_}"),
                version,
                &format!("{os}_{arch}"),
            ),
            ["v1", "modules", namespace] => self.modules_of(namespace).as_ref().map(Found::json),
            ["v1", "modules", namespace, name, system, "versions"] => self
                .module_versions(&format!("{namespace}/{name}/{system}"))
                .as_ref()
                .map(Found::json),
            [
                "v1",
                "modules",
                namespace,
                name,
                system,
                version,
                "download",
            ] => self
                .module_location(&format!("{namespace}/{name}/{system}"), version)
                .map(Found::location),
            ["files", namespace, type_, version, name] => {
                self.file(&format!("{namespace}/{type_}"), version, name)
            }
            ["mirror", _, namespace, type_, "index.json"] => {
                self.mirror_index(&format!("{namespace}/{type_}"))
            }
            ["mirror", _, namespace, type_, name] => {
                self.mirror_version(&format!("{namespace}/{type_}"), name.strip_suffix(".json")?)
            }
            _ => None,
        }
    }

    fn versions(&self, address: &str) -> Option<Found> {
        let provider = self.providers.get(address)?;
        let platform = |package: &Package| {
            let (os, arch) = package.platform.split_once('_').unwrap_or_default();
            json!({ "os": os, "arch": arch })
        };
        let version = |release: &Release| {
            let platforms: Vec<Value> = release.packages.iter().map(platform).collect();
            json!({ "version": release.version, "protocols": release.protocols, "platforms": platforms })
        };
        let versions: Vec<Value> = provider.releases.iter().map(version).collect();
        let warnings = (!provider.warnings.is_empty()).then_some(&provider.warnings);
        Some(Found::json(
            &json!({ "versions": versions, "warnings": warnings }),
        ))
    }

    fn download(&self, address: &str, version: &str, platform: &str) -> Option<Found> {
        let release = self.release(address, version)?;
        let package = release.package(platform)?;
        let (_, type_) = address.split_once('/')?;
        let (os, arch) = platform.split_once('_')?;
        let base = self.files_base(address, version);
        let sums = release.sums_name(type_);
        let keys = match release.signing {
            Signing::Unsigned => Vec::new(),
            Signing::Good | Signing::WrongSignature | Signing::UnknownKey => vec![served_key()],
        };
        Some(Found::json(&json!({
            "protocols": release.protocols,
            "os": os,
            "arch": arch,
            "filename": package.filename,
            "download_url": format!("{base}/{}", package.filename),
            "shasum": package.sha256_hex,
            "shasums_url": format!("{base}/{sums}"),
            "shasums_signature_url": format!("{base}/{sums}.sig"),
            "signing_keys": { "gpg_public_keys": keys },
        })))
    }

    fn file(&mut self, address: &str, version: &str, name: &str) -> Option<Found> {
        let (_, type_) = address.split_once('/')?;
        let release = self.release(address, version)?;
        let sums_name = release.sums_name(type_);
        if name == sums_name {
            return Some(Found::binary(Content::Bytes(release.sums())));
        }
        if name.strip_suffix(".sig") == Some(&sums_name) {
            let (sums, signing) = (release.sums(), release.signing);
            let signature = match signing {
                Signing::Unsigned => return None,
                Signing::Good => self.signature(&sums, false),
                Signing::WrongSignature => self.signature(&"other bytes\n".into(), false),
                Signing::UnknownKey => self.signature(&sums, true),
            };
            return Some(Found::binary(Content::Bytes(signature)));
        }
        let package = release
            .packages
            .iter()
            .find(|package| package.filename == name)?;
        Some(Found {
            content_type: "application/zip".to_owned(),
            content: package.content.clone(),
            location: None,
        })
    }

    fn mirror_index(&self, address: &str) -> Option<Found> {
        let releases = &self.providers.get(address)?.releases;
        let versions: Map<String, Value> = releases
            .iter()
            .map(|release| (release.version.clone(), json!({})))
            .collect();
        Some(Found::json(&json!({ "versions": versions })))
    }

    fn mirror_version(&self, address: &str, version: &str) -> Option<Found> {
        let release = self.release(address, version)?;
        let base = self.files_base(address, version);
        let archive = |package: &Package| {
            let mut hashes = vec![format!("zh:{}", package.sha256_hex)];
            if let Content::Bytes(zip) = &package.content {
                hashes.push(zips::h1(zip));
            }
            let url = format!("{base}/{}", package.filename);
            (
                package.platform.clone(),
                json!({ "url": url, "hashes": hashes }),
            )
        };
        let archives: Map<String, Value> = release.packages.iter().map(archive).collect();
        Some(Found::json(&json!({ "archives": archives })))
    }

    fn files_base(&self, address: &str, version: &str) -> String {
        let base = self.files_base.as_deref().unwrap_or_default();
        format!("{base}/files/{address}/{version}")
    }
}

fn served_key() -> Value {
    let key = keys::publisher_key();
    json!({
        "key_id": key.key_id().to_string(),
        "ascii_armor": key.public_armored().expect("an armored test key"),
        "trust_signature": "",
        "source": "Test Publisher",
        "source_url": null,
    })
}
