//! A server and its callers.

use std::io::{Cursor, Write as _};

use atoll_app::access::NewToken;
use atoll_app::mirror::MirrorLimits;
use atoll_app::{App, AppSettings};
use atoll_db::DatabaseUrl;
use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;
use zip::write::SimpleFileOptions;

use crate::serve::Routed;
use crate::{Identity, Server, router};

const BOUNDARY: &str = "a-boundary";

/// A server with an empty store.
pub(super) struct World {
    app: App,
    router: Routed,
    _directory: TempDir,
}

/// What was answered.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) json: Value,
}

impl World {
    pub(super) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let app = App::open(AppSettings {
            database: DatabaseUrl::sqlite(&directory.path().join("atoll.db")),
            blobs_dir: directory.path().join("blobs"),
            secret_file: directory.path().join("server.key"),
            own_names: Vec::new(),
            upstreams: Vec::new(),
            namespaces: Vec::new(),
            mirror_limits: MirrorLimits::default(),
        });
        let app = app.await.unwrap();
        let router = router(Server::new(app.clone(), Identity::default()));
        Self {
            app,
            router,
            _directory: directory,
        }
    }

    pub(super) async fn token(&self, scopes: &str) -> String {
        let new = NewToken {
            name: "test".to_owned(),
            scopes: scopes.parse().unwrap(),
            expires_at: None,
        };
        self.app.tokens.create(new).await.unwrap().secret.expose()
    }

    /// A request as the holder of a token; an empty token is none.
    pub(super) async fn ask(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Vec<u8>,
        content_type: &str,
    ) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(CONTENT_TYPE, content_type);
        if !token.is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = self
            .router
            .clone()
            .oneshot(request.body(Body::from(body)).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Reply {
            status: parts.status,
            headers: parts.headers,
            json,
        }
    }

    pub(super) async fn get(&self, token: &str, path: &str) -> Reply {
        self.ask(token, Method::GET, path, Vec::new(), "").await
    }

    pub(super) async fn send(&self, token: &str, method: Method, path: &str, body: Value) -> Reply {
        let body = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        self.ask(token, method, path, body, "application/json")
            .await
    }

    pub(super) async fn post_form(&self, token: &str, path: &str, form: Form) -> Reply {
        self.ask(
            token,
            Method::POST,
            path,
            form.finish(),
            &format!("multipart/form-data; boundary={BOUNDARY}"),
        )
        .await
    }
}

impl Reply {
    pub(super) fn message(&self) -> &str {
        self.json["error"]["message"].as_str().unwrap()
    }

    /// Asserts a status and words of the message.
    pub(super) fn refused(&self, status: StatusCode, words: &str) {
        assert_eq!(self.status, status, "{}", self.json);
        assert!(
            self.message().contains(words),
            "{words:?} is not in {:?}",
            self.message()
        );
    }
}

/// A form that is put together.
#[derive(Default)]
pub(super) struct Form(Vec<u8>);

impl Form {
    pub(super) fn text(self, name: &str, text: &str) -> Self {
        self.part(&format!("name=\"{name}\""), text.as_bytes())
    }

    pub(super) fn file(self, file_name: &str, content: &[u8]) -> Self {
        self.part(&format!("name=\"file\"; filename=\"{file_name}\""), content)
    }

    fn part(mut self, disposition: &str, content: &[u8]) -> Self {
        write!(
            self.0,
            "--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"
        )
        .unwrap();
        self.0.extend_from_slice(content);
        self.0.extend_from_slice(b"\r\n");
        self
    }

    fn finish(mut self) -> Vec<u8> {
        write!(self.0, "--{BOUNDARY}--\r\n").unwrap();
        self.0
    }
}

/// The zip of a provider.
pub(super) fn provider_zip(type_name: &str, content: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file(format!("terraform-provider-{type_name}_v1.0.0"), options)
        .unwrap();
    zip.write_all(content.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}
