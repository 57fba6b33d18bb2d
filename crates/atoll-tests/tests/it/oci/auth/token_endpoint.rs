//! `/token`: what it takes and what it answers.

use atoll_testkit::server::TestServer;
use http::{Method, StatusCode};
use serde_json::json;

use super::form;

#[tokio::test]
async fn an_answer_has_what_clients_look_for() {
    let server = TestServer::start().await;
    let token = server.token("push:acme/*").await;
    let nobody = server.nobody();
    let query = "/token?service=atoll&account=me&client_id=docker&offline_token=true&scope=repository%3Aacme%2Fapp%3Apull%2Cpush%2Cdelete";
    let got = nobody
        .send(
            nobody
                .request(Method::GET, query)
                .basic_auth("me", Some(&token)),
        )
        .await;
    let fields = [
        ("grant_type", "password"),
        ("password", &token),
        ("scope", "repository:acme/app:push,pull,delete"),
        ("access_type", "offline"),
    ];
    for reply in [got, form(&nobody, &fields).await] {
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.header("cache-control"), "no-store");
        let body = reply.json();
        assert_eq!(body["token"], body["access_token"]);
        assert!(body["token"].as_str().is_some_and(|text| !text.is_empty()));
        assert!(
            body["expires_in"]
                .as_u64()
                .is_some_and(|seconds| seconds >= 60)
        );
        assert!(
            body["issued_at"]
                .as_str()
                .is_some_and(|text| text.len() >= 20 && text.contains('T'))
        );
        assert_eq!(body["scope"], json!("repository:acme/app:pull,push"));
    }
    // With an identity token, as docker keeps one: the token itself.
    let refreshed = form(
        &nobody,
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", &token),
            ("scope", "repository:acme/app:pull"),
        ],
    )
    .await;
    assert_eq!(refreshed.status, StatusCode::OK);
    let bearer = server
        .nobody()
        .with_token(refreshed.json()["access_token"].as_str().unwrap());
    assert_eq!(bearer.get("/v2/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn bad_credentials_are_refused_and_none_are_anonymous() {
    let server = TestServer::start().await;
    let nobody = server.nobody();
    let anonymous = nobody
        .get("/token?service=atoll&scope=repository:acme/app:pull")
        .await;
    assert_eq!(anonymous.status, StatusCode::OK);
    let bearer = server
        .nobody()
        .with_token(anonymous.json()["token"].as_str().unwrap());
    assert_eq!(bearer.get("/v2/").await.status, StatusCode::OK);
    assert_eq!(
        bearer.get("/v2/acme/app/tags/list").await.status,
        StatusCode::UNAUTHORIZED
    );
    for bad in [
        "hunter2",
        "",
        "atoll_00000000_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "atoll.AAAA",
    ] {
        let got = nobody
            .send(
                nobody
                    .request(Method::GET, "/token?service=atoll")
                    .basic_auth("me", Some(bad)),
            )
            .await;
        let posted = form(&nobody, &[("grant_type", "password"), ("password", bad)]).await;
        let refreshed = form(
            &nobody,
            &[("grant_type", "refresh_token"), ("refresh_token", bad)],
        )
        .await;
        for reply in [got, posted, refreshed] {
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (StatusCode::UNAUTHORIZED, "UNAUTHORIZED"),
                "{bad}"
            );
            assert!(reply.header("www-authenticate").starts_with("Basic "));
        }
    }
    for fields in [
        &[("grant_type", "magic")][..],
        &[("grant_type", "password")],
        &[],
    ] {
        let reply = form(&nobody, fields).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::BAD_REQUEST, "UNSUPPORTED"),
            "{fields:?}"
        );
    }
    let json = nobody
        .send(
            nobody
                .request(Method::POST, "/token")
                .header("content-type", "application/json")
                .body("{}"),
        )
        .await;
    assert_eq!(
        (json.status, json.code().as_str()),
        (StatusCode::BAD_REQUEST, "UNSUPPORTED"),
        "{json:?}"
    );
}
