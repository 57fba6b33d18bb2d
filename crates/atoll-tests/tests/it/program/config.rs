//! Configurations and command lines that can't be meant.

use atoll_testkit::atoll::Atoll;

use super::world::refuses;

#[tokio::test]
async fn a_configuration_is_explained() {
    let Some(atoll) = Atoll::find_for("a_configuration_is_explained") else {
        return;
    };
    let file = atoll.write(
        "good.hcl",
        "server {\n  listen = \"127.0.0.1:0\"\n}\nupstream \"terraform\" \"tf.example\" {}\n",
    );
    let checked = atoll
        .run(["config", "check", "--config", file.to_str().unwrap()])
        .await
        .succeeds();
    assert!(checked.contains("tf.example"), "{checked}");
    // Checking makes nothing.
    assert!(!atoll.data_dir().exists());
}

#[tokio::test]
async fn errors_of_a_configuration_name_line_and_column() {
    let Some(atoll) = Atoll::find_for("errors_of_a_configuration_name_line_and_column") else {
        return;
    };
    let text =
        "server {\n  listen = \"127.0.0.1:0\"\n  lisen = 5\n}\nlog {\n  format = \"xml\"\n}\n";
    let file = atoll.write("bad.hcl", text);
    let path = file.to_str().unwrap();
    let (first, second) = (format!("{path}:3:3:"), format!("{path}:6:12:"));
    let words = [
        first.as_str(),
        second.as_str(),
        "lisen = 5",
        "listen",
        "xml",
    ];
    refuses(
        &atoll.run(["config", "check", "--config", path]).await,
        1,
        &words,
    );
    // What can't be read is not begun with either.
    refuses(&atoll.run(["serve", "--config", path]).await, 1, &words);
    refuses(&atoll.run(["list", "--config", path]).await, 1, &words);
    assert!(!atoll.data_dir().exists());
    let absent = atoll.path("absent.hcl");
    refuses(
        &atoll
            .run(["config", "check", "--config", absent.to_str().unwrap()])
            .await,
        1,
        &["absent.hcl"],
    );
}

/// Command lines that can't be meant, and a word that says why.
const BAD_USAGE: [(&str, &str); 12] = [
    ("sreve", "serve"),
    ("token create --name x", "--scope"),
    ("token create --name x --scope eat:*", "eat"),
    (
        "token create --name x --scope admin --expires-in soon",
        "soon",
    ),
    ("serve --listen nowhere", "--listen"),
    ("list --token x", "--server"),
    ("list --server ftp://example.com", "https"),
    ("list --server https://u:p@example.com", "credentials"),
    (
        "provider publish . --address acme --version 1.0.0",
        "--address",
    ),
    (
        "provider publish . --address acme/coral --version 1.0",
        "1.0",
    ),
    (
        "provider publish . --address acme/coral --version v1.0.0",
        "v1.0.0",
    ),
    ("gc --grace 1day", "1day"),
];

#[tokio::test]
async fn bad_usage_is_another_exit_code() {
    let Some(atoll) = Atoll::find_for("bad_usage_is_another_exit_code") else {
        return;
    };
    for (line, word) in BAD_USAGE {
        refuses(&atoll.run(line.split(' ')).await, 2, &[word]);
    }
    assert!(!atoll.data_dir().exists());
    let help = atoll.run(["--help"]).await.succeeds();
    for command in [
        "serve", "config", "token", "provider", "list", "ca", "gc", "fsck", "reindex",
    ] {
        assert!(help.contains(command), "{help}");
    }
}
