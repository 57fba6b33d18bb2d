//! Who may do what, and what everybody else is told.

mod basic;
mod bearers;
mod blob_rights;
mod challenges;
mod public;
mod strangers;
mod token_endpoint;

use atoll_core::digest::Algorithm;
use atoll_core::manifest::media_types::{OCI_INDEX, OCI_MANIFEST};
use atoll_testkit::server::{Client, Reply, TestServer};
use http::{Method, StatusCode};

use super::content::{Blob, Document, artifact, index};

/// Pushes a tiny image as `tag`.
async fn push_image(client: &Client, repository: &str, tag: &str) -> (Blob, Document) {
    let blob = Blob::new(Algorithm::Sha256, format!("{{\"of\":\"{repository}\"}}"));
    let reply = client
        .post(
            &format!("/v2/{repository}/blobs/uploads/?digest={}", blob.digest),
            blob.bytes.clone(),
        )
        .await;
    assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
    let document = Document::new(
        Algorithm::Sha256,
        OCI_MANIFEST,
        &artifact(&blob, "text/x", &[]),
    );
    let reply = client
        .put(
            &format!("/v2/{repository}/manifests/{tag}"),
            OCI_MANIFEST,
            document.bytes.clone(),
        )
        .await;
    assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
    (blob, document)
}

/// An empty index, which any repository takes.
fn empty_index() -> Document {
    Document::new(Algorithm::Sha256, OCI_INDEX, &index(&[]))
}

/// A bearer from `GET /token` for these scopes, as a client that holds `token` or nothing.
async fn bearer(server: &TestServer, token: Option<&str>, scopes: &[&str]) -> Client {
    let query: Vec<String> = scopes
        .iter()
        .map(|scope| format!("&scope={}", scope.replace(':', "%3A").replace(' ', "%20")))
        .collect();
    let nobody = server.nobody();
    let mut request = nobody.request(
        http::Method::GET,
        &format!("/token?service=atoll{}", query.concat()),
    );
    if let Some(token) = token {
        request = request.basic_auth("anyone", Some(token));
    }
    let reply = nobody.send(request).await;
    assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
    let text = reply.json()["token"]
        .as_str()
        .expect("an answer of /token has a token")
        .to_owned();
    server.nobody().with_token(text)
}

/// `POST /token`
async fn form(client: &Client, fields: &[(&str, &str)]) -> Reply {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let request = client
        .request(Method::POST, "/token")
        .header("content-type", "application/x-www-form-urlencoded");
    client.send(request.body(body)).await
}
