//! Flags, variables, files: where settings come from and which stands above which.

use std::fs;

use super::super::{LogFormat, MetricsSettings, Origin, Overrides, TlsSettings, env, load};
use super::{Case, Environment};

#[test]
fn the_first_file_that_is_there_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::write(path("second.hcl"), "data_dir = \"/second\"").unwrap();
    fs::write(path("named.hcl"), "data_dir = \"/named\"").unwrap();
    let candidates = vec![path("first.hcl"), path("second.hcl")];
    let mut environment = Environment::fixed([]);
    environment.config_candidates.clone_from(&candidates);
    let settings = load(&Overrides::default(), &environment).unwrap();
    assert_eq!(settings.data_dir.to_str(), Some("/second"));
    assert_eq!(settings.origin, Origin::File(path("second.hcl")));

    let named = path("named.hcl");
    let mut environment = Environment::fixed([(env::CONFIG, named.to_str().unwrap())]);
    environment.config_candidates = candidates;
    assert_eq!(
        load(&Overrides::default(), &environment)
            .unwrap()
            .data_dir
            .to_str(),
        Some("/named")
    );
    let overrides = Overrides {
        config: Some(path("second.hcl")),
        ..Overrides::default()
    };
    assert_eq!(
        load(&overrides, &environment).unwrap().data_dir.to_str(),
        Some("/second")
    );
}

#[test]
fn a_named_file_that_is_not_there_is_an_error() {
    let overrides = Overrides {
        config: Some("/no/such/atoll.hcl".into()),
        ..Overrides::default()
    };
    let words = load(&overrides, &Environment::fixed([]))
        .unwrap_err()
        .to_string();
    assert!(
        words.starts_with("/no/such/atoll.hcl: failed to read the configuration: No such file"),
        "{words}"
    );
    let case = Case::new("").with_file("atoll.hcl", &[0xff, 0xfe]);
    assert_eq!(
        case.errors(),
        "atoll.hcl: failed to read the configuration: the file is not UTF-8 text"
    );
    let case = Case::new(&"#".repeat(2 << 20));
    assert_eq!(
        case.errors(),
        "atoll.hcl: failed to read the configuration: the file is larger than 1048576 bytes"
    );
}

#[test]
fn flags_stand_above_variables_and_variables_above_the_file() {
    let text = r#"
        data_dir = "/file"
        server {
          listen = "0.0.0.0:1"
          public_url = "https://file.example"
        }
        metrics { listen = "127.0.0.1:2" }
        database { url = "postgres://file/atoll" }
        log {
          format = "text"
          level = "warn"
        }
    "#;
    let mut case = Case::new(text);
    case.environment = Environment::fixed([(env::DATA_DIR, "/variable"), (env::LOG, "debug")]);
    let settings = case.settings();
    assert_eq!(settings.data_dir.to_str(), Some("/variable"));
    assert_eq!(settings.log.level, "debug");

    case.overrides = Overrides {
        config: case.overrides.config,
        data_dir: Some("/flag".into()),
        listen: Some("127.0.0.1:7".into()),
        public_url: Some("https://flag.example".into()),
        offline: true,
        no_tls: true,
        metrics_listen: Some("127.0.0.1:8".into()),
        database_url: Some("sqlite:/flag.db".into()),
        log_format: Some("json".into()),
        log_level: Some("trace".into()),
    };
    let settings = case.settings();
    assert_eq!(settings.data_dir.to_str(), Some("/flag"));
    assert_eq!(settings.server.listen, "127.0.0.1:7".parse().unwrap());
    assert_eq!(
        settings.server.public_url.unwrap().as_str(),
        "https://flag.example/"
    );
    assert_eq!(settings.server.tls, TlsSettings::Off);
    assert_eq!(
        settings.metrics,
        MetricsSettings::At("127.0.0.1:8".parse().unwrap())
    );
    assert_eq!(settings.database.to_string(), "sqlite:/flag.db");
    assert_eq!(
        (settings.log.format, settings.log.level.as_str()),
        (LogFormat::Json, "trace")
    );
    assert!(settings.offline);
}

#[test]
fn a_bad_flag_or_variable_is_named() {
    let mut case = Case::new("");
    case.overrides.listen = Some("8443".into());
    case.overrides.log_level = Some("loud".into());
    let words = case.errors();
    assert!(
        words.starts_with("--listen: \"8443\" is not an address to listen on"),
        "{words}"
    );
    assert!(
        words.contains("\n--log-level: \"loud\" is not a log level"),
        "{words}"
    );
    let case = Case::new("").with_variables([(env::LOG, "loud")]);
    assert!(
        case.errors()
            .starts_with("ATOLL_LOG: \"loud\" is not a log level")
    );
}

#[test]
fn without_a_home_a_place_for_data_is_asked_for() {
    let mut case = Case::new("");
    case.environment = Environment::fixed([]);
    assert_eq!(
        case.errors(),
        "there is no place for data: set `data_dir`, --data-dir or ATOLL_DATA_DIR"
    );
}

#[test]
fn relative_paths_begin_at_the_file() {
    let case = Case::new(
        r#"
        data_dir = "data"
        secret_file = "/etc/key"
        server {
          tls {
            cert_file = "tls.crt"
            key_file = "keys/tls.key"
          }
        }
        "#,
    );
    let settings = case.settings();
    assert_eq!(settings.data_dir, case.dir.path().join("data"));
    assert_eq!(settings.secret_file.to_str(), Some("/etc/key"));
    let expected = TlsSettings::Files {
        certificate: case.dir.path().join("tls.crt"),
        key: case.dir.path().join("keys/tls.key"),
    };
    assert_eq!(settings.server.tls, expected);
}

#[test]
fn variables_and_files_can_be_values() {
    let case = Case::new(
        r#"
        offline = env("OFFLINE")
        upstream "terraform" "tf.example" {
          username = (env("NAME"))
          password = file("secrets/password")
          url      = "https://${env("NAME")}.example:${8000 }/"
          max_bytes = env("BYTES")
          missed_cache_period_seconds = env("SECONDS")
          allow = [
            "${env("NAME")}/*",
            <<-EOT
              b/*
            EOT
          ]
        }
        "#,
    )
    .with_variables([
        ("NAME", "ann"),
        ("OFFLINE", "true"),
        ("BYTES", "1 KiB"),
        ("SECONDS", "7"),
    ]);
    fs::create_dir(case.dir.path().join("secrets")).unwrap();
    let case = case.with_file("secrets/password", b"s3cret\r\n");
    let settings = case.settings();
    assert!(settings.offline);
    let upstream = &settings.upstreams[0];
    assert_eq!(upstream.source.url.as_str(), "https://ann.example:8000/");
    assert_eq!(upstream.policy.max_bytes, Some(1024));
    assert_eq!(upstream.policy.missed_cache_period_secs, 7);
    assert_eq!(
        format!("{:?}", upstream.source.credential),
        "Basic { username: \"ann\", password: *** }"
    );
    let allowed: Vec<_> = upstream
        .policy
        .patterns
        .allow
        .as_ref()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(allowed, ["ann/*", "b/*"]);
}
