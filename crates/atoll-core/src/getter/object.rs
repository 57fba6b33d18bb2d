//! Archives in buckets: S3 and what speaks like it, and Google Cloud Storage.

use std::fmt;

use url::Url;

use super::archive::take_archive;
use super::query::Query;
use super::{ArchiveChecksum, ArchiveFormat, GetterError};

/// An archive in an S3 bucket.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Source {
    /// The object's address.
    pub url: Url,
    /// The region that signatures name.
    pub region: String,
    /// The keys that the address carries.
    pub credentials: Option<S3Credentials>,
    /// What the address says it is; the content decides where it says nothing.
    pub format: Option<ArchiveFormat>,
    /// What its bytes must hash to.
    pub checksum: Option<ArchiveChecksum>,
}

/// Keys from an address. They do not print.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Credentials {
    /// Which key.
    pub access_key_id: String,
    /// The key.
    pub access_key_secret: String,
    /// The session that the key belongs to.
    pub token: Option<String>,
}

/// An archive in a bucket of Google Cloud Storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GcsSource {
    /// The bucket.
    pub bucket: String,
    /// The object, as it stands in a URL.
    pub object: String,
    /// Which generation of it; the newest where there is none.
    pub generation: Option<u64>,
    /// What the address says it is; the content decides where it says nothing.
    pub format: Option<ArchiveFormat>,
    /// What its bytes must hash to.
    pub checksum: Option<ArchiveChecksum>,
}

const REGION_DEFAULT: &str = "us-east-1";

impl S3Source {
    pub(super) fn parse(mut url: Url) -> Result<Self, GetterError> {
        let mut query = Query::of(&url);
        let (format, checksum) = take_archive(&mut query, &url)?;
        let credentials = take_credentials(&mut query)?;
        let version = query.take("version");
        let named = query.take("region");
        if let Some(name) = query.left() {
            return Err(GetterError::parameter(&name, "S3 addresses have no such"));
        }
        let host = url.host_str().ok_or(GetterError::Host)?;
        let (is_path_style, region) = aws_region(host)
            .unwrap_or_else(|| (true, named.unwrap_or_else(|| REGION_DEFAULT.to_owned())));
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if region.is_empty() || !region.bytes().all(is_word) {
            return Err(GetterError::parameter(
                "region",
                "a word such as `eu-west-1`",
            ));
        }
        check_object(url.path(), is_path_style)?;
        url.set_query(None);
        url.set_fragment(None);
        if let Some(version) = version {
            url.query_pairs_mut().append_pair("versionId", &version);
        }
        Ok(Self {
            url,
            region,
            credentials,
            format,
            checksum,
        })
    }

    /// Whether another address is one in the same bucket, where the same keys are good.
    pub fn has_in_its_bucket(&self, url: &Url) -> bool {
        let is_path_style = |host| aws_region(host).is_none_or(|(is_path_style, _)| is_path_style);
        let bucket = |url: &Url| {
            let path = url.path().trim_start_matches('/').to_owned();
            path.split_once('/').map(|(bucket, _)| bucket.to_owned())
        };
        self.url.origin() == url.origin()
            && (!self.url.host_str().is_none_or(is_path_style) || bucket(&self.url) == bucket(url))
    }
}

/// Whether the bucket stands in the path of this AWS host, and its region. `None` for other hosts.
fn aws_region(host: &str) -> Option<(bool, String)> {
    let stem = host.strip_suffix(".amazonaws.com")?;
    let Some((bucket, service)) = stem.rsplit_once("s3") else {
        return Some((true, REGION_DEFAULT.to_owned()));
    };
    let service = service.strip_prefix(".dualstack").unwrap_or(service);
    let region = service.trim_start_matches(['-', '.']);
    let region = if region.is_empty() {
        REGION_DEFAULT
    } else {
        region
    };
    Some((bucket.is_empty(), region.to_owned()))
}

fn check_object(path: &str, is_path_style: bool) -> Result<(), GetterError> {
    let path = path.trim_start_matches('/');
    let object = if is_path_style {
        path.split_once('/').map(|(_, object)| object)
    } else {
        Some(path)
    };
    match object {
        Some(object) if !object.is_empty() && !object.ends_with('/') => Ok(()),
        _ => Err(GetterError::Object),
    }
}

fn take_credentials(query: &mut Query) -> Result<Option<S3Credentials>, GetterError> {
    let access_key_id = query.take("aws_access_key_id");
    let access_key_secret = query.take("aws_access_key_secret");
    let token = query.take("aws_access_token");
    // Never sent: a profile names a file of the client's own.
    query.take("aws_profile");
    match (access_key_id, access_key_secret) {
        (None, None) if token.is_none() => Ok(None),
        (Some(access_key_id), Some(access_key_secret)) => Ok(Some(S3Credentials {
            access_key_id,
            access_key_secret,
            token,
        })),
        _ => {
            let rule = "an id and a secret come together";
            Err(GetterError::parameter("aws_access_key_id", rule))
        }
    }
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

impl GcsSource {
    pub(super) fn parse(url: &Url) -> Result<Self, GetterError> {
        let path = url.path().trim_start_matches('/');
        let path = match url.host_str() {
            Some("www.googleapis.com") => path.strip_prefix("storage/v1/"),
            Some("storage.googleapis.com") => {
                Some(path.strip_prefix("storage/v1/").unwrap_or(path))
            }
            _ => return Err(GetterError::Host),
        };
        let (bucket, object) = path
            .and_then(|path| path.split_once('/'))
            .filter(|(bucket, object)| {
                !bucket.is_empty() && !object.is_empty() && !object.ends_with('/')
            })
            .ok_or(GetterError::Object)?;
        let mut query = Query::of(url);
        // What is relative to an object is so to where it is downloaded.
        let download = Url::parse(&format!("https://storage.googleapis.com/{bucket}/{object}"))?;
        let (format, checksum) = take_archive(&mut query, &download)?;
        if let Some(name) = query.left() {
            return Err(GetterError::parameter(&name, "GCS addresses have no such"));
        }
        let generation = url
            .fragment()
            .map(str::parse)
            .transpose()
            .map_err(|_| GetterError::parameter("#", "the number of a generation"))?;
        Ok(Self {
            bucket: bucket.to_owned(),
            object: object.to_owned(),
            generation,
            format,
            checksum,
        })
    }
}
