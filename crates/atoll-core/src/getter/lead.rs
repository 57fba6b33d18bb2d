//! Addresses that lead on: an address on a web server that names no archive is asked where the package is.
//!
//! Spec: <https://developer.hashicorp.com/terraform/language/modules/sources#http-urls>

use url::Url;

use super::{ArchiveSource, GetterAddress, GetterError, Source};

/// What is added to the query of an address that is asked where the package is.
const QUESTION: (&str, &str) = ("terraform-get", "1");

impl GetterAddress {
    /// What to ask where the package is; `None` where the address itself names one.
    pub fn question(&self) -> Option<Url> {
        match &self.source {
            Source::Archive(ArchiveSource {
                url, format: None, ..
            }) => {
                let mut url = url.clone();
                // Added behind what is there, whose spelling a signature may depend on.
                url.query_pairs_mut().append_pair(QUESTION.0, QUESTION.1);
                Some(url)
            }
            Source::Archive(_)
            | Source::Git(_)
            | Source::S3(_)
            | Source::Gcs(_)
            | Source::Oci(_) => None,
        }
    }

    /// The address that this one leads to, by what was answered at `base`. This one's subdirectory is one of the package's there.
    pub fn led_to(&self, base: &Url, text: &str) -> Result<Self, GetterError> {
        if let Source::Archive(ArchiveSource {
            checksum: Some(_), ..
        }) = &self.source
        {
            let rule =
                "the address names no archive that could have one, but leads to another address";
            return Err(GetterError::parameter("checksum", rule));
        }
        let mut next: Self = resolve_location(base, text)?.parse()?;
        next.subdir = match (next.subdir, &self.subdir) {
            (Some(outer), Some(inner)) => Some(format!("{outer}/{inner}")),
            (outer, inner) => outer.or_else(|| inner.clone()),
        };
        Ok(next)
    }
}

/// An address that was answered at `base`. Only what begins like a path is relative: everything else has its own grammar.
pub fn resolve_location(base: &Url, text: &str) -> Result<String, url::ParseError> {
    let is_relative = ["/", "./", "../"]
        .iter()
        .any(|prefix| text.starts_with(prefix));
    if is_relative {
        base.join(text).map(String::from)
    } else {
        Ok(text.to_owned())
    }
}
