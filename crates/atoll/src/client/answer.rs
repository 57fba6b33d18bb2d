//! What a server answers, and what is said where it refuses.

use std::error::Error as _;

use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::config::env;

/// How much of an answer that makes no sense is shown, in characters.
const EXCERPT_CHARS: usize = 200;

/// The server refused, or could not be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// It said why.
    #[error("the server refused: {message}")]
    Refused {
        /// The status.
        status: StatusCode,
        /// Its words.
        message: String,
    },
    /// It does not know who asks.
    #[error("the server wants to know who asks: {0}; give a token with --token or {token}", token = env::TOKEN)]
    Unauthenticated(String),
    /// There is no answer.
    #[error("failed to reach {server}{hint}")]
    Unreachable {
        /// The server.
        server: String,
        /// What may help.
        hint: &'static str,
        /// The cause.
        #[source]
        source: reqwest::Error,
    },
    /// The answer is not one of Atoll's.
    #[error("{server} answered {status} with something else than Atoll would: {excerpt:?}")]
    Strange {
        /// The server.
        server: String,
        /// The status.
        status: StatusCode,
        /// How it begins.
        excerpt: String,
    },
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorMessage,
}

#[derive(Deserialize)]
struct ErrorMessage {
    message: String,
}

/// An answer that is no error.
pub(super) struct Answer {
    response: reqwest::Response,
    server: String,
}

impl Answer {
    /// Tells answers from errors.
    pub(super) async fn of(
        sent: reqwest::Result<reqwest::Response>,
        base: &Url,
    ) -> Result<Self, ClientError> {
        let server = base.origin().ascii_serialization();
        let response = sent.map_err(|source| unreachable(&server, source))?;
        let status = response.status();
        if status.is_success() {
            return Ok(Self { response, server });
        }
        let text = response.text().await.unwrap_or_default();
        let Ok(body) = serde_json::from_str::<ErrorBody>(&text) else {
            return Err(ClientError::Strange {
                server,
                status,
                excerpt: excerpt(&text),
            });
        };
        let message = body.error.message;
        match status {
            StatusCode::UNAUTHORIZED => Err(ClientError::Unauthenticated(message)),
            status => Err(ClientError::Refused { status, message }),
        }
    }

    /// The answer's content.
    pub(super) async fn json<T: DeserializeOwned>(self) -> Result<T, ClientError> {
        let Self { response, server } = self;
        let status = response.status();
        let text = response
            .text()
            .await
            .map_err(|source| unreachable(&server, source))?;
        serde_json::from_str(&text).map_err(|_| ClientError::Strange {
            server,
            status,
            excerpt: excerpt(&text),
        })
    }
}

pub(super) fn unreachable(server: &str, source: reqwest::Error) -> ClientError {
    let hint = if is_about_trust(&source) {
        "; to trust its own authority, give its ca.pem with --ca"
    } else {
        ""
    };
    // The address may hold what was meant for the server alone.
    ClientError::Unreachable {
        server: server.to_owned(),
        hint,
        source: source.without_url(),
    }
}

pub(super) fn is_about_trust(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(found) = cause {
        if found.to_string().contains("certificate") {
            return true;
        }
        cause = found.source();
    }
    false
}

pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(EXCERPT_CHARS).collect()
}
