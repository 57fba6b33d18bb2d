//! What a client sends.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;

use super::content_range::ContentRange;

/// The client hung up, or broke the protocol of its connection, before the body was whole.
#[derive(Debug, thiserror::Error)]
#[error("the body did not arrive whole: {0}")]
pub struct ClientGone(pub String);

/// A body on its way in.
pub struct Received {
    /// Where it says that it belongs; none for the end of what is there.
    pub range: Option<ContentRange>,
    /// Its length in bytes, where the client told it.
    pub length: Option<u64>,
    /// The bytes.
    pub stream: Pin<Box<dyn Stream<Item = Result<Bytes, ClientGone>> + Send>>,
}
