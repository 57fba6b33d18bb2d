//! A whole Atoll on a loopback port, with a store of its own.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test whose server can't be set up must panic"
)]

mod builder;
mod client;

use std::net::SocketAddr;
use std::path::Path;

use atoll_app::App;
use atoll_app::access::NewToken;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use builder::{Mirrored, TestServerBuilder, usual_limits};
pub use client::{Client, Reply};

/// A running server. It ends when it is dropped; [`TestServer::stop`] waits for that.
pub struct TestServer {
    app: App,
    address: SocketAddr,
    ca_pem: Option<String>,
    dir: Option<TempDir>,
    stop: CancellationToken,
    serving: Option<JoinHandle<()>>,
}

impl TestServer {
    /// Plain HTTP, SQLite, no upstream.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// A server that is different from that.
    pub fn builder() -> TestServerBuilder {
        TestServerBuilder::default()
    }

    /// The use cases behind it.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address with scheme and without a slash at the end.
    pub fn url(&self) -> String {
        let scheme = if self.ca_pem.is_some() {
            "https"
        } else {
            "http"
        };
        // The certificate covers the name, and Terraform wants one in some places.
        format!("{scheme}://localhost:{}", self.address.port())
    }

    /// The certificate of its authority, where it speaks TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// The directory with its store.
    pub fn dir(&self) -> &Path {
        self.dir
            .as_ref()
            .expect("the directory is there until the server has stopped")
            .path()
    }

    /// A new token with these scopes, as `atoll token create` makes it.
    pub async fn token(&self, scopes: &str) -> String {
        let new = NewToken {
            name: "test".to_owned(),
            scopes: scopes.parse().unwrap(),
            expires_at: None,
        };
        self.app.tokens.create(new).await.unwrap().secret.expose()
    }

    /// A client with a token of these scopes.
    pub async fn robot(&self, scopes: &str) -> Client {
        let token = self.token(scopes).await;
        self.nobody().with_token(token)
    }

    /// A client without a token.
    pub fn nobody(&self) -> Client {
        Client::new(&self.url(), self.ca_pem())
    }

    /// Stops as an operator would, and hands the directory over, so that another server can be started on it.
    pub async fn stop(mut self) -> TempDir {
        self.stop.cancel();
        if let Some(serving) = self.serving.take() {
            serving.await.unwrap();
        }
        self.app.close().await;
        self.dir.take().expect("the directory is handed over once")
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }
}
