//! Asks a registry and counts what is right and wrong about its answers.

use std::cell::RefCell;
use std::fmt::Debug;

use atoll_core::digest::{Algorithm, Digest};
use atoll_testkit::server::{Client, Reply};
use http::Method;
use reqwest::RequestBuilder;

use crate::oci::content::{Blob, Document};

/// How many checks there were, and what failed.
#[derive(Clone, Default)]
pub(super) struct Tally {
    pub(super) count: usize,
    pub(super) failures: Vec<String>,
}

/// One run of the suite, with one digest algorithm.
pub(super) struct Suite {
    client: Client,
    pub(super) algorithm: Algorithm,
    tally: RefCell<Tally>,
    place: RefCell<String>,
}

impl Suite {
    pub(super) fn new(client: Client, algorithm: Algorithm) -> Self {
        Self {
            client,
            algorithm,
            tally: RefCell::default(),
            place: RefCell::default(),
        }
    }

    pub(super) fn tally(&self) -> Tally {
        self.tally.borrow().clone()
    }

    /// Names the checks that follow.
    pub(super) fn at(&self, place: impl Into<String>) {
        *self.place.borrow_mut() = place.into();
    }

    /// A path below the repository that a group has to itself.
    pub(super) fn repository(&self, group: &str) -> String {
        format!("conformance/{}/{group}", self.algorithm)
    }

    /// One check.
    pub(super) fn check(&self, what: &str, holds: bool) {
        self.note(holds, || what.to_owned());
    }

    /// One check of a value.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a check is read more often than it is written"
    )]
    pub(super) fn equal<A: PartialEq<B> + Debug, B: Debug>(
        &self,
        what: &str,
        actual: A,
        expected: B,
    ) {
        self.note(actual == expected, || {
            format!("{what}: {actual:?} instead of {expected:?}")
        });
    }

    /// One check of an answer's status.
    pub(super) fn status(&self, what: &str, reply: &Reply, expected: u16) {
        let body = String::from_utf8_lossy(&reply.body);
        self.note(reply.status == expected, || {
            format!(
                "{what}: {} instead of {expected}: {}",
                reply.status,
                body.chars().take(300).collect::<String>()
            )
        });
    }

    /// Status and code of an error.
    pub(super) fn refused(&self, what: &str, reply: &Reply, (status, code): (u16, &str)) {
        self.status(what, reply, status);
        self.equal(&format!("{what}, code"), reply.code().as_str(), code);
    }

    fn note(&self, holds: bool, message: impl FnOnce() -> String) {
        let mut tally = self.tally.borrow_mut();
        tally.count += 1;
        if !holds {
            tally.failures.push(format!(
                "[{}] {}: {}",
                self.algorithm,
                self.place.borrow(),
                message()
            ));
        }
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, path)
    }

    /// Sends a request. What holds of every answer is looked at here and counted only where it fails.
    pub(super) async fn send(&self, request: RequestBuilder) -> Reply {
        let reply = self.client.send(request).await;
        if reply.header("docker-distribution-api-version") != "registry/2.0" {
            self.check("an answer without Docker-Distribution-API-Version", false);
        }
        if reply.headers.contains_key("content-encoding") {
            self.check("an answer was compressed", false);
        }
        let refused = reply.status.is_client_error() || reply.status.is_server_error();
        if refused && !reply.body.is_empty() && !is_error_document(&reply) {
            self.check(
                &format!("an error that is not in the registry's form: {reply:?}"),
                false,
            );
        }
        reply
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    pub(super) async fn head(&self, path: &str) -> Reply {
        self.send(self.request(Method::HEAD, path)).await
    }

    pub(super) async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path)).await
    }

    pub(super) async fn put_manifest(&self, path: &str, document: &Document) -> Reply {
        let request = self
            .request(Method::PUT, path)
            .header("content-type", document.media_type);
        self.send(request.body(document.bytes.clone())).await
    }

    /// Opens an upload session; returns its location.
    pub(super) async fn open(&self, repository: &str, query: &str) -> String {
        let reply = self
            .send(self.request(
                Method::POST,
                &format!("/v2/{repository}/blobs/uploads/{query}"),
            ))
            .await;
        self.status("open an upload", &reply, 202);
        self.equal("the Range of an empty upload", reply.header("range"), "0-0");
        self.check(
            "an upload has an id",
            !reply.header("docker-upload-uuid").is_empty(),
        );
        reply.header("location").to_owned()
    }

    /// Stores a blob in the plainest way.
    pub(super) async fn store(&self, repository: &str, blob: &Blob) {
        let path = format!("/v2/{repository}/blobs/uploads/?digest={}", blob.digest);
        let reply = self
            .send(self.request(Method::POST, &path).body(blob.bytes.clone()))
            .await;
        self.status("store a blob", &reply, 201);
    }

    /// What a 201 for a blob must say, and that the blob is there.
    pub(super) async fn stored(&self, what: &str, reply: &Reply, blob: &Blob) {
        self.status(what, reply, 201);
        self.equal(
            &format!("{what}, digest"),
            reply.header("docker-content-digest"),
            blob.digest.as_str(),
        );
        let location = reply.header("location").to_owned();
        self.check(&format!("{what}, Location"), !location.is_empty());
        if location.is_empty() {
            return;
        }
        let fetched = self.get(&location).await;
        self.status(&format!("{what}, fetched"), &fetched, 200);
        self.check(&format!("{what}, bytes"), fetched.body == blob.bytes);
    }

    /// That the blob is not there.
    pub(super) async fn not_stored(&self, what: &str, repository: &str, digest: &Digest) {
        let reply = self.head(&format!("/v2/{repository}/blobs/{digest}")).await;
        self.status(&format!("{what}, and nothing was stored"), &reply, 404);
    }
}

/// A session's location with the digest that ends it; the location may have a query of its own.
pub(super) fn closing(location: &str, digest: &Digest) -> String {
    let separator = if location.contains('?') { '&' } else { '?' };
    format!("{location}{separator}digest={digest}")
}

fn is_error_document(reply: &Reply) -> bool {
    let document = reply.json();
    let entries = document["errors"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let whole = |entry: &serde_json::Value| {
        let code = entry["code"].as_str().unwrap_or_default();
        let plain = !code.is_empty() && code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        plain
            && entry["message"]
                .as_str()
                .is_some_and(|message| !message.is_empty())
    };
    reply.header("content-type") == "application/json"
        && !entries.is_empty()
        && entries.iter().all(whole)
}
