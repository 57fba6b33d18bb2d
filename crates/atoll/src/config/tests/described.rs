//! What `config check` says.

use atoll_core::time_micros::Micros;

use super::super::{Settings, describe};
use super::{Case, settings};

fn words_of(settings: &Settings) -> String {
    let now = Micros::from_rfc3339("2026-03-01T12:00:00Z").unwrap();
    describe(settings, now)
}

#[test]
fn secrets_are_never_described() {
    let case = Case::new(
        r#"
        database { url = "postgres://ann:s3cret@db/atoll" }
        server { listen = "0.0.0.0:8443" }
        upstream "terraform" "a.example" {
          token     = env("SECRET")
          proxy     = "http://p:s3cret@proxy:1/"
          anonymous = "read"
        }
        upstream "terraform" "b.example" {
          username = "ann"
          password = "s3cret"
        }
        "#,
    )
    .with_variables([("SECRET", "s3cret")]);
    let settings = case.settings();
    let words = words_of(&settings);
    assert!(!words.contains("s3cret"), "{words}");
    assert!(!format!("{:?}", settings.database).contains("s3cret"));
    for upstream in &settings.upstreams {
        assert!(!format!("{:?}", upstream.source.credential).contains("s3cret"));
    }
    assert!(words.contains("logs in      with a token"), "{words}");
    assert!(words.contains("logs in      as ann"), "{words}");
    assert!(
        words.contains(
            "warning: what a.example only shows to whoever logs in is served to everybody"
        ),
        "{words}"
    );
}

#[test]
fn a_configuration_is_said_in_words() {
    let case = Case::new(
        r#"
        data_dir = "/var/lib/atoll"
        offline  = true
        server {
          listen     = "0.0.0.0:8443"
          public_url = "https://atoll.example.com"
          opentofu_direct_modules = true
        }
        upstream "terraform" "registry.coder.com" {
          mode = "scheduled"
          sync {
            select   = ["coder/*", "hashicorp/aws latest:3"]
            schedule = "03:00"
          }
        }
        upstream "terraform" "tf.example" {
          allow           = ["hashicorp/*", "integrations/github ~> 6.0"]
          exclude         = ["hashicorp/null < 3"]
          require_proof   = "signed"
          pin_keys        = true
          max_bytes       = "10 GiB"
          resolve         = ["10.1.2.3"]
          allow_addresses = ["10.0.0.0/8"]
          root            = ["acme/*", "*/vpc/*"]
          mode            = "offline"
          ssh_key_file    = "key"
          ssh_known_hosts_file = "hosts"
          sync {
            platforms = ["linux_amd64", "darwin_arm64"]
          }
        }
        namespace "acme" {}
        "#,
    )
    .with_file("key", b"")
    .with_file("hosts", b"");
    let words = words_of(&case.settings()).replace(case.dir.path().to_str().unwrap(), "");
    let expected = "\
configuration  /atoll.hcl
data           /var/lib/atoll
database       sqlite:/var/lib/atoll/atoll.db
master key     /var/lib/atoll/server.key
listens on     0.0.0.0:8443, for other machines too
clients use    https://atoll.example.com
TLS            certificate of the built-in authority in /var/lib/atoll/tls
               for atoll.example.com, atoll.internal, localhost, 127.0.0.1, ::1
modules        OpenTofu gets them directly
free disk      10% stays free; below, nothing more is fetched
collecting     what nothing refers to any more goes every hour
metrics        http://127.0.0.1:9090/metrics, unless somebody else has that address
log            text, info
network        offline: nothing is ever dialled but the database
at the root    self first, then registry.coder.com for */*/coder, then tf.example for acme/*, */vpc/*
claimed        acme, and namespaces in which something is published; they never fall through

upstream registry.coder.com
  at           https://registry.coder.com/ (registry)
  asked        never by a request: only a sync fetches
  serves       everything
  who          everybody may read what is held; a fetch needs a token
  proof        none is required
  also called  coder-registry
  ahead        coder/*, hashicorp/aws latest:3, for every platform
  scheduled    daily at 03:00 UTC, next at 2026-03-02T03:00:00Z
  remembers    lists for 7200 s, absence for 1800 s, that it was away for 300 s

upstream tf.example
  at           https://tf.example/ (registry)
  asked        never: only what is held is served
  serves       hashicorp/*, integrations/github ~> 6.0, but not hashicorp/null < 3
  who          everybody may read, and cause a fetch
  proof        a signature is required, by a key that its namespace was signed with before
  at most      10 GiB are held
  git by ssh   with the key /key
  ssh hosts    those in /hosts
  found at     10.1.2.3, whatever DNS says
  may lead to  public addresses and 10.0.0.0/8
  ahead        nothing, for linux_amd64, darwin_arm64
  scheduled    never: `atoll mirror sync` fetches it
  remembers    lists for 7200 s, absence for 1800 s, that it was away for 300 s
";
    assert!(words.starts_with(expected), "{words}");
}

#[test]
fn what_is_seldom_meant_is_warned_of() {
    let warned = |text: &str| {
        let words = words_of(&settings(text));
        words
            .lines()
            .filter_map(|line| line.strip_prefix("warning: ").map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert!(warned("").is_empty());
    let plain = warned("server {\n listen = \"0.0.0.0:80\"\n tls { enabled = false }\n}");
    assert!(
        plain[0].contains("insist on https") && plain[1].contains("unencrypted"),
        "{plain:?}"
    );
    let behind_a_proxy =
        warned("server {\n public_url = \"https://a.example\"\n tls { enabled = false }\n}");
    assert!(behind_a_proxy.is_empty(), "{behind_a_proxy:?}");
    let shown =
        warned("upstream \"terraform\" \"a.example\" {\n token = \"t\"\n anonymous = \"read\"\n}");
    assert!(shown[0].contains("served to everybody"), "{shown:?}");
    let own = warned(
        "server {\n impersonate = [\"registry.terraform.io\"]\n tls {\n cert_file = \"c\"\n key_file = \"k\"\n }\n}",
    );
    assert!(
        own[0].contains("yours must name registry.terraform.io itself"),
        "{own:?}"
    );
    for (keys, word) in [
        ("mode = \"scheduled\"", "not asked on demand"),
        (
            "mode = \"scheduled\"\nsync {\n select = [\"a/*\"]\n}",
            "not asked on demand",
        ),
        ("sync {\n schedule = \"03:00\"\n}", "fetches nothing"),
    ] {
        let words = warned(&format!(
            "upstream \"terraform\" \"a.example\" {{\n{keys}\n}}"
        ));
        assert!(words.len() == 1 && words[0].contains(word), "{words:?}");
    }
}
