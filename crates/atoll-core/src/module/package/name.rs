//! The names of entries.

use super::error::EntryRule;
use super::limits::{COMPONENT_BYTES_MAX, NAME_BYTES_MAX};

/// The components of an entry's path. None for the top itself (`./`); empty ones and `.` are left out, as every client does.
pub(super) fn components(name: &[u8]) -> Result<Vec<&str>, EntryRule> {
    if name.is_empty() {
        return Err(EntryRule::Empty);
    }
    // Hostile names are recognised in any encoding, and on any system.
    if name
        .split(|byte| matches!(byte, b'/' | b'\\'))
        .any(|part| part == b"..")
    {
        return Err(EntryRule::ParentDirectory);
    }
    let has_drive = matches!(name, [letter, b':', ..] if letter.is_ascii_alphabetic());
    if name.starts_with(b"/") || name.starts_with(b"\\") || has_drive {
        return Err(EntryRule::Absolute);
    }
    let name = std::str::from_utf8(name).map_err(|_| EntryRule::NotText)?;
    if name.contains('\\') {
        return Err(EntryRule::Backslash);
    }
    if name.contains(char::is_control) {
        return Err(EntryRule::Control);
    }
    let components: Vec<_> = name
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    let bytes: usize = components.iter().map(|part| part.len() + 1).sum();
    if bytes > NAME_BYTES_MAX + 1
        || components
            .iter()
            .any(|part| part.len() > COMPONENT_BYTES_MAX)
    {
        return Err(EntryRule::TooLong);
    }
    Ok(components)
}

/// The first component of those that hold a tool's own files and are never a part of a module, with all before it.
pub(super) fn left_out(components: &[&str]) -> Option<String> {
    let at = components
        .iter()
        .position(|part| matches!(*part, ".git" | ".terraform"))?;
    Some(components.get(..=at)?.join("/"))
}
