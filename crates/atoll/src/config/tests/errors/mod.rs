//! Every kind of mistake, and the place and words it is answered with.

mod language;
mod upstreams;
mod values;

use super::{Case, errors};

/// The first line of each error, without the file's name.
fn heads(text: &str) -> Vec<String> {
    let errors = errors(text);
    errors
        .lines()
        .filter_map(|line| line.strip_prefix("atoll.hcl:"))
        .map(str::to_owned)
        .collect()
}

fn check(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(heads(text), *expected, "{text}");
    }
}

#[test]
fn all_errors_come_at_once_with_their_lines() {
    let text = "data_dir = 7\nserver {\n  liste = \"x\"\n  listen = \"0.0.0.0\"\n}\noffline = env(\"NOPE\")\n";
    let expected = "\
atoll.hcl:1:12: `data_dir` must be text in quotes, not a number
    data_dir = 7
               ^
atoll.hcl:3:3: unknown key `liste` in `server`: did you mean `listen`?
    liste = \"x\"
    ^
atoll.hcl:4:12: \"0.0.0.0\" is not an address to listen on: write ADDRESS:PORT, such as 0.0.0.0:8443 or [::]:8443
    listen = \"0.0.0.0\"
             ^
atoll.hcl:6:15: the environment variable \"NOPE\" is not set
    offline = env(\"NOPE\")
                  ^";
    assert_eq!(errors(text), expected);
}

#[test]
fn a_secret_from_elsewhere_is_not_shown_either() {
    let case = Case::new("upstream \"terraform\" \"a.example\" {\n  token = env(\"T\")\n  url = env(\"U\")\n}\ndatabase {\n  url = file(\"url\")\n}")
        .with_variables([("T", "s3cret s3cret"), ("U", "https://ann:s3cret@x")])
        .with_file("url", b"mysql://ann:s3cret@db");
    let words = case.errors();
    assert_eq!(
        words
            .lines()
            .filter(|line| line.starts_with("atoll.hcl:"))
            .count(),
        3,
        "{words}"
    );
    assert!(!words.contains("s3cret"), "{words}");
}

#[test]
fn a_mark_at_the_beginning_of_the_file_is_no_error() {
    assert!(Case::new("\u{feff}offline = true").settings().offline);
    assert_eq!(
        heads("\u{feff}x = 1"),
        ["1:1: unknown key `x` in the configuration"]
    );
}

#[test]
fn windows_line_ends_are_line_ends() {
    assert!(
        Case::new("offline = true\r\nserver {\r\n}\r\n")
            .settings()
            .offline
    );
    assert_eq!(
        errors("offline = true\r\nx = 1\r\n"),
        "atoll.hcl:2:1: unknown key `x` in the configuration\n    x = 1\n    ^"
    );
}
