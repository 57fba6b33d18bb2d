//! The parts around an address: the getter before it, the subdirectory behind it.

use super::GetterError;
use crate::excerpt::excerpt;

/// Splits `getter::address`.
pub(super) fn split_getter(text: &str) -> (Option<&str>, &str) {
    match text.split_once("::") {
        Some((getter, rest))
            if !getter.is_empty() && getter.bytes().all(|byte| byte.is_ascii_alphanumeric()) =>
        {
            (Some(getter), rest)
        }
        _ => (None, text),
    }
}

/// Splits `address//subdirectory?query` into the address with its query, and the subdirectory.
///
/// The two slashes behind a scheme split nothing, and neither do those in a query.
pub(super) fn split_subdir(text: &str) -> Result<(String, Option<String>), GetterError> {
    let (path, query) = match text.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (text, None),
    };
    let (scheme, rest) = match path.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, path),
    };
    let (rest, subdir) = match rest.split_once("//") {
        Some((rest, subdir)) => (rest, clean_subdir(subdir)?),
        None => (rest, None),
    };
    let mut address = scheme.map_or_else(String::new, |scheme| format!("{scheme}://"));
    address.push_str(rest);
    if let Some(query) = query {
        address.push('?');
        address.push_str(query);
    }
    Ok((address, subdir))
}

fn clean_subdir(text: &str) -> Result<Option<String>, GetterError> {
    let is_outside = |component: &str| component == "..";
    if text.starts_with('/') || text.split('/').any(is_outside) {
        return Err(GetterError::Subdirectory(excerpt(text)));
    }
    let is_named = |component: &&str| !matches!(*component, "" | ".");
    let components: Vec<&str> = text.split('/').filter(is_named).collect();
    Ok((!components.is_empty()).then(|| components.join("/")))
}
