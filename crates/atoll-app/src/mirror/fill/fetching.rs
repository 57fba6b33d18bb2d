//! A download that goes on where it broke off.

use std::time::Duration;

use atoll_upstream::{Download, FetchError, Upstream};
use bytes::Bytes;
use url::Url;

/// How often a download is taken up in a row without getting on.
pub(super) const FILL_ATTEMPTS: u32 = 5;

/// What counts as getting on.
const PROGRESS_BYTES: u64 = 1 << 20;

/// The pause before the second attempt; each later one is twice as long.
const PAUSE: Duration = Duration::from_millis(200);

/// The bytes of one file, from its beginning, over as many connections as that takes.
pub(in crate::mirror) struct Fetching {
    upstream: Upstream,
    url: Url,
    /// How long the file is, where that is known.
    size: Option<u64>,
    /// What was passed on so far.
    position: u64,
    download: Option<Download>,
    /// What an upstream that ignores ranges sends again.
    skip: u64,
    attempts: u32,
    /// Where the attempts began to be counted.
    counted_from: u64,
}

impl Fetching {
    /// Connects to nothing yet.
    pub(in crate::mirror) fn new(upstream: Upstream, url: Url, size: Option<u64>) -> Self {
        Self {
            upstream,
            url,
            size,
            position: 0,
            download: None,
            skip: 0,
            attempts: 0,
            counted_from: 0,
        }
    }

    /// Goes on at another address of the same file.
    pub(super) fn move_to(&mut self, url: Url) {
        self.url = url;
        self.download = None;
    }

    /// The next bytes; `None` at the end. After a failure that may pass it begins where it stood.
    pub(in crate::mirror) async fn next(&mut self) -> Result<Option<Bytes>, FetchError> {
        loop {
            match self.step().await {
                Ok(Some(bytes)) if bytes.is_empty() => {}
                Ok(bytes) => return Ok(bytes),
                Err(error) => {
                    self.download = None;
                    self.pause_after(error).await?;
                }
            }
        }
    }

    /// The next bytes that were not passed on yet; they may be none.
    async fn step(&mut self) -> Result<Option<Bytes>, FetchError> {
        let download = match &mut self.download {
            Some(download) => download,
            none => {
                let download = self.upstream.open(&self.url, self.position).await?;
                self.skip = self.position.saturating_sub(download.offset());
                none.insert(download)
            }
        };
        let Some(mut bytes) = download.chunk().await? else {
            return match self.size {
                // Without a length an early end looks like the end.
                Some(size) if self.position < size => Err(FetchError::Interrupted {
                    url: (&self.url).into(),
                    source: None,
                }),
                _ => Ok(None),
            };
        };
        let again = usize::try_from(self.skip)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        drop(bytes.split_to(again));
        self.skip -= again as u64;
        self.position += bytes.len() as u64;
        Ok(Some(bytes))
    }

    /// Waits before the next attempt, or gives up.
    async fn pause_after(&mut self, error: FetchError) -> Result<(), FetchError> {
        if self.position >= self.counted_from + PROGRESS_BYTES {
            self.counted_from = self.position;
            self.attempts = 0;
        }
        self.attempts += 1;
        // Before the first byte a client waits for a status, so upstream's own retry has to do.
        let attempts_max = if self.position == 0 { 1 } else { FILL_ATTEMPTS };
        if !may_pass(&error) || self.attempts >= attempts_max {
            return Err(error);
        }
        tracing::debug!(error = %error, position = self.position, "taking up a download again");
        tokio::time::sleep(PAUSE * 2_u32.pow(self.attempts - 1)).await;
        Ok(())
    }
}

/// Whether the same request may succeed later.
fn may_pass(error: &FetchError) -> bool {
    match error {
        FetchError::Connect { .. }
        | FetchError::Timeout { .. }
        | FetchError::Stalled { .. }
        | FetchError::Interrupted { .. } => true,
        FetchError::Status { status, .. } => status.is_server_error() || status.as_u16() == 429,
        FetchError::Offline { .. }
        | FetchError::Refused { .. }
        | FetchError::Tls { .. }
        | FetchError::TooLarge { .. }
        | FetchError::BadDocument { .. }
        | FetchError::NotOffered { .. }
        | FetchError::Loop { .. } => false,
    }
}

/// Whether the address has gone bad: signed ones expire.
pub(super) fn is_address_stale(error: &FetchError) -> bool {
    matches!(error, FetchError::Status { status, .. } if status.is_client_error() && status.as_u16() != 429)
}
