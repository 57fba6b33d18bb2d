//! What there is in a namespace, where a registry tells it: the public registries' API, not part of the protocols that clients
//! speak.
//!
//! Spec: <https://developer.hashicorp.com/terraform/registry/api-docs#list-modules>

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use super::fields::Fields;
use super::registry::{Registry, append};
use crate::{Ask, DocumentLimits, FetchError};

/// How many entries a page is asked for.
const PAGE: usize = 100;

/// How many pages are read at most: no namespace has ten thousand modules.
const PAGES_MAX: usize = 100;

impl Registry {
    /// The modules of a namespace, as name and system.
    pub async fn modules_of(
        &self,
        namespace: &str,
    ) -> Result<BTreeSet<(String, String)>, FetchError> {
        let base = self.modules_url().await?;
        self.listed(base, namespace, "modules", |entry| {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
            Some((text("name")?, text("provider")?))
        })
        .await
    }

    /// The types of the providers of a namespace.
    pub async fn providers_of(&self, namespace: &str) -> Result<BTreeSet<String>, FetchError> {
        let base = self.providers_url().await?;
        self.listed(base, namespace, "providers", |entry| {
            entry.get("name").and_then(Value::as_str).map(str::to_owned)
        })
        .await
    }

    async fn listed<T: Ord>(
        &self,
        base: Url,
        namespace: &str,
        member: &'static str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<BTreeSet<T>, FetchError> {
        let mut found = BTreeSet::new();
        let mut offset = 0;
        for _ in 0..PAGES_MAX {
            let mut url = append(base.clone(), [namespace].iter());
            url.query_pairs_mut()
                .append_pair("limit", &PAGE.to_string())
                .append_pair("offset", &offset.to_string());
            let ask = Ask::get(url).accept("application/json");
            let document = self
                .upstream()
                .document_for(&ask, DocumentLimits::LIST)
                .await?;
            let fields = Fields::parse(&document)?;
            found.extend(fields.array(member)?.iter().filter_map(&read));
            let next = fields
                .value("meta")
                .and_then(|meta| meta.get("next_offset"))
                .and_then(Value::as_u64)
                .and_then(|next| usize::try_from(next).ok());
            match next {
                // A page that leads back would be read for ever.
                Some(next) if next > offset => offset = next,
                _ => break,
            }
        }
        Ok(found)
    }
}
