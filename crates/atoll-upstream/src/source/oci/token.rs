//! Tokens of an OCI registry.

use http::HeaderValue;
use serde::Deserialize;
use url::Url;

use super::challenge::Challenge;
use crate::source::SourceError;
use crate::{DocumentLimits, FetchError, Upstream};

#[derive(Deserialize)]
struct TokenJson {
    token: Option<String>,
    access_token: Option<String>,
}

/// Gets a token for pulling. The realm is an address learnt from an answer; the upstream's own credential goes to it only
/// where it is the upstream itself.
pub(super) async fn pull_token(
    upstream: &Upstream,
    registry: &Url,
    challenge: &Challenge,
    repository: &str,
) -> Result<HeaderValue, SourceError> {
    let bad = |what: String| FetchError::bad(registry, what);
    let realm = Url::parse(&challenge.realm);
    let mut realm =
        realm.map_err(|error| bad(format!("a token realm that is no address: {error}")))?;
    if realm.scheme() != "https" && registry.scheme() == "https" {
        return Err(bad("a token realm without https".to_owned()).into());
    }
    {
        let mut query = realm.query_pairs_mut();
        if let Some(service) = &challenge.service {
            query.append_pair("service", service);
        }
        query.append_pair("scope", &format!("repository:{repository}:pull"));
    }
    let document = upstream.document(&realm, DocumentLimits::PACKAGE).await?;
    let unusable = |what: &str| FetchError::bad(&document.url, what);
    let json: TokenJson = serde_json::from_slice(&document.body)
        .map_err(|_| unusable("an answer without a token"))?;
    let token = json.token.or(json.access_token);
    let token = token.ok_or_else(|| unusable("an answer without a token"))?;
    let value = HeaderValue::try_from(format!("Bearer {token}"));
    Ok(value.map_err(|_| unusable("a token that no header can carry"))?)
}
