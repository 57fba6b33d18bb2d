//! What `config check` says.

use super::super::describe;
use super::{Case, settings};

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
    let words = describe(&settings);
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
        }
        upstream "terraform" "registry.coder.com" {
          root    = ["*/*/coder"]
          aliases = ["coder-registry"]
          mode    = "offline"
        }
        upstream "terraform" "tf.example" {
          allow           = ["hashicorp/*", "integrations/github ~> 6.0"]
          exclude         = ["hashicorp/null < 3"]
          require_proof   = "signed"
          pin_keys        = true
          max_bytes       = "10 GiB"
          resolve         = ["10.1.2.3"]
          allow_addresses = ["10.0.0.0/8"]
        }
        namespace "acme" {}
        "#,
    );
    let words = describe(&case.settings()).replace(case.dir.path().to_str().unwrap(), "");
    let expected = "\
configuration  /atoll.hcl
data           /var/lib/atoll
database       sqlite:/var/lib/atoll/atoll.db
master key     /var/lib/atoll/server.key
listens on     0.0.0.0:8443, for other machines too
clients use    https://atoll.example.com
TLS            certificate of the built-in authority in /var/lib/atoll/tls
               for atoll.example.com, atoll.internal, localhost, 127.0.0.1, ::1
free disk      10% stays free; below, nothing more is fetched
collecting     what nothing refers to any more goes every hour
metrics        http://127.0.0.1:9090/metrics, unless somebody else has that address
log            text, info
network        offline: nothing is ever dialled but the database
at the root    what is published here, then registry.coder.com for */*/coder
claimed        acme, and namespaces in which something is published

upstream registry.coder.com
  at           https://registry.coder.com/ (registry)
  asked        never: only what is held is served
  serves       everything
  who          everybody may read what is held; a fetch needs a token
  proof        none is required
  also called  coder-registry
  remembers    lists for 7200 s, absence for 1800 s, that it was away for 300 s

upstream tf.example
  at           https://tf.example/ (registry)
  asked        at the first request for something
  serves       hashicorp/*, integrations/github ~> 6.0, but not hashicorp/null < 3
  who          everybody may read, and cause a fetch
  proof        a signature is required, by a key that its namespace was signed with before
  at most      10 GiB are held
  found at     10.1.2.3, whatever DNS says
  may lead to  public addresses and 10.0.0.0/8
  remembers    lists for 7200 s, absence for 1800 s, that it was away for 300 s
";
    assert!(words.starts_with(expected), "{words}");
}

#[test]
fn what_is_seldom_meant_is_warned_of() {
    let warned = |text: &str| {
        let words = describe(&settings(text));
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
}
