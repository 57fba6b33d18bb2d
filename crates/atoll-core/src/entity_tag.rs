//! Lists of entity tags, as `If-Match` and `If-None-Match` hold them.
//!
//! Spec: <https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3>

use crate::digest::Digest;

/// The entity tag of content: its digest in quotes.
pub fn of(digest: &Digest) -> String {
    format!("\"{digest}\"")
}

/// Whether a list of entity tags names the digest. `*` names all; bare digests are taken as well as quoted ones.
pub fn names(list: &str, digest: &Digest) -> bool {
    list.split(',').map(str::trim).any(|tag| {
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        tag == "*" || tag.trim_matches('"') == digest.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_bare_weak_and_listed_tags_match() {
        let digest = Digest::sha256(b"x");
        for list in [
            of(&digest),
            digest.to_string(),
            format!("W/\"{digest}\""),
            "*".to_owned(),
            format!("\"y\", \"{digest}\""),
        ] {
            assert!(names(&list, &digest), "{list}");
        }
        assert!(!names(&of(&Digest::sha256(b"y")), &digest));
        assert!(!names("", &digest));
    }
}
