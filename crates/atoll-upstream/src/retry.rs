//! One more try after a failure that may pass.

use std::future::Future;
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;

use crate::FetchError;

/// Pause before the second try, where upstream names none.
const PAUSE: Duration = Duration::from_millis(250);
/// An upstream that wants us to wait longer is not asked again in this call: somebody is waiting for us.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(2);

/// Runs an attempt, and once more if it failed in a way that may pass.
pub(crate) async fn with_one_retry<T, F>(attempt: impl Fn() -> F) -> Result<T, FetchError>
where
    F: Future<Output = Result<T, FetchError>>,
{
    let error = match attempt().await {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let Some(pause) = pause_before_retry(&error) else {
        return Err(error);
    };
    tracing::debug!(error = %error, "asking upstream once more");
    tokio::time::sleep(pause).await;
    attempt().await
}

fn pause_before_retry(error: &FetchError) -> Option<Duration> {
    if !error.is_transient() {
        return None;
    }
    match error {
        FetchError::Status {
            retry_after: Some(wanted),
            ..
        } => (*wanted <= RETRY_AFTER_MAX).then_some((*wanted).max(PAUSE)),
        _ => Some(PAUSE),
    }
}

/// Reads `Retry-After`: seconds, or a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(text).ok()?;
    Some(
        at.duration_since(SystemTime::now())
            .unwrap_or(Duration::ZERO),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        retry_after(&headers)
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(parse("2"), Some(Duration::from_secs(2)));
        assert_eq!(parse("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        let later = httpdate::fmt_http_date(SystemTime::now() + 2 * RETRY_AFTER_MAX);
        assert!(parse(&later).unwrap() > RETRY_AFTER_MAX);
        assert_eq!(parse("soon"), None);
        assert_eq!(parse("-1"), None);
    }
}
