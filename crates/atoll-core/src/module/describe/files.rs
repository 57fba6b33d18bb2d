//! The files of a package that say what it declares.

use std::collections::BTreeMap;

/// The largest configuration file that is read, in bytes. The largest of published modules have some 100 KB.
pub const FILE_BYTES_MAX: usize = 1 << 20;

/// How much of a README is kept, in bytes.
pub const README_BYTES_MAX: usize = 512 << 10;

/// How much is read of a package in all, in bytes.
pub const FILES_BYTES_MAX: usize = 8 << 20;

/// How many files are read of a package.
pub const FILES_MAX: usize = 5_000;

/// The endings of configuration files; what comes before is the base name, which OpenTofu's files share with Terraform's.
const ENDINGS: [(&str, Syntax); 4] = [
    (".tf.json", Syntax::Json),
    (".tofu.json", Syntax::Json),
    (".tf", Syntax::Hcl),
    (".tofu", Syntax::Hcl),
];

/// The files of a package that say what it declares: configuration and READMEs. Others are not kept.
#[derive(Clone, Debug, Default)]
pub struct Files {
    by_path: BTreeMap<String, File>,
    size_bytes: usize,
    is_cut: bool,
}

/// A file that is kept.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) bytes: Vec<u8>,
    /// It is larger than what is kept of it.
    pub(super) is_cut: bool,
}

/// How a configuration file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Hcl,
    Json,
}

impl Files {
    /// Without any file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a file of that path says anything: others need not be unpacked.
    pub fn wants(path: &str) -> bool {
        let name = name_of(path);
        is_readme(name) || configuration(name).is_some()
    }

    /// Adds a file by its path from the package's root, as far as the limits let it.
    pub fn insert(&mut self, path: &str, mut bytes: Vec<u8>) {
        let Some(path) = clean(path).filter(|path| Self::wants(path)) else {
            return;
        };
        let limit = Self::limit(&path);
        let is_cut = bytes.len() > limit;
        if is_cut && !is_readme(name_of(&path)) {
            bytes.clear();
        }
        bytes.truncate(limit);
        let size_bytes = self.size_bytes.saturating_add(bytes.len());
        if size_bytes > FILES_BYTES_MAX || self.by_path.len() >= FILES_MAX {
            self.is_cut = true;
            return;
        }
        self.size_bytes = size_bytes;
        self.by_path.insert(path, File { bytes, is_cut });
    }

    /// How much is kept of a file, in bytes.
    pub(super) fn limit(path: &str) -> usize {
        if is_readme(name_of(path)) {
            README_BYTES_MAX
        } else {
            FILE_BYTES_MAX
        }
    }

    /// Whether files were left out because there are too many or they are too large together.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The files directly in a directory, by name, sorted.
    pub(super) fn in_directory<'a>(
        &'a self,
        directory: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a File)> {
        self.below(directory)
            .filter(|(name, _)| !name.contains('/'))
    }

    /// The files in a directory and in those below it, by path from there, sorted.
    pub(super) fn below<'a>(
        &'a self,
        directory: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a File)> {
        let prefix = match directory {
            "" => String::new(),
            directory => format!("{directory}/"),
        };
        let from = prefix.clone();
        self.by_path
            .range(from..)
            .map_while(move |(path, file)| Some((path.strip_prefix(&prefix)?, file)))
    }
}

/// The base name and syntax of a configuration file. Editors' leftovers are none.
pub(super) fn configuration(name: &str) -> Option<(&str, Syntax)> {
    if name.starts_with(['.', '#']) {
        return None;
    }
    ENDINGS.iter().find_map(|(ending, syntax)| {
        let base = name.strip_suffix(ending)?;
        (!base.is_empty()).then_some((base, *syntax))
    })
}

/// Whether a name is that of a README.
pub(super) fn is_readme(name: &str) -> bool {
    name.eq_ignore_ascii_case("README.md")
}

/// The path without empty and `.` components; none where it leads outside.
pub(super) fn clean(path: &str) -> Option<String> {
    let mut clean = String::with_capacity(path.len());
    for component in path.split('/') {
        match component {
            "" | "." => continue,
            ".." => return None,
            _ if component.contains(['\\', '\0']) => return None,
            _ => {}
        }
        if !clean.is_empty() {
            clean.push('/');
        }
        clean.push_str(component);
    }
    Some(clean)
}

/// The last component of a path.
pub(super) fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
