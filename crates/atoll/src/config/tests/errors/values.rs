//! Values that are none, or that their key does not take.

use super::check;

#[test]
fn wrong_types() {
    check(&[
        (
            "offline = 1",
            &["1:11: `offline` must be true or false, not a number"],
        ),
        (
            r#"offline = "yes""#,
            &["1:11: `offline` must be true or false, not text"],
        ),
        (
            "data_dir = 7",
            &["1:12: `data_dir` must be text in quotes, not a number"],
        ),
        (r#"data_dir = """#, &["1:12: `data_dir` is empty"]),
        (
            r#"data_dir = ["/x"]"#,
            &["1:12: `data_dir` must be text in quotes, not a list"],
        ),
        (
            "server {\n  aliases = \"a\"\n}",
            &["2:13: `aliases` must be a list in brackets, not text"],
        ),
        (
            "server {\n  aliases = [\"a.example\", 7, true]\n}",
            &[
                "2:27: `aliases` must be a list of text in quotes, and this is a number",
                "2:30: `aliases` must be a list of text in quotes, and this is a boolean",
            ],
        ),
        (
            "server {\n  min_free = true\n}",
            &["2:14: `min_free` must be a number, or text in quotes, not a boolean"],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  missed_cache_period_seconds = \"1h\"\n  retrieval_cache_period_seconds = -1\n  assumed_offline_period_seconds = 1.5\n  max_bytes = []\n}",
            &[
                "2:33: `missed_cache_period_seconds` must be a whole number from 0 to 315360000",
                "3:36: `retrieval_cache_period_seconds` must be a whole number from 0 to 315360000",
                "4:36: `assumed_offline_period_seconds` must be a whole number from 0 to 315360000",
                "5:15: `max_bytes` must be a number, or text in quotes, not a list",
            ],
        ),
        (
            "metrics {\n  listen = 9090\n}",
            &["2:12: `listen` must be text in quotes, not a number"],
        ),
        (
            "metrics {\n  enabled = false\n  listen  = \"127.0.0.1:1\"\n}",
            &["3:3: an address has no use while `enabled = false`"],
        ),
    ]);
}

#[test]
fn expressions_that_have_no_value() {
    check(&[
        (
            "offline = tru",
            &["1:11: `tru` is not known here: text stands in quotes, and there are no variables"],
        ),
        (
            r#"data_dir = env("NOPE")"#,
            &[r#"1:16: the environment variable "NOPE" is not set"#],
        ),
        (
            r#"data_dir = file("nope")"#,
            &["1:17: failed to read nope: No such file or directory (os error 2)"],
        ),
        (
            r#"data_dir = evn("X")"#,
            &["1:12: unknown function `evn`: did you mean `env`?"],
        ),
        (
            r#"data_dir = upper("X")"#,
            &["1:12: unknown function `upper`: there are `env` and `file`"],
        ),
        (
            "data_dir = env()",
            &["1:12: `env` takes one argument, not 0"],
        ),
        (
            r#"data_dir = env("A", "B")"#,
            &["1:12: `env` takes one argument, not 2"],
        ),
        (
            "data_dir = env(7)",
            &["1:16: `env` takes text, not a number"],
        ),
        (
            "data_dir = x",
            &["1:12: `x` is not known here: text stands in quotes, and there are no variables"],
        ),
        (
            "data_dir = {}",
            &["1:12: an object in braces can't be a value here"],
        ),
        (
            "offline = 1 == 1",
            &["1:11: only plain values, lists, text, `env(…)` and `file(…)` can be used here"],
        ),
        (
            "offline = !true",
            &["1:11: only plain values, lists, text, `env(…)` and `file(…)` can be used here"],
        ),
        (
            r#"data_dir = "a${[]}""#,
            &["1:16: a list can't stand inside text"],
        ),
        (
            r#"data_dir = "%{ if true }x%{ endif }""#,
            &["1:13: directives can't be used in a configuration"],
        ),
        (
            "data_dir = a.b",
            &["1:12: only plain values, lists, text, `env(…)` and `file(…)` can be used here"],
        ),
        (
            r#"data_dir = core::env("X")"#,
            &["1:12: there are no functions with `::`, only `env` and `file`"],
        ),
    ]);
}

#[test]
fn bad_values_of_the_server() {
    check(&[
        (
            "server {\n  listen = \"8443\"\n}",
            &[
                r#"2:12: "8443" is not an address to listen on: write ADDRESS:PORT, such as 0.0.0.0:8443 or [::]:8443"#,
            ],
        ),
        (
            "server {\n  public_url = \"https://a/b\"\n}",
            &[
                r#"2:16: "https://a/b" can't be the server's URL: it must not have a path, because clients look for the server at the root of a host"#,
            ],
        ),
        (
            "server {\n  aliases = [\"ok.example\",\n    \"not ok\"]\n  impersonate = [\"self\"]\n}",
            &[
                r#"3:5: "not ok" is not a hostname: it must be a domain name of at most 253 characters: labels of letters, digits and inner dashes with dots between, in valid international form"#,
                "4:18: `self` means this server without being said",
            ],
        ),
        (
            "server {\n  min_free = \"x\"\n}",
            &[
                r#"2:14: "x" is not a size: write bytes, or a whole number with KB, MB, GB, TB, KiB, MiB, GiB or TiB"#,
            ],
        ),
        (
            "server {\n  tls {\n    cert_file = \"c\"\n  }\n}",
            &["3:5: `cert_file` needs a `key_file` beside it"],
        ),
        (
            "server {\n  tls {\n    key_file = \"c\"\n  }\n}",
            &["3:5: `key_file` needs a `cert_file` beside it"],
        ),
        (
            "server {\n  tls {\n    enabled = false\n    cert_file = \"c\"\n    key_file = \"k\"\n  }\n}",
            &["4:5: a certificate has no use while `enabled = false`"],
        ),
    ]);
}

#[test]
fn other_bad_values() {
    check(&[
        (
            "database {\n  url = \"mysql://ann:s3cret@db/x\"\n}",
            &[
                "2:9: a database's address begins with postgres:// or sqlite:, or is the absolute path of a file",
            ],
        ),
        (
            "database {\n  url = \"postgres://ann:s3cret@db:x/x\"\n}",
            &[
                "2:9: the postgres:// address of the database is malformed: error with configuration: invalid port number",
            ],
        ),
        (
            "log {\n  format = \"xml\"\n  level = \"loud\"\n}",
            &[
                r#"2:12: "xml" is not a log format: it is `text` or `json`"#,
                r#"3:11: "loud" is not a log level: it is `error`, `warn`, `info`, `debug` or `trace`, or such as `info,atoll_upstream=debug`"#,
            ],
        ),
        (
            r#"namespace "a b" {}"#,
            &[r#"1:11: "a b" is not a namespace: it must be letters, digits, `-` and `_`"#],
        ),
        (
            "namespace \"a\" {}\nnamespace \"A\" {}",
            &[r#"2:11: the namespace "a" is there twice"#],
        ),
        (
            "server {\n  public_url = \"https://registry.terraform.io\"\n}",
            &[
                r#"2:16: "registry.terraform.io" is a name of this server and of an upstream: to answer for an upstream, use `impersonate`"#,
            ],
        ),
        (
            "server {\n  impersonate = [\"x.example\"]\n}",
            &[r#"2:17: there is no `upstream "terraform" "x.example"` that could be impersonated"#],
        ),
        (
            "server {\n  aliases = [\"registry.opentofu.org:8443\"]\n}",
            &[
                r#"2:13: "registry.opentofu.org" is a name of this server and of an upstream: to answer for an upstream, use `impersonate`"#,
            ],
        ),
    ]);
}
