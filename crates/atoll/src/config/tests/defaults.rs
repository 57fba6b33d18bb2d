//! What holds without being said.

use atoll_app::upstreams::{Anonymous, MinFree};

use super::super::{
    DEFAULT_METRICS, LogFormat, MetricsSettings, Origin, Overrides, Settings, TlsSettings, load,
};
use super::{Case, Environment, settings};

const EXAMPLE: &str = include_str!("../../../../../examples/atoll.hcl");

fn unconfigured() -> Settings {
    load(
        &Overrides::default(),
        &Environment::fixed([("HOME", "/home/ann")]),
    )
    .unwrap()
}

/// Everything but where it was read.
fn meaning(settings: &Settings) -> String {
    format!(
        "{:?}",
        Settings {
            origin: Origin::Defaults,
            ..settings.clone()
        }
    )
}

#[test]
fn the_example_says_what_holds_anyway() {
    assert_eq!(meaning(&settings(EXAMPLE)), meaning(&unconfigured()));
    assert_eq!(meaning(&settings("")), meaning(&unconfigured()));
}

#[test]
fn what_the_example_has_commented_out_is_understood() {
    let uncommented: Vec<&str> = EXAMPLE
        .lines()
        .map(|line| match line.trim_start().strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') || line.starts_with("#  ") => setting,
            _ => line,
        })
        .collect();
    let case = Case::new(&uncommented.join("\n"))
        .with_variables([("ATOLL_DB_PASSWORD", "s3cret"), ("CORP_TF_TOKEN", "s3cret")])
        .with_file("other-password.txt", b"s3cret\n")
        .with_file(
            "corp-ca.pem",
            b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        )
        .with_file("atoll_ed25519", b"key")
        .with_file("known_hosts", b"hosts");
    let settings = case.settings();
    let names: Vec<&str> = settings
        .upstreams
        .iter()
        .map(|upstream| upstream.policy.hostname.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "registry.terraform.io",
            "registry.opentofu.org",
            "registry.coder.com",
            "tf.corp.example",
            "tf.other.example"
        ]
    );
    let sync = settings.upstreams[0].policy.sync.as_ref().unwrap();
    assert_eq!((sync.select.len(), sync.platforms.len()), (3, 2));
    assert_eq!(sync.schedule.unwrap().to_string(), "03:00");
    assert!(settings.upstreams[0].source.ssh_key_file.is_some());
    assert_eq!(settings.namespaces, ["acme"]);
    assert_eq!(settings.metrics, MetricsSettings::At(DEFAULT_METRICS));
    assert_eq!(
        settings.database.to_string(),
        "postgres://atoll@db.example.com:5432/atoll"
    );
    assert!(matches!(settings.server.tls, TlsSettings::Files { .. }));
}

#[test]
fn the_defaults_are_as_documented() {
    let settings = unconfigured();
    assert_eq!(settings.origin, Origin::Defaults);
    assert_eq!(
        settings.data_dir.to_str(),
        Some("/home/ann/.local/share/atoll")
    );
    assert_eq!(settings.secret_file, settings.data_dir.join("server.key"));
    assert_eq!(settings.tls_dir(), settings.data_dir.join("tls"));
    assert_eq!(
        settings.database.to_string(),
        "sqlite:/home/ann/.local/share/atoll/atoll.db"
    );
    assert!(!settings.offline && !settings.server.opentofu_direct_modules);
    assert_eq!(settings.server.listen, "127.0.0.1:8443".parse().unwrap());
    assert_eq!(settings.server.tls, TlsSettings::Builtin);
    assert_eq!(settings.server.min_free, MinFree::Percent(10));
    assert_eq!(settings.metrics, MetricsSettings::Usual);
    assert!(settings.server.collect);
    assert_eq!(
        (settings.log.format, settings.log.level.as_str()),
        (LogFormat::Text, "info")
    );
    let upstreams: Vec<_> = settings
        .upstreams
        .iter()
        .map(|upstream| upstream.policy.hostname.as_str())
        .collect();
    assert_eq!(
        upstreams,
        [
            "registry.terraform.io",
            "registry.opentofu.org",
            "registry.coder.com"
        ]
    );
    for upstream in &settings.upstreams {
        assert_eq!(
            upstream.source.url.as_str(),
            format!("https://{}/", upstream.policy.hostname)
        );
        assert_eq!(upstream.policy.anonymous, Anonymous::Fetch);
        assert_eq!(upstream.policy.retrieval_cache_period_secs, 7200);
        assert_eq!(upstream.policy.missed_cache_period_secs, 1800);
        assert_eq!(upstream.policy.assumed_offline_period_secs, 300);
    }
}

#[test]
fn an_upstream_that_is_written_takes_the_place_of_its_default() {
    let settings = settings(
        r#"
        upstream "terraform" "tf.example" {}
        upstream "terraform" "Registry.OpenTofu.org" { mode = "offline" }
        "#,
    );
    let upstreams: Vec<_> = settings
        .upstreams
        .iter()
        .map(|upstream| {
            (
                upstream.policy.hostname.as_str(),
                upstream.policy.is_offline(),
                upstream.source.offline,
            )
        })
        .collect();
    assert_eq!(
        upstreams,
        [
            ("tf.example", false, false),
            ("registry.opentofu.org", true, true),
            ("registry.terraform.io", false, false),
            ("registry.coder.com", false, false)
        ]
    );
}

#[test]
fn what_a_block_leaves_out_of_a_default_upstream_stays() {
    for (keys, root, aliases) in [
        (None, "*/*/coder", "coder-registry"),
        (Some("mode = \"offline\""), "*/*/coder", "coder-registry"),
        (Some("root = []"), "", "coder-registry"),
        (Some("aliases = []"), "*/*/coder", ""),
        (
            Some(
                "aliases = [\"a\", \"registry.coder.com\"]\nroot = [\"coder/*/coder\", \"coder/*\"]",
            ),
            "coder/*/coder coder/*",
            "a registry.coder.com",
        ),
    ] {
        let text = keys.map_or_else(String::new, |keys| {
            format!("upstream \"terraform\" \"registry.coder.com\" {{\n{keys}\n}}")
        });
        let settings = settings(&text);
        let coder = settings
            .upstreams
            .iter()
            .map(|upstream| &upstream.policy)
            .find(|policy| policy.hostname.as_str() == "registry.coder.com")
            .unwrap();
        let patterns: Vec<String> = coder.root.iter().map(ToString::to_string).collect();
        assert_eq!(patterns.join(" "), root, "{text}");
        assert_eq!(coder.aliases.join(" "), aliases, "{text}");
    }
}

#[test]
fn a_default_alias_can_be_given_to_another_upstream() {
    let settings = settings(
        "upstream \"terraform\" \"tf.example\" {\n aliases = [\"coder-registry\"]\n}\n\
         upstream \"terraform\" \"registry.coder.com\" {\n aliases = []\n}",
    );
    let called: Vec<&str> = settings
        .upstreams
        .iter()
        .filter(|upstream| upstream.policy.aliases == ["coder-registry"])
        .map(|upstream| upstream.policy.hostname.as_str())
        .collect();
    assert_eq!(called, ["tf.example"]);
}

#[test]
fn who_may_fetch_without_a_token_depends_on_where_the_server_listens() {
    use Anonymous::{Fetch, None, Read};
    for (listen, keys, expected) in [
        ("127.0.0.1:8443", "", Fetch),
        ("localhost:8443", "", Fetch),
        ("[::1]:8443", "", Fetch),
        ("[::ffff:127.0.0.1]:8443", "", Fetch),
        ("0.0.0.0:8443", "", Read),
        ("10.0.0.1:8443", "", Read),
        ("[::]:8443", "", Read),
        ("0.0.0.0:8443", "allow = [\"a/*\"]", Fetch),
        ("0.0.0.0:8443", "allow = []", Fetch),
        ("0.0.0.0:8443", "exclude = [\"a/*\"]", Read),
        ("0.0.0.0:8443", "token = \"t\"", None),
        ("0.0.0.0:8443", "token = \"t\"\nallow = [\"a/*\"]", None),
        ("127.0.0.1:8443", "token = \"t\"", None),
        ("127.0.0.1:8443", "token = \"t\"\nallow = [\"a/*\"]", None),
        ("127.0.0.1:8443", "username = \"u\"\npassword = \"p\"", None),
        (
            "127.0.0.1:8443",
            "token = \"t\"\nanonymous = \"fetch\"",
            Fetch,
        ),
        ("127.0.0.1:8443", "anonymous = \"read\"", Read),
        ("127.0.0.1:8443", "anonymous = \"none\"", None),
        ("0.0.0.0:8443", "anonymous = \"fetch\"", Fetch),
    ] {
        let text = format!(
            "server {{\n listen = \"{listen}\"\n}}\nupstream \"terraform\" \"tf.example\" {{\n{keys}\n}}"
        );
        let settings = settings(&text);
        assert_eq!(settings.upstreams[0].policy.anonymous, expected, "{text}");
    }
}
