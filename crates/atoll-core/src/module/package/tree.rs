//! The tree of an archive's entries.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::error::EntryRule;
use super::limits::ENTRIES_MAX;
use super::spool::File;

/// A directory of the tree.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub(super) children: BTreeMap<Box<str>, Node>,
}

/// What a directory holds.
#[derive(Debug)]
pub(super) enum Node {
    File(File),
    Directory(Directory),
    Link(Link),
}

/// A link, to be followed when everything is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) target: Box<str>,
    /// From where the target is sought: a hard link's from the top of the archive, a symbolic link's from its directory.
    pub(super) from_top: bool,
}

/// Why a node can't be added.
pub(super) enum AddError {
    Rule(EntryRule),
    TooMany,
}

/// The tree while it grows.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) top: Directory,
    nodes: usize,
}

impl Tree {
    /// Adds a node and the directories that lead to it. Two of the same name are one where `same_may_repeat`.
    pub(super) fn add(
        &mut self,
        components: &[&str],
        node: Node,
        same_may_repeat: bool,
    ) -> Result<(), AddError> {
        let Some((name, parents)) = components.split_last() else {
            return Ok(());
        };
        let mut directory = &mut self.top;
        for parent in parents {
            let child = directory
                .children
                .entry((*parent).into())
                .or_insert_with(|| {
                    self.nodes += 1;
                    Node::Directory(Directory::default())
                });
            match child {
                Node::Directory(child) => directory = child,
                Node::File(_) | Node::Link(_) => {
                    return Err(AddError::Rule(EntryRule::FileAsDirectory));
                }
            }
        }
        match directory.children.entry((*name).into()) {
            Entry::Vacant(place) => {
                place.insert(node);
                self.nodes += 1;
            }
            Entry::Occupied(place) => {
                repeat(place.get(), &node, same_may_repeat).map_err(AddError::Rule)?;
            }
        }
        if self.nodes > ENTRIES_MAX {
            return Err(AddError::TooMany);
        }
        Ok(())
    }
}

fn repeat(old: &Node, new: &Node, same_may_repeat: bool) -> Result<(), EntryRule> {
    let is_same = match (old, new) {
        (Node::Directory(_), Node::Directory(_)) => return Ok(()),
        (Node::Directory(_), _) | (_, Node::Directory(_)) => {
            return Err(EntryRule::FileAsDirectory);
        }
        (Node::File(old), Node::File(new)) => old.is_same(new),
        (Node::Link(old), Node::Link(new)) => old == new,
        (Node::File(_), Node::Link(_)) | (Node::Link(_), Node::File(_)) => false,
    };
    if is_same && same_may_repeat {
        return Ok(());
    }
    Err(EntryRule::Duplicate)
}
