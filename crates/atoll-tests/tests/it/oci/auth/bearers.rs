//! What bearers are good for.

use atoll_testkit::server::{Client, Reply, TestServer};
use http::StatusCode;
use serde_json::{Value, json};

use super::{bearer, empty_index, form, push_image};

/// Whether a client may pull, push and delete; in a repository that is there.
async fn rights(client: &Client, repository: &str) -> (bool, bool, bool) {
    let pull = client
        .get(&format!("/v2/{repository}/manifests/v1"))
        .await
        .status
        == StatusCode::OK;
    let document = empty_index();
    let push = client
        .put(
            &format!("/v2/{repository}/manifests/scratch"),
            document.media_type,
            document.bytes,
        )
        .await;
    let delete = client
        .delete(&format!("/v2/{repository}/manifests/none"))
        .await;
    (
        pull,
        push.status == StatusCode::CREATED,
        delete.status == StatusCode::NOT_FOUND && delete.code() == "MANIFEST_UNKNOWN",
    )
}

#[tokio::test]
async fn a_bearer_is_what_was_asked_for_of_what_the_token_has() {
    let server = TestServer::start().await;
    let (push, all) = (
        server.token("push:acme/*").await,
        server.token("push:acme/* delete:acme/*").await,
    );
    for repository in ["acme/app", "acme/other"] {
        push_image(&server.nobody().with_token(&push), repository, "v1").await;
    }
    let cases = [
        (&push, "repository:acme/app:pull", (true, false, false)),
        (&push, "repository:acme/app:pull,push", (true, true, false)),
        (&push, "repository:acme/app:push", (true, true, false)),
        (
            &push,
            "repository:acme/app:pull,push,delete",
            (true, true, false),
        ),
        (&push, "repository:acme/app:*", (true, true, false)),
        (&all, "repository:acme/app:*", (true, true, true)),
        (&all, "repository:acme/app:delete", (true, false, true)),
        (
            &all,
            "repository:acme/other:pull,push,delete",
            (false, false, false),
        ),
        (&all, "repository:acme/app:", (false, false, false)),
        (
            &all,
            "repository:acme/app:admin,root",
            (false, false, false),
        ),
        (&all, "repository:acme/*:pull", (false, false, false)),
        (
            &all,
            "repository(plugin):acme/app:pull",
            (false, false, false),
        ),
        (&all, "admin", (false, false, false)),
        (&all, "pull:acme/app", (false, false, false)),
        (&all, "", (false, false, false)),
        (
            &all,
            "repository:acme/other:pull repository:acme/app:pull",
            (true, false, false),
        ),
    ];
    for (token, scope, expected) in cases {
        assert_eq!(
            rights(&bearer(&server, Some(token), &[scope]).await, "acme/app").await,
            expected,
            "GET {scope}"
        );
        let reply = form(
            &server.nobody(),
            &[
                ("grant_type", "password"),
                ("username", "x"),
                ("password", token),
                ("service", "atoll"),
                ("scope", scope),
            ],
        )
        .await;
        assert_eq!(reply.status, StatusCode::OK, "POST {scope}");
        let posted = server
            .nobody()
            .with_token(reply.json()["access_token"].as_str().unwrap());
        assert_eq!(rights(&posted, "acme/app").await, expected, "POST {scope}");
    }
    let two = bearer(
        &server,
        Some(&all),
        &[
            "repository:acme/app:pull",
            "repository:acme/other:pull,push",
        ],
    )
    .await;
    assert_eq!(rights(&two, "acme/app").await, (true, false, false));
    assert_eq!(rights(&two, "acme/other").await, (true, true, false));
}

#[tokio::test]
async fn what_a_bearer_lacks_is_to_be_asked_for() {
    let server = TestServer::start().await;
    let token = server.token("push:acme/*").await;
    push_image(&server.nobody().with_token(&token), "acme/app", "v1").await;
    let narrow = bearer(&server, Some(&token), &["repository:acme/app:pull"]).await;
    assert_eq!(
        narrow.get("/v2/acme/app/manifests/v1").await.status,
        StatusCode::OK
    );
    for (path, scope) in [
        (
            "/v2/acme/app/blobs/uploads/",
            "repository:acme/app:pull,push",
        ),
        (
            "/v2/acme/other/blobs/uploads/",
            "repository:acme/other:pull,push",
        ),
    ] {
        let reply = narrow.post(path, "").await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        let challenge = reply.header("www-authenticate").to_owned();
        assert!(
            challenge.contains(&format!("scope=\"{scope}\"")),
            "{challenge}"
        );
        assert!(
            challenge.ends_with("error=\"insufficient_scope\""),
            "{challenge}"
        );
        // The way out that the challenge names is one.
        let wider = bearer(&server, Some(&token), &[scope]).await;
        assert_eq!(wider.post(path, "").await.status, StatusCode::ACCEPTED);
    }
}

#[tokio::test]
async fn a_bearer_for_the_catalogue_lists_what_its_token_may_pull() {
    let server = TestServer::start().await;
    for repository in ["acme/a", "acme/b", "other/c"] {
        push_image(&server.robot("admin").await, repository, "v1").await;
    }
    let names = |reply: Reply| -> Value { reply.json()["repositories"].clone() };
    for (scopes, expected) in [
        ("pull:acme/*", json!(["acme/a", "acme/b"])),
        ("push:acme/b delete:other/*", json!(["acme/b", "other/c"])),
        ("admin", json!(["acme/a", "acme/b", "other/c"])),
        ("pull:none", json!([])),
    ] {
        let token = server.token(scopes).await;
        let with_bearer = bearer(&server, Some(&token), &["registry:catalog:*"]).await;
        assert_eq!(
            names(with_bearer.get("/v2/_catalog").await),
            expected,
            "{scopes}"
        );
        assert_eq!(
            names(server.nobody().with_token(&token).get("/v2/_catalog").await),
            expected,
            "{scopes}"
        );
        // It is no right to write.
        assert_eq!(
            with_bearer
                .post("/v2/acme/a/blobs/uploads/", "")
                .await
                .status,
            StatusCode::UNAUTHORIZED,
            "{scopes}"
        );
    }
    let token = server.token("admin").await;
    let other = bearer(&server, Some(&token), &["repository:acme/a:pull"]).await;
    assert_eq!(names(other.get("/v2/_catalog").await), json!(["acme/a"]));
}

#[tokio::test]
async fn a_bearer_for_many_repositories_is_short_enough_to_be_used() {
    let server = TestServer::start().await;
    let token = server.token("push:*").await;
    for length in [10, 250] {
        let names: Vec<String> = (0..200)
            .map(|number| format!("{}{number:03}", "a".repeat(length - 3)))
            .collect();
        let scopes: Vec<String> = names
            .iter()
            .map(|name| format!("repository:{name}:pull,push"))
            .collect();
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        // A query is long enough a place for such a list; a form has no limit at all.
        let reply = form(
            &server.nobody(),
            &[
                ("grant_type", "password"),
                ("password", &token),
                ("scope", &scopes.join(" ")),
            ],
        )
        .await;
        assert_eq!(reply.status, StatusCode::OK);
        let bearer = server
            .nobody()
            .with_token(reply.json()["access_token"].as_str().unwrap());
        assert!(
            bearer.token().unwrap().len() <= 32 * 1024,
            "{}",
            bearer.token().unwrap().len()
        );
        push_image(&bearer, &names[0], "v1").await;
    }
}
