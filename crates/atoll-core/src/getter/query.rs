//! Parameters that are meant for the getter, and taken away before anything is asked.

use url::{Url, form_urlencoded};

/// The query of an address, of which parameters are taken one by one. What stays keeps its order and spelling:
/// a signature may depend on it.
pub(super) struct Query {
    pairs: Vec<String>,
}

impl Query {
    pub(super) fn of(url: &Url) -> Self {
        Self::parse(url.query().unwrap_or_default())
    }

    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self {
            pairs: pairs.map(str::to_owned).collect(),
        }
    }

    /// Takes a parameter. The first of several counts; one without a value is none.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let mut found = None;
        self.pairs.retain(|pair| {
            let Some((key, value)) = form_urlencoded::parse(pair.as_bytes()).next() else {
                return true;
            };
            if key != name {
                return true;
            }
            if found.is_none() && !value.is_empty() {
                found = Some(value.into_owned());
            }
            false
        });
        found
    }

    /// The first parameter that is left.
    pub(super) fn left(&self) -> Option<String> {
        let pair = self.pairs.first()?;
        let (key, _) = form_urlencoded::parse(pair.as_bytes()).next()?;
        Some(key.into_owned())
    }

    /// Gives what is left back to its address.
    pub(super) fn write_to(&self, url: &mut Url) {
        let text = self.pairs.join("&");
        url.set_query(Some(text.as_str()).filter(|text| !text.is_empty()));
    }
}
