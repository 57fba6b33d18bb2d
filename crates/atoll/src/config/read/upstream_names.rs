//! The names of upstreams in the URL shapes of other servers, where no two may have the same.

use std::collections::BTreeMap;
use std::ops::Range;

use atoll_app::upstreams::UpstreamPolicy;
use atoll_core::address::Hostname;

use super::super::builtin::BUILTINS;
use super::super::syntax::{Block, Reader};

/// The longest alias of an upstream.
const ALIAS_BYTES_MAX: usize = 64;

/// A word that is one segment of a path.
pub(super) fn alias(text: &str) -> Result<String, String> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let is_dots = text.bytes().all(|byte| byte == b'.');
    if is_dots || text.len() > ALIAS_BYTES_MAX || !text.bytes().all(is_name) {
        return Err(format!(
            "{text:?} can't be an alias: it is 1 to {ALIAS_BYTES_MAX} letters, digits, dots, dashes and underscores"
        ));
    }
    if text == Hostname::SELF || text == Hostname::INTERNAL_ALIAS {
        return Err(format!(
            "{text:?} can't be an alias: it is this server itself"
        ));
    }
    Ok(text.to_owned())
}

/// Names that are taken, and by whom.
#[derive(Default)]
pub(super) struct Names(BTreeMap<String, Owner>);

struct Owner {
    hostname: String,
    is_hostname: bool,
    /// Where the name was given.
    span: Range<usize>,
}

impl Names {
    /// Takes the names of a block, and reports those that others have.
    pub(super) fn take(&mut self, block: &Block<'_, '_>, policy: &UpstreamPolicy) {
        let hostname = policy.hostname.as_str();
        if let Some(owner) = self.0.get(hostname) {
            let message = format!(
                "{hostname:?} is an alias of the upstream {}",
                owner.hostname
            );
            block.reader.report(&block.span, message);
        } else {
            self.put(hostname, hostname, &block.span);
        }
        let span = block
            .key_span("aliases")
            .unwrap_or_else(|| block.span.clone());
        for alias in &policy.aliases {
            match self.0.get(alias) {
                // Saying its own name once more changes nothing.
                Some(owner) if owner.hostname == hostname => {}
                Some(owner) => block.reader.report(&span, belongs(alias, &owner.hostname)),
                None => self.put(alias, hostname, &span),
            }
        }
    }

    /// Reports blocks that have the name of an upstream which is there without a block.
    pub(super) fn check_unwritten(&self, reader: &Reader<'_>) {
        for builtin in &BUILTINS {
            let is_written = self
                .0
                .get(builtin.name)
                .is_some_and(|owner| owner.is_hostname);
            if is_written {
                continue;
            }
            for name in [&builtin.name].into_iter().chain(builtin.aliases) {
                if let Some(owner) = self.0.get(*name) {
                    reader.report(&owner.span, belongs(name, builtin.name));
                }
            }
        }
    }

    fn put(&mut self, name: &str, hostname: &str, span: &Range<usize>) {
        let owner = Owner {
            hostname: hostname.to_owned(),
            is_hostname: name == hostname,
            span: span.clone(),
        };
        self.0.insert(name.to_owned(), owner);
    }
}

fn belongs(alias: &str, hostname: &str) -> String {
    format!("the alias {alias:?} belongs to the upstream {hostname}")
}
