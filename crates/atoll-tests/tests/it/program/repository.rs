//! A repository's settings from the command line.

use atoll_testkit::atoll::Atoll;
use http::StatusCode;
use serde_json::{Value, json};

use super::world::{CORAL, CORAL_REPOSITORY, LINUX, Release, is, noise, push_image, refuses};

#[tokio::test]
async fn a_repository_is_shown_and_changed() {
    let Some(atoll) = Atoll::find_for("a_repository_is_shown_and_changed") else {
        return;
    };
    let server = atoll.serve_plainly().await;
    let client = server.client(&atoll.token("push:acme/*").await);
    push_image(&client, "acme/team/app", "v1", noise(1, 1000)).await;
    let shown = async |words: &[&str]| -> Value {
        let words = ["repository"].iter().chain(words).chain(&["--json"]);
        serde_json::from_str(&atoll.run(words).await.succeeds()).unwrap()
    };
    let settings = |visibility: &str, immutable: bool| json!({"name": "acme/team/app", "visibility": visibility, "immutable_tags": immutable});
    let name = "acme/team/app";
    assert_eq!(shown(&["show", name]).await, settings("private", false));
    let tags = "/v2/acme/team/app/tags/list";
    is(&server.nobody().get(tags).await, StatusCode::UNAUTHORIZED);
    // What is not named stays as it is.
    let public = shown(&["set", name, "--visibility", "public"]).await;
    assert_eq!(public, settings("public", false));
    is(&server.nobody().get(tags).await, StatusCode::OK);
    let fixed = shown(&["set", name, "--immutable-tags", "true"]).await;
    assert_eq!(fixed, settings("public", true));
    assert_eq!(shown(&["show", name]).await, settings("public", true));

    // One that is not there is not shown, and is made by a change.
    let absent = atoll.run(["repository", "show", "acme/other"]).await;
    refuses(&absent, 1, &["acme/other", "unknown"]);
    let made = ["repository", "set", "acme/other", "--visibility", "public"];
    assert!(atoll.run(made).await.succeeds().contains("everybody"));
    assert!(
        atoll
            .run(["repository", "show", "acme/other"])
            .await
            .is_ok()
    );
    server.stop().await;
}

#[tokio::test]
async fn the_address_of_a_module_is_not_taken_for_a_repositorys_name() {
    let test = "the_address_of_a_module_is_not_taken_for_a_repositorys_name";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let server = atoll.serve_plainly().await;
    atoll.write("vpc/main.tf", "# vpc\n");
    let publish = "module publish vpc --address acme/vpc/aws --version 1.0.0";
    atoll.run(publish.split(' ')).await.succeeds();
    Release::unsigned("1.0.0", &[LINUX])
        .publish(&atoll)
        .await
        .succeeds();
    let public = ["--visibility", "public"];
    for (address, repository) in [
        ("acme/vpc/aws", "modules/self/acme/vpc/aws"),
        ("self/acme/vpc/aws", "modules/self/acme/vpc/aws"),
        (CORAL, CORAL_REPOSITORY),
    ] {
        let show = ["repository", "show", address];
        let set = [["repository", "set", address].as_slice(), &public].concat();
        for words in [show.as_slice(), &set, &show] {
            refuses(&atoll.run(words).await, 1, &[address, repository]);
        }
        let set = [["repository", "set", repository].as_slice(), &public].concat();
        assert!(atoll.run(set).await.succeeds().contains("everybody"));
    }
    // An image may have that name; then it is said what it is not.
    let client = server.client(&atoll.token("push:acme/*").await);
    push_image(&client, "acme/vpc/aws", "v1", noise(2, 1000)).await;
    let set = [["repository", "set", "acme/vpc/aws"].as_slice(), &public].concat();
    let done = atoll.run(set).await;
    assert!(
        done.is_ok()
            && done
                .stderr
                .contains("is in the repository modules/self/acme/vpc/aws"),
        "{done}"
    );
    server.stop().await;
}
