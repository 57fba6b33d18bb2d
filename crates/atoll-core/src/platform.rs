//! Operating systems and architectures, as Terraform spells them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest operating system or architecture, in bytes.
const PART_BYTES_MAX: usize = 32;

/// What a package runs on, such as `linux_amd64`.
///
/// Spec: <https://developer.hashicorp.com/terraform/internals/provider-registry-protocol>
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Platform {
    os: Box<str>,
    arch: Box<str>,
}

/// A text that names no platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a platform is an operating system and an architecture of lower-case letters and digits, such as linux_amd64, not {0:?}"
)]
pub struct PlatformError(Box<str>);

impl Platform {
    /// A platform of its two parts.
    pub fn new(os: &str, arch: &str) -> Result<Self, PlatformError> {
        if is_part(os) && is_part(arch) {
            Ok(Self {
                os: os.into(),
                arch: arch.into(),
            })
        } else {
            Err(PlatformError(
                format!("{os}_{arch}")
                    .chars()
                    .take(2 * PART_BYTES_MAX)
                    .collect(),
            ))
        }
    }

    /// The operating system, such as `linux`, in Go's words.
    pub fn os(&self) -> &str {
        &self.os
    }

    /// The architecture, such as `amd64`, in Go's words.
    pub fn arch(&self) -> &str {
        &self.arch
    }
}

fn is_part(text: &str) -> bool {
    let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9');
    !text.is_empty() && text.len() <= PART_BYTES_MAX && text.bytes().all(is_plain)
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        match text.split_once('_') {
            Some((os, arch)) => Self::new(os, arch),
            None => Err(PlatformError(
                text.chars().take(2 * PART_BYTES_MAX).collect(),
            )),
        }
    }
}

impl TryFrom<String> for Platform {
    type Error = PlatformError;

    fn try_from(text: String) -> Result<Self, PlatformError> {
        text.parse()
    }
}

impl From<Platform> for String {
    fn from(platform: Platform) -> Self {
        platform.to_string()
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}_{}", self.os, self.arch))
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Platform({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn platforms_of_real_providers_parse() {
        for text in [
            "linux_amd64",
            "darwin_arm64",
            "windows_386",
            "freebsd_arm",
            "solaris_amd64",
            "js_wasm",
        ] {
            let platform: Platform = text.parse().unwrap();
            assert_eq!(platform.to_string(), text);
            assert_eq!(Platform::new(platform.os(), platform.arch()), Ok(platform));
        }
    }

    #[test]
    fn others_are_refused() {
        for text in [
            "",
            "_",
            "linux",
            "linux_",
            "_amd64",
            "linux_amd64_",
            "linux__amd64",
            "linux_x86_64",
            "Linux_amd64",
            "linux-amd64",
            "linux/amd64",
            "linux_amd64 ",
            "linux_amd64\n",
            "../_x",
            "linux_\u{e4}",
        ] {
            assert_eq!(
                text.parse::<Platform>(),
                Err(PlatformError(text.into())),
                "{text:?}"
            );
        }
        let error = format!("{}_a", "x".repeat(1 << 20))
            .parse::<Platform>()
            .unwrap_err();
        assert!(error.to_string().len() < 300);
    }

    #[test]
    fn json_goes_through_the_parser() {
        let platform: Platform = serde_json::from_str("\"linux_amd64\"").unwrap();
        assert_eq!(serde_json::to_string(&platform).unwrap(), "\"linux_amd64\"");
        assert!(serde_json::from_str::<Platform>("\"linux\"").is_err());
    }

    proptest! {
        #[test]
        fn display_parses_back(text in "[a-z0-9]{1,32}_[a-z0-9]{1,32}") {
            prop_assert_eq!(text.parse::<Platform>().unwrap().to_string(), text);
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,80}") {
            let _ = text.parse::<Platform>();
        }
    }
}
