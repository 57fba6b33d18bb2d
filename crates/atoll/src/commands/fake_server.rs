//! A server that says what a test tells it to.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::Value;

use crate::cli::TargetArgs;

/// What was asked.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// Such as `PUT /api/v1/modules/a/b/c/1.0.0`.
    pub(super) line: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Asked {
    /// The body as JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What is answered: a status, and JSON unless it has none.
pub(super) type Answer = (u16, Value);

/// A server on this machine.
pub(super) struct FakeServer {
    url: String,
    talk: Arc<Talk>,
}

#[derive(Default)]
struct Talk {
    asked: Mutex<Vec<Asked>>,
    answers: Mutex<Vec<Answer>>,
}

impl FakeServer {
    /// Gives these answers, one after the other.
    pub(super) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let mut answers: Vec<Answer> = answers.into_iter().collect();
        answers.reverse();
        let talk = Arc::new(Talk {
            asked: Mutex::default(),
            answers: Mutex::new(answers),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&talk));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        // It ends with the runtime of the test.
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, talk }
    }

    /// A way to it.
    pub(super) fn target(&self) -> TargetArgs {
        TargetArgs {
            server: Some(self.url.clone()),
            token: Some("t0ken".to_owned()),
            ..TargetArgs::default()
        }
    }

    /// What it was asked so far.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.talk.asked.lock().unwrap().clone()
    }

    /// The lines of what it was asked so far.
    pub(super) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }
}

async fn answer(
    State(talk): State<Arc<Talk>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let line = format!("{method} {uri}");
    talk.asked.lock().unwrap().push(Asked {
        line,
        headers,
        body,
    });
    let answer = talk.answers.lock().unwrap().pop();
    let (status, value) = answer.expect("the test has no more answers");
    let status = StatusCode::from_u16(status).unwrap();
    match value {
        Value::Null => status.into_response(),
        value => (status, axum::Json(value)).into_response(),
    }
}
