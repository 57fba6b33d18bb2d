//! Learning how large the packages are, without fetching them.

use futures_util::{StreamExt as _, stream};

use super::CAPTURE_REQUESTS_MAX;
use super::packages::Packages;
use crate::mirror::host::Host;

impl Host {
    /// Fills in the sizes that upstream's storage tells. One that it does not tell stays open.
    pub(super) async fn learn_sizes(&self, packages: &mut Packages) {
        let upstream = self.source.upstream();
        let open = packages
            .iter_mut()
            .filter(|(_, package)| package.size.is_none() && package.digest.is_some());
        stream::iter(open)
            .for_each_concurrent(CAPTURE_REQUESTS_MAX, async |(platform, package)| {
                match upstream.size_of(&package.url).await {
                    Ok(size) => package.size = size,
                    Err(error) => {
                        tracing::debug!(error = %error, "the size of {} for {platform} is not told", package.file_name);
                    }
                }
            })
            .await;
    }
}
