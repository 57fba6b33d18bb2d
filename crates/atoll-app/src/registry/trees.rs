//! Trees of repositories that belong to upstreams.

use std::collections::HashMap;

use atoll_core::address::Hostname;
use atoll_core::permission::Visibility;
use atoll_core::repository::RepositoryName;

/// Who may read the trees of upstreams, by the host's component in a repository's name.
#[derive(Clone, Debug, Default)]
pub struct Trees {
    by_host: HashMap<String, Visibility>,
}

impl Trees {
    /// The trees of these hosts, spelt as repository names spell them.
    pub fn new(hosts: impl IntoIterator<Item = (String, Visibility)>) -> Self {
        Self {
            by_host: hosts.into_iter().collect(),
        }
    }

    /// Who may read the tree that a repository lies in; none where it lies in no upstream's.
    pub fn visibility(&self, name: &RepositoryName) -> Option<Visibility> {
        self.by_host.get(name.host_component()?).copied()
    }

    /// Whether a repository lies in another host's tree, which only upstreams, imports and bundles fill: a provider or a module
    /// of any host but this one, or an image of an upstream.
    pub fn is_anothers(&self, name: &RepositoryName) -> bool {
        if name.family().is_some() {
            name.host_component()
                .is_some_and(|host| host != Hostname::SELF)
        } else {
            name.upstream_component()
                .is_some_and(|host| self.by_host.contains_key(host))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_of_other_hosts_are_told_apart() {
        let trees = Trees::new([("tf.example".to_owned(), Visibility::Public)]);
        for (text, expected) in [
            ("providers/tf.example/acme/coral", true),
            ("providers/unknown.example/acme/coral", true),
            ("modules/localhost__8443/a/b/c", true),
            ("providers/x", true),
            ("tf.example/acme/app", true),
            ("providers/self/acme/coral", false),
            ("modules/self/a/b/c", false),
            ("providers", false),
            ("charts/tf.example/app", false),
            ("files/tf.example", false),
            ("other.example/acme/app", false),
            ("acme/tf.example", false),
            ("acme/app", false),
        ] {
            assert_eq!(
                trees.is_anothers(&text.parse().unwrap()),
                expected,
                "{text}"
            );
        }
    }
}
