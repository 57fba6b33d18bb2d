//! The server around the repositories.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_server::tls_rustls::RustlsConfig;
use http::StatusCode;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use super::cgi;
use super::repository::GitRepository;
use crate::authority::TestCertificate;

/// A git server on https, on a port of its own. Gone when dropped.
pub struct GitServer {
    root: TempDir,
    certificate: TestCertificate,
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct GitRequest {
    /// Path and query.
    pub path: String,
    /// The credential with it.
    pub authorization: Option<String>,
}

#[derive(Default)]
struct Shared {
    root: Mutex<std::path::PathBuf>,
    requests: Mutex<Vec<GitRequest>>,
    behaviour: Mutex<Behaviour>,
}

#[derive(Clone, Default)]
struct Behaviour {
    redirect_to: Option<String>,
    authorization: Option<String>,
    is_silent: bool,
}

const REQUEST_BYTES_MAX: usize = 1 << 20;

impl GitServer {
    /// Starts one without repositories.
    pub async fn start() -> Self {
        let root = TempDir::new().expect("a directory for repositories");
        let certificate = TestCertificate::issue(&[]);
        let any_port = (Ipv4Addr::LOCALHOST, 0);
        let listener = TcpListener::bind(any_port).await.expect("a free port");
        let listener = listener.into_std().expect("a socket");
        let address = listener.local_addr().expect("a bound address");
        let shared = Arc::new(Shared::default());
        root.path().clone_into(&mut locked(&shared.root));
        let router = Router::new()
            .fallback(handle)
            .with_state(Arc::clone(&shared));
        let tls = RustlsConfig::from_config(Arc::clone(&certificate.server_config));
        let server = axum_server::from_tcp_rustls(listener, tls).expect("a server");
        let task = tokio::spawn(async move {
            server
                .serve(router.into_make_service())
                .await
                .expect("it serves");
        });
        Self {
            root,
            certificate,
            address,
            shared,
            task,
        }
    }

    /// Makes a repository, found at [`GitServer::repository_url`].
    pub fn repository(&self, name: &str) -> GitRepository {
        let repository = GitRepository::create(self.root.path().join(name));
        // Served is the part with the objects: the path in the address ends with it.
        repository.git(&["config", "http.uploadpack", "true"]);
        repository
    }

    /// `https://127.0.0.1:port/`
    pub fn url(&self) -> Url {
        format!("https://{}/", self.address).parse().expect("a URL")
    }

    /// The address of a repository, for git.
    pub fn repository_url(&self, name: &str) -> Url {
        let path = format!("{name}/.git");
        self.url().join(&path).expect("a URL")
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The certificate to trust.
    pub fn ca_pem(&self) -> &str {
        &self.certificate.ca_pem
    }

    /// Sends everybody elsewhere: this and the path that was asked for.
    pub fn redirect_to(&self, origin: &str) {
        locked(&self.shared.behaviour).redirect_to = Some(origin.to_owned());
    }

    /// Lets nobody in without this `Authorization`.
    pub fn require(&self, authorization: &str) {
        locked(&self.shared.behaviour).authorization = Some(authorization.to_owned());
    }

    /// Takes requests and never answers.
    pub fn fall_silent(&self) {
        locked(&self.shared.behaviour).is_silent = true;
    }

    /// What was asked so far.
    pub fn requests(&self) -> Vec<GitRequest> {
        locked(&self.shared.requests).clone()
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts
        .uri
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    let authorization = parts.headers.get(AUTHORIZATION);
    let authorization =
        authorization.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let behaviour = locked(&shared.behaviour).clone();
    locked(&shared.requests).push(GitRequest {
        path: path.clone(),
        authorization: authorization.clone(),
    });
    if behaviour.is_silent {
        std::future::pending::<()>().await;
    }
    if let Some(origin) = behaviour.redirect_to {
        return Redirect::temporary(&format!("{origin}{path}")).into_response();
    }
    if behaviour.authorization.is_some() && behaviour.authorization != authorization {
        let challenge = [(WWW_AUTHENTICATE, "Basic realm=\"git\"")];
        return (StatusCode::UNAUTHORIZED, challenge).into_response();
    }
    let body = to_bytes(body, REQUEST_BYTES_MAX)
        .await
        .expect("a small request");
    let root = locked(&shared.root).clone();
    cgi::answer(&root, &parts, body).await
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
