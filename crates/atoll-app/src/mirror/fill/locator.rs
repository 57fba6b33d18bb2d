//! How a lazy blob is found again.

use atoll_core::address::ProviderAddr;
use atoll_core::platform::Platform;
use atoll_core::version::Version;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::mirror::words::package_name;

/// Which package of which version a blob is, and where it was when it was last seen. The database keeps it as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(in crate::mirror) struct Locator {
    pub(in crate::mirror) provider: ProviderAddr,
    pub(in crate::mirror) version: Version,
    pub(in crate::mirror) platform: Platform,
    /// Addresses with a signature expire: upstream is asked again then.
    #[serde(with = "url_text")]
    pub(in crate::mirror) url: Url,
}

impl Locator {
    /// The text for the database.
    pub(in crate::mirror) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a document of texts is always JSON")
    }

    /// Reads what [`Self::to_json`] wrote; none for what somebody else wrote.
    pub(in crate::mirror) fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The package's name in messages.
    pub(in crate::mirror) fn name(&self) -> Box<str> {
        package_name(&self.provider, &self.version, &self.platform)
    }
}

mod url_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de};
    use url::Url;

    pub(super) fn serialize<S: Serializer>(url: &Url, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(url.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Url, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locator_reads_back() {
        let locator = Locator {
            provider: "tf.example/acme/coral".parse().unwrap(),
            version: "1.2.3+build".parse().unwrap(),
            platform: "linux_amd64".parse().unwrap(),
            url: "https://cdn.example/coral.zip?X-Signature=1%2F2"
                .parse()
                .unwrap(),
        };
        let json = locator.to_json();
        assert_eq!(Locator::from_json(&json), Some(locator));
        assert_eq!(
            json,
            r#"{"provider":"tf.example/acme/coral","version":"1.2.3+build","platform":"linux_amd64","url":"https://cdn.example/coral.zip?X-Signature=1%2F2"}"#
        );
        for text in [
            "",
            "{}",
            "null",
            r#"{"repository":"docker.io/library/nginx"}"#,
        ] {
            assert_eq!(Locator::from_json(text), None, "{text}");
        }
    }
}
