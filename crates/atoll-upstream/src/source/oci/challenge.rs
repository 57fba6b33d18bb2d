//! What a registry wants to see first.

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

/// A `Bearer` challenge.
///
/// Spec: <https://distribution.github.io/distribution/spec/auth/token/>
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    pub(super) realm: String,
    pub(super) service: Option<String>,
}

impl Challenge {
    /// The first `Bearer` challenge of an answer.
    pub(super) fn find(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(WWW_AUTHENTICATE).into_iter();
        values
            .filter_map(|value| value.to_str().ok())
            .find_map(Self::parse)
    }

    fn parse(text: &str) -> Option<Self> {
        let (scheme, mut rest) = text.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let (mut realm, mut service) = (None, None);
        loop {
            rest = rest.trim_start_matches([' ', ',']);
            let Some((name, after)) = rest.split_once('=') else {
                break;
            };
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => after.split_once(',').unwrap_or((after, "")),
            };
            match name.trim().to_ascii_lowercase().as_str() {
                "realm" => realm = Some(value.to_owned()),
                "service" => service = Some(value.to_owned()),
                _ => {}
            }
            rest = after;
        }
        Some(Self {
            realm: realm?,
            service,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn challenges_as_registries_write_them() {
        let text =
            r#"Bearer realm="https://a.example/t",service="a.example",scope="repository:a/b:pull""#;
        let challenge = Challenge::parse(text).unwrap();
        assert_eq!(challenge.realm, "https://a.example/t");
        assert_eq!(challenge.service.as_deref(), Some("a.example"));
        assert_eq!(
            Challenge::parse("bearer realm=x, foo=y").unwrap().realm,
            "x"
        );
        for none in [
            "Basic realm=\"x\"",
            "Bearer",
            "Bearer service=\"x\"",
            "Bearer realm=\"x",
        ] {
            assert_eq!(Challenge::parse(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"(Bearer )?[a-z=", ]{0,40}"#) {
            let _ = Challenge::parse(&text);
        }
    }
}
