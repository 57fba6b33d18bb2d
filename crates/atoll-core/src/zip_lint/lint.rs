use std::collections::BTreeMap;
use std::io::{Read, Seek};

use zip::read::ZipFile;
use zip::{CompressionMethod, System};

use crate::archive::{self, Archive};
use crate::excerpt::excerpt;
use crate::platform::Platform;

use super::rule::{LintError, LintRule};

/// How clients find the program in a package: this, and the type's name.
pub(super) const PROGRAM_PREFIX: &str = "terraform-provider-";

const MODE_KIND: u32 = 0o170_000;
const MODE_LINK: u32 = 0o120_000;
const MODE_FILE: u32 = 0o100_000;
const MODE_EXECUTE: u32 = 0o111;

/// What a provider's zip was found to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderZip {
    /// The name of the program that clients start.
    pub program: String,
    /// How many files there are.
    pub files: usize,
    /// Their size once unpacked, in bytes, as the archive declares it.
    pub unpacked_bytes: u64,
}

/// Checks a zip that is about to be published as the package of a provider type, such as `aws`, for a platform.
///
/// Only the list of entries is read: whether the contents can be unpacked shows when the h1 hash is computed.
pub fn lint<R: Read + Seek>(
    zip: R,
    type_: &str,
    platform: &Platform,
) -> Result<ProviderZip, LintError> {
    let Archive { mut zip, meter } = archive::open(zip)?;
    let mut names = Names::default();
    let mut program: Option<Program> = None;
    let (mut files, mut unpacked_bytes) = (0, 0_u64);
    for index in 0..zip.len() {
        // The raw reader: the other one already fails on encrypted entries, without a word about which.
        let entry = zip
            .by_index_raw(index)
            .map_err(|error| meter.judge(error))?;
        let refused = |rule| LintError::Entry {
            entry: excerpt(&String::from_utf8_lossy(entry.name_raw())).into(),
            rule,
        };
        let name = std::str::from_utf8(entry.name_raw()).map_err(|_| refused(LintRule::NotText))?;
        check_kind(&entry)
            .and_then(|()| check_name(name))
            .and_then(|()| names.add(name))
            .map_err(refused)?;
        if is_program(name, type_)
            && program
                .as_ref()
                .is_none_or(|found| name < found.name.as_str())
        {
            program = Some(Program {
                name: name.to_owned(),
                mode: mode(&entry),
            });
        }
        files += 1;
        unpacked_bytes = unpacked_bytes.saturating_add(entry.size());
    }
    names.check_directories()?;
    let program = program.ok_or_else(|| LintError::NoProgram {
        type_: type_.into(),
    })?;
    program.check(platform)?;
    Ok(ProviderZip {
        program: program.name,
        files,
        unpacked_bytes,
    })
}

/// Checks a zip that another registry published, for a provider type such as `aws`: it must be readable, unpack into its own
/// directory, and hold the program. What clients get along with is let through: it can't be changed any more.
pub fn lint_foreign<R: Read + Seek>(zip: R, type_: &str) -> Result<ProviderZip, LintError> {
    let Archive { mut zip, meter } = archive::open(zip)?;
    let mut program: Option<String> = None;
    let (mut files, mut unpacked_bytes) = (0, 0_u64);
    for index in 0..zip.len() {
        let entry = zip
            .by_index_raw(index)
            .map_err(|error| meter.judge(error))?;
        let refused = |rule| LintError::Entry {
            entry: excerpt(&String::from_utf8_lossy(entry.name_raw())).into(),
            rule,
        };
        if entry.encrypted() {
            return Err(refused(LintRule::Encrypted));
        }
        let name = std::str::from_utf8(entry.name_raw()).map_err(|_| refused(LintRule::NotText))?;
        let (path, is_directory) = name
            .strip_suffix('/')
            .map_or((name, false), |path| (path, true));
        match check_name(path) {
            Ok(()) | Err(LintRule::BadName) => {}
            Err(rule) => return Err(refused(rule)),
        }
        if is_directory {
            continue;
        }
        if is_program(name, type_) && program.as_ref().is_none_or(|found| name < found.as_str()) {
            program = Some(name.to_owned());
        }
        files += 1;
        unpacked_bytes = unpacked_bytes.saturating_add(entry.size());
    }
    let program = program.ok_or_else(|| LintError::NoProgram {
        type_: type_.into(),
    })?;
    Ok(ProviderZip {
        program,
        files,
        unpacked_bytes,
    })
}

fn check_kind<R: Read>(entry: &ZipFile<'_, R>) -> Result<(), LintRule> {
    let kind = mode(entry).unwrap_or_default() & MODE_KIND;
    let second_name = |field: &_| matches!(field, zip::ExtraField::UnicodePath(_));
    match kind {
        _ if entry.encrypted() => Err(LintRule::Encrypted),
        _ if entry.name_raw().ends_with(b"/") => Err(LintRule::Directory),
        MODE_LINK => Err(LintRule::SymbolicLink),
        0 | MODE_FILE if entry.extra_data_fields().any(second_name) => Err(LintRule::SecondName),
        0 | MODE_FILE => match entry.compression() {
            CompressionMethod::Stored | CompressionMethod::Deflated => Ok(()),
            _ => Err(LintRule::Compression),
        },
        _ => Err(LintRule::Special),
    }
}

fn check_name(name: &str) -> Result<(), LintRule> {
    if name.contains('\\') {
        return Err(LintRule::Backslash);
    }
    let drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    if name.starts_with('/') || drive {
        return Err(LintRule::Absolute);
    }
    for part in name.split('/') {
        match part {
            ".." => return Err(LintRule::ParentDirectory),
            "" | "." => return Err(LintRule::BadName),
            _ if part.contains(char::is_control) => return Err(LintRule::BadName),
            _ => {}
        }
    }
    Ok(())
}

/// As clients look for it: the whole name, or a delimiter behind it.
fn is_program(name: &str, type_: &str) -> bool {
    let rest = name
        .strip_prefix(PROGRAM_PREFIX)
        .and_then(|name| name.strip_prefix(type_));
    rest.is_some_and(|rest| {
        !name.contains('/') && (rest.is_empty() || rest.starts_with(['_', '.']))
    })
}

/// The Unix mode, in archives made on systems that have modes.
fn mode<R: Read>(entry: &ZipFile<'_, R>) -> Option<u32> {
    matches!(entry.system(), System::Unix | System::OsDarwin)
        .then(|| entry.external_attributes() >> 16)
}

/// The file that clients start: of several that fit, the first in byte order.
struct Program {
    name: String,
    mode: Option<u32>,
}

impl Program {
    fn check(&self, platform: &Platform) -> Result<(), LintError> {
        let windows = platform.os() == "windows";
        let rule = match self.mode {
            _ if windows && self.name.to_ascii_lowercase().ends_with(".exe") => return Ok(()),
            _ if windows => LintRule::NotExe,
            None | Some(0) => LintRule::NoMode,
            Some(mode) if mode & MODE_EXECUTE != 0 => return Ok(()),
            Some(mode) => LintRule::NotExecutable(mode & !MODE_KIND),
        };
        Err(LintError::Entry {
            entry: self.name.as_str().into(),
            rule,
        })
    }
}

/// The names so far, as a file system sees them that ignores case.
#[derive(Default)]
struct Names {
    folded: BTreeMap<String, Box<str>>,
}

impl Names {
    fn add(&mut self, name: &str) -> Result<(), LintRule> {
        match self.folded.insert(name.to_lowercase(), name.into()) {
            Some(other) => Err(LintRule::CaseClash(other)),
            None => Ok(()),
        }
    }

    fn check_directories(&self) -> Result<(), LintError> {
        for (folded, name) in &self.folded {
            let mut parents = folded
                .match_indices('/')
                .filter_map(|(at, _)| folded.get(..at));
            if let Some(file) = parents.find_map(|parent| self.folded.get(parent)) {
                let rule = LintRule::FileAsDirectory(name.clone());
                return Err(LintError::Entry {
                    entry: file.clone(),
                    rule,
                });
            }
        }
        Ok(())
    }
}
