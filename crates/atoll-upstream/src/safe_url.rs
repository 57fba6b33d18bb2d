//! URLs that may be logged and shown.

use std::fmt;

use url::Url;

/// A URL without user, password, query and fragment: signed addresses and tokens never reach a log or a client.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SafeUrl(Box<str>);

impl From<&Url> for SafeUrl {
    fn from(url: &Url) -> Self {
        let port = url
            .port()
            .map_or_else(String::new, |port| format!(":{port}"));
        let host = url.host_str().unwrap_or_default();
        Self(format!("{}://{host}{port}{}", url.scheme(), url.path()).into())
    }
}

impl SafeUrl {
    /// The text that may be shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SafeUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_secret_never_gets_through(secret in "[A-Za-z0-9]{12}") {
            let url: Url = format!("https://u:{secret}@h.example/p?s={secret}#{secret}").parse().unwrap();
            prop_assert!(!SafeUrl::from(&url).to_string().contains(&secret));
        }
    }

    #[test]
    fn nothing_secret_is_shown() {
        let url: Url = "https://user:hunter2@cdn.example:8443/a/b.zip?X-Signature=s3cret#frag"
            .parse()
            .unwrap();
        let safe = SafeUrl::from(&url);
        assert_eq!(safe.to_string(), "https://cdn.example:8443/a/b.zip");
        assert!(!format!("{safe:?}").contains("s3cret"));
    }

    #[test]
    fn an_ipv6_host_keeps_its_brackets() {
        let url: Url = "http://[::1]:80/x".parse().unwrap();
        assert_eq!(SafeUrl::from(&url).as_str(), "http://[::1]/x");
    }
}
