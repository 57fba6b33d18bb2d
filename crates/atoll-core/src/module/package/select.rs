//! Which part of an archive is the package.

use std::io::{Read, Seek};

use super::elsewhere::warn_of_absent;
use super::error::PackageError;
use super::escape::{escapes, is_module_file};
use super::links::{Chain, Found, resolve};
use super::request::{Request, Wrapper};
use super::spool::Spooled;
use super::tree::{Directory, Node};
use super::walk::{Files, Rules, check_case, walk};
use super::warnings::Warnings;
use crate::excerpt::excerpt;
use crate::layout::module::is_subdir;

/// How many names an error lists.
const NAMES_MAX: usize = 10;

/// The files of the package, and where they come from.
pub(super) struct Selection<'t> {
    pub(super) files: Files<'t>,
    pub(super) subdir: Option<String>,
    pub(super) stripped: Option<String>,
}

/// Chooses the module's directory, or everything where the module needs more.
pub(super) fn select<'t, S: Read + Seek>(
    top: &'t Directory,
    request: &'t Request<'_>,
    rules: Rules,
    spooled: &mut Spooled<S>,
    warnings: &mut Warnings,
) -> Result<Selection<'t>, PackageError> {
    let place = Place::find(top, request)?;
    let mut module_warnings = warnings.clone();
    let files = walk(&place.module, rules, &mut module_warnings)?;
    if !files.keys().any(|path| is_module_file(path)) {
        let directory = place.module.last().copied();
        return Err(PackageError::NoModule {
            place: place.words(),
            found: directory.map(names).unwrap_or_default(),
        });
    }
    let has_root = files
        .keys()
        .any(|path| !path.contains('/') && is_module_file(path));
    let (files, subdir) = if !place.subdir.is_empty() && escapes(&files, spooled)? {
        if !is_subdir(&place.subdir) {
            return Err(PackageError::OddSubdir(excerpt(&place.subdir).into()));
        }
        (
            walk(&place.base, rules, warnings)?,
            Some(place.subdir.clone()),
        )
    } else {
        *warnings = module_warnings;
        (files, None)
    };
    if !has_root {
        warnings.push(format!(
            "{} has no .tf, .tf.json, .tofu or .tofu.json file of its own: only the modules in directories below it can be called, by `//DIRECTORY`",
            place.words()
        ));
    }
    warn_of_absent(top, &files, request, warnings);
    check_case(&files, rules.strictness, warnings)?;
    Ok(Selection {
        files,
        subdir,
        stripped: place.stripped,
    })
}

/// Where the module is in the archive.
struct Place<'t> {
    base: Chain<'t>,
    module: Chain<'t>,
    subdir: String,
    stripped: Option<String>,
}

impl<'t> Place<'t> {
    fn find(top: &'t Directory, request: &Request<'_>) -> Result<Self, PackageError> {
        let (wants_wrapper, subdir) = parse_subdir(request.subdir.unwrap_or_default())?;
        let wrapper = wrapper(top);
        if wants_wrapper && wrapper.is_none() {
            return Err(PackageError::NoWrapper(names(top)));
        }
        if let Some((name, directory)) = wrapper
            && (wants_wrapper
                || (request.wrapper == Wrapper::StripSingle && !is_submodules(name, directory)))
        {
            let place = Self::below(vec![top, directory], &subdir, Some(name));
            // Someone may name the wrapper although it would be stripped.
            if wants_wrapper || place.is_ok() {
                return place;
            }
        }
        Self::below(vec![top], &subdir, None)
    }

    /// Where the module is sought, in words.
    fn words(&self) -> Box<str> {
        match self.subdir.as_str() {
            "" => "the archive's top directory".into(),
            subdir => format!("{subdir:?}").into(),
        }
    }

    fn below(base: Chain<'t>, subdir: &str, stripped: Option<&str>) -> Result<Self, PackageError> {
        let mut module = base.clone();
        for component in subdir.split('/').filter(|part| !part.is_empty()) {
            module = enter(&module, component).ok_or_else(|| PackageError::NoSubdir {
                subdir: subdir.into(),
                found: base.last().copied().map(names).unwrap_or_default(),
            })?;
        }
        Ok(Self {
            base,
            module,
            subdir: subdir.to_owned(),
            stripped: stripped.map(str::to_owned),
        })
    }
}

fn enter<'t>(chain: &[&'t Directory], component: &str) -> Option<Chain<'t>> {
    match chain.last()?.children.get(component)? {
        Node::Directory(directory) => Some(chain.iter().copied().chain([directory]).collect()),
        Node::Link(link) => {
            let from = if link.from_top {
                chain.get(..1)?
            } else {
                chain
            };
            match resolve(from, &link.target) {
                Ok(Found::Directory(chain)) => Some(chain),
                Ok(Found::File(_)) | Err(_) => None,
            }
        }
        Node::File(_) => None,
    }
}

/// Refuses a directory that no archive can have, before there is one.
pub fn check_subdir(subdir: &str) -> Result<(), PackageError> {
    parse_subdir(subdir).map(drop)
}

/// Whether the wrapper is named by a `*`, and the directory below it.
fn parse_subdir(subdir: &str) -> Result<(bool, String), PackageError> {
    let bad = || PackageError::BadSubdir(excerpt(subdir).into());
    if subdir.starts_with('/') || subdir.contains('\\') {
        return Err(bad());
    }
    let mut components: Vec<_> = subdir
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    let wants_wrapper = components.first() == Some(&"*");
    if wants_wrapper {
        components.remove(0);
    }
    if components.iter().any(|part| {
        *part == ".." || part.contains(['*', '?', '[']) || part.contains(char::is_control)
    }) {
        return Err(bad());
    }
    Ok((wants_wrapper, components.join("/")))
}

/// The single directory of the top, with nothing beside it.
fn wrapper(top: &Directory) -> Option<(&str, &Directory)> {
    let mut children = top.children.iter();
    match (children.next()?, children.next()) {
        ((name, Node::Directory(directory)), None) => Some((name, directory)),
        _ => None,
    }
}

/// Whether a single directory is not around the module, but is all that the module has: its nested modules.
fn is_submodules(name: &str, directory: &Directory) -> bool {
    let mut children = directory.children.iter();
    name == "modules"
        && !children
            .any(|(child, node)| !matches!(node, Node::Directory(_)) && is_module_file(child))
}

/// The first names in a directory.
fn names(directory: &Directory) -> Box<str> {
    if directory.children.is_empty() {
        return "nothing".into();
    }
    let mut names: Vec<_> = directory
        .children
        .iter()
        .take(NAMES_MAX)
        .map(|(name, node)| match node {
            Node::Directory(_) => format!("{name}/"),
            Node::File(_) | Node::Link(_) => name.to_string(),
        })
        .collect();
    let more = directory.children.len().saturating_sub(NAMES_MAX);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    names.join(", ").into()
}
