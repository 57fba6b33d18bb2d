//! The server around it all.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use http::HeaderValue;
use rustls::ServerConfig;
use tokio::task::JoinHandle;
use url::Url;

use super::answer::answer;
use super::catalog::Catalog;
use super::fault::{FaultKind, matches};
use super::{Content, Fault, LoggedRequest, ProviderSetup};
use crate::authority::TestCertificate;
use crate::keys;

/// A fake Terraform registry and network mirror on a port of its own. Gone when dropped.
///
/// The registry is at [`FakeRegistry::url`], the mirror at [`FakeRegistry::mirror_url`]; both offer the same
/// providers, and the mirror offers them under every host name.
pub struct FakeRegistry {
    shared: Arc<Shared>,
    tls: Option<TestCertificate>,
    address: SocketAddr,
    running: Option<Running>,
}

struct Running {
    handle: Handle<SocketAddr>,
    task: JoinHandle<()>,
}

/// What requests see.
#[derive(Default)]
pub(crate) struct Shared {
    catalog: Mutex<Catalog>,
    faults: Mutex<Vec<Fault>>,
    requests: Mutex<Vec<LoggedRequest>>,
    authorization: Mutex<Option<HeaderValue>>,
}

impl FakeRegistry {
    /// Starts one on plain http.
    pub async fn start() -> Self {
        Self::launch(None).await
    }

    /// Starts one on https, with a certificate of its own authority for `localhost` and `127.0.0.1`.
    pub async fn start_tls() -> Self {
        Self::start_tls_as(&[]).await
    }

    /// Starts one on https whose certificate has more names.
    pub async fn start_tls_as(names: &[&str]) -> Self {
        Self::launch(Some(TestCertificate::issue(names))).await
    }

    async fn launch(tls: Option<TestCertificate>) -> Self {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut registry = Self {
            shared: Arc::default(),
            tls,
            address: any_port,
            running: None,
        };
        registry.restart().await;
        registry
    }

    /// `http(s)://127.0.0.1:port/`
    pub fn url(&self) -> Url {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}/", self.address)
            .parse()
            .expect("a URL")
    }

    /// The base address of the network mirror.
    pub fn mirror_url(&self) -> Url {
        self.url().join("mirror/").expect("a URL")
    }

    /// `127.0.0.1:port`
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The certificate to trust, where it speaks https.
    pub fn ca_pem(&self) -> Option<&str> {
        self.tls.as_ref().map(|tls| tls.ca_pem.as_str())
    }

    /// Sets up a provider, `namespace/type`.
    pub fn provider(&self, address: &str) -> ProviderSetup<'_> {
        // Made here and now: a request that had to wait for an RSA key would run into timeouts.
        keys::publisher_key();
        ProviderSetup::new(self, address)
    }

    /// Serves anything at a path, before everything else.
    pub fn put(&self, path: &str, content_type: &str, content: impl Into<Content>) {
        let file = (content_type.to_owned(), content.into());
        self.catalog().files.insert(path.to_owned(), file);
    }

    /// Serves JSON at a path, before everything else.
    pub fn put_json(&self, path: &str, value: &serde_json::Value) {
        self.put(path, "application/json", value.to_string());
    }

    /// Makes download addresses point to another origin, such as `http://127.0.0.1:1234`; `None` for this one.
    pub fn set_files_origin(&self, origin: Option<&str>) {
        self.catalog().files_base = origin.map(|origin| origin.trim_end_matches('/').to_owned());
    }

    /// Asks for a Bearer token on every path; `None` for open doors.
    pub fn require_token(&self, token: Option<&str>) {
        let value = token.map(|token| format!("Bearer {token}").parse().expect("a token"));
        *locked(&self.shared.authorization) = value;
    }

    /// Adds a fault. All that match a request befall it, in order.
    pub fn fault(&self, fault: Fault) {
        locked(&self.shared.faults).push(fault);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        locked(&self.shared.faults).clear();
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        locked(&self.shared.requests).clone()
    }

    /// The requests for paths that match; `*` is any run of characters.
    pub fn requests_to(&self, pattern: &str) -> Vec<LoggedRequest> {
        let requests = self.requests().into_iter();
        requests
            .filter(|request| matches(pattern, &request.path))
            .collect()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        locked(&self.shared.requests).clear();
    }

    /// Is gone: the port is closed and every connection broken.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.handle.shutdown();
            running.task.abort();
            // Only aborting can make it fail.
            let _ = running.task.await;
        }
    }

    /// Is back on the same port, with everything it had.
    pub async fn restart(&mut self) {
        self.stop().await;
        let listener = TcpListener::bind(self.address).expect("a free port");
        listener
            .set_nonblocking(true)
            .expect("a non-blocking listener");
        self.address = listener.local_addr().expect("a bound address");
        let handle = Handle::new();
        let service = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&self.shared))
            .into_make_service();
        let tls = self.tls.as_ref().map(|tls| Arc::clone(&tls.server_config));
        let task = tokio::spawn(serve(listener, tls, handle.clone(), service));
        handle.listening().await.expect("a listening server");
        self.running = Some(Running { handle, task });
    }

    pub(crate) fn catalog(&self) -> MutexGuard<'_, Catalog> {
        self.shared.catalog()
    }
}

impl Drop for FakeRegistry {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.handle.shutdown();
            running.task.abort();
        }
    }
}

async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    handle: Handle<SocketAddr>,
    service: axum::routing::IntoMakeService<Router>,
) {
    let served = if let Some(config) = tls {
        let config = RustlsConfig::from_config(config);
        let server = axum_server::from_tcp_rustls(listener, config).expect("a listener");
        server.handle(handle).serve(service).await
    } else {
        let server = axum_server::from_tcp(listener).expect("a listener");
        server.handle(handle).serve(service).await
    };
    served.expect("a running server");
}

impl Shared {
    pub(crate) fn catalog(&self) -> MutexGuard<'_, Catalog> {
        locked(&self.catalog)
    }

    pub(crate) fn log(&self, request: LoggedRequest) {
        locked(&self.requests).push(request);
    }

    /// The faults that befall a request for a path.
    pub(crate) fn strike(&self, path: &str) -> Vec<FaultKind> {
        let mut faults = locked(&self.faults);
        faults
            .iter_mut()
            .filter_map(|fault| fault.strikes(path).then(|| fault.kind.clone()))
            .collect()
    }

    pub(crate) fn lets_in(&self, authorization: Option<&HeaderValue>) -> bool {
        let required = locked(&self.authorization);
        required.is_none() || required.as_ref() == authorization
    }
}

/// A panic of one test thread must not hide another's findings.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
