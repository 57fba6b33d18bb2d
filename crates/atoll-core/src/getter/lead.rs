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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{is_remote, read};
    use super::*;

    #[test]
    fn an_address_without_an_archive_is_asked_where_it_is() {
        for (text, question) in [
            (
                "https://h.example/a",
                Some("https://h.example/a?terraform-get=1"),
            ),
            (
                "https://h.example/a//x?sig=%2f&archive=true",
                Some("https://h.example/a?sig=%2f&terraform-get=1"),
            ),
            (
                "http::http://h.example/",
                Some("http://h.example/?terraform-get=1"),
            ),
            (
                "https://h.example/a.zip?archive=0",
                Some("https://h.example/a.zip?terraform-get=1"),
            ),
            ("https://h.example/a.zip", None),
            ("https://h.example/a?archive=zip", None),
            ("git::https://h.example/a", None),
            ("s3::https://s3.amazonaws.com/b/o", None),
            ("gcs::https://storage.googleapis.com/b/o", None),
            ("oci://h.example/a", None),
        ] {
            let asked = read(text).question();
            assert_eq!(asked.as_ref().map(url::Url::as_str), question, "{text}");
        }
    }

    #[test]
    fn an_address_leads_to_any_other_and_keeps_its_subdirectory() {
        let base = "https://h.example/x/y?terraform-get=1".parse().unwrap();
        for (from, answer, meaning) in [
            (
                "https://h.example/a",
                "https://g.example/b.zip",
                "https://g.example/b.zip",
            ),
            (
                "https://h.example/a",
                "./b.zip?c=1",
                "https://h.example/x/b.zip",
            ),
            (
                "https://h.example/a//in",
                "../b.zip//out",
                "https://h.example/b.zip//out/in",
            ),
            (
                "https://h.example/a//in",
                "/b.zip//*",
                "https://h.example/b.zip//*/in",
            ),
            (
                "https://h.example/a//in/er",
                "/b",
                "https://h.example/b//in/er",
            ),
            (
                "https://h.example/a",
                "//g.example/b.zip//c",
                "https://g.example/b.zip//c",
            ),
            (
                "https://h.example/a//in",
                "github.com/acme/vpc//m?ref=v1",
                "git::https://github.com/acme/vpc.git//m/in?ref=v1",
            ),
            (
                "https://h.example/a",
                "s3::https://s3.amazonaws.com/b/o.zip//c",
                "s3::https://s3.amazonaws.com/b/o.zip//c",
            ),
        ] {
            let led = read(from).led_to(&base, answer).unwrap();
            assert_eq!(led.to_string(), meaning, "{from} -> {answer}");
        }
        for bad in [
            "",
            "b.zip",
            "file:///etc/passwd",
            "file::/etc",
            "ext::sh",
            "~/x",
            "hg::https://h.example/x",
            ".b",
            "..",
            "https://u:p@h.example/a.zip",
            "ftp://h.example/a",
            r"\etc",
            "a\nb",
        ] {
            let led = read("https://h.example/a").led_to(&base, bad);
            assert!(led.is_err(), "{bad} is {led:?}");
        }
        let pinned = read(&format!("https://h.example/a?checksum={}", "0".repeat(64)));
        let error = pinned.led_to(&base, "/b.zip").unwrap_err();
        assert!(matches!(error, GetterError::Parameter { .. }), "{error}");
    }

    proptest! {
        #[test]
        fn what_an_address_leads_to_is_remote(answer in r"((git|s3|file)::)?(https?://|file://|\.{0,2}/{0,2})[a-z:@/?=.*%#\[\]-]{0,30}") {
            let base = "https://h.example/x/y?z".parse().unwrap();
            if let Ok(led) = read("https://h.example/a//in").led_to(&base, &answer) {
                prop_assert!(is_remote(&led.source), "{led}");
                prop_assert!(led.subdir.unwrap().ends_with("in"));
            }
        }
    }
}
