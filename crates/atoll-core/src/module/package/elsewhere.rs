//! Content that a tree of git points to and does not have.

use super::request::{Request, Strictness, Wrapper};
use super::tree::{Directory, Node};
use super::walk::Files;
use super::warnings::Warnings;

/// Warns of what is not in the package although clients of git would have fetched it.
pub(super) fn warn_of_absent(
    top: &Directory,
    files: &Files<'_>,
    request: &Request<'_>,
    warnings: &mut Warnings,
) {
    // Where there may be a wrapper, it is no tree of git: clients get archives without submodules, too.
    let is_git = request.strictness == Strictness::Mirror && request.wrapper == Wrapper::Keep;
    if is_git && matches!(top.children.get(".gitmodules"), Some(Node::File(_))) {
        warnings.push(
            "the repository has submodules (`.gitmodules`), which are not fetched: their directories are empty"
                .to_owned(),
        );
    }
    let mut pointers = files.iter().filter(|(_, file)| file.is_lfs_pointer);
    let Some((first, _)) = pointers.next() else {
        return;
    };
    warnings.push(match pointers.count() {
        0 => format!("{first:?} is a pointer of Git LFS, and what it stands for is not in the module"),
        more => format!(
            "{first:?} and {more} more files are pointers of Git LFS, and what they stand for is not in the module"
        ),
    });
}
