//! Every key, and what it sets.

use atoll_app::upstreams::{Anonymous, MinFree, UpstreamMode};
use atoll_core::proof::Proof;
use atoll_core::time_micros::Micros;
use atoll_server::tls::CertificateName;
use atoll_upstream::Protocol;

use super::super::{MetricsSettings, TlsSettings, describe};
use super::{Case, settings};

#[test]
fn every_key_of_an_upstream() {
    let case = Case::new(
        r#"
        upstream "terraform" "TF.Corp.Example:8443" {
          url             = "http://10.1.2.3:8080/registry"
          protocol        = "network_mirror"
          mode            = "scheduled"
          ca_file         = "ca.pem"
          token           = "s3cret"
          proxy           = "http://user:pass@proxy:3128"
          resolve         = ["10.1.2.3", "::1"]
          allow           = ["hashicorp/*", "integrations/github ~> 6.0"]
          exclude         = ["hashicorp/null < 3"]
          root            = ["*/*/coder", "acme/*"]
          aliases         = ["corp-tf"]
          allow_addresses = ["10.0.0.0/8", "cdn.example:443"]
          anonymous       = "none"
          require_proof   = "signed"
          pin_keys        = true
          max_bytes       = "10 GiB"
          blacked_out     = true
          ssh_key_file    = "id_ed25519"
          ssh_known_hosts_file = "known_hosts"
          retrieval_cache_period_seconds = 1
          missed_cache_period_seconds    = 0
          assumed_offline_period_seconds = 3
          sync {
            select    = ["hashicorp/aws ~> 5.90", "hashicorp/random latest:3", "coder/*", "a/vpc/aws ~> 5.0"]
            platforms = ["linux_amd64", "darwin_arm64"]
            schedule  = "03:00"
          }
        }
        "#,
    )
    .with_file(
        "ca.pem",
        b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    )
    .with_file("id_ed25519", b"key")
    .with_file("known_hosts", b"hosts");
    let settings = case.settings();
    let upstream = &settings.upstreams[0];
    let (policy, source) = (&upstream.policy, &upstream.source);
    assert_eq!(policy.hostname.as_str(), "tf.corp.example:8443");
    assert_eq!(source.label, "tf.corp.example:8443");
    assert_eq!(source.url.as_str(), "http://10.1.2.3:8080/registry");
    assert_eq!(source.protocol, Protocol::NetworkMirror);
    assert!(source.ca_pem.as_ref().unwrap().starts_with(b"-----BEGIN"));
    assert_eq!(format!("{:?}", source.credential), "Bearer(***)");
    assert_eq!(source.proxy.as_ref().unwrap().host_str(), Some("proxy"));
    assert_eq!(source.resolve.len(), 2);
    assert_eq!(source.allow_addresses.len(), 2);
    let in_dir = |name| Some(case.dir.path().join(name));
    assert_eq!(source.ssh_key_file, in_dir("id_ed25519"));
    assert_eq!(source.ssh_known_hosts_file, in_dir("known_hosts"));
    // A sync dials it, whatever requests may do.
    assert!(!source.offline);
    assert_eq!(policy.mode, UpstreamMode::Scheduled);
    let sync = policy.sync.as_ref().unwrap();
    let selected: Vec<String> = sync.select.iter().map(ToString::to_string).collect();
    assert_eq!(
        selected,
        [
            "hashicorp/aws ~> 5.90",
            "hashicorp/random latest:3",
            "coder/*",
            "a/vpc/aws ~> 5.0"
        ]
    );
    assert_eq!(sync.platforms[1].to_string(), "darwin_arm64");
    assert_eq!(sync.schedule, "03:00".parse().ok());
    assert_eq!(policy.patterns.allow.as_ref().unwrap().iter().count(), 2);
    assert_eq!(policy.patterns.exclude.iter().count(), 1);
    assert_eq!(policy.root.len(), 2);
    assert_eq!(policy.aliases, ["corp-tf"]);
    assert_eq!(policy.anonymous, Anonymous::None);
    assert_eq!(policy.require_proof, Proof::Signed);
    assert!(policy.pin_keys && policy.blacked_out);
    assert_eq!(policy.max_bytes, Some(10 << 30));
    let periods = (
        policy.retrieval_cache_period_secs,
        policy.missed_cache_period_secs,
        policy.assumed_offline_period_secs,
    );
    assert_eq!(periods, (1, 0, 3));
}

#[test]
fn every_key_of_the_server() {
    let settings = settings(
        r#"
        server {
          listen      = "10.0.0.9:443"
          public_url  = "https://Atoll.Example.com"
          aliases     = ["atoll", "atoll.corp.example:8443"]
          impersonate = ["registry.terraform.io"]
          min_free    = 1048576
          opentofu_direct_modules = true
          collect     = false
          tls {}
        }
        metrics { listen = "127.0.0.1:9091" }
        namespace "Acme" {}
        namespace "other" {}
        namespace "A_b--c" {}
        "#,
    );
    let server = &settings.server;
    assert_eq!(server.min_free, MinFree::Bytes(1 << 20));
    assert_eq!(server.tls, TlsSettings::Builtin);
    assert!(server.opentofu_direct_modules);
    let own: Vec<String> = server
        .own_hostnames()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        own,
        ["atoll.example.com", "atoll", "atoll.corp.example:8443"]
    );
    assert!(!server.collect);
    assert_eq!(
        settings.metrics,
        MetricsSettings::At("127.0.0.1:9091".parse().unwrap())
    );
    assert_eq!(settings.namespaces, ["acme", "other", "a_b--c"]);
    assert_eq!(
        server.certificate_names().to_string(),
        "atoll, atoll.corp.example, atoll.example.com, atoll.internal, localhost, registry.terraform.io, \
         10.0.0.9, 127.0.0.1, ::1"
    );
}

#[test]
fn metrics_can_be_left_to_chance_or_turned_off() {
    for (text, expected) in [
        ("", MetricsSettings::Usual),
        ("metrics {}", MetricsSettings::Usual),
        ("metrics { enabled = true }", MetricsSettings::Usual),
        ("metrics { enabled = false }", MetricsSettings::Off),
    ] {
        assert_eq!(settings(text).metrics, expected, "{text}");
    }
    let words = describe(
        &settings("metrics { enabled = false }"),
        Micros::from_secs(0),
    );
    assert!(words.contains("metrics        nowhere"), "{words}");
}

#[test]
fn the_machines_name_is_in_the_certificate_if_it_is_one() {
    let mut case = Case::new("");
    case.environment.machine_name = Some("Box-7".to_owned());
    let name: CertificateName = "box-7".parse().unwrap();
    assert!(case.settings().server.certificate_names().contains(&name));
    case.environment.machine_name = Some("my box!".to_owned());
    assert!(
        !case
            .settings()
            .server
            .certificate_names()
            .to_string()
            .contains("my box")
    );
}

#[test]
fn clients_are_told_where_to_go() {
    for (server, machine, bound, expected) in [
        ("", Some("box"), "127.0.0.1:8443", "https://localhost:8443"),
        ("", Some("box"), "0.0.0.0:8443", "https://box:8443"),
        ("", None, "[::]:8443", "https://localhost:8443"),
        ("", None, "10.0.0.9:1", "https://10.0.0.9:1"),
        ("", None, "[fd00::1]:1", "https://[fd00::1]:1"),
        (
            "tls { enabled = false }",
            None,
            "127.0.0.1:1",
            "http://localhost:1",
        ),
        (
            "public_url = \"https://a.example/\"",
            None,
            "127.0.0.1:1",
            "https://a.example",
        ),
    ] {
        let mut case = Case::new(&format!("server {{\n{server}\n}}"));
        case.environment.machine_name = machine.map(str::to_owned);
        let url = case.settings().server.public_url_at(bound.parse().unwrap());
        assert_eq!(url, expected);
    }
}

#[test]
fn null_is_as_good_as_left_out() {
    let settings = settings("data_dir = null\nserver {\n listen = null\n aliases = null\n}");
    assert_eq!(settings.server.listen, "127.0.0.1:8443".parse().unwrap());
}

#[test]
fn a_sync_that_says_nothing_is_none() {
    for keys in ["", "select = []", "platforms = []\n schedule = null"] {
        let text = format!("upstream \"terraform\" \"a.example\" {{\n sync {{\n {keys}\n }}\n}}");
        assert_eq!(settings(&text).upstreams[0].policy.sync, None, "{text}");
    }
}

#[test]
fn tls_can_be_left_to_a_proxy() {
    let settings = settings("server {\n tls { enabled = false }\n}");
    assert_eq!(settings.server.tls, TlsSettings::Off);
}
