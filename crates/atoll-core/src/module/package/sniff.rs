//! What a file is, by its first bytes.

use crate::excerpt::excerpt;
use crate::getter::ArchiveFormat;

/// How many bytes [`ArchiveFormat::sniff`] wants to see, in bytes; a shorter file is given whole.
pub const SNIFF_BYTES: usize = 1024;

/// The size of a tar's blocks, in bytes.
pub(super) const TAR_BLOCK_BYTES: usize = 512;

/// Where the sum of a tar's header stands in it.
const TAR_SUM: std::ops::Range<usize> = 148..156;

/// What was got in place of an archive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnArchive {
    /// No byte at all.
    #[error("got an empty file in place of an archive")]
    Empty,
    /// A page for people.
    #[error(
        "got an HTML page (a login page?) in place of an archive: check the address, and whether it wants credentials"
    )]
    Html,
    /// A document for programs.
    #[error("got JSON in place of an archive (an error message?), which begins {0:?}")]
    Json(Box<str>),
    /// Any other text.
    #[error("got text in place of an archive, which begins {0:?}")]
    Text(Box<str>),
    /// Something else.
    #[error(
        "the file is no archive of a known format: zip, tar, tar.gz, tar.xz, tar.bz2 or tar.zst"
    )]
    Unknown,
}

impl ArchiveFormat {
    /// The format of a file that begins with these bytes. What is compressed is taken for a tar until it is unpacked.
    pub fn sniff(head: &[u8]) -> Result<Self, NotAnArchive> {
        match head {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Ok(Self::Zip),
            [0x1f, 0x8b, ..] => Ok(Self::TarGz),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Ok(Self::TarXz),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..] => Ok(Self::TarBz2),
            // A frame, or one of those that are skipped.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Ok(Self::TarZst),
            _ if is_tar(head) => Ok(Self::Tar),
            _ => Err(document(head)),
        }
    }
}

/// Whether a file that begins with these bytes is a tar: its first header has the right sum, or it ends at once.
pub(super) fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.get(..TAR_BLOCK_BYTES) else {
        return false;
    };
    let Some(field) = block.get(TAR_SUM) else {
        return false;
    };
    let digits: String = field
        .iter()
        .skip_while(|byte| **byte == b' ')
        .take_while(|byte| byte.is_ascii_digit())
        .map(|byte| char::from(*byte))
        .collect();
    let expected = u32::from_str_radix(&digits, 8).ok();
    let sum = block.iter().enumerate().fold(0_u32, |sum, (at, byte)| {
        sum + u32::from(if TAR_SUM.contains(&at) { b' ' } else { *byte })
    });
    expected == Some(sum) || block.iter().all(|byte| *byte == 0)
}

fn document(head: &[u8]) -> NotAnArchive {
    if head.is_empty() {
        return NotAnArchive::Empty;
    }
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The last character may have been cut.
        Err(error) if error.error_len().is_none() => head
            .get(..error.valid_up_to())
            .and_then(|head| std::str::from_utf8(head).ok())
            .unwrap_or_default(),
        Err(_) => return NotAnArchive::Unknown,
    };
    let text = text.trim_start_matches('\u{feff}').trim();
    let is_text = |c: char| !c.is_control() || c.is_whitespace();
    if text.is_empty() || !text.chars().all(is_text) {
        return NotAnArchive::Unknown;
    }
    let start: String = text.chars().take(16).collect::<String>().to_lowercase();
    if ["<!doctype", "<html", "<head", "<!--"]
        .iter()
        .any(|tag| start.starts_with(tag))
    {
        return NotAnArchive::Html;
    }
    if text.starts_with(['{', '[']) {
        return NotAnArchive::Json(excerpt(text).into());
    }
    NotAnArchive::Text(excerpt(text).into())
}
