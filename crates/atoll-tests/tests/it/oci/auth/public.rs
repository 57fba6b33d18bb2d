//! Repositories that anybody may read.

use atoll_app::registry::RepositoryChange;
use atoll_core::permission::Visibility;
use atoll_testkit::server::TestServer;
use http::StatusCode;
use serde_json::json;

use super::push_image;

async fn set_visibility(server: &TestServer, repository: &str, visibility: Visibility) {
    let change = RepositoryChange {
        visibility: Some(visibility),
        immutable_tags: None,
    };
    server
        .app()
        .registry
        .change_settings(&repository.parse().unwrap(), change)
        .await
        .unwrap();
}

#[tokio::test]
async fn anybody_may_pull_from_a_public_repository_and_nobody_may_push() {
    let server = TestServer::start().await;
    let owner = server.robot("push:acme/*").await;
    let (blob, document) = push_image(&owner, "acme/open", "v1").await;
    let (secret, _) = push_image(&owner, "acme/closed", "v1").await;
    set_visibility(&server, "acme/open", Visibility::Public).await;
    let bearer = super::bearer(&server, None, &["repository:acme/open:pull"]).await;
    let stranger = server.robot("pull:other/*").await;
    for (who, client) in [
        ("nobody", server.nobody()),
        ("an anonymous bearer", bearer),
        ("a stranger", stranger),
    ] {
        for path in [
            "manifests/v1".to_owned(),
            "tags/list".to_owned(),
            format!("blobs/{}", blob.digest),
            format!("referrers/{}", document.digest),
        ] {
            assert_eq!(
                client.get(&format!("/v2/acme/open/{path}")).await.status,
                StatusCode::OK,
                "{who}: {path}"
            );
        }
        // In a tree that anyone may read, absent is absent.
        assert_eq!(
            client.get("/v2/acme/open/manifests/none").await.status,
            StatusCode::NOT_FOUND,
            "{who}"
        );
        assert_eq!(
            client
                .get(&format!("/v2/acme/open/blobs/{}", secret.digest))
                .await
                .status,
            StatusCode::NOT_FOUND,
            "{who}"
        );
        let push = client.post("/v2/acme/open/blobs/uploads/", "").await;
        let expected = if who == "a stranger" {
            StatusCode::FORBIDDEN
        } else {
            StatusCode::UNAUTHORIZED
        };
        assert_eq!(push.status, expected, "{who}");
        if who != "nobody" {
            assert_eq!(
                client.get("/v2/_catalog").await.json(),
                json!({"repositories": ["acme/open"]}),
                "{who}"
            );
        }
    }
    set_visibility(&server, "acme/open", Visibility::Private).await;
    assert_eq!(
        server
            .nobody()
            .get("/v2/acme/open/manifests/v1")
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn what_is_public_may_be_mounted_by_all_who_may_push_and_what_is_private_not() {
    let server = TestServer::start().await;
    let owner = server.robot("push:acme/*").await;
    let (blob, _) = push_image(&owner, "acme/open", "v1").await;
    let (secret, _) = push_image(&owner, "acme/closed", "v1").await;
    set_visibility(&server, "acme/open", Visibility::Public).await;
    let mine = server.robot("push:mine/*").await;
    for (query, digest, expected) in [
        ("&from=acme/open", &blob.digest, StatusCode::CREATED),
        ("", &blob.digest, StatusCode::CREATED),
        ("&from=acme/closed", &secret.digest, StatusCode::ACCEPTED),
        ("&from=acme/open", &secret.digest, StatusCode::ACCEPTED),
        ("", &secret.digest, StatusCode::ACCEPTED),
    ] {
        let reply = mine
            .post(
                &format!("/v2/mine/app/blobs/uploads/?mount={digest}{query}"),
                "",
            )
            .await;
        assert_eq!(reply.status, expected, "{digest} {query}");
    }
    let nobody = server
        .nobody()
        .post(
            &format!(
                "/v2/mine/app/blobs/uploads/?mount={}&from=acme/open",
                blob.digest
            ),
            "",
        )
        .await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}
