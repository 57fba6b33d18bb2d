//! Where called modules come from.

use proptest::prelude::*;

use super::super::{CallSource, classify};

fn kind(source: &str) -> String {
    match classify(source) {
        CallSource::Local => "local".to_owned(),
        CallSource::Git => "git".to_owned(),
        CallSource::Https => "https".to_owned(),
        CallSource::Other { getter } => format!("other {getter}"),
        CallSource::Registry {
            host,
            namespace,
            name,
            system,
            subdir,
        } => {
            let host = host.unwrap_or("-".to_owned());
            let subdir = subdir.unwrap_or("-".to_owned());
            format!("registry {host} {namespace} {name} {system} {subdir}")
        }
    }
}

#[test]
fn sources_are_told_apart() {
    for (source, expected) in [
        ("./x", "local"),
        ("../", "local"),
        (" ..", "local"),
        ("hashicorp/consul/aws", "registry - hashicorp consul aws -"),
        (
            "hashicorp/consul/aws//modules/x",
            "registry - hashicorp consul aws modules/x",
        ),
        (
            "registry.coder.com/coder/code-server/coder",
            "registry registry.coder.com coder code-server coder -",
        ),
        ("localhost:8080/a/b/c//", "registry localhost:8080 a b c -"),
        ("github.com/a/b", "git"),
        ("github.com/a/b/c", "git"),
        ("gitlab.com/a/b/c", "git"),
        ("bitbucket.org/a/b", "git"),
        ("git@github.com:a/b.git", "git"),
        ("git::https://example.com/vpc.git?ref=v1", "git"),
        ("git::ssh://u@example.com/x.git//sub", "git"),
        ("ssh://git@h/x", "git"),
        ("https://example.com/vpc.zip", "https"),
        ("http://example.com/vpc.zip//x", "https"),
        ("https::https://x", "https"),
        ("hg::http://example.com/x", "other hg"),
        ("s3::https://s3.amazonaws.com/b/x.zip", "other s3"),
        ("gcs::https://www.googleapis.com/x", "other gcs"),
        ("oci://example.com/x?tag=1", "other oci"),
        ("s3-eu-west-1.amazonaws.com/b/x.zip", "other s3"),
        ("www.googleapis.com/storage/v1/b/x", "other gcs"),
        ("/abs/path", "other file"),
        ("file:///abs", "other file"),
        ("", "other "),
        ("a/b", "other "),
        ("a/b/C", "other "),
        ("a/b/c/d", "other "),
        ("a.b/c/d", "other "),
        ("a_/b/c", "other "),
    ] {
        assert_eq!(kind(source), expected, "{source}");
    }
}

proptest! {
    #[test]
    fn any_source_has_a_kind(source in "\\PC{0,40}") {
        let _ = classify(&source);
    }

    #[test]
    fn registry_addresses_are_kept(host in "(\\PC{0}|[a-z]{1,9}\\.example/)", ns in "[a-zA-Z0-9]{1,9}", name in "[a-z0-9]{1,9}", system in "[a-z0-9]{1,9}") {
        let source = format!("{host}{ns}/{name}/{system}");
        let expected_host = host.strip_suffix('/').map(str::to_owned);
        prop_assert_eq!(classify(&source), CallSource::Registry { host: expected_host, namespace: ns, name, system, subdir: None });
    }
}
