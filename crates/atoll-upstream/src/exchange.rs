//! One request, redirects followed by hand: every hop passes the address rules, and behind a foreign one no credential is shown.

use http::header::{AUTHORIZATION, HeaderName, HeaderValue, LOCATION};
use reqwest::Response;
use url::Url;

use crate::{Ask, FetchError, LOOP_HEADER, Upstream};

/// Redirects followed for one request.
const REDIRECTS_MAX: usize = 5;

/// What came of a request, whatever its status.
pub(crate) struct Answered {
    /// Where in the end.
    pub(crate) url: Url,
    pub(crate) response: Response,
    /// Whether no other host than the upstream's own had a say in it.
    pub(crate) is_own: bool,
}

impl Upstream {
    /// Sends a request and follows redirects. Once another host than the upstream's own says where to go on, nothing is shown
    /// any more: it would choose what is read with our credential.
    pub(crate) async fn exchange(&self, ask: &Ask) -> Result<Answered, FetchError> {
        let mut url = ask.url.clone();
        url.set_fragment(None);
        let mut is_own = true;
        for _ in 0..=REDIRECTS_MAX {
            is_own &= self.inner().rules.is_own(&url);
            let configured = self.credential();
            let credential = ask.authorization.as_ref().or(configured);
            let credential = credential.filter(|_| is_own && !self.is_anonymous());
            let response = self.send(ask, &url, credential).await?;
            match redirect_target(&url, &response)? {
                Some(target) => url = target,
                None => {
                    return Ok(Answered {
                        url,
                        response,
                        is_own,
                    });
                }
            }
        }
        Err(FetchError::bad(
            &ask.url,
            format!("more than {REDIRECTS_MAX} redirects"),
        ))
    }

    async fn send(
        &self,
        ask: &Ask,
        url: &Url,
        credential: Option<&HeaderValue>,
    ) -> Result<Response, FetchError> {
        let inner = self.inner();
        let clients = inner
            .clients
            .as_ref()
            .map_err(|reason| FetchError::Offline {
                url: url.into(),
                reason: *reason,
            })?;
        let route = inner
            .rules
            .route(url)
            .map_err(|refusal| FetchError::Refused {
                url: url.into(),
                refusal: Box::new(refusal),
            })?;
        let mut request = clients
            .get(route)
            .request(ask.method.clone(), url.clone())
            .headers(ask.headers.clone())
            .header(HeaderName::from_static(LOOP_HEADER), inner.via.clone());
        let ticket = ask.ticket.as_ref();
        if let Some((_, value)) = ticket.filter(|(origin, _)| *origin == url.origin()) {
            request = request.header(AUTHORIZATION, value.clone());
        } else if let Some(credential) = credential {
            request = request.header(AUTHORIZATION, credential.clone());
        }
        tracing::debug!(upstream.label = %inner.label, url = %crate::SafeUrl::from(url), "asking upstream");
        request
            .send()
            .await
            .map_err(|error| self.client_error(error, url))
    }

    pub(crate) fn client_error(&self, error: reqwest::Error, url: &Url) -> FetchError {
        let connect_timeout = self.inner().timeouts.connect;
        FetchError::from_client(error, url.into(), &self.shared_label(), connect_timeout)
    }
}

fn redirect_target(url: &Url, response: &Response) -> Result<Option<Url>, FetchError> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = response.headers().get(LOCATION) else {
        return Err(FetchError::bad(url, "a redirect without a Location"));
    };
    let text = std::str::from_utf8(location.as_bytes())
        .map_err(|_| FetchError::bad(url, "a redirect to an address that is not text"))?;
    let mut target = url
        .join(text)
        .map_err(|error| FetchError::bad(url, format!("a redirect to no address: {error}")))?;
    target.set_fragment(None);
    Ok(Some(target))
}
