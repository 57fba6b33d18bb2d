//! How long a package is, before it is fetched.

use atoll_core::getter::{GetterAddress, Source};

use super::error::SourceError;
use crate::{FetchError, Upstream};

impl Upstream {
    /// How many bytes fetching a package would take, where the place tells without giving it: that is so for archives at plain
    /// addresses whose server announces lengths.
    pub async fn source_size(&self, address: &GetterAddress) -> Result<Option<u64>, SourceError> {
        match &address.source {
            Source::Archive(archive) => match self.size_of(&archive.url).await {
                Ok(size) => Ok(size),
                // What can't be reached fails when it is fetched, too; a server without HEAD and ranges does not.
                Err(error @ FetchError::Offline { .. }) => Err(error.into()),
                Err(_) => Ok(None),
            },
            _ => Ok(None),
        }
    }
}
