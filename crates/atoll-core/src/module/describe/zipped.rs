//! Modules in zip archives.

use std::borrow::Cow;
use std::io::{Read, Seek};

use super::error::DescribeError;
use super::files::{Files, clean};
use super::model::ModuleDescription;
use super::parts::{describe, is_of_module};
use crate::archive::{self, Archive};
use crate::excerpt::excerpt;

/// Describes the module in a directory of a package, which is the package's root where it is empty.
///
/// Only configuration and READMEs of the module, its submodules and its examples are unpacked. A directory without configuration is an empty module.
pub fn describe_zip<R: Read + Seek>(
    zip: R,
    module_dir: &str,
) -> Result<ModuleDescription, DescribeError> {
    let Archive { mut zip, meter } = archive::open(zip)?;
    let root_dir = clean(module_dir);
    let is_wanted = |name: &str| {
        let path = clean(name).filter(|path| Files::wants(path));
        path.zip(root_dir.as_deref())
            .is_some_and(|(path, root_dir)| is_of_module(&path, root_dir))
    };
    let mut files = Files::new();
    for index in 0..zip.len() {
        let name = zip.name_for_index(index).and_then(Result::ok);
        if files.is_cut() || !name.is_some_and(|name| is_wanted(&name)) {
            continue;
        }
        let mut entry = zip.by_index(index).map_err(|error| DescribeError::Entry {
            entry: format!("entry {index}").into(),
            source: meter.judge(error),
        })?;
        if !entry.is_file() {
            continue;
        }
        let Ok(path) = entry.name().map(Cow::into_owned) else {
            continue;
        };
        // One byte more than is kept tells that there is more.
        let limit = Files::limit(&path).saturating_add(1);
        let mut bytes = Vec::new();
        entry
            .by_ref()
            .take(limit as u64)
            .read_to_end(&mut bytes)
            .map_err(|error| DescribeError::Entry {
                entry: excerpt(&path).into(),
                source: meter.judge(error.into()),
            })?;
        files.insert(&path, bytes);
    }
    Ok(describe(&files, module_dir))
}
