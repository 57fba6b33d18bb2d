//! Tokens as Bearer and as the password of Basic.

use atoll_testkit::server::TestServer;
use http::{Method, StatusCode};

use super::push_image;

#[tokio::test]
async fn a_token_opens_what_its_scopes_say_whichever_way_it_comes() {
    let server = TestServer::start().await;
    let token = server.token("push:acme/*").await;
    push_image(&server.nobody().with_token(&token), "acme/app", "v1").await;
    let nobody = server.nobody();
    let path = "/v2/acme/app/manifests/v1";
    for user in ["", "me", "<token>", "user name", "oauth2accesstoken"] {
        let reply = nobody
            .send(
                nobody
                    .request(Method::GET, path)
                    .basic_auth(user, Some(&token)),
            )
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{user}");
    }
    for scheme in ["bearer", "BEARER", "Bearer "] {
        let reply = nobody
            .send(
                nobody
                    .request(Method::GET, path)
                    .header("authorization", format!("{scheme} {token}")),
            )
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{scheme}");
    }
    assert_eq!(
        server.nobody().with_token(&token).get("/v2/").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_right_is_no_other_right() {
    let server = TestServer::start().await;
    let (blob, document) = push_image(&server.robot("push:acme/*").await, "acme/app", "v1").await;
    let manifest = format!("/v2/acme/app/manifests/{}", document.digest);
    let puller = server.robot("pull:acme/*").await;
    assert_eq!(puller.get(&manifest).await.status, StatusCode::OK);
    let refused = [
        puller.post("/v2/acme/app/blobs/uploads/", "").await,
        puller
            .put(
                "/v2/acme/app/manifests/v2",
                document.media_type,
                document.bytes.clone(),
            )
            .await,
        puller.delete(&manifest).await,
        puller
            .delete(&format!("/v2/acme/app/blobs/{}", blob.digest))
            .await,
        server.robot("push:acme/*").await.delete(&manifest).await,
        server
            .robot("delete:acme/*")
            .await
            .put(
                "/v2/acme/app/manifests/v2",
                document.media_type,
                document.bytes.clone(),
            )
            .await,
    ];
    for reply in refused {
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::FORBIDDEN, "DENIED"),
            "{reply:?}"
        );
        assert!(reply.headers.get("www-authenticate").is_none());
    }
    assert_eq!(
        puller.get("/v2/acme/app/manifests/v1").await.status,
        StatusCode::OK
    );
    assert_eq!(
        server
            .robot("delete:acme/*")
            .await
            .delete(&manifest)
            .await
            .status,
        StatusCode::ACCEPTED
    );
}

#[tokio::test]
async fn a_revoked_token_is_worth_nothing_and_neither_are_its_bearers() {
    let server = TestServer::start().await;
    let new = atoll_app::access::NewToken {
        name: "short".to_owned(),
        scopes: "push:acme/*".parse().unwrap(),
        expires_at: None,
    };
    let created = server.app().tokens.create(new).await.unwrap();
    let token = created.secret.expose();
    let bearer = super::bearer(&server, Some(&token), &["repository:acme/app:pull,push"]).await;
    push_image(&bearer, "acme/app", "v1").await;
    server.app().tokens.revoke(&created.id).await.unwrap();
    for client in [bearer, server.nobody().with_token(token)] {
        let reply = client.get("/v2/acme/app/manifests/v1").await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert!(reply.header("www-authenticate").contains("invalid_token"));
    }
}
