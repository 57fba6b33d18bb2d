//! Where the readers of all formats bring what they find.

use std::io::{Read, Seek, Write};

use crate::excerpt::excerpt;
use crate::getter::ArchiveFormat;

use super::error::{EntryRule, PackageError};
use super::limits::{ENTRIES_MAX, LINK_BYTES_MAX};
use super::name;
use super::request::Strictness;
use super::spool::Spool;
use super::tree::{AddError, Link, Node, Tree};
use super::warnings::Warnings;

/// What an entry is.
pub(super) enum Content<'r> {
    File {
        content: &'r mut dyn Read,
        executable: bool,
    },
    Directory,
    SymbolicLink(&'r [u8]),
    HardLink(&'r [u8]),
    Special,
}

/// Judges entries by the rules, and keeps those that pass.
pub(super) struct Collector<S: Write> {
    format: ArchiveFormat,
    strictness: Strictness,
    pub(super) spool: Spool<S>,
    pub(super) tree: Tree,
    pub(super) warnings: Warnings,
    entries: usize,
}

impl<S: Read + Write + Seek> Collector<S> {
    pub(super) fn new(format: ArchiveFormat, strictness: Strictness, spool: Spool<S>) -> Self {
        Self {
            format,
            strictness,
            spool,
            tree: Tree::default(),
            warnings: Warnings::default(),
            entries: 0,
        }
    }

    /// Takes an entry in.
    pub(super) fn add(&mut self, name: &[u8], content: Content<'_>) -> Result<(), PackageError> {
        self.entries += 1;
        if self.entries > ENTRIES_MAX {
            return Err(PackageError::TooManyEntries);
        }
        let components = match name::components(name) {
            Ok(components) => components,
            Err(rule) => return self.broken(name, rule),
        };
        if let Some(directory) = name::left_out(&components) {
            if self.strictness == Strictness::Publish {
                let directory = excerpt(&directory);
                self.warnings.push(format!(
                    "left out {directory:?}, which is no part of a module"
                ));
            }
            return Ok(());
        }
        let node = match content {
            Content::Directory => Ok(Node::Directory(<_>::default())),
            _ if components.is_empty() => Err(EntryRule::Empty),
            Content::File {
                content,
                executable,
            } => Ok(Node::File(self.spool.add(
                content,
                executable,
                self.format,
            )?)),
            Content::SymbolicLink(target) => link(target, false),
            Content::HardLink(target) => link(target, true),
            Content::Special => Err(EntryRule::Special),
        };
        let node = match node {
            Ok(node) => node,
            Err(rule) => return self.broken(name, rule),
        };
        let same_may_repeat = self.strictness == Strictness::Mirror;
        match self.tree.add(&components, node, same_may_repeat) {
            Ok(()) => Ok(()),
            Err(AddError::TooMany) => Err(PackageError::TooManyEntries),
            Err(AddError::Rule(rule)) => self.broken(name, rule),
        }
    }

    /// What to do about an entry that breaks a rule.
    pub(super) fn broken(&mut self, name: &[u8], rule: EntryRule) -> Result<(), PackageError> {
        judge(
            self.strictness,
            &String::from_utf8_lossy(name),
            rule,
            &mut self.warnings,
        )
    }
}

/// Refuses an entry that breaks a rule, or reports that it was left out.
pub(super) fn judge(
    strictness: Strictness,
    name: &str,
    rule: EntryRule,
    warnings: &mut Warnings,
) -> Result<(), PackageError> {
    let entry = excerpt(name);
    if strictness == Strictness::Publish || !rule.may_be_left_out() {
        return Err(PackageError::Entry {
            entry: entry.into(),
            rule,
        });
    }
    warnings.push(format!("left out {entry:?}: {rule}"));
    Ok(())
}

fn link(target: &[u8], from_top: bool) -> Result<Node, EntryRule> {
    let target = std::str::from_utf8(target)
        .ok()
        .filter(|target| target.len() <= LINK_BYTES_MAX)
        .ok_or(EntryRule::LinkTarget)?;
    Ok(Node::Link(Link {
        target: target.into(),
        from_top,
    }))
}
