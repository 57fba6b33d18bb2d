use std::collections::HashMap;
use std::fmt;

use crate::digest::{Algorithm, Digest};
use crate::excerpt::excerpt;

use super::rule::{SumsError, SumsRule};

/// The longest file that is read, in bytes. Releases have some tens of lines.
pub const SUMS_BYTES_MAX: usize = 1 << 20;

/// The digits of a SHA-256 digest.
pub(super) const HEX_CHARS: usize = 64;

/// File names and their SHA-256 digests, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShaSums {
    entries: Vec<(Box<str>, Digest)>,
}

impl ShaSums {
    /// Reads a file that is about to be published: anything a client could stumble over is an error.
    pub fn parse_strict(bytes: &[u8]) -> Result<Self, SumsError> {
        if bytes.len() > SUMS_BYTES_MAX {
            return Err(SumsError::TooLarge(bytes.len()));
        }
        let mut entries = Vec::new();
        let mut lines = HashMap::new();
        for (number, line) in (1..).zip(
            bytes
                .strip_suffix(b"\n")
                .unwrap_or(bytes)
                .split(|byte| *byte == b'\n'),
        ) {
            let refused = |rule| SumsError::Line {
                line: number,
                quoted: excerpt(&String::from_utf8_lossy(line)).into(),
                rule,
            };
            let (name, digest) = match parse_line(line) {
                Err(SumsRule::Blank) if bytes.is_empty() => return Err(SumsError::Empty),
                parsed => parsed.map_err(refused)?,
            };
            if let Some(first) = lines.insert(name, number) {
                return Err(refused(SumsRule::Duplicate(first)));
            }
            entries.push((name.into(), digest));
        }
        Ok(Self { entries })
    }

    /// Reads what another registry published, as far as it can be read.
    ///
    /// Of several lines for one name the first counts, as it does for clients.
    pub fn parse_lenient(bytes: &[u8]) -> Self {
        let mut sums = Self::default();
        let mut seen = std::collections::HashSet::new();
        for line in bytes.split(|byte| *byte == b'\n') {
            if let Some((name, digest)) = parse_line_leniently(line)
                && seen.insert(name)
            {
                sums.entries.push((name.into(), digest));
            }
        }
        sums
    }

    /// Lists some files. Fails on a name or digest that could not stand in a `SHA256SUMS` file.
    pub fn from_entries<'a>(
        entries: impl IntoIterator<Item = (&'a str, Digest)>,
    ) -> Result<Self, SumsError> {
        let entries = entries
            .into_iter()
            .map(|(name, digest)| (name.into(), digest))
            .collect();
        let sums = Self { entries };
        let checked = Self::parse_strict(sums.render().as_bytes())?;
        // A name with a line feed reads back as two lines.
        if checked == sums {
            return Ok(sums);
        }
        let strange = sums
            .entries
            .iter()
            .zip(&checked.entries)
            .position(|(given, read)| given != read);
        let line = strange.unwrap_or(checked.entries.len().min(sums.entries.len())) + 1;
        Err(SumsError::Line {
            line,
            quoted: Box::default(),
            rule: SumsRule::SpaceInName,
        })
    }

    /// The file, one line `digest  name` for each entry.
    pub fn render(&self) -> String {
        self.to_string()
    }

    /// The digest of a file, by its exact name.
    pub fn get(&self, name: &str) -> Option<&Digest> {
        self.iter()
            .find(|(listed, _)| *listed == name)
            .map(|(_, digest)| digest)
    }

    /// Names and digests, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Digest)> {
        self.entries.iter().map(|(name, digest)| (&**name, digest))
    }

    /// How many files are listed.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if no file is listed.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl fmt::Display for ShaSums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter()
            .try_for_each(|(name, digest)| writeln!(f, "{}  {name}", digest.hex()))
    }
}

fn parse_line(line: &[u8]) -> Result<(&str, Digest), SumsRule> {
    let line = std::str::from_utf8(line).map_err(|_| SumsRule::NotText)?;
    if line.contains('\r') {
        return Err(SumsRule::CarriageReturn);
    }
    if line.trim().is_empty() {
        return Err(SumsRule::Blank);
    }
    let (hex, name) = line.split_once(' ').unwrap_or((line, ""));
    if hex.len() != HEX_CHARS || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(SumsRule::NotADigest);
    }
    let digest = sha256(hex).map_err(|_| SumsRule::UpperCase)?;
    let name = name.trim_start_matches(' ');
    if name.is_empty() {
        return Err(SumsRule::NoName);
    }
    if name.starts_with('*') {
        return Err(SumsRule::BinaryMark);
    }
    if name.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
        return Err(SumsRule::SpaceInName);
    }
    if name.contains(['/', '\\']) {
        return Err(SumsRule::Path);
    }
    Ok((name, digest))
}

fn parse_line_leniently(line: &[u8]) -> Option<(&str, Digest)> {
    let mut words = std::str::from_utf8(line).ok()?.split_whitespace();
    let (hex, name) = (words.next()?, words.next()?);
    let name = name.strip_prefix('*').unwrap_or(name);
    let digest = sha256(&hex.to_ascii_lowercase()).ok()?;
    (!name.is_empty()).then_some((name, digest))
}

fn sha256(hex: &str) -> Result<Digest, crate::digest::DigestError> {
    format!("{}:{hex}", Algorithm::Sha256).parse()
}
