//! `checksum=file:URL`: what an archive's bytes must hash to, in a file beside it.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

use super::source::shown_url;
use super::{Checksum, GetterError};
use crate::excerpt::excerpt;

/// Where it is written what an archive's bytes must hash to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchiveChecksum {
    /// In its address.
    Given(Checksum),
    /// In a file.
    InFile(ChecksumFile),
}

/// A file of checksums, in which an archive has one. Prints without anything that may be secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ChecksumFile {
    url: Url,
    /// What the archive may be called in it; its own name is the first.
    names: Vec<String>,
}

const RULE: &str = "behind `file:` comes the address of a file of checksums on a web server, by https or http and without a user name or password, or one relative to the archive";

impl ArchiveChecksum {
    /// Reads the parameter of the archive at this address.
    pub(super) fn parse(text: &str, archive: &Url) -> Result<Self, GetterError> {
        match text.strip_prefix("file:") {
            Some(file) => ChecksumFile::parse(file, archive).map(Self::InFile),
            None => text.parse().map(Self::Given),
        }
    }
}

impl ChecksumFile {
    fn parse(text: &str, archive: &Url) -> Result<Self, GetterError> {
        let bad = || GetterError::parameter("checksum", RULE);
        if text.is_empty() {
            return Err(bad());
        }
        let mut url = archive.join(text).map_err(|_| bad())?;
        let is_web = matches!(url.scheme(), "https" | "http");
        if !is_web || !url.username().is_empty() || url.password().is_some() {
            return Err(bad());
        }
        url.set_fragment(None);
        let names = names_of(archive, &url);
        Ok(Self { url, names })
    }

    /// Where it is.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The same file where another address is to be asked for it, such as a signed one.
    #[must_use]
    pub fn at(&self, url: Url) -> Self {
        let names = self.names.clone();
        Self { url, names }
    }

    /// What the archive is called in it, as far as a message may repeat it. It comes from a stranger, and may have line breaks.
    pub fn archive_name(&self) -> String {
        excerpt(self.names.first().map_or("", String::as_str))
    }

    /// The archive's checksum in the file: that of the first line which names it, or which has a checksum and nothing else.
    pub fn find(&self, file: &[u8]) -> Option<Checksum> {
        let text = String::from_utf8_lossy(file);
        text.lines().find_map(|line| self.read_line(line.trim()))
    }

    /// Reads `HEX  name`, `HEX *name`, `SHA256 (name) = HEX`, or digits alone.
    fn read_line(&self, line: &str) -> Option<Checksum> {
        if let Some((algorithm, rest)) = line.split_once(" (")
            && let Some((name, hex)) = rest.rsplit_once(") = ")
        {
            return Checksum::new(Some(algorithm), hex.trim()).filter(|_| self.is_named(name));
        }
        let Some((hex, name)) = line.split_once(|char: char| char.is_ascii_whitespace()) else {
            return Checksum::new(None, line);
        };
        let name = name.trim_start();
        // How the file was read when it was hashed.
        let name = name.strip_prefix(['*', '?']).unwrap_or(name);
        Checksum::new(None, hex).filter(|_| self.is_named(name))
    }

    fn is_named(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}

impl fmt::Debug for ChecksumFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&shown_url(&self.url))
    }
}

/// Its last component, its path from the file's directory, and its whole path.
fn names_of(archive: &Url, file: &Url) -> Vec<String> {
    let decoded = |path: &str| percent_decode_str(path).decode_utf8_lossy().into_owned();
    let path = decoded(archive.path());
    let file = decoded(file.path());
    let (directories, name) = split(&path);
    let (from, _) = split(&file);
    let alike = directories.iter().zip(&from).take_while(|(a, b)| a == b);
    let alike = alike.count();
    let up = from.iter().skip(alike).map(|_| "..");
    let down = directories.iter().skip(alike).copied();
    let relative: Vec<&str> = up.chain(down).chain([name]).collect();
    let relative = relative.join("/");
    vec![name.to_owned(), format!("./{relative}"), relative, path]
}

/// The directories of a path, and what it names in the last of them.
fn split(path: &str) -> (Vec<&str>, &str) {
    let mut components: Vec<&str> = path.split('/').collect();
    let name = components.pop().unwrap_or_default();
    (components, name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::read;
    use super::super::{GetterAddress, Source};
    use super::*;

    fn checksum_file(text: &str) -> ChecksumFile {
        let checksum = match read(text).source {
            Source::Archive(archive) => archive.checksum,
            Source::S3(object) => object.checksum,
            Source::Gcs(object) => object.checksum,
            other => panic!("{text} is {other:?}"),
        };
        match checksum {
            Some(ArchiveChecksum::InFile(file)) => file,
            other => panic!("{text} has {other:?}"),
        }
    }

    #[test]
    fn a_file_of_checksums_is_beside_its_archive_or_elsewhere() {
        for (text, url) in [
            (
                "https://h.example/x/a.zip?checksum=file:SUMS&b=1",
                "https://h.example/x/SUMS",
            ),
            (
                "https://h.example/x/a.zip?checksum=file:./a.zip.sha256",
                "https://h.example/x/a.zip.sha256",
            ),
            (
                "https://h.example/x/a.zip?checksum=file:../SUMS",
                "https://h.example/SUMS",
            ),
            (
                "https://h.example/x/a.zip//sub?checksum=file:/SUMS",
                "https://h.example/SUMS",
            ),
            (
                "https://h.example/a.zip?checksum=file:http://g.example/s%3Ft=1%23x",
                "http://g.example/s?t=1",
            ),
            (
                "https://h.example/a.zip?checksum=file%3Ahttps%3A%2F%2Fg.example%2Fs",
                "https://g.example/s",
            ),
            (
                "s3::https://s3.amazonaws.com/b/x/o.zip?checksum=file:SUMS",
                "https://s3.amazonaws.com/b/x/SUMS",
            ),
            (
                "gcs::https://www.googleapis.com/storage/v1/b/x/o.zip?checksum=file:SUMS",
                "https://storage.googleapis.com/b/x/SUMS",
            ),
        ] {
            assert_eq!(checksum_file(text).url().as_str(), url, "{text}");
        }
        let file = checksum_file("https://h.example/a.zip?checksum=file:s%3Ft=hush");
        assert!(!format!("{file:?}").contains("hush"), "{file:?}");
    }

    #[test]
    fn an_archive_is_named_by_its_path_from_the_file_too() {
        let hex = "0".repeat(64);
        for (archive, file, names) in [
            (
                "https://h.example/pkg/a.zip",
                "https://h.example/sums/SUMS",
                &[
                    "a.zip",
                    "../pkg/a.zip",
                    "./../pkg/a.zip",
                    "*../pkg/a.zip",
                    "/pkg/a.zip",
                ][..],
            ),
            (
                "https://h.example/x/a.zip",
                "../y/z/SUMS",
                &["../../x/a.zip"],
            ),
            ("https://h.example/x/y/a.zip", "/x/SUMS", &["y/a.zip"]),
            ("https://h.example/a.zip", "/a.zip/SUMS", &["../a.zip"]),
            ("https://h.example/a.zip", "/SUMS", &["./a.zip"]),
        ] {
            let file = checksum_file(&format!("{archive}?checksum=file:{file}"));
            for name in names {
                let line = format!("{hex}  {name}");
                assert!(file.find(line.as_bytes()).is_some(), "{archive} {line}");
            }
            for name in ["../a.zip.sig", "pkg/a.zip", "../../pkg/a.zip", "../b/a.zip"] {
                let line = format!("{hex}  {name}");
                assert!(file.find(line.as_bytes()).is_none(), "{archive} {line}");
            }
        }
    }

    #[test]
    fn a_message_repeats_a_part_of_a_long_name() {
        let text = format!(
            "https://h.example/{}.zip?checksum=file:S",
            "%C3%A9".repeat(300)
        );
        let shown = checksum_file(&text).archive_name();
        assert_eq!(shown, format!("{}…", "é".repeat(80)));
    }

    #[test]
    fn what_is_no_address_of_a_file_is_told_what_is_one() {
        for file in ["", "ftp://h.example/S", "https://me@h.example/S"] {
            let text = format!("https://h.example/a.zip?checksum=file:{file}");
            let error = text.parse::<GetterAddress>().unwrap_err().to_string();
            assert!(error.contains("by https or http"), "{file}: {error}");
        }
    }

    #[test]
    fn lines_of_both_styles_have_checksums() {
        let [md5, sha1, sha256, sha512] = [32, 40, 64, 128].map(|digits| "aB".repeat(digits / 2));
        let other = "0".repeat(64);
        let file = checksum_file("https://h.example/x/y/a%20b.zip?checksum=file:../SUMS");
        assert_eq!(file.archive_name(), "a b.zip");
        for (text, expected) in [
            (format!("{sha256}  a b.zip\n"), Some("sha256")),
            (
                format!("{other}  c.zip\r\n{sha1} *a b.zip\r\n"),
                Some("sha1"),
            ),
            (format!("# sums\n\n{sha512} ?a b.zip"), Some("sha512")),
            (format!("{md5}\ty/a b.zip"), Some("md5")),
            (format!("{md5}  ./y/a b.zip"), Some("md5")),
            (format!("{md5}  /x/y/a b.zip"), Some("md5")),
            (
                format!("SHA256 (c.zip) = {other}\nSHA256 (a b.zip) = {sha256}\n"),
                Some("sha256"),
            ),
            (
                format!("sha1 (*a b.zip) = {other}\nMD5 (y/a b.zip) = {md5}"),
                Some("md5"),
            ),
            (format!("{sha256}\n"), Some("sha256")),
            (
                format!("SHA3-256 (a b.zip) = {other}\nSHA512 (a b.zip) = {sha512}"),
                Some("sha512"),
            ),
            // The first line that fits counts.
            (
                format!("{sha256}  a b.zip\n{other}  a b.zip\n"),
                Some("sha256"),
            ),
            (
                format!("{other}  b.zip\n{other}  a\n{other}  a b.zip.sig\n{other}  x/a b.zip"),
                None,
            ),
            (format!("SHA1 (a b.zip) = {sha256}"), None),
            (format!("{}  a b.zip", sha256.replace('B', "z")), None),
            ("<html>not found</html>".to_owned(), None),
            (String::new(), None),
        ] {
            let found = file.find(text.as_bytes()).map(|found| found.to_string());
            let digits = match expected {
                Some("md5") => &md5,
                Some("sha1") => &sha1,
                Some("sha256") => &sha256,
                _ => &sha512,
            };
            let expected = expected.map(|name| format!("{name}:{}", digits.to_lowercase()));
            assert_eq!(found, expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_file_of_checksums_makes_it_panic(
            before in r"(\PC|[ ()=*?\n]){0,40}",
            style in 0..3,
            hex in "([0-9a-f]{32}|[0-9A-F]{64})",
        ) {
            let file = checksum_file("https://h.example/a.zip?checksum=file:SUMS");
            let _ = file.find(before.as_bytes());
            let line = match style {
                0 => format!("{hex}  a.zip"),
                1 => format!("{hex} *a.zip"),
                _ => format!("{} (a.zip) = {hex}", if hex.len() == 32 { "MD5" } else { "SHA256" }),
            };
            // No run of 32 digits comes from elsewhere.
            let found = file.find(format!("{before}\n{line}").as_bytes()).unwrap();
            prop_assert_eq!(found.hex(), hex.to_lowercase());
        }
    }
}
