//! What a 401 says, and how a client goes on from there.

use atoll_core::digest::Digest;
use atoll_testkit::server::{Reply, TestServer};
use http::{Method, StatusCode};

/// The challenges of an answer, a header line each.
fn challenges(reply: &Reply) -> Vec<String> {
    reply
        .headers
        .get_all("www-authenticate")
        .iter()
        .map(|value| value.to_str().unwrap().to_owned())
        .collect()
}

fn bearer_challenge(server: &TestServer, scope: Option<&str>, error: Option<&str>) -> String {
    let part = |key: &str, value: Option<&str>| value.map(|value| format!(",{key}=\"{value}\""));
    let parts = [part("scope", scope), part("error", error)];
    let parts: String = parts.into_iter().flatten().collect();
    format!(
        "Bearer realm=\"{}/token\",service=\"atoll\"{parts}",
        server.url()
    )
}

#[tokio::test]
async fn every_401_has_one_challenge_and_names_the_scope() {
    let server = TestServer::start().await;
    let nobody = server.nobody();
    let digest = Digest::sha256(b"x");
    let cases = [
        (Method::GET, "tags/list".to_owned(), "pull"),
        (Method::HEAD, "manifests/v1".to_owned(), "pull"),
        (Method::GET, "manifests/v1".to_owned(), "pull"),
        (Method::GET, format!("blobs/{digest}"), "pull"),
        (Method::HEAD, format!("blobs/{digest}"), "pull"),
        (Method::GET, format!("referrers/{digest}"), "pull"),
        (Method::POST, "blobs/uploads/".to_owned(), "pull,push"),
        (
            Method::POST,
            format!("blobs/uploads/?mount={digest}&from=acme/other"),
            "pull,push repository:acme/other:pull",
        ),
        (
            Method::POST,
            format!("blobs/uploads/?mount={digest}&from=a%22b"),
            "pull,push",
        ),
        (
            Method::POST,
            format!("blobs/uploads/?mount={digest}"),
            "pull,push",
        ),
        (Method::PATCH, "blobs/uploads/xyz".to_owned(), "pull,push"),
        (
            Method::PUT,
            format!("blobs/uploads/xyz?digest={digest}"),
            "pull,push",
        ),
        (Method::GET, "blobs/uploads/xyz".to_owned(), "pull,push"),
        (Method::DELETE, "blobs/uploads/xyz".to_owned(), "pull,push"),
        (Method::PUT, "manifests/v1".to_owned(), "pull,push"),
        (Method::DELETE, "manifests/v1".to_owned(), "delete"),
        (Method::DELETE, format!("blobs/{digest}"), "delete"),
    ];
    for (method, tail, actions) in cases {
        let reply = nobody
            .send(nobody.request(method.clone(), &format!("/v2/acme/app/{tail}")))
            .await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{method} {tail}");
        let scope = format!("repository:acme/app:{actions}");
        assert_eq!(
            challenges(&reply),
            [bearer_challenge(&server, Some(&scope), None)],
            "{method} {tail}"
        );
        assert_eq!(
            reply.header("docker-distribution-api-version"),
            "registry/2.0"
        );
        if method != Method::HEAD {
            assert_eq!(reply.code(), "UNAUTHORIZED", "{method} {tail}");
        }
    }
    let ping = nobody.get("/v2/").await;
    assert_eq!(ping.status, StatusCode::UNAUTHORIZED);
    assert_eq!(challenges(&ping), [bearer_challenge(&server, None, None)]);
    let catalog = nobody.get("/v2/_catalog").await;
    assert_eq!(catalog.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        challenges(&catalog)[0],
        bearer_challenge(&server, Some("registry:catalog:*"), None)
    );
}

#[tokio::test]
async fn a_bad_credential_of_ours_is_an_invalid_token() {
    let server = TestServer::start().await;
    let good = server.token("push:acme/*").await;
    let (start, end) = good.split_at(good.len() - 4);
    let changed: String = end
        .chars()
        .map(|c| if c == 'A' { 'B' } else { 'A' })
        .collect();
    let unknown = format!("{}00000000_{}", "atoll_", "a".repeat(43));
    for bad in [
        format!("{start}{changed}"),
        unknown,
        "atoll_short".to_owned(),
        "atoll.AAAA".to_owned(),
        "atoll.".to_owned(),
    ] {
        for as_basic in [false, true] {
            let nobody = server.nobody();
            for path in ["/v2/", "/v2/acme/app/tags/list", "/v2/_catalog"] {
                let request = nobody.request(Method::GET, path);
                let request = if as_basic {
                    request.basic_auth("x", Some(&bad))
                } else {
                    request.bearer_auth(&bad)
                };
                let reply = nobody.send(request).await;
                assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{bad} {path}");
                assert!(
                    challenges(&reply)[0].ends_with(",error=\"invalid_token\""),
                    "{bad} {path}: {:?}",
                    challenges(&reply)
                );
            }
        }
    }
}

#[tokio::test]
async fn a_foreign_credential_is_no_credential() {
    let server = TestServer::start().await;
    let nobody = server.nobody();
    for request in [
        nobody
            .request(Method::GET, "/v2/acme/app/tags/list")
            .basic_auth("me", Some("hunter2")),
        nobody
            .request(Method::GET, "/v2/acme/app/tags/list")
            .bearer_auth("eyJhbGciOiJSUzI1NiJ9.e30.x"),
        nobody
            .request(Method::GET, "/v2/acme/app/tags/list")
            .header("authorization", "Negotiate abc"),
        nobody
            .request(Method::GET, "/v2/acme/app/tags/list")
            .header("authorization", "Basic ???"),
    ] {
        let reply = nobody.send(request).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            challenges(&reply)[0],
            bearer_challenge(&server, Some("repository:acme/app:pull"), None)
        );
    }
}

#[tokio::test]
async fn the_realm_is_where_the_client_reached_us() {
    let server = TestServer::start().await;
    let nobody = server.nobody();
    let ask =
        |host: &'static str| nobody.send(nobody.request(Method::GET, "/v2/").header("host", host));
    assert!(
        challenges(&ask("mirror.example.com:5000").await)[0]
            .starts_with("Bearer realm=\"http://mirror.example.com:5000/token\"")
    );
    // What is no host is not echoed into a header that clients send passwords by.
    for hostile in ["a\"b", "evil.example.com/path?", "x, Basic realm=\"evil\""] {
        let reply = ask(hostile).await;
        assert!(
            challenges(&reply)[0].starts_with("Bearer realm=\"http://localhost/token\""),
            "{hostile}: {:?}",
            challenges(&reply)
        );
    }
    let scope = nobody.get("/v2/a%22b/tags/list").await;
    assert_eq!(scope.code(), "NAME_INVALID");
}
