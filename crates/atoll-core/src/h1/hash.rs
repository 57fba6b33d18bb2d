use std::fmt;
use std::io::{self, Read, Seek};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zip::extra_fields::ExtraField;

use crate::archive::{self, Archive, ArchiveError};
use crate::digest::{Algorithm, Digest, Hasher};
use crate::excerpt::excerpt;
use crate::kind::ErrorKind;

/// How much of an entry is unpacked at a time, in bytes.
pub(super) const READ_BYTES: usize = 256 << 10;

/// The bytes of a SHA-256 digest.
const HASH_BYTES: usize = 32;

const PREFIX: &str = "h1:";

/// A hash over the names and contents of a package's files, such as `h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=`.
///
/// It doesn't depend on compression, order, times or modes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct H1(pub(super) [u8; HASH_BYTES]);

/// Why a package has no `h1:` hash.
#[derive(Debug, thiserror::Error)]
pub enum H1Error {
    /// The package can't be opened.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// An entry can't be unpacked.
    #[error("failed to unpack {entry:?} for its h1 hash")]
    Entry {
        /// The name of the entry.
        entry: Box<str>,
        /// What is wrong with it, or with the way to it.
        source: ArchiveError,
    },
    /// The hash is made of lines, one for each name.
    #[error("the file name {0:?} has a line feed in it, so there is no h1 hash")]
    LineFeed(Box<str>),
    /// Clients don't know of such names, the zip library reads nothing else.
    #[error("the entry {0:?} has a second name in an extra field, so its name is uncertain")]
    SecondName(Box<str>),
    /// The hash is made of SHA-256 digests.
    #[error("the digest of {0:?} is not a SHA-256 digest")]
    NotSha256(Box<str>),
}

impl H1Error {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Archive(source) | Self::Entry { source, .. } => source.kind(),
            Self::LineFeed(_) | Self::SecondName(_) | Self::NotSha256(_) => ErrorKind::Invalid,
        }
    }
}

/// A text that is no `h1:` hash.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an h1 hash is `h1:` and 44 characters of base64, not {0:?}")]
pub struct H1TextError(Box<str>);

/// Gathers the files of a package, in any order.
#[derive(Debug, Default)]
pub struct H1Builder {
    lines: Vec<(Vec<u8>, Digest)>,
}

impl H1Builder {
    /// Without any file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file by its path from the package's root, with forward slashes, and the SHA-256 digest of its content.
    pub fn add(&mut self, name: &[u8], content: Digest) -> Result<(), H1Error> {
        if name.contains(&b'\n') {
            return Err(H1Error::LineFeed(lossy(name)));
        }
        if content.algorithm() != Algorithm::Sha256 {
            return Err(H1Error::NotSha256(lossy(name)));
        }
        self.lines.push((name.to_vec(), content));
        Ok(())
    }

    /// The hash over what was added.
    pub fn finish(mut self) -> H1 {
        // Bytewise, as Go sorts strings.
        self.lines.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut hash = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        for (name, content) in &self.lines {
            hash.update(content.hex().as_bytes());
            hash.update(b"  ");
            hash.update(name);
            hash.update(b"\n");
        }
        let mut bytes = [0; HASH_BYTES];
        bytes.copy_from_slice(hash.finish().as_ref());
        H1(bytes)
    }
}

impl H1 {
    /// Unpacks a provider's zip and hashes what is in it. Memory use doesn't grow with the archive's size.
    pub fn of_zip<R: Read + Seek>(zip: R) -> Result<Self, H1Error> {
        let Archive { mut zip, meter } = archive::open(zip)?;
        let mut builder = H1Builder::new();
        let mut buffer = vec![0; READ_BYTES];
        for index in 0..zip.len() {
            let mut entry = zip.by_index(index).map_err(|error| H1Error::Entry {
                entry: format!("entry {index}").into(),
                source: meter.judge(error),
            })?;
            let name = entry.name_raw().to_vec();
            if entry
                .extra_data_fields()
                .any(|field| matches!(field, ExtraField::UnicodePath(_)))
            {
                return Err(H1Error::SecondName(lossy(&name)));
            }
            let content = hash(&mut entry, &mut buffer).map_err(|error| H1Error::Entry {
                entry: lossy(&name),
                source: meter.judge(error.into()),
            })?;
            builder.add(&name, content)?;
        }
        Ok(builder.finish())
    }

    /// The hash over files whose SHA-256 digests are known.
    pub fn of_files<'a>(
        files: impl IntoIterator<Item = (&'a str, Digest)>,
    ) -> Result<Self, H1Error> {
        let mut builder = H1Builder::new();
        for (name, content) in files {
            builder.add(name.as_bytes(), content)?;
        }
        Ok(builder.finish())
    }
}

fn hash(content: &mut impl Read, buffer: &mut [u8]) -> io::Result<Digest> {
    let mut hasher = Hasher::new(Algorithm::Sha256);
    loop {
        let count = match content.read(buffer) {
            Ok(0) => return Ok(hasher.finish()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        hasher.update(buffer.get(..count).unwrap_or_default());
    }
}

fn lossy(name: &[u8]) -> Box<str> {
    excerpt(&String::from_utf8_lossy(name)).into()
}

impl fmt::Display for H1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", STANDARD.encode(self.0))
    }
}

impl fmt::Debug for H1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for H1 {
    type Err = H1TextError;

    fn from_str(text: &str) -> Result<Self, H1TextError> {
        let bytes = text
            .strip_prefix(PREFIX)
            .and_then(|base64| STANDARD.decode(base64).ok());
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(Self)
            .ok_or_else(|| H1TextError(excerpt(text).into()))
    }
}

impl TryFrom<String> for H1 {
    type Error = H1TextError;

    fn try_from(text: String) -> Result<Self, H1TextError> {
        text.parse()
    }
}

impl From<H1> for String {
    fn from(hash: H1) -> Self {
        hash.to_string()
    }
}
