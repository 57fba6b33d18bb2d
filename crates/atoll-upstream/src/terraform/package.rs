//! What a registry says about one package: its address, digest, sums and keys.
//!
//! Spec: <https://developer.hashicorp.com/terraform/internals/provider-registry-protocol#find-a-provider-package>

use std::collections::BTreeMap;

use atoll_core::digest::Digest;
use atoll_core::platform::Platform;
use serde_json::Value;
use url::Url;

use super::fields::Fields;
use crate::{Document, FetchError};

/// One package of a provider version. Every part was checked, and an error names the part.
#[derive(Clone, Debug)]
pub struct PackageDoc {
    /// Plugin protocol versions, such as `5.0`; may be empty.
    pub protocols: Vec<String>,
    /// Name of the zip, as in its line of the sums.
    pub filename: String,
    /// Where the zip is.
    pub download_url: Url,
    /// SHA-256 of the zip.
    pub digest: Digest,
    /// Where the sums are, if anywhere.
    pub shasums_url: Option<Url>,
    /// Where their signature is, if anywhere.
    pub shasums_signature_url: Option<Url>,
    /// The keys that upstream serves for it; empty where it signs nothing.
    pub keys: Vec<PublishedKey>,
    /// OpenTofu's block about all platforms, where it is there and readable.
    pub packages: BTreeMap<Platform, ListedPackage>,
}

/// A public key as a registry serves it. Nothing about it was verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishedKey {
    /// The key.
    pub ascii_armor: String,
    /// What the registry calls it.
    pub key_id: String,
    /// Whose it is.
    pub source: String,
    /// Where they are.
    pub source_url: String,
    /// A signature by HashiCorp's partner key, or empty; to be passed on as it is.
    pub trust_signature: String,
}

/// A platform in OpenTofu's `packages` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPackage {
    /// `zh:` and `h1:` hashes.
    pub hashes: Vec<String>,
    /// Size of the zip in bytes.
    pub size: Option<u64>,
}

/// Keys per package; the public registry serves one or two.
const KEYS_MAX: usize = 64;
/// Longest file name that file systems bear.
const FILENAME_BYTES_MAX: usize = 255;

impl PackageDoc {
    pub(crate) fn parse(document: &Document, platform: &Platform) -> Result<Self, FetchError> {
        let fields = Fields::parse(document)?;
        check_platform(&fields, platform)?;
        Ok(Self {
            protocols: protocols(&fields)?,
            filename: filename(&fields)?,
            download_url: fields.url("download_url")?,
            digest: digest(&fields)?,
            shasums_url: fields.optional_url("shasums_url")?,
            shasums_signature_url: fields.optional_url("shasums_signature_url")?,
            keys: keys(&fields)?,
            packages: packages(&fields),
        })
    }
}

fn check_platform(fields: &Fields<'_>, platform: &Platform) -> Result<(), FetchError> {
    let (os, arch) = (fields.text("os")?, fields.text("arch")?);
    let expected = platform.to_string();
    if format!("{os}_{arch}") == expected {
        return Ok(());
    }
    Err(fields.bad(
        "os, arch",
        format!("{os}_{arch} instead of the {expected} we asked for"),
    ))
}

fn protocols(fields: &Fields<'_>) -> Result<Vec<String>, FetchError> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parse = |value: &Value| {
        let text = value.as_str()?;
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        (is_number(major) && is_number(minor)).then(|| text.to_owned())
    };
    fields
        .array("protocols")?
        .iter()
        .map(|value| {
            parse(value).ok_or_else(|| fields.bad("protocols", "not a list of major.minor"))
        })
        .collect()
}

fn filename(fields: &Fields<'_>) -> Result<String, FetchError> {
    let name = fields.text("filename")?;
    let is_plain = !name.starts_with('.')
        && name.len() <= FILENAME_BYTES_MAX
        && name
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'\\'));
    if is_plain {
        Ok(name.to_owned())
    } else {
        Err(fields.bad("filename", "not a plain file name"))
    }
}

fn digest(fields: &Fields<'_>) -> Result<Digest, FetchError> {
    let hex = fields.text("shasum")?.to_ascii_lowercase();
    format!("sha256:{hex}")
        .parse()
        .map_err(|_| fields.bad("shasum", "not 64 hexadecimal digits"))
}

fn keys(fields: &Fields<'_>) -> Result<Vec<PublishedKey>, FetchError> {
    const FIELD: &str = "signing_keys.gpg_public_keys";
    let listed = match fields
        .object("signing_keys")?
        .and_then(|keys| keys.get("gpg_public_keys"))
    {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(listed)) => listed,
        Some(_) => return Err(fields.bad(FIELD, "not an array")),
    };
    if listed.len() > KEYS_MAX {
        return Err(fields.bad(FIELD, format!("more than {KEYS_MAX} keys")));
    }
    let key = |value: &Value| {
        let text = |name: &str| match value.get(name) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(fields.bad(FIELD, format!("{name} is not a string"))),
        };
        let ascii_armor = text("ascii_armor")?;
        if ascii_armor.is_empty() {
            return Err(fields.bad(FIELD, "a key without ascii_armor"));
        }
        Ok(PublishedKey {
            ascii_armor,
            key_id: text("key_id")?,
            source: text("source")?,
            source_url: text("source_url")?,
            trust_signature: text("trust_signature")?,
        })
    };
    listed.iter().map(key).collect()
}

/// The block is a bonus, so what can't be read is left out.
fn packages(fields: &Fields<'_>) -> BTreeMap<Platform, ListedPackage> {
    let Some(Value::Object(listed)) = fields.value("packages") else {
        return BTreeMap::new();
    };
    let parse = |(platform, package): (&String, &Value)| {
        let hashes = package
            .get("hashes")?
            .as_array()?
            .iter()
            .filter_map(Value::as_str);
        let size = package
            .get("package_size")
            .and_then(Value::as_u64)
            .filter(|size| *size > 0);
        let package = ListedPackage {
            hashes: hashes.map(str::to_owned).collect(),
            size,
        };
        Some((platform.parse().ok()?, package))
    };
    listed.iter().filter_map(parse).collect()
}
