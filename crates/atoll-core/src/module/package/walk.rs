//! The files of a directory, with copies in place of links.

use std::collections::BTreeMap;

use super::collector::judge;
use super::error::{EntryRule, PackageError};
use super::limits::{ENTRIES_MAX, Limits, NAME_BYTES_MAX};
use super::links::{Found, Lost, resolve};
use super::request::Strictness;
use super::spool::File;
use super::tree::{Directory, Link, Node};
use super::warnings::Warnings;

/// Files by their paths, in byte order.
pub(super) type Files<'t> = BTreeMap<String, &'t File>;

/// What a walk is bound by.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) strictness: Strictness,
    pub(super) limits: Limits,
}

/// The files below the last directory of the chain, by their paths from there.
pub(super) fn walk<'t>(
    chain: &[&'t Directory],
    rules: Rules,
    warnings: &mut Warnings,
) -> Result<Files<'t>, PackageError> {
    let mut walk = Walk {
        rules,
        warnings,
        files: Files::new(),
        open: Vec::new(),
        visited: 0,
        bytes: 0,
    };
    walk.directory(chain, "")?;
    Ok(walk.files)
}

struct Walk<'t, 'w> {
    rules: Rules,
    warnings: &'w mut Warnings,
    files: Files<'t>,
    /// The directories that are being copied.
    open: Vec<&'t Directory>,
    visited: usize,
    bytes: u64,
}

impl<'t> Walk<'t, '_> {
    fn directory(&mut self, chain: &[&'t Directory], path: &str) -> Result<(), PackageError> {
        let Some(directory) = chain.last().copied() else {
            return Ok(());
        };
        self.open.push(directory);
        for (name, child) in &directory.children {
            let path = match path {
                "" => name.to_string(),
                path => format!("{path}/{name}"),
            };
            self.visited += 1;
            if self.visited > ENTRIES_MAX {
                return Err(PackageError::TooManyEntries);
            }
            // Bounds the recursion, too.
            if path.len() > NAME_BYTES_MAX {
                self.broken(&path, EntryRule::TooLong)?;
                continue;
            }
            match child {
                Node::File(file) => self.file(path, file)?,
                Node::Directory(child) => {
                    let chain: Vec<_> = chain.iter().copied().chain([child]).collect();
                    self.directory(&chain, &path)?;
                }
                Node::Link(link) => self.link(chain, path, link)?,
            }
        }
        self.open.pop();
        Ok(())
    }

    fn link(
        &mut self,
        chain: &[&'t Directory],
        path: String,
        link: &'t Link,
    ) -> Result<(), PackageError> {
        let top = chain.get(..1).unwrap_or_default();
        let target = link.target.clone();
        match resolve(if link.from_top { top } else { chain }, &link.target) {
            Ok(Found::File(file)) => self.file(path, file),
            Ok(Found::Directory(target_chain)) => {
                let last = target_chain.last().copied();
                let holds =
                    |other: &&Directory| last.is_some_and(|last| std::ptr::eq(*other, last));
                if chain.iter().any(holds) || self.open.iter().any(holds) {
                    return self.broken(&path, EntryRule::LinkCycle(target));
                }
                self.directory(&target_chain, &path)
            }
            Err(Lost::Leaves) => self.broken(&path, EntryRule::LinkLeaves(target)),
            Err(Lost::Nowhere) => self.broken(&path, EntryRule::LinkNowhere(target)),
            Err(Lost::TooDeep) => self.broken(&path, EntryRule::LinkTooDeep(target)),
        }
    }

    fn file(&mut self, path: String, file: &'t File) -> Result<(), PackageError> {
        self.bytes = self.bytes.saturating_add(file.bytes);
        self.rules.limits.check(self.bytes)?;
        self.files.insert(path, file);
        Ok(())
    }

    fn broken(&mut self, path: &str, rule: EntryRule) -> Result<(), PackageError> {
        judge(self.rules.strictness, path, rule, self.warnings)
    }
}

/// Refuses or reports names that are the same where case is ignored, directories included.
pub(super) fn check_case(
    files: &Files<'_>,
    strictness: Strictness,
    warnings: &mut Warnings,
) -> Result<(), PackageError> {
    let mut folded: BTreeMap<String, &str> = BTreeMap::new();
    let mut previous = "";
    for path in files.keys() {
        // In byte order, directories that the path before has, too, were seen there.
        let shared = previous.bytes().zip(path.bytes());
        let shared = shared.take_while(|(one, other)| one == other).count();
        previous = path;
        let parents = path
            .match_indices('/')
            .filter_map(|(at, _)| (at >= shared).then(|| path.get(..at))?);
        for name in parents.chain([path.as_str()]) {
            let other = *folded.entry(name.to_lowercase()).or_insert(name);
            if other == name {
                continue;
            }
            let rule = EntryRule::CaseClash(other.into());
            if strictness == Strictness::Publish {
                return judge(strictness, name, rule, warnings);
            }
            warnings.push(format!("{name:?}: {rule}"));
        }
    }
    Ok(())
}
