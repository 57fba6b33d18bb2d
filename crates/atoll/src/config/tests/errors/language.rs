//! What is no configuration at all, or none for this version.

use super::check;

#[test]
fn what_is_no_hcl() {
    check(&[
        (
            "server {\n  listen = \n}\n",
            &[
                r#"2:12: this is not valid HCL: invalid expression; expected `"`, `[`, `{`, `-`, `!`, `(`, `_`, `<`, letter or digit"#,
            ],
        ),
        (
            "server {\n  listen = \"a\n}\n",
            &[
                "2:3: this is not valid HCL: invalid block body; expected `}`, newline or identifier",
            ],
        ),
        ("a b c", &["1:5: this is not valid HCL: expected `{`"]),
        (
            "server {",
            &[
                "1:8: this is not valid HCL: invalid block body; expected `}`, newline or identifier",
            ],
        ),
        ("}", &["1:1: this is not valid HCL: unexpected token"]),
        (
            "x = 1 y = 2",
            &["1:7: this is not valid HCL: expected newline or eof"],
        ),
        (
            "offline = 1 +",
            &["1:13: this is not valid HCL: expected newline or eof"],
        ),
        (
            r#"data_dir = "${""#,
            &["1:1: this is not valid HCL: unexpected token"],
        ),
        (
            "a = <<X\n foo\n",
            &["2:2: this is not valid HCL: expected heredoc end delimiter"],
        ),
        ("\0", &["1:1: this is not valid HCL: unexpected token"]),
        (
            r#"x = "ü" = 2"#,
            &["1:9: this is not valid HCL: expected newline or eof"],
        ),
        (
            "offline = true\noffline = false",
            &[
                "2:1: this is not valid HCL: invalid attribute; expected unique attribute key; found redefined attribute",
            ],
        ),
    ]);
}

#[test]
fn unknown_and_misplaced_keys() {
    check(&[
        (
            "token = \"abc\ndef\"",
            &["1:1: unknown key `token` in the configuration"],
        ),
        ("é = 1", &["1:1: unknown key `é` in the configuration"]),
        (
            r#"datadir = "/x""#,
            &["1:1: unknown key `datadir` in the configuration: did you mean `data_dir`?"],
        ),
        (
            "nonsense = 1",
            &["1:1: unknown key `nonsense` in the configuration"],
        ),
        (
            "server {\n  liste = \"x\"\n}",
            &["2:3: unknown key `liste` in `server`: did you mean `listen`?"],
        ),
        (
            "serve {}",
            &["1:1: unknown block `serve` in the configuration: did you mean `server`?"],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  alow = []\n}",
            &["2:3: unknown key `alow` in `upstream`: did you mean `allow`?"],
        ),
        (
            "server {\n  tls {\n    cert = \"x\"\n  }\n}",
            &["3:5: unknown key `cert` in `tls`"],
        ),
        (
            "server = 1",
            &["1:1: `server` in the configuration is a block: write `server { … }`"],
        ),
        (
            "data_dir {}",
            &["1:1: `data_dir` in the configuration is a value: write `data_dir = …`"],
        ),
        (
            r#"server "x" {}"#,
            &["1:1: a block `server` is written `server { … }`"],
        ),
        (
            r#"upstream "terraform" {}"#,
            &[r#"1:1: a block `upstream` is written `upstream "KIND" "HOST" { … }`"#],
        ),
        (
            "upstream {}",
            &[r#"1:1: a block `upstream` is written `upstream "KIND" "HOST" { … }`"#],
        ),
        (
            "namespace {}",
            &[r#"1:1: a block `namespace` is written `namespace "NAME" { … }`"#],
        ),
        (
            "server {}\nserver {}",
            &["2:1: there are two blocks `server`, the first in line 1"],
        ),
        (
            "server {\n tls {}\n tls {}\n}",
            &["3:2: there are two blocks `tls`, the first in line 2"],
        ),
        (
            "namespace \"a\" {\n x = 1\n}",
            &["2:2: unknown key `x` in `namespace`"],
        ),
    ]);
}

#[test]
fn what_a_later_version_will_know() {
    check(&[
        (
            r#"storage "s3" {}"#,
            &["1:1: `storage` in the configuration is not available in this version"],
        ),
        (
            r#"provider_mirror "v" {}"#,
            &["1:1: `provider_mirror` in the configuration is not available in this version"],
        ),
        (
            r#"upstream "oci" "docker.io" {}"#,
            &[r#"1:10: upstreams of the kind "oci" are not available in this version"#],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  sync {\n    selct = []\n  }\n  sync {}\n}",
            &[
                "3:5: unknown key `selct` in `sync`: did you mean `select`?",
                "5:3: there are two blocks `sync`, the first in line 2",
            ],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  sync = 1\n}",
            &["2:3: `sync` in `upstream` is a block: write `sync { … }`"],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  mode = \"sometimes\"\n}",
            &[r#"2:10: `mode` is `on_demand`, `scheduled` or `offline`, not "sometimes""#],
        ),
    ]);
}
