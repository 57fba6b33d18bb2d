//! Multipart bodies, part by part: small parts in memory, files straight into the store.
//!
//! Spec: <https://www.rfc-editor.org/rfc/rfc7578>

use atoll_app::registry::{ClientGone, Received, Registry, StagedBlob};
use atoll_core::kind::ErrorKind;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::StatusCode;
use tokio::sync::mpsc;

use super::errors::ApiError;

/// The longest text in a form, in bytes.
const TEXT_BYTES_MAX: usize = 4096;

/// How many chunks wait between the connection and the store.
const CHUNKS_WAITING: usize = 4;

/// A multipart body.
pub(super) struct Form {
    parts: Multipart,
}

/// One part of it.
pub(super) struct Part<'a> {
    name: String,
    file_name: Option<String>,
    field: Field<'a>,
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = ApiError;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, ApiError> {
        // Each part has its own limit; files have that of the disk.
        DefaultBodyLimit::disable().apply(&mut request);
        let parts = Multipart::from_request(request, state).await;
        parts.map(|parts| Self { parts }).map_err(|error| {
            ApiError::invalid(format!(
                "a multipart/form-data body is expected: {}",
                error.body_text()
            ))
        })
    }
}

impl Form {
    /// The next part, once the last one was read or dropped.
    pub(super) async fn next(&mut self) -> Result<Option<Part<'_>>, ApiError> {
        let Some(field) = self
            .parts
            .next_field()
            .await
            .map_err(|error| broken(&error))?
        else {
            return Ok(None);
        };
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        Ok(Some(Part {
            name,
            file_name,
            field,
        }))
    }
}

impl Part<'_> {
    /// The field's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The file's name, where it is a file.
    pub(super) fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    /// A short text.
    pub(super) async fn text(self) -> Result<String, ApiError> {
        let name = self.name.clone();
        let bytes = self.document(TEXT_BYTES_MAX).await?;
        String::from_utf8(bytes.into())
            .map_err(|_| ApiError::invalid(format!("the field {name} is not UTF-8")))
    }

    /// A document in memory, of at most so many bytes.
    pub(super) async fn document(mut self, bytes_max: usize) -> Result<Bytes, ApiError> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = self.field.chunk().await.map_err(|error| broken(&error))? {
            if whole.len() + chunk.len() > bytes_max {
                let name = self.file_name.as_ref().unwrap_or(&self.name);
                return Err(ApiError::new(
                    ErrorKind::TooLarge,
                    format!("{name} has more than {bytes_max} bytes"),
                ));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }

    /// A file of any size, into the store.
    pub(super) async fn store(self, registry: &Registry) -> Result<StagedBlob, ApiError> {
        self.hand_on(|body| registry.stage(body)).await
    }

    /// A file of any size, to whoever takes a body.
    pub(super) async fn hand_on<T, E, F>(
        self,
        take: impl FnOnce(Received) -> F,
    ) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, E>>,
        ApiError: From<E>,
    {
        let (sender, mut receiver) = mpsc::channel(CHUNKS_WAITING);
        let stream = Box::pin(stream::poll_fn(move |context| receiver.poll_recv(context)));
        let taken = take(Received {
            range: None,
            length: None,
            stream,
        });
        let (taken, ()) = tokio::join!(taken, pump(self.field, sender));
        Ok(taken?)
    }
}

/// Hands chunks on as fast as they are taken. Nobody taking them any more is told by whoever stopped.
async fn pump(mut field: Field<'_>, sender: mpsc::Sender<Result<Bytes, ClientGone>>) {
    loop {
        let message = match field.chunk().await {
            Ok(Some(chunk)) => Ok(chunk),
            Ok(None) => return,
            Err(error) => Err(ClientGone(error.body_text())),
        };
        let ended = message.is_err();
        if sender.send(message).await.is_err() || ended {
            return;
        }
    }
}

fn broken(error: &MultipartError) -> ApiError {
    let kind = if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ErrorKind::TooLarge
    } else {
        ErrorKind::Invalid
    };
    ApiError::new(
        kind,
        format!("the form can't be read: {}", error.body_text()),
    )
}
