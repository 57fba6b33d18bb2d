//! AWS Signature Version 4, in the query of a `GET`.
//!
//! Spec: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, Tag, sign};
use data_encoding::HEXLOWER;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use time::OffsetDateTime;
use url::Url;

/// What a signature is made of.
pub(super) struct Signing<'a> {
    pub(super) access_key_id: &'a str,
    pub(super) access_key_secret: &'a str,
    pub(super) token: Option<&'a str>,
    pub(super) region: &'a str,
    pub(super) now: OffsetDateTime,
    pub(super) valid_secs: u32,
}

/// Everything but the unreserved characters is escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const ESCAPED_PATH: &AsciiSet = &ESCAPED.remove(b'/');

/// The address with a signature in its query.
pub(super) fn presign(url: &Url, signing: &Signing<'_>) -> Url {
    let at = signing.now;
    let date = format!("{:04}{:02}{:02}", at.year(), u8::from(at.month()), at.day());
    let time = format!(
        "{date}T{:02}{:02}{:02}Z",
        at.hour(),
        at.minute(),
        at.second()
    );
    let scope = format!("{date}/{}/s3/aws4_request", signing.region);
    let escape = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
    let mut pairs: Vec<(String, String)> = url
        .query_pairs()
        .map(|(name, value)| (escape(&name), escape(&value)))
        .collect();
    let mut add = |name: &str, value: &str| pairs.push((escape(name), escape(value)));
    add("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
    add(
        "X-Amz-Credential",
        &format!("{}/{scope}", signing.access_key_id),
    );
    add("X-Amz-Date", &time);
    add("X-Amz-Expires", &signing.valid_secs.to_string());
    add("X-Amz-SignedHeaders", "host");
    if let Some(token) = signing.token {
        add("X-Amz-Security-Token", token);
    }
    pairs.sort();
    let mut query = String::new();
    for (name, value) in &pairs {
        let mark = if query.is_empty() { "" } else { "&" };
        let _ = write!(query, "{mark}{name}={value}");
    }
    // Escaped once, whatever the address escapes.
    let path: Vec<u8> = percent_decode_str(url.path()).collect();
    let path = percent_encoding::percent_encode(&path, ESCAPED_PATH).to_string();
    let host = host_and_port(url);
    let request = format!("GET\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
    let hashed = HEXLOWER.encode(digest(&SHA256, request.as_bytes()).as_ref());
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{hashed}");
    let signature = signature(signing, &date, &text);
    let mut signed = url.clone();
    signed.set_path(&path);
    signed.set_query(Some(&format!("{query}&X-Amz-Signature={signature}")));
    signed
}

fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn signature(signing: &Signing<'_>, date: &str, text: &str) -> String {
    let secret = format!("AWS4{}", signing.access_key_secret);
    let mut key = hmac(secret.as_bytes(), date);
    for part in [signing.region, "s3", "aws4_request"] {
        key = hmac(key.as_ref(), part);
    }
    HEXLOWER.encode(hmac(key.as_ref(), text).as_ref())
}

fn hmac(key: &[u8], text: &str) -> Tag {
    sign(&Key::new(HMAC_SHA256, key), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use time::{Date, Month, Time};

    use super::*;

    /// The example of the specification, with its published signature.
    #[test]
    fn the_published_example() {
        let date = Date::from_calendar_date(2013, Month::May, 24).unwrap();
        let signing = Signing {
            access_key_id: "AKIAIOSFODNN7EXAMPLE",
            access_key_secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            token: None,
            region: "us-east-1",
            now: OffsetDateTime::new_utc(date, Time::MIDNIGHT),
            valid_secs: 86400,
        };
        let url = "https://examplebucket.s3.amazonaws.com/test.txt"
            .parse()
            .unwrap();
        let signed = presign(&url, &signing);
        assert_eq!(
            signed.as_str(),
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
             &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        );
    }

    #[test]
    fn a_token_and_a_version_are_signed_too() {
        let signing = Signing {
            access_key_id: "id",
            access_key_secret: "secret",
            token: Some("to/ken"),
            region: "here",
            now: OffsetDateTime::UNIX_EPOCH,
            valid_secs: 1,
        };
        let url = "http://127.0.0.1:9000/b/a%20b+c.zip?versionId=7"
            .parse()
            .unwrap();
        let signed = presign(&url, &signing).to_string();
        assert!(signed.contains("X-Amz-Security-Token=to%2Fken"), "{signed}");
        assert!(
            signed.contains("/b/a%20b%2Bc.zip?") && signed.contains("versionId=7"),
            "{signed}"
        );
        assert!(!signed.contains("secret"));
    }
}
