//! How the parts of an address become a repository's name in a family, and back.

use crate::address::component::{escape, unescape};
use crate::repository::{Family, RepositoryName, RepositoryNameError};

/// The repository of a family whose address has these parts. Fails only where a part is empty or the whole is too long.
pub(crate) fn join<const N: usize>(
    family: Family,
    parts: [&str; N],
) -> Result<RepositoryName, RepositoryNameError> {
    let bytes = parts.iter().map(|part| 1 + part.len()).sum::<usize>();
    let mut name = String::with_capacity(family.as_str().len() + bytes);
    name.push_str(family.as_str());
    for part in parts {
        name.push('/');
        name.push_str(&escape(part));
    }
    name.parse()
}

/// The folded parts that [`join`] made a repository's name of; none for another family or number of parts.
pub(crate) fn split<const N: usize>(family: Family, name: &RepositoryName) -> Option<[String; N]> {
    let rest = name
        .as_str()
        .strip_prefix(family.as_str())?
        .strip_prefix('/')?;
    let parts: Vec<String> = rest.split('/').map(unescape).collect::<Option<_>>()?;
    parts.try_into().ok()
}
