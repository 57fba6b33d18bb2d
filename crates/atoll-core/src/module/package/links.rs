//! Where links lead.

use super::limits::{LINK_LOOKUPS_MAX, LINKS_FOLLOWED_MAX};
use super::spool::File;
use super::tree::{Directory, Node};

/// A directory, and all directories above it, from the top of the archive.
pub(super) type Chain<'t> = Vec<&'t Directory>;

/// What a path leads to.
pub(super) enum Found<'t> {
    File(&'t File),
    Directory(Chain<'t>),
}

/// Why a path leads to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    Leaves,
    Nowhere,
    TooDeep,
}

/// Looks a path up as an operating system does: `..` is the directory above the one that links led to.
pub(super) fn resolve<'t>(from: &[&'t Directory], path: &'t str) -> Result<Found<'t>, Lost> {
    let mut chain: Chain<'t> = from.to_vec();
    let mut left = Vec::new();
    push(&mut left, path)?;
    let (mut lookups, mut followed) = (0, 0);
    while let Some(component) = left.pop() {
        lookups += 1;
        if lookups > LINK_LOOKUPS_MAX {
            return Err(Lost::TooDeep);
        }
        if component == ".." {
            chain.pop();
            if chain.is_empty() {
                return Err(Lost::Leaves);
            }
            continue;
        }
        let child = chain.last().and_then(|last| last.children.get(component));
        match child.ok_or(Lost::Nowhere)? {
            Node::Directory(directory) => chain.push(directory),
            Node::File(file) if left.is_empty() => return Ok(Found::File(file)),
            Node::File(_) => return Err(Lost::Nowhere),
            Node::Link(link) => {
                followed += 1;
                if followed > LINKS_FOLLOWED_MAX {
                    return Err(Lost::TooDeep);
                }
                if link.from_top {
                    chain.truncate(1);
                }
                push(&mut left, &link.target)?;
            }
        }
    }
    Ok(Found::Directory(chain))
}

/// Puts the components of a path before those that are left.
fn push<'t>(left: &mut Vec<&'t str>, path: &'t str) -> Result<(), Lost> {
    if path.starts_with('/') {
        return Err(Lost::Leaves);
    }
    if path.is_empty() {
        return Err(Lost::Nowhere);
    }
    let components = path.split('/').filter(|part| !matches!(*part, "" | "."));
    left.extend(components.rev());
    Ok(())
}
