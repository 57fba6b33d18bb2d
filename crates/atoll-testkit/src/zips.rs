//! Zip files for tests: good ones, and ones that must be refused.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use aws_lc_rs::digest::{Context, SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// Builds a zip entry by entry. The same entries make the same bytes.
pub struct ZipBuilder {
    writer: ZipWriter<Cursor<Vec<u8>>>,
}

impl Default for ZipBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl ZipBuilder {
    /// An empty zip.
    pub fn new() -> Self {
        Self {
            writer: ZipWriter::new(Cursor::new(Vec::new())),
        }
    }

    /// Adds a file by any name, good or bad.
    #[must_use]
    pub fn file(self, name: &str, mode: u32, content: impl AsRef<[u8]>) -> Self {
        self.entry(name, mode, content.as_ref(), CompressionMethod::Deflated)
    }

    /// Adds a file without compression.
    #[must_use]
    pub fn stored(self, name: &str, mode: u32, content: impl AsRef<[u8]>) -> Self {
        self.entry(name, mode, content.as_ref(), CompressionMethod::Stored)
    }

    /// Adds a directory entry.
    #[must_use]
    pub fn directory(mut self, name: &str) -> Self {
        let options = options(0o755, CompressionMethod::Stored);
        self.writer
            .add_directory(name, options)
            .expect("a directory entry");
        self
    }

    /// Adds a symbolic link.
    #[must_use]
    pub fn symlink(mut self, name: &str, target: &str) -> Self {
        let options = options(0o777, CompressionMethod::Stored);
        self.writer
            .add_symlink(name, target, options)
            .expect("a link entry");
        self
    }

    fn entry(mut self, name: &str, mode: u32, content: &[u8], method: CompressionMethod) -> Self {
        self.writer
            .start_file(name, options(mode, method))
            .expect("a file entry");
        self.writer.write_all(content).expect("writing to memory");
        self
    }

    /// The bytes.
    pub fn build(self) -> Bytes {
        self.writer
            .finish()
            .expect("a complete zip")
            .into_inner()
            .into()
    }
}

fn options(mode: u32, method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(mode)
}

/// A provider's zip: one tiny shell script with an executable's mode. Differs by platform.
pub fn provider(type_: &str, version: &str, platform: &str) -> Bytes {
    let script = format!("#!/bin/sh\necho {type_} {version} {platform}\n");
    let suffix = if platform.starts_with("windows_") {
        ".exe"
    } else {
        ""
    };
    ZipBuilder::new()
        .file(
            &format!("terraform-provider-{type_}_v{version}{suffix}"),
            0o755,
            script,
        )
        .file("LICENSE", 0o644, "Nobody owns this.\n")
        .build()
}

/// A provider's zip padded with bytes that don't compress, for streams that take a while.
pub fn large_provider(type_: &str, version: &str, platform: &str, padding_bytes: usize) -> Bytes {
    let script = format!("#!/bin/sh\necho {type_} {version} {platform}\n");
    ZipBuilder::new()
        .file(
            &format!("terraform-provider-{type_}_v{version}"),
            0o755,
            script,
        )
        .stored("padding.bin", 0o644, noise(padding_bytes))
        .build()
}

/// A provider's zip with a directory entry, which makes `h1:` hashes unstable.
pub fn with_directory_entry(type_: &str, version: &str) -> Bytes {
    ZipBuilder::new()
        .directory("docs/")
        .file("docs/readme.md", 0o644, "# Hello\n")
        .file(
            &format!("terraform-provider-{type_}_v{version}"),
            0o755,
            "#!/bin/sh\n",
        )
        .build()
}

/// A zip with one entry under a hostile name, such as `/etc/passwd` or `../x`.
pub fn with_entry_named(name: &str) -> Bytes {
    ZipBuilder::new().file(name, 0o644, "hello\n").build()
}

/// A provider's zip whose unpacked size is a multiple of what it looks like.
pub fn bomb(type_: &str, version: &str, unpacked_bytes: usize) -> Bytes {
    ZipBuilder::new()
        .file(
            &format!("terraform-provider-{type_}_v{version}"),
            0o755,
            vec![0; unpacked_bytes],
        )
        .build()
}

/// A zip in which two entries have the same name.
pub fn with_duplicate_entries(name: &str) -> Bytes {
    let twin: String = name
        .chars()
        .map(|char| if char == 'a' { 'b' } else { 'a' })
        .collect();
    let zip = ZipBuilder::new()
        .file(name, 0o644, "one\n")
        .file(&twin, 0o644, "two\n")
        .build();
    replace_all(&zip, twin.as_bytes(), name.as_bytes()).into()
}

fn replace_all(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        if let Some(tail) = rest.strip_prefix(from) {
            out.extend_from_slice(to);
            rest = tail;
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    out
}

/// Bytes that don't compress and are the same every time.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes = Vec::with_capacity(length.saturating_add(8));
    while bytes.len() < length {
        bytes.extend_from_slice(&next());
    }
    bytes.truncate(length);
    bytes
}

/// The `h1:` hash of a zip, computed apart from the code under test.
pub fn h1(zip: &[u8]) -> String {
    let mut archive = ZipArchive::new(Cursor::new(zip)).expect("a zip");
    let mut lines = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("an entry");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("a readable entry");
        let name = entry.name().expect("a readable name").into_owned();
        lines.insert(name, sha256_hex(&content));
    }
    let mut summary = Context::new(&SHA256);
    for (name, hex) in lines {
        summary.update(format!("{hex}  {name}\n").as_bytes());
    }
    format!("h1:{}", BASE64_STANDARD.encode(summary.finish()))
}

/// SHA-256 in lower-case hexadecimal digits, computed apart from the code under test.
pub fn sha256_hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest(&SHA256, bytes).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_entries_make_the_same_bytes() {
        assert_eq!(
            provider("demo", "1.2.3", "linux_amd64"),
            provider("demo", "1.2.3", "linux_amd64")
        );
        assert_ne!(
            provider("demo", "1.2.3", "linux_amd64"),
            provider("demo", "1.2.3", "linux_arm64")
        );
    }

    #[test]
    fn duplicate_entries_are_in_the_bytes() {
        let zip = with_duplicate_entries("a.txt");
        let found = zip.windows(5).filter(|window| window == b"a.txt").count();
        assert_eq!(
            found, 4,
            "two local headers and two in the central directory"
        );
    }

    #[test]
    fn h1_is_what_the_dirhash_algorithm_says() {
        let zip = ZipBuilder::new().file("a", 0o644, "").build();
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let expected = digest(&SHA256, format!("{empty}  a\n").as_bytes());
        assert_eq!(h1(&zip), format!("h1:{}", BASE64_STANDARD.encode(expected)));
    }
}
