//! Every route there is, asked by nobody, by a stranger and by an owner. A route that the table does not know fails the test, so that
//! none is added without a word on who may use it.

use std::collections::BTreeSet;

use atoll_app::providers::{Release, ReleaseZip};
use atoll_core::digest::Digest;
use atoll_testkit::server::{Client, Reply, TestServer};
use atoll_testkit::zips;
use http::{Method, StatusCode};
use serde_json::json;

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    /// Everybody gets the same answer.
    Anybody,
    /// Whoever has a token; what they see depends on it.
    Holders,
    /// Whoever has a right on the thing: 401 to nobody, 404 to a stranger, whether it exists or not.
    Members,
    /// Administrators: 401 to nobody, 403 to others.
    Administrators,
    /// Whoever holds the address itself: a forged one is 404 to everybody.
    Bearers,
}

use Audience::{Administrators, Anybody, Bearers, Holders, Members};

struct Case {
    method: Method,
    template: &'static str,
    audience: Audience,
    path: String,
    body: Body,
}

#[derive(Clone)]
enum Body {
    Empty,
    Json(serde_json::Value),
    Manifest(String),
    Form(&'static [(&'static str, &'static str)]),
}

/// What the requests are about: an image and a provider, both private.
struct World {
    server: TestServer,
    blob: Digest,
    manifest: String,
    session: String,
}

impl World {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let owner = server.robot("push:acme/*").await;
        let blob = Digest::sha256(b"{}");
        let pushed = owner
            .post(&format!("/v2/acme/app/blobs/uploads/?digest={blob}"), "{}")
            .await;
        assert_eq!(pushed.status, StatusCode::CREATED);
        let manifest = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": [],
            "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": blob.to_string(), "size": 2},
        });
        let manifest = manifest.to_string();
        let put = owner
            .put(
                "/v2/acme/app/manifests/v1",
                "application/vnd.oci.image.manifest.v1+json",
                manifest.clone(),
            )
            .await;
        assert_eq!(put.status, StatusCode::CREATED);
        let session = owner
            .post("/v2/acme/app/blobs/uploads/", "")
            .await
            .header("location")
            .to_owned();
        publish(&server).await;
        Self {
            server,
            blob,
            manifest,
            session,
        }
    }
}

async fn publish(server: &TestServer) {
    let app = server.app();
    let blob = app
        .registry
        .stage_bytes(zips::provider("demo", "1.2.3", "linux_amd64"))
        .await
        .unwrap();
    let zip = ReleaseZip {
        name: "terraform-provider-demo_1.2.3_linux_amd64.zip".to_owned(),
        blob,
    };
    let release = Release {
        provider: "self/acme/demo".parse().unwrap(),
        version: "1.2.3".parse().unwrap(),
        zips: vec![zip],
        sums: None,
        signature: None,
        manifest: None,
        protocols: None,
    };
    app.providers.publish(release).await.unwrap();
}

#[rustfmt::skip]
fn cases(world: &World) -> Vec<Case> {
    let case = |method: &str, template, audience, path: &str, body: Body| {
        Case { method: method.parse().unwrap(), template, audience, path: path.to_owned(), body }
    };
    let none = || Body::Empty;
    let blob = format!("/v2/acme/app/blobs/{}", world.blob);
    let referrers = format!("/v2/acme/app/referrers/{}", world.blob);
    let manifest = "/v2/acme/app/manifests/v1";
    let package = "/v1/providers/acme/demo/1.2.3/download/linux_amd64".replace("linux_amd64", "linux/amd64");
    let publication: &[(&str, &str)] = &[("namespace", "acme"), ("type", "demo"), ("version", "9.0.0"), ("os", "linux"), ("arch", "amd64")];
    let import: &[(&str, &str)] = &[("hostname", "registry.example.com"), ("namespace", "a"), ("type", "b"), ("version", "1.0.0")];
    vec![
        case("GET", "/healthz", Anybody, "/healthz", none()),
        case("GET", "/readyz", Anybody, "/readyz", none()),
        case("GET", "/ca.pem", Anybody, "/ca.pem", none()),
        case("GET", "/.well-known/terraform.json", Anybody, "/.well-known/terraform.json", none()),
        case("GET", "/token", Anybody, "/token", none()),
        case("POST", "/token", Anybody, "/token", none()),
        case("GET", "/api/openapi.json", Anybody, "/api/openapi.json", none()),
        case("GET", "/api/v1/artifacts", Anybody, "/api/v1/artifacts", none()),
        case("GET", "/v2/_catalog", Holders, "/v2/_catalog", none()),
        case("GET", "/v2/_oci/ext/discover", Anybody, "/v2/_oci/ext/discover", none()),
        case("GET", "/v2/", Holders, "/v2/", none()),
        case("GET", "/v2/{name}/blobs/{digest}", Members, &blob, none()),
        case("HEAD", "/v2/{name}/blobs/{digest}", Members, &blob, none()),
        case("POST", "/v2/{name}/blobs/uploads/", Members, "/v2/acme/app/blobs/uploads/", none()),
        case("GET", "/v2/{name}/blobs/uploads/{session}", Members, &world.session, none()),
        case("PATCH", "/v2/{name}/blobs/uploads/{session}", Members, &world.session, none()),
        case("PUT", "/v2/{name}/blobs/uploads/{session}", Members, &format!("{}?digest={}", world.session, Digest::sha256(b"")), none()),
        case("DELETE", "/v2/{name}/blobs/uploads/{session}", Members, "/v2/acme/app/blobs/uploads/none", none()),
        case("GET", "/v2/{name}/manifests/{reference}", Members, manifest, none()),
        case("HEAD", "/v2/{name}/manifests/{reference}", Members, manifest, none()),
        case("PUT", "/v2/{name}/manifests/{reference}", Members, manifest, Body::Manifest(world.manifest.clone())),
        case("GET", "/v2/{name}/tags/list", Members, "/v2/acme/app/tags/list", none()),
        case("GET", "/v2/{name}/referrers/{digest}", Members, &referrers, none()),
        case("DELETE", "/v2/{name}/manifests/{reference}", Members, manifest, none()),
        case("DELETE", "/v2/{name}/blobs/{digest}", Members, &blob, none()),
        case("GET", "/v1/providers/{namespace}/{type}/versions", Members, "/v1/providers/acme/demo/versions", none()),
        case("GET", "/v1/providers/{namespace}/{type}/{version}/download/{os}/{arch}", Members, &package, none()),
        case("GET", "/hosts/{hostname}/v1/providers/{namespace}/{type}/versions", Members, "/hosts/self/v1/providers/acme/demo/versions", none()),
        case("GET", "/hosts/{hostname}/v1/providers/{namespace}/{type}/{version}/download/{os}/{arch}", Members, &format!("/hosts/self{package}"), none()),
        case("GET", "/mirror/{hostname}/{namespace}/{type}/{document}", Members, "/mirror/self/acme/demo/index.json", none()),
        case("GET", "/files/{grant}/{file_name}", Bearers, "/files/forged/x.zip", none()),
        case("HEAD", "/files/{grant}/{file_name}", Bearers, "/files/forged/x.zip", none()),
        case("GET", "/api/v1/tokens", Administrators, "/api/v1/tokens", none()),
        case("POST", "/api/v1/tokens", Administrators, "/api/v1/tokens", Body::Json(json!({"name": "n", "scopes": ["pull:a"]}))),
        case("DELETE", "/api/v1/tokens/{id}", Administrators, "/api/v1/tokens/none", none()),
        case("POST", "/api/v1/providers", Members, "/api/v1/providers", Body::Form(publication)),
        case("POST", "/api/v1/imports/providers", Administrators, "/api/v1/imports/providers", Body::Form(import)),
        case("GET", "/api/v1/namespaces/{namespace}/keys", Administrators, "/api/v1/namespaces/acme/keys", none()),
        case("POST", "/api/v1/namespaces/{namespace}/keys", Administrators, "/api/v1/namespaces/acme/keys", none()),
        case("DELETE", "/api/v1/namespaces/{namespace}/keys/{key_id}", Administrators, "/api/v1/namespaces/acme/keys/0123456789ABCDEF", none()),
        case("GET", "/api/v1/repositories/{*name}", Administrators, "/api/v1/repositories/acme/app", none()),
        case("PUT", "/api/v1/repositories/{*name}", Administrators, "/api/v1/repositories/acme/app", Body::Json(json!({"immutable_tags": false}))),
        case("POST", "/api/v1/maintenance/gc", Administrators, "/api/v1/maintenance/gc", Body::Json(json!({"dry_run": true}))),
        case("POST", "/api/v1/maintenance/fsck", Administrators, "/api/v1/maintenance/fsck", Body::Json(json!({}))),
        case("POST", "/api/v1/maintenance/reindex", Administrators, "/api/v1/maintenance/reindex", Body::Json(json!({}))),
    ]
}

async fn ask(client: &Client, case: &Case) -> Reply {
    let request = client.request(case.method.clone(), &case.path);
    let request = match &case.body {
        Body::Empty => request,
        Body::Json(value) => request
            .header("content-type", "application/json")
            .body(value.to_string()),
        Body::Manifest(text) => request
            .header("content-type", "application/vnd.oci.image.manifest.v1+json")
            .body(text.clone()),
        Body::Form(fields) => {
            let mut form = reqwest::multipart::Form::new();
            for (name, text) in *fields {
                form = form.text(*name, *text);
            }
            let file = reqwest::multipart::Part::bytes(b"no zip".to_vec());
            request.multipart(form.part(
                "file",
                file.file_name("terraform-provider-demo_9.0.0_linux_amd64.zip"),
            ))
        }
    };
    client.send(request).await
}

/// What nobody and a stranger must be answered; nothing where they get what everybody gets.
fn refusals(audience: Audience) -> Option<(StatusCode, StatusCode)> {
    match audience {
        Anybody | Bearers => None,
        Holders => Some((StatusCode::UNAUTHORIZED, StatusCode::OK)),
        Members => Some((StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND)),
        Administrators => Some((StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN)),
    }
}

#[tokio::test]
async fn every_route_says_who_may_use_it() {
    let world = World::new().await;
    let nobody = world.server.nobody();
    let stranger = world.server.robot("push:other/* delete:other/*").await;
    let owner = world
        .server
        .robot("admin push:acme/* delete:acme/* push:providers/*")
        .await;
    let mut wrong = Vec::new();
    for case in cases(&world) {
        let name = format!("{} {}", case.method, case.template);
        let (by_nobody, by_stranger) = (ask(&nobody, &case).await, ask(&stranger, &case).await);
        if let Some((to_nobody, to_strangers)) = refusals(case.audience) {
            if by_nobody.status != to_nobody {
                wrong.push(format!("{name}: nobody got {}", by_nobody.status));
            }
            if by_stranger.status != to_strangers {
                wrong.push(format!("{name}: a stranger got {}", by_stranger.status));
            }
            if by_nobody.header("www-authenticate").is_empty() {
                wrong.push(format!("{name}: nobody got no challenge"));
            }
        } else if by_nobody.status != by_stranger.status {
            wrong.push(format!("{name}: not the same for everybody"));
        }
        let by_owner = ask(&owner, &case).await.status;
        if matches!(by_owner, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
            || by_owner.is_server_error()
        {
            wrong.push(format!("{name}: an owner got {by_owner}"));
        }
        if case.audience == Bearers && by_nobody.status != StatusCode::NOT_FOUND {
            wrong.push(format!("{name}: a forged address got {}", by_nobody.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_table_knows_every_route() {
    let world = World::new().await;
    let known: BTreeSet<String> = cases(&world)
        .iter()
        .map(|case| format!("{} {}", case.method, case.template))
        .collect();
    let there: BTreeSet<String> = atoll_server::all_routes()
        .iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    assert_eq!(
        there.difference(&known).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "routes without a word on who may use them"
    );
    assert_eq!(
        known.difference(&there).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "routes that are not there"
    );
}

/// 401 to nobody, and to a stranger 404, must not tell what exists.
#[tokio::test]
async fn what_is_private_looks_the_same_as_what_is_absent() {
    let world = World::new().await;
    let nobody = world.server.nobody();
    let stranger = world.server.robot("push:other/*").await;
    for (there, absent) in [
        ("/v2/acme/app/manifests/v1", "/v2/acme/nope/manifests/v1"),
        ("/v2/acme/app/tags/list", "/v2/acme/nope/tags/list"),
        (
            "/mirror/self/acme/demo/index.json",
            "/mirror/self/acme/nope/index.json",
        ),
        (
            "/v1/providers/acme/demo/versions",
            "/v1/providers/acme/nope/versions",
        ),
    ] {
        for client in [&nobody, &stranger] {
            let (one, other) = (client.get(there).await, client.get(absent).await);
            assert_eq!(one.status, other.status, "{there}");
            let text = |reply: &Reply| {
                let body = String::from_utf8_lossy(&reply.body).replace("nope", "app");
                body.replace("acme/app", "acme/X")
                    .replace("acme/demo", "acme/X")
            };
            assert_eq!(text(&one), text(&other), "{there}");
        }
    }
}
