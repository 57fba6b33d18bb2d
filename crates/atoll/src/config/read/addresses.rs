//! Values that flags give as well as files.

use std::net::{Ipv4Addr, SocketAddr};

use atoll_db::{DatabaseUrl, DatabaseUrlError};
use url::Url;

use super::super::settings::LogFormat;

/// The levels of a log.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// An address to listen on.
pub(in crate::config) fn listen(text: &str) -> Result<SocketAddr, String> {
    if let Some(port) = text
        .strip_prefix("localhost:")
        .and_then(|port| port.parse().ok())
    {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    text.parse().map_err(|_| {
        format!("{text:?} is not an address to listen on: write ADDRESS:PORT, such as 0.0.0.0:8443 or [::]:8443")
    })
}

/// What clients call the server.
pub(in crate::config) fn public_url(text: &str) -> Result<Url, String> {
    let wrong = |rule: &str| Err(format!("{text:?} can't be the server's URL: {rule}"));
    let Ok(url) = Url::parse(text) else {
        return wrong("write https://HOST or https://HOST:PORT");
    };
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
        return wrong("write https://HOST or https://HOST:PORT");
    }
    if !url.username().is_empty() || url.password().is_some() {
        // The text is not shown: it has a password in it.
        return Err("the server's URL can't have a user or password in it".to_owned());
    }
    if url.path() != "/" {
        return wrong(
            "it must not have a path, because clients look for the server at the root of a host",
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("it must not have a query or fragment");
    }
    Ok(url)
}

/// Where the database is.
pub(in crate::config) fn database_url(text: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
    text.parse()
}

/// The form of log lines.
pub(in crate::config) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!(
            "{text:?} is not a log format: it is `text` or `json`"
        )),
    }
}

/// A level, or several with the parts of the program that they are for.
pub(in crate::config) fn log_level(text: &str) -> Result<String, String> {
    let wrong = || {
        format!(
            "{text:?} is not a log level: it is `error`, `warn`, `info`, `debug` or `trace`, or such as `info,atoll_upstream=debug`"
        )
    };
    let is_level = |level: &str| LEVELS.iter().any(|known| known.eq_ignore_ascii_case(level));
    // Without a level of its own a word would be taken for a part of the program, a misspelt level too.
    let is_known = |part: &&str| is_level(part.rsplit_once('=').map_or(*part, |(_, level)| level));
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let level = parts.join(",");
    if !parts.iter().all(is_known) || tracing_subscriber::EnvFilter::try_new(&level).is_err() {
        return Err(wrong());
    }
    Ok(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listen_addresses() {
        assert_eq!(
            listen("localhost:8443").unwrap(),
            "127.0.0.1:8443".parse().unwrap()
        );
        assert_eq!(listen("[::]:0").unwrap(), "[::]:0".parse().unwrap());
        for text in [
            "",
            "8443",
            ":8443",
            "0.0.0.0",
            "example.com:8443",
            "::1:8443",
            "0.0.0.0:65536",
            "https://0.0.0.0:8443",
        ] {
            assert!(
                listen(text)
                    .unwrap_err()
                    .contains("not an address to listen on"),
                "{text}"
            );
        }
    }

    #[test]
    fn public_urls() {
        for text in [
            "https://atoll.example.com",
            "https://atoll.example.com/",
            "http://10.0.0.1:8080",
            "https://[::1]:8443",
        ] {
            assert!(public_url(text).is_ok(), "{text}");
        }
        for (text, rule) in [
            ("", "write https://HOST"),
            ("atoll.example.com", "write https://HOST"),
            ("atoll.example.com:8443", "write https://HOST"),
            ("ftp://atoll.example.com", "write https://HOST"),
            ("https://", "write https://HOST"),
            ("https://atoll.example.com/atoll", "must not have a path"),
            ("https://atoll.example.com/?x", "query or fragment"),
            ("https://atoll.example.com/#x", "query or fragment"),
        ] {
            let error = public_url(text).unwrap_err();
            assert!(error.contains(rule), "{text}: {error}");
        }
        let error = public_url("https://ann:s3cret@atoll.example.com").unwrap_err();
        assert!(
            error.contains("password") && !error.contains("s3cret"),
            "{error}"
        );
    }

    #[test]
    fn log_levels() {
        for text in [
            "info",
            "WARN",
            "off",
            "info,atoll_upstream=debug",
            "warn, atoll=trace",
        ] {
            assert!(log_level(text).is_ok(), "{text}");
        }
        for text in ["", "verbose", "infos", "info,", "atoll=loud", "info,sqlx"] {
            assert!(log_level(text).is_err(), "{text}");
        }
    }
}
