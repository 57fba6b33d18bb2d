//! Upstreams that can't be.

use super::check;

#[test]
fn bad_upstreams() {
    check(&[
        (
            r#"upstream "terrafrom" "a.example" {}"#,
            &[r#"1:10: unknown kind of upstream "terrafrom": it is `upstream "terraform" "HOST"`"#],
        ),
        (
            r#"upstream "terraform" "https://a.example" {}"#,
            &[
                r#"1:22: "https://a.example" is not a hostname: it must be a host with an optional port, not a URL"#,
            ],
        ),
        (
            r#"upstream "terraform" "self" {}"#,
            &[r#"1:22: "self" is this server itself"#],
        ),
        (
            r#"upstream "terraform" "atoll.internal" {}"#,
            &[r#"1:22: "atoll.internal" is this server itself"#],
        ),
        (
            "upstream \"terraform\" \"a.example\" {}\nupstream \"terraform\" \"A.example:443\" {}",
            &[r#"2:22: there are two blocks for the upstream "a.example""#],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  allow = [\"hashicorp/*\", \"a//b\"]\n  exclude = [\"a/b ~> x\"]\n  root = [\"a\", \"a/b 1.0\"]\n  aliases = [\"a/b\"]\n}",
            &[
                r#"2:27: "a//b" is not a pattern: a segment is empty"#,
                r#"3:14: the pattern "a/b" has a bad constraint: "~> x" is not a version constraint: its version is none: its numbers must have 1 to 18 digits and no leading zeros"#,
                r#"4:11: "a" is neither NAMESPACE/TYPE for providers nor NAMESPACE/NAME/SYSTEM for modules"#,
                r#"4:16: "a/b 1.0" can't have a constraint: versions make no difference at the root"#,
                r#"5:14: "a/b" can't be an alias: it is 1 to 64 letters, digits, dots, dashes and underscores"#,
            ],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  url = \"ftp://x\"\n}",
            &["2:9: `url` must be https or http, not ftp"],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  url = \"https://u:s3cret@x\"\n}",
            &[
                "2:9: `url` must not have credentials in it: use `token`, or `username` and `password`",
            ],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  url = \"x\"\n}",
            &["2:9: `url` is not a URL: relative URL without a base"],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  url = \"https://x/?a\"\n}",
            &["2:9: `url` must not have a query or fragment"],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  protocol = \"oci\"\n  mode = \"x\"\n  anonymous = \"all\"\n  require_proof = \"own\"\n}",
            &[
                r#"2:14: `protocol` is `registry` or `network_mirror`, not "oci""#,
                r#"3:10: `mode` is `on_demand`, `scheduled` or `offline`, not "x""#,
                r#"4:15: `anonymous` is `fetch`, `read` or `none`, not "all""#,
                r#"5:19: `require_proof` is `signed`, `unsigned` or `hashed`, not "own""#,
            ],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  resolve = [\"a.example\"]\n  allow_addresses = [\"10.0.0.1/8\", \"https://x\"]\n  proxy = \"socks5://x\"\n}",
            &[
                r#"2:14: "a.example" is not an IP address"#,
                r#"3:22: "10.0.0.1/8" is not a network: the prefix is too long or bits behind it are set"#,
                r#"3:36: "https://x" is not an address: write host, host:port, ip, ip:port or a network such as 10.0.0.0/8"#,
                "4:11: `proxy` must be http://HOST:PORT or https://HOST:PORT",
            ],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  ca_file = \"nope.pem\"\n}",
            &["2:3: `ca_file` nope.pem: No such file or directory (os error 2)"],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  ca_file = \"atoll.hcl\"\n}",
            &["2:3: `ca_file` atoll.hcl: there is no PEM certificate in it"],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  token = \"a b\"\n}",
            &["2:11: `token` must be printable ASCII without spaces, and not empty"],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  token = \"\"\n}",
            &["2:11: `token` must be printable ASCII without spaces, and not empty"],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  token = \"s3cret\"\n  username = \"x\"\n  password = \"y\"\n}",
            &["2:3: `token` and `username` exclude each other"],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  username = \"x\"\n}",
            &["2:3: `username` needs a `password` beside it"],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  password = \"s3cret\"\n}",
            &["2:3: `password` needs a `username` beside it"],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  username = \"a:b\"\n  password = \"a\\nb\"\n}",
            &[
                "2:14: `username` must have neither colons nor control characters, and not be empty",
                "3:14: `password` must not have control characters",
            ],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  aliases = [\"x\"]\n}\nupstream \"terraform\" \"b.example\" {\n  aliases = [\"x\"]\n}",
            &[r#"5:3: the alias "x" belongs to the upstream a.example"#],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  aliases = [\"b.example\"]\n}\nupstream \"terraform\" \"b.example\" {}",
            &[r#"4:1: "b.example" is an alias of the upstream a.example"#],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  aliases = [\"coder-registry\", \"self\"]\n}\nupstream \"terraform\" \"b.example\" {\n  aliases = [\"registry.coder.com\", \"coder-registry\"]\n}",
            &[
                r#"2:32: "self" can't be an alias: it is this server itself"#,
                r#"5:3: the alias "registry.coder.com" belongs to the upstream registry.coder.com"#,
                r#"5:3: the alias "coder-registry" belongs to the upstream registry.coder.com"#,
            ],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  aliases = [\"coder-registry\"]\n}\nupstream \"terraform\" \"registry.coder.com\" {}",
            &[r#"4:1: the alias "coder-registry" belongs to the upstream a.example"#],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  allow = [\"a\"]\n  exclude = [\"a/b/c/d ~> 1.0\"]\n  root = [\"a/b/c 1.0\"]\n}",
            &[
                r#"2:12: "a" is neither NAMESPACE/TYPE for providers nor NAMESPACE/NAME/SYSTEM for modules"#,
                r#"3:14: "a/b/c/d ~> 1.0" is neither NAMESPACE/TYPE for providers nor NAMESPACE/NAME/SYSTEM for modules"#,
                r#"4:11: "a/b/c 1.0" can't have a constraint: versions make no difference at the root"#,
            ],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  sync {\n    select = [\"a/b latest:0\", \"a\"]\n    platforms = [\"linux\"]\n    schedule = \"3am\"\n  }\n}",
            &[
                r#"3:15: "latest:0" does not say how many versions: it must be latest:N with N from 1 to 1000"#,
                r#"3:31: "a" is neither NAMESPACE/TYPE for providers nor NAMESPACE/NAME/SYSTEM for modules"#,
                r#"4:18: a platform is an operating system and an architecture of lower-case letters and digits, such as linux_amd64, not "linux""#,
                r#"5:16: a time of day is HH:MM in UTC, from 00:00 to 23:59, not "3am""#,
            ],
        ),
        (
            "upstream \"terraform\" \"a.example\" {\n  ssh_key_file = \"nope\"\n  ssh_known_hosts_file = \"/\"\n}",
            &[
                "2:3: `ssh_key_file` nope: No such file or directory (os error 2)",
                "3:3: `ssh_known_hosts_file` /: it is not a file",
            ],
        ),
    ]);
}
