//! The text of a configuration file, and places in it.

use std::fs::File;
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::super::error::{ConfigError, LinePlace, Place};

/// More than any configuration, certificate or password file needs.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// How much of a long line is shown.
const EXCERPT_CHARS_MAX: usize = 160;
/// Keys whose values are never shown.
const SECRET_KEYS: [&str; 3] = ["token", "password", "secret"];

/// The text of a configuration file.
#[derive(Debug)]
pub(in crate::config) struct SourceText {
    pub(in crate::config) path: PathBuf,
    pub(in crate::config) text: String,
}

impl SourceText {
    /// Reads a file. The error says what is wrong, not with which file.
    pub(in crate::config) fn read(path: &Path) -> Result<Self, String> {
        let text = read_text(path)?;
        // Some editors begin every file with a mark that no parser wants.
        let text = text
            .strip_prefix('\u{feff}')
            .map_or_else(|| text.clone(), str::to_owned);
        Ok(Self {
            path: path.to_owned(),
            text,
        })
    }

    /// The directory that relative paths in the file begin at.
    pub(in crate::config) fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// An error at a place.
    pub(in crate::config) fn error(
        &self,
        span: &Range<usize>,
        message: impl Into<String>,
    ) -> ConfigError {
        ConfigError {
            place: Place::Line(self.place(span.start)),
            message: message.into(),
        }
    }

    fn place(&self, offset: usize) -> LinePlace {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        let line = self.text.get(line_start..).unwrap_or_default();
        let line = line.lines().next().unwrap_or_default();
        let (excerpt, mark) = excerpt(line, column - 1);
        let number = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        LinePlace {
            path: self.path.clone(),
            line: number,
            column,
            excerpt,
            mark,
        }
    }

    /// The number of the line that an offset is in, from 1.
    pub(in crate::config) fn line_number(&self, offset: usize) -> usize {
        self.place(offset).line
    }
}

/// Reads a file that must be text and of reasonable size.
pub(in crate::config) fn read_text(path: &Path) -> Result<String, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("the file is larger than {FILE_BYTES_MAX} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "the file is not UTF-8 text".to_owned())
}

/// A line to show, and where in it the mark goes.
fn excerpt(line: &str, mark: usize) -> (String, Option<usize>) {
    let indent = line.chars().take_while(|c| c.is_whitespace()).count();
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    let shown: String = line
        .chars()
        .skip(indent)
        .take(EXCERPT_CHARS_MAX)
        .map(printable)
        .collect();
    let masked = mask(&shown);
    let mark = mark.saturating_sub(indent);
    // Behind what was taken out, positions mean nothing any more.
    let is_shown =
        mark <= masked.chars().count() && shown.chars().take(mark).eq(masked.chars().take(mark));
    (masked, is_shown.then_some(mark))
}

/// Takes secrets out of a line: values of secret keys, and passwords in addresses.
fn mask(line: &str) -> String {
    for (position, _) in line.match_indices('=') {
        let before = line.get(..position).unwrap_or_default();
        let name = before.trim_end().trim_end_matches('"');
        if SECRET_KEYS.iter().any(|secret| name.ends_with(secret)) {
            return format!("{before}= ***");
        }
    }
    let mut masked = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("://") {
        masked.push_str(before);
        masked.push_str("://");
        let end = after.find(['/', '"', ' ', '?']).unwrap_or(after.len());
        let (authority, behind) = after.split_at_checked(end).unwrap_or((after, ""));
        match authority.rsplit_once('@') {
            Some((_, host)) => {
                masked.push_str("***@");
                masked.push_str(host);
            }
            None => masked.push_str(authority),
        }
        rest = behind;
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn source(text: &str) -> SourceText {
        SourceText {
            path: "atoll.hcl".into(),
            text: text.to_owned(),
        }
    }

    fn shown(text: &str, offset: usize) -> String {
        source(text).error(&(offset..offset), "wrong").to_string()
    }

    #[test]
    fn places_are_counted_in_lines_and_characters() {
        let text = "a = 1\n  bö = 2\n";
        assert_eq!(shown(text, 0), "atoll.hcl:1:1: wrong\n    a = 1\n    ^");
        assert_eq!(shown(text, 8), "atoll.hcl:2:3: wrong\n    bö = 2\n    ^");
        assert_eq!(
            shown(text, 14),
            "atoll.hcl:2:8: wrong\n    bö = 2\n         ^"
        );
        assert_eq!(shown(text, text.len()), "atoll.hcl:3:1: wrong\n    \n    ^");
        assert_eq!(shown("", 0), "atoll.hcl:1:1: wrong\n    \n    ^");
    }

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(
            shown("  token = \"s3cret", 17),
            "atoll.hcl:1:18: wrong\n    token = ***"
        );
        assert_eq!(
            shown("token = 7", 0),
            "atoll.hcl:1:1: wrong\n    token = ***\n    ^"
        );
        for line in [
            "password = \"s3cret\"",
            "\"token\" = \"s3cret\"",
            "{ x = 1, token = \"s3cret\" }",
            "database { url = \"postgres://ann:s3cret@db/atoll\" }",
            "database { url = \"postgres://ann:s3cret@db/atoll\", x = \"https://t:s3cret@h:1\" }",
            "proxy = \"http://a:s3cret@p",
        ] {
            for offset in 0..line.len() {
                assert!(!shown(line, offset).contains("s3cret"), "{line}");
            }
        }
    }

    #[test]
    fn long_and_odd_lines_are_cut() {
        let long = format!("x = \"{}\"", "y".repeat(10_000));
        assert!(shown(&long, 9_000).len() < 300);
        assert!(!shown("a\tb\u{1b}[31m", 0).contains('\u{1b}'));
    }

    proptest! {
        #[test]
        fn every_offset_has_a_place(text in "\\PC{0,20}(\n\\PC{0,20}){0,3}", offset in 0_usize..100) {
            let _ = shown(&text, offset);
        }
    }
}
