//! Remote service discovery: which services a host offers, and where.
//!
//! Spec: <https://developer.hashicorp.com/terraform/internals/remote-service-discovery>

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use url::Url;

use crate::{Document, DocumentLimits, FetchError, OnceMap, Upstream};

/// How long what a host offers is taken for granted.
const DISCOVERY_TTL: Duration = Duration::from_hours(1);
const DISCOVERY_PATH: &str = "/.well-known/terraform.json";

/// Service id of the provider registry protocol.
pub(crate) const PROVIDERS: &str = "providers.v1";
/// Service id of the module registry protocol.
pub(crate) const MODULES: &str = "modules.v1";

/// What one upstream offers, remembered.
#[derive(Default)]
pub(crate) struct Discovery {
    known: Mutex<Option<(Instant, Services)>>,
    asking: OnceMap<(), Result<Services, FetchError>>,
}

/// Addresses of services. One that is unusable says so when it is asked for, and spoils no other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Services {
    providers: Option<Result<Url, FetchError>>,
    modules: Option<Result<Url, FetchError>>,
}

impl Discovery {
    /// The base address of a service, with a final slash.
    pub(crate) async fn service(
        &self,
        upstream: &Upstream,
        service: &'static str,
    ) -> Result<Url, FetchError> {
        let services = self.services(upstream).await?;
        let found = if service == PROVIDERS {
            services.providers
        } else {
            services.modules
        };
        found.unwrap_or_else(|| {
            Err(FetchError::NotOffered {
                upstream: upstream.shared_label(),
                service,
            })
        })
    }

    async fn services(&self, upstream: &Upstream) -> Result<Services, FetchError> {
        let known = self.known();
        if let Some((at, services)) = &known
            && at.elapsed() < DISCOVERY_TTL
        {
            return Ok(services.clone());
        }
        let asked = self.asking.run(&(), || ask(upstream)).await;
        match (asked, known) {
            (Ok(services), _) => {
                self.remember(services.clone());
                Ok(services)
            }
            (Err(error), Some((_, services))) => {
                tracing::warn!(
                    upstream.label = upstream.label(),
                    error = %error,
                    "failed to discover services again, using the old ones"
                );
                Ok(services)
            }
            (Err(error), None) => Err(error),
        }
    }

    fn known(&self) -> Option<(Instant, Services)> {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn remember(&self, services: Services) {
        let known = Some((Instant::now(), services));
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

async fn ask(upstream: &Upstream) -> Result<Services, FetchError> {
    let base = upstream.url();
    if base.path() != "/" {
        return Ok(Services::under(base));
    }
    let mut url = base.clone();
    url.set_path(DISCOVERY_PATH);
    url.set_query(None);
    match upstream.document(&url, DocumentLimits::DISCOVERY).await {
        Ok(document) => Services::parse(&document),
        Err(error) if error.is_not_found() => Ok(Services::default()),
        Err(error) => Err(error),
    }
}

impl Services {
    /// Where the operator wrote an address with a path, there is nothing to discover: services lie below it, as in
    /// Atoll's own `/hosts/<hostname>/`.
    fn under(base: &Url) -> Self {
        let below = |path: &str| {
            let mut url = base.clone();
            url.set_query(None);
            url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
            Some(Ok(url))
        };
        Self {
            providers: below("v1/providers/"),
            modules: below("v1/modules/"),
        }
    }

    fn parse(document: &Document) -> Result<Self, FetchError> {
        let media_type = document.media_type();
        if media_type.as_deref() != Some("application/json") {
            let found = media_type.as_deref().unwrap_or("none");
            let what = format!("its content type is {found}, not application/json");
            return Err(FetchError::bad(&document.url, what));
        }
        let object: Map<String, Value> = document.json()?;
        let service = |id| {
            object
                .get(id)
                .map(|value| service_url(&document.url, id, value))
        };
        Ok(Self {
            providers: service(PROVIDERS),
            modules: service(MODULES),
        })
    }
}

fn service_url(base: &Url, id: &str, value: &Value) -> Result<Url, FetchError> {
    let bad = |what: &str| FetchError::bad(base, format!("{id}: {what}"));
    let text = value.as_str().ok_or_else(|| bad("not a string"))?;
    let mut url = base
        .join(text)
        .map_err(|error| bad(&format!("not an address: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("neither https nor http"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("carries credentials"));
    }
    url.set_fragment(None);
    url.set_query(None);
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::header::CONTENT_TYPE;
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn document(content_type: &str, body: &str) -> Document {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        let url = "https://www.tf.example/.well-known/terraform.json"
            .parse()
            .unwrap();
        Document {
            url,
            status: StatusCode::OK,
            headers,
            body: Bytes::copy_from_slice(body.as_bytes()),
            is_own: true,
        }
    }

    fn providers(body: &str) -> Option<Result<String, FetchError>> {
        let services = Services::parse(&document("application/json; charset=utf-8", body)).unwrap();
        services.providers.map(|result| result.map(String::from))
    }

    #[test]
    fn addresses_start_at_the_final_url_and_end_with_a_slash() {
        for (value, expected) in [
            ("/v1/providers/", "https://www.tf.example/v1/providers/"),
            ("/v1/providers", "https://www.tf.example/v1/providers/"),
            ("p/?a=b#c", "https://www.tf.example/.well-known/p/"),
            ("https://api.example/x", "https://api.example/x/"),
            ("http://api.example:81/", "http://api.example:81/"),
        ] {
            let body = format!(r#"{{"providers.v1":"{value}"}}"#);
            assert_eq!(providers(&body).unwrap().unwrap(), expected);
        }
    }

    #[test]
    fn a_bad_service_spoils_no_other() {
        for value in [
            "{}",
            "3",
            "null",
            "\"ftp://x\"",
            "\"https://u:p@x/\"",
            "\"https://\"",
        ] {
            let body = format!(r#"{{"modules.v1":{value},"providers.v1":"/p/"}}"#);
            let services = Services::parse(&document("application/json", &body)).unwrap();
            let error = services.modules.unwrap().unwrap_err().to_string();
            assert!(error.contains("modules.v1"), "{error}");
            assert!(services.providers.unwrap().is_ok());
        }
        assert!(providers("{}").is_none());
    }

    #[test]
    fn other_content_types_and_shapes_are_refused() {
        for (content_type, body) in [
            ("text/html", "{}"),
            ("text/json", "{}"),
            ("application/json", "[]"),
            ("application/json", "{"),
            ("application/json", ""),
        ] {
            assert!(
                Services::parse(&document(content_type, body)).is_err(),
                "{content_type} {body}"
            );
        }
    }

    #[test]
    fn an_address_with_a_path_needs_no_discovery() {
        for base in [
            "https://atoll.example/hosts/tf.example",
            "https://atoll.example/hosts/tf.example/",
        ] {
            let services = Services::under(&base.parse().unwrap());
            let url = services.providers.unwrap().unwrap();
            assert_eq!(
                url.as_str(),
                "https://atoll.example/hosts/tf.example/v1/providers/"
            );
        }
    }
}
