//! OpenTofu's module packages in OCI registries.
//!
//! Spec: <https://opentofu.org/docs/cli/oci_registries/module-package/>

use url::Url;

use super::GetterError;
use super::query::Query;
use crate::excerpt::excerpt;
use crate::reference::Reference;
use crate::repository::RepositoryName;

/// A module package in an OCI registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OciSource {
    /// The registry, with its port where that is not 443.
    pub host: String,
    /// The repository.
    pub repository: RepositoryName,
    /// A tag or a digest.
    pub reference: Reference,
}

const TAG_DEFAULT: &str = "latest";

impl OciSource {
    pub(super) fn parse(url: &Url) -> Result<Self, GetterError> {
        let mut query = Query::of(url);
        let tag = query.take("tag");
        let digest = query.take("digest");
        if let Some(name) = query.left() {
            let rule = "`oci://` addresses have `tag` or `digest`, and nothing else";
            return Err(GetterError::parameter(&name, rule));
        }
        let bad = |name| GetterError::parameter(name, "a tag, or `sha256:` and its digits");
        let reference = match (tag, digest) {
            (Some(_), Some(_)) => {
                return Err(GetterError::parameter("tag", "not together with `digest`"));
            }
            (None, Some(digest)) => digest
                .parse()
                .map(Reference::Digest)
                .map_err(|_| bad("digest"))?,
            (tag, None) => {
                let tag = tag.as_deref().unwrap_or(TAG_DEFAULT);
                tag.parse().map(Reference::Tag).map_err(|_| bad("tag"))?
            }
        };
        let host = url
            .host_str()
            .ok_or(GetterError::Host)?
            .to_ascii_lowercase();
        let host = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host,
        };
        // What the registry's own address would be must be one.
        let base = Url::parse(&format!("https://{host}/"))?;
        if !url.username().is_empty() || url.password().is_some() || base.path() != "/" {
            return Err(GetterError::UserInfo);
        }
        let path = url.path().trim_start_matches('/');
        let repository = path
            .parse()
            .map_err(|_| GetterError::Repository(excerpt(path)))?;
        Ok(Self {
            host,
            repository,
            reference,
        })
    }
}
