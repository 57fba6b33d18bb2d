//! Speaking to a server: somewhere, or on this machine. All commands go through its management API.

mod answer;
mod authority;
mod local;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::multipart::Form;
use reqwest::{Body, Certificate, Method, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

pub(crate) use answer::ClientError;
pub(crate) use authority::{Authority, Fingerprint, Offered, offered};
use local::Local;

use crate::cli::Target;
use crate::config::Environment;

/// How long a connection may take, in seconds. There is no limit on answers: checking content takes as long as it takes.
const CONNECT_SECS: u64 = 10;

/// The base of addresses that go through a socket, where the host means nothing.
const SOCKET_BASE: &str = "http://localhost/";

/// A file on its way.
pub(crate) struct Upload {
    /// What it is.
    pub(crate) content_type: &'static str,
    /// Its length.
    pub(crate) size_bytes: u64,
    /// Its bytes.
    pub(crate) body: Body,
}

/// A server that commands are sent to.
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    token: Option<String>,
    local: Option<Local>,
}

impl Client {
    /// Connects to what the target names. On this machine that is the server that runs, or the data itself.
    pub(crate) async fn connect(target: Target, environment: &Environment) -> anyhow::Result<Self> {
        match target {
            Target::Remote { url, token, ca } => {
                let mut builder = builder();
                if let Some(ca) = ca {
                    builder = builder.tls_certs_merge(certificates(&ca)?);
                }
                let http = builder
                    .build()
                    .context("failed to prepare the connection")?;
                Ok(Self {
                    http,
                    base: url,
                    token,
                    local: None,
                })
            }
            Target::Local(overrides) => {
                let local = Local::open(&overrides, environment).await?;
                let builder = builder().no_proxy().unix_socket(local.socket());
                let http = builder
                    .build()
                    .context("failed to prepare the connection")?;
                let base = Url::parse(SOCKET_BASE).context("failed to prepare the connection")?;
                Ok(Self {
                    http,
                    base,
                    token: None,
                    local: Some(local),
                })
            }
        }
    }

    /// The server's address, where it is somewhere.
    pub(crate) fn server(&self) -> Option<&Url> {
        if self.local.is_some() {
            None
        } else {
            Some(&self.base)
        }
    }

    /// `GET`, with parameters.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, ClientError> {
        let mut url = self.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.answer(self.http.get(url)).await?.json().await
    }

    /// `POST` of JSON.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.answer(self.http.request(Method::POST, self.url(path)).json(body))
            .await?
            .json()
            .await
    }

    /// `PUT` of JSON.
    pub(crate) async fn put<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.answer(self.http.request(Method::PUT, self.url(path)).json(body))
            .await?
            .json()
            .await
    }

    /// `POST` of a form.
    pub(crate) async fn post_form<T: DeserializeOwned>(
        &self,
        path: &[&str],
        form: Form,
    ) -> Result<T, ClientError> {
        self.answer(self.http.post(self.url(path)).multipart(form))
            .await?
            .json()
            .await
    }

    /// `PUT` of bytes of which the length is known.
    pub(crate) async fn put_file<T: DeserializeOwned>(
        &self,
        path: &[&str],
        upload: Upload,
    ) -> Result<T, ClientError> {
        let request = self
            .http
            .put(self.url(path))
            .header(CONTENT_TYPE, upload.content_type)
            .header(CONTENT_LENGTH, upload.size_bytes)
            .body(upload.body);
        self.answer(request).await?.json().await
    }

    /// `PUT` of JSON, to which nothing is answered.
    pub(crate) async fn put_quietly(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<(), ClientError> {
        self.answer(self.http.put(self.url(path)).json(body))
            .await
            .map(drop)
    }

    /// `DELETE`
    pub(crate) async fn delete(&self, path: &[&str]) -> Result<(), ClientError> {
        self.answer(self.http.delete(self.url(path)))
            .await
            .map(drop)
    }

    /// Ends what was begun for this command.
    pub(crate) async fn close(self) {
        // Idle connections would keep the socket's server waiting.
        drop(self.http);
        if let Some(local) = self.local {
            local.close().await;
        }
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        url
    }

    async fn answer(&self, request: RequestBuilder) -> Result<answer::Answer, ClientError> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        answer::Answer::of(request.send().await, &self.base).await
    }
}

/// What all connections have in common.
fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(CONNECT_SECS))
        .user_agent(user_agent())
}

fn user_agent() -> &'static str {
    concat!("atoll/", env!("CARGO_PKG_VERSION"))
}

fn certificates(path: &Path) -> anyhow::Result<Vec<Certificate>> {
    let pem = std::fs::read(path)
        .with_context(|| format!("failed to read the authority {}", path.display()))?;
    let found = Certificate::from_pem_bundle(&pem)
        .with_context(|| format!("{} is no PEM certificate", path.display()))?;
    anyhow::ensure!(
        !found.is_empty(),
        "there is no PEM certificate in {}",
        path.display()
    );
    Ok(found)
}
