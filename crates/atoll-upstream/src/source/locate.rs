//! Following addresses that name no archive to the one that says where the package is, as clients do.
//!
//! Spec: <https://developer.hashicorp.com/terraform/language/modules/sources#http-urls>

use atoll_core::getter::{ArchiveFormat, GetterAddress, PAGE_BYTES_MAX, find_in_page};
use atoll_core::module::package::SNIFF_BYTES;
use http::{HeaderName, StatusCode};
use tokio::time::timeout;
use url::Url;

use super::SourceError;
use crate::{Download, FetchError, Upstream};

/// How many addresses in a row are asked where a package is; clients ask as many.
pub const LEADS_MAX: usize = 10;
/// Where an answer names an address, and wins over its page.
pub(crate) const LOCATION_HEADER: HeaderName = HeaderName::from_static("x-terraform-get");

/// Where a package is, and who may fetch it.
#[derive(Clone, Debug)]
pub struct Located {
    /// The address.
    pub address: GetterAddress,
    /// The upstream; without its credential where another host than its own had a say in the address.
    pub upstream: Upstream,
}

/// What became of a question.
enum Answer {
    /// The package is where we asked, although its address does not say so.
    Here,
    /// It is at an address, which was answered at a base.
    Elsewhere {
        base: Url,
        text: String,
        is_own: bool,
    },
}

impl Upstream {
    /// The address where a package is. An address on a web server that names no archive is asked for it by `terraform-get=1`, and
    /// so is the one that it leads to; where the bytes at an address are an archive all the same, it is the address.
    ///
    /// Once another host than the upstream's own has answered, no credential is shown any more, not even to the own host: the other
    /// one would choose what is fetched with it.
    ///
    /// # Cancellation
    ///
    /// Dropping it closes the request; nothing is left behind.
    pub async fn locate_source(&self, address: GetterAddress) -> Result<Located, SourceError> {
        let origin = address.to_string();
        let after = self.inner().timeouts.locate;
        let located = timeout(after, self.follow(address, &origin)).await;
        located.unwrap_or(Err(SourceError::Timeout { origin, after }))
    }

    async fn follow(
        &self,
        mut address: GetterAddress,
        origin: &str,
    ) -> Result<Located, SourceError> {
        let mut upstream = self.clone();
        for _ in 0..LEADS_MAX {
            let Some(question) = address.question() else {
                return Ok(Located { address, upstream });
            };
            let (base, text, is_own) = match upstream.ask_where(&question, &address).await? {
                Answer::Here => return Ok(Located { address, upstream }),
                Answer::Elsewhere { base, text, is_own } => (base, text, is_own),
            };
            if !is_own {
                upstream = upstream.without_credential();
            }
            let next = address.led_to(&base, &text);
            let next = next.map_err(|source| SourceError::Lead {
                origin: address.to_string(),
                source,
            })?;
            tracing::debug!(
                upstream.label = %self.label(), source.origin = %address, source.next = %next,
                "{address} leads to {next}"
            );
            address = next;
        }
        match address.question() {
            None => Ok(Located { address, upstream }),
            Some(_) => Err(SourceError::Leads {
                origin: origin.to_owned(),
                last: address.to_string(),
            }),
        }
    }

    async fn ask_where(
        &self,
        question: &Url,
        asked: &GetterAddress,
    ) -> Result<Answer, SourceError> {
        let mut download = match self.open(question, 0).await {
            Ok(download) => download,
            // The address may be good for exactly one query, as signed ones are: what it says without ours decides.
            Err(FetchError::Status { status, .. }) if is_refusal(status) => {
                return Ok(Answer::Here);
            }
            Err(error) => return Err(error.into()),
        };
        let base = download.url().clone();
        let is_own = download.is_own();
        let header = download.headers().get(LOCATION_HEADER);
        if let Some(value) = header.filter(|value| !value.is_empty()) {
            let text = std::str::from_utf8(value.as_bytes())
                .map_err(|_| FetchError::bad(&base, "X-Terraform-Get: not text"))?;
            let text = text.to_owned();
            return Ok(Answer::Elsewhere { base, text, is_own });
        }
        let mut page = Vec::new();
        read_to(&mut download, &mut page, SNIFF_BYTES).await?;
        let Err(got) = ArchiveFormat::sniff(page.get(..SNIFF_BYTES).unwrap_or(&page)) else {
            return Ok(Answer::Here);
        };
        read_to(&mut download, &mut page, PAGE_BYTES_MAX).await?;
        match find_in_page(&page) {
            Some(text) => Ok(Answer::Elsewhere { base, text, is_own }),
            None => Err(SourceError::NoLead {
                origin: asked.to_string(),
                source: got,
            }),
        }
    }
}

/// Whether a server does not want to be asked so. One that wants to be asked more slowly does.
fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS
}

/// Reads on until there are so many bytes, or all. There may be more in the end: pieces are kept whole.
async fn read_to(
    download: &mut Download,
    page: &mut Vec<u8>,
    bytes: usize,
) -> Result<(), FetchError> {
    while page.len() < bytes
        && let Some(chunk) = download.chunk().await?
    {
        page.extend_from_slice(&chunk);
    }
    Ok(())
}
