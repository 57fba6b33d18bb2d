//! Manifest, token, blob.

use atoll_core::getter::{ArchiveFormat, Checksum, OciSource};
use atoll_core::reference::Reference;
use http::{HeaderValue, StatusCode};
use url::Url;

use super::challenge::Challenge;
use super::manifest::{MANIFEST_TYPE, zip_layer};
use super::token::pull_token;
use crate::document::read_document;
use crate::source::SourceError;
use crate::source::fetch::Written;
use crate::source::sink::Sink;
use crate::{Ask, Document, DocumentLimits, FetchError, Upstream};

pub(in crate::source) async fn fetch(
    upstream: &Upstream,
    source: &OciSource,
    mut sink: Sink<'_>,
) -> Result<Written, SourceError> {
    let base = base_url(upstream, source)?;
    let reference = match &source.reference {
        Reference::Tag(tag) => tag.to_string(),
        Reference::Digest(digest) => digest.to_string(),
    };
    let package = |what| SourceError::Package {
        origin: sink.origin(),
        what,
    };
    let manifest_url = join(&base, &format!("manifests/{reference}"))?;
    let asking = Ask::get(manifest_url).accept(MANIFEST_TYPE);
    let (document, ticket) = manifest(upstream, &base, source, asking).await?;
    let expected = match &source.reference {
        Reference::Tag(_) => None,
        Reference::Digest(digest) => Some(digest),
    };
    let layer = zip_layer(&document.body, expected).map_err(package)?;
    if layer.size_bytes > sink.bytes_max() {
        return Err(sink.too_large());
    }
    let checksum: Checksum = layer
        .digest
        .to_string()
        .parse()
        .map_err(|_| package("its layer has no usable digest".to_owned()))?;
    sink.expect(Some(&checksum));
    let blob = Ask::get(join(&base, &format!("blobs/{}", layer.digest))?);
    let download = upstream.open_for(with(blob, &base, ticket), 0).await?;
    sink.write_download(download).await?;
    Ok(Written {
        format: Some(ArchiveFormat::Zip),
        commit: None,
        size_bytes: sink.finish().await?,
    })
}

/// `https://HOST/v2/REPOSITORY/`; plain http only where the operator wrote that of this very host and port.
fn base_url(upstream: &Upstream, source: &OciSource) -> Result<Url, FetchError> {
    let own = upstream.url();
    let parse = |scheme: &str| {
        let text = format!("{scheme}://{}/v2/{}/", source.host, source.repository);
        Url::parse(&text)
            .map_err(|error| FetchError::bad(own, format!("a registry with no address: {error}")))
    };
    let plain = parse("http")?;
    if own.scheme() == "http" && own.origin() == plain.origin() {
        return Ok(plain);
    }
    parse("https")
}

fn join(base: &Url, path: &str) -> Result<Url, FetchError> {
    // A digest has a colon, which must not make it a scheme.
    base.join(&format!("./{path}"))
        .map_err(|error| FetchError::bad(base, format!("a registry with no address: {error}")))
}

fn with(ask: Ask, base: &Url, ticket: Option<HeaderValue>) -> Ask {
    match ticket {
        Some(ticket) => ask.ticket(base.origin(), ticket),
        None => ask,
    }
}

/// Fetches a manifest, with a token if the registry asks for one.
async fn manifest(
    upstream: &Upstream,
    base: &Url,
    source: &OciSource,
    asking: Ask,
) -> Result<(Document, Option<HeaderValue>), SourceError> {
    let limits = DocumentLimits::PACKAGE;
    let url = asking.url.clone();
    let ask = async |ask: &Ask| {
        let answered = upstream.exchange(ask).await?;
        let response = &answered.response;
        if response.status() == StatusCode::UNAUTHORIZED
            && ask.ticket.is_none()
            && let Some(challenge) = Challenge::find(response.headers())
        {
            return Ok(Answer::Challenge(challenge));
        }
        upstream.check_status(&answered.url, response)?;
        let document = read_document(upstream, answered, limits.bytes_max).await?;
        Ok(Answer::Document(document))
    };
    let first = upstream.limited(&url, limits.timeout, ask(&asking)).await?;
    let challenge = match first {
        Answer::Document(document) => return Ok((document, None)),
        Answer::Challenge(challenge) => challenge,
    };
    let repository = source.repository.to_string();
    let ticket = pull_token(upstream, base, &challenge, &repository).await?;
    let asking = with(asking, base, Some(ticket.clone()));
    match upstream.limited(&url, limits.timeout, ask(&asking)).await? {
        Answer::Document(document) => Ok((document, Some(ticket))),
        // Not asked for twice.
        Answer::Challenge(_) => Err(FetchError::bad(&url, "it asks for a token again").into()),
    }
}

enum Answer {
    Document(Document),
    Challenge(Challenge),
}
