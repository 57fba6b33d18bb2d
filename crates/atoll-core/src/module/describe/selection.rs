//! Which files of a directory are read, and in which order.

use std::collections::BTreeSet;

use super::files::{File, Files, Syntax, configuration};

/// A configuration file of a directory.
pub(super) struct Selected<'a> {
    pub(super) name: &'a str,
    pub(super) file: &'a File,
    pub(super) syntax: Syntax,
    /// What it declares changes what other files declared.
    pub(super) is_override: bool,
}

/// The configuration files of a directory: by name, those that override others last.
///
/// Where a `.tf` and a `.tofu` file share a base name, OpenTofu reads the latter in place of the former. The `.tf` file is
/// read here: what is shown must hold for both programs, and it is what registries show.
pub(super) fn select<'a>(files: &'a Files, directory: &'a str) -> Vec<Selected<'a>> {
    let terraform: BTreeSet<(&str, bool)> = files
        .in_directory(directory)
        .filter(|(name, _)| !is_tofu(name))
        .filter_map(|(name, _)| configuration(name))
        .map(|(base, syntax)| (base, syntax == Syntax::Json))
        .collect();
    let mut selected: Vec<Selected<'a>> = files
        .in_directory(directory)
        .filter_map(|(name, file)| {
            let (base, syntax) = configuration(name)?;
            let is_shadowed = is_tofu(name) && terraform.contains(&(base, syntax == Syntax::Json));
            (!is_shadowed).then(|| Selected {
                name,
                file,
                syntax,
                is_override: base == "override" || base.ends_with("_override"),
            })
        })
        .collect();
    selected.sort_by_key(|selected| selected.is_override);
    selected
}

fn is_tofu(name: &str) -> bool {
    let name = name.strip_suffix(".json").unwrap_or(name);
    name.strip_suffix(".tofu").is_some()
}
