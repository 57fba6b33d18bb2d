//! A first start with nothing configured, tokens, and logging in as clients of registries do.

use std::os::unix::fs::PermissionsExt as _;

use atoll_core::token::{Credential, parse_credential};
use atoll_testkit::atoll::Atoll;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{Method, StatusCode};

use super::world::{is, refuses};

#[tokio::test]
async fn a_first_start_needs_no_configuration() {
    let Some(atoll) = Atoll::find_for("a_first_start_needs_no_configuration") else {
        return;
    };
    let server = atoll.serve(&[]).await;
    assert!(
        server.url().starts_with("https://127.0.0.1:"),
        "{}",
        server.url()
    );
    for words in [
        "configuration: defaults",
        "atoll ca export",
        "atoll token create",
        "metrics are at",
    ] {
        assert!(server.log().contains(words), "{}", server.log());
    }
    is(&server.nobody().get("/readyz").await, StatusCode::OK);
    is(&server.nobody().get("/v2/").await, StatusCode::UNAUTHORIZED);
    // Nobody else on the machine may read the keys.
    let mode = std::fs::metadata(atoll.data_dir())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
    server.stop().await;
}

#[tokio::test]
async fn a_new_token_is_all_that_stdout_has() {
    let Some(atoll) = Atoll::find_for("a_new_token_is_all_that_stdout_has") else {
        return;
    };
    let server = atoll.serve(&[]).await;
    let made = atoll
        .run([
            "token",
            "create",
            "--name",
            "ci",
            "--scope",
            "push:acme/*",
            "--expires-in",
            "90d",
        ])
        .await;
    assert!(made.is_ok(), "{made}");
    let secret = made.stdout.strip_suffix('\n').unwrap();
    assert!(
        matches!(parse_credential(secret), Credential::Ours { .. }),
        "{made}"
    );
    assert!(!made.stderr.contains(secret), "{made}");

    let listed = atoll.run(["token", "list"]).await.succeeds();
    assert!(
        listed.contains("push:acme/*") && !listed.contains(secret),
        "{listed}"
    );
    let listed = atoll.run(["token", "list", "--json"]).await.succeeds();
    let tokens: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let id = tokens["tokens"][0]["id"].as_str().unwrap();
    assert_eq!(tokens["tokens"][0]["name"], "ci");

    // As `curl -u` sends it: any name, and the token where the password goes.
    let basic = format!(
        "Basic {}",
        BASE64_STANDARD.encode(format!("anybody:{secret}"))
    );
    let ask = async || {
        let client = server.nobody();
        client
            .send(
                client
                    .request(Method::GET, "/v2/")
                    .header("authorization", &basic),
            )
            .await
    };
    is(&ask().await, StatusCode::OK);
    atoll.run(["token", "revoke", id]).await.succeeds();
    is(&ask().await, StatusCode::UNAUTHORIZED);
    server.stop().await;
}

#[tokio::test]
async fn a_server_elsewhere_is_asked_with_a_token_and_its_authority() {
    let Some(atoll) = Atoll::find_for("a_server_elsewhere_is_asked_with_a_token_and_its_authority")
    else {
        return;
    };
    let Some(elsewhere) = Atoll::find_for("") else {
        return;
    };
    let server = atoll.serve(&[]).await;
    let admin = atoll.token("admin").await;
    let ca = elsewhere.write("ca.pem", server.ca_pem().unwrap());
    let program = elsewhere
        .program()
        .env("ATOLL_DATA_DIR", "")
        .env("ATOLL_SERVER", server.url());
    refuses(
        &program.run(["list"]).await,
        1,
        &["failed to reach", "--ca"],
    );
    let program = program.env("ATOLL_CA", &ca);
    refuses(
        &program.run(["token", "list"]).await,
        1,
        &["a token", "ATOLL_TOKEN"],
    );
    refuses(
        &program
            .clone()
            .env("ATOLL_TOKEN", "atoll_wrong")
            .run(["token", "list"])
            .await,
        1,
        &["token"],
    );
    let program = program.env("ATOLL_TOKEN", &admin);
    let listed = program.run(["token", "list"]).await.succeeds();
    assert!(listed.contains("admin"), "{listed}");
    assert!(!elsewhere.data_dir().exists());
    server.stop().await;
}
