//! Every route there is, asked by nobody, by a stranger and by an owner. A route that the table does not know fails the test, so that
//! none is added without a word on who may use it.

use std::collections::BTreeSet;

use atoll_app::providers::{Release, ReleaseZip};
use atoll_core::digest::Digest;
use atoll_testkit::server::{Client, Reply, TestServer};
use atoll_testkit::{keys, modules, zips};
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
    /// What the owner of everything is answered, exactly.
    to_owner: u16,
    path: String,
    body: Body,
}

/// How a token is shown.
#[derive(Clone, Copy, Debug)]
enum Scheme {
    Bearer,
    /// As the password of whoever.
    Basic,
}

#[derive(Clone)]
enum Body {
    Empty,
    Json(serde_json::Value),
    Manifest(String),
    Form(&'static [(&'static str, &'static str)]),
    Module,
    ModuleForm(&'static [(&'static str, &'static str)]),
}

/// What the requests are about: an image and a provider, both private.
struct World {
    server: TestServer,
    blob: Digest,
    manifest: String,
    /// Two uploads that the owner opened.
    session: String,
    other_session: String,
    /// The token of the one who may do everything.
    owner: String,
}

impl World {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let token = server
            .token("admin push:acme/* delete:acme/* push:providers/*")
            .await;
        let owner = server.nobody().with_token(&token);
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
        let open = async || {
            let opened = owner.post("/v2/acme/app/blobs/uploads/", "").await;
            opened.header("location").to_owned()
        };
        let (session, other_session) = (open().await, open().await);
        publish(&server).await;
        for version in ["1.0.0", "2.0.0"] {
            let path = format!("/api/v1/modules/self/acme/vpc/aws/{version}");
            let archive = modules::zip(modules::GREETING);
            let published = owner.put(&path, "application/zip", archive).await;
            assert_eq!(published.status, StatusCode::CREATED);
        }
        Self {
            server,
            blob,
            manifest,
            session,
            other_session,
            owner: token,
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
    let case = |method: &str, template, (audience, to_owner), path: &str, body: Body| {
        Case { method: method.parse().unwrap(), template, audience, to_owner, path: path.to_owned(), body }
    };
    let none = || Body::Empty;
    let key = keys::publisher_key();
    let blob = format!("/v2/acme/app/blobs/{}", world.blob);
    let referrers = format!("/v2/acme/app/referrers/{}", world.blob);
    let manifest = "/v2/acme/app/manifests/v1";
    let package = "/v1/providers/acme/demo/1.2.3/download/linux_amd64".replace("linux_amd64", "linux/amd64");
    let publication: &[(&str, &str)] = &[("namespace", "acme"), ("type", "demo"), ("version", "9.0.0"), ("os", "linux"), ("arch", "amd64")];
    let import: &[(&str, &str)] = &[("hostname", "registry.example.com"), ("namespace", "a"), ("type", "demo"), ("version", "9.0.0")];
    let mut all = vec![
        case("GET", "/healthz", (Anybody, 200), "/healthz", none()),
        case("GET", "/readyz", (Anybody, 200), "/readyz", none()),
        case("GET", "/ca.pem", (Anybody, 404), "/ca.pem", none()),
        case("GET", "/.well-known/terraform.json", (Anybody, 200), "/.well-known/terraform.json", none()),
        case("GET", "/token", (Anybody, 200), "/token", none()),
        case("POST", "/token", (Anybody, 400), "/token", none()),
        case("GET", "/api/openapi.json", (Anybody, 200), "/api/openapi.json", none()),
        case("GET", "/api/v1/artifacts", (Anybody, 200), "/api/v1/artifacts", none()),
        case("GET", "/v2/_catalog", (Holders, 200), "/v2/_catalog", none()),
        case("GET", "/v2/_oci/ext/discover", (Anybody, 200), "/v2/_oci/ext/discover", none()),
        case("GET", "/v2/", (Holders, 200), "/v2/", none()),
        case("GET", "/v2/{name}/blobs/{digest}", (Members, 200), &blob, none()),
        case("HEAD", "/v2/{name}/blobs/{digest}", (Members, 200), &blob, none()),
        case("POST", "/v2/{name}/blobs/uploads/", (Members, 202), "/v2/acme/app/blobs/uploads/", none()),
        case("GET", "/v2/{name}/blobs/uploads/{session}", (Members, 204), &world.session, none()),
        case("PATCH", "/v2/{name}/blobs/uploads/{session}", (Members, 202), &world.session, none()),
        case("PUT", "/v2/{name}/blobs/uploads/{session}", (Members, 201), &format!("{}?digest={}", world.session, Digest::sha256(b"")), none()),
        case("DELETE", "/v2/{name}/blobs/uploads/{session}", (Members, 204), &world.other_session, none()),
        case("GET", "/v2/{name}/manifests/{reference}", (Members, 200), manifest, none()),
        case("HEAD", "/v2/{name}/manifests/{reference}", (Members, 200), manifest, none()),
        case("PUT", "/v2/{name}/manifests/{reference}", (Members, 201), manifest, Body::Manifest(world.manifest.clone())),
        case("GET", "/v2/{name}/tags/list", (Members, 200), "/v2/acme/app/tags/list", none()),
        case("GET", "/v2/{name}/referrers/{digest}", (Members, 200), &referrers, none()),
        case("DELETE", "/v2/{name}/manifests/{reference}", (Members, 202), manifest, none()),
        case("DELETE", "/v2/{name}/blobs/{digest}", (Members, 202), &blob, none()),
        case("GET", "/v1/providers/{namespace}/{type}/versions", (Members, 200), "/v1/providers/acme/demo/versions", none()),
        case("GET", "/v1/providers/{namespace}/{type}/{version}/download/{os}/{arch}", (Members, 200), &package, none()),
        case("GET", "/hosts/{hostname}/v1/providers/{namespace}/{type}/versions", (Members, 200), "/hosts/self/v1/providers/acme/demo/versions", none()),
        case("GET", "/hosts/{hostname}/v1/providers/{namespace}/{type}/{version}/download/{os}/{arch}", (Members, 200), &format!("/hosts/self{package}"), none()),
        case("GET", "/mirror/{hostname}/{namespace}/{type}/{document}", (Members, 200), "/mirror/self/acme/demo/index.json", none()),
        case("GET", "/files/{grant}/{file_name}", (Bearers, 404), "/files/forged/x.zip", none()),
        case("HEAD", "/files/{grant}/{file_name}", (Bearers, 404), "/files/forged/x.zip", none()),
        case("GET", "/api/v1/tokens", (Administrators, 200), "/api/v1/tokens", none()),
        case("POST", "/api/v1/tokens", (Administrators, 201), "/api/v1/tokens", Body::Json(json!({"name": "n", "scopes": ["pull:a"]}))),
        case("DELETE", "/api/v1/tokens/{id}", (Administrators, 404), "/api/v1/tokens/none", none()),
        case("POST", "/api/v1/providers", (Members, 201), "/api/v1/providers", Body::Form(publication)),
        case("POST", "/api/v1/imports/providers", (Administrators, 201), "/api/v1/imports/providers", Body::Form(import)),
        case("GET", "/api/v1/namespaces/{namespace}/keys", (Administrators, 200), "/api/v1/namespaces/acme/keys", none()),
        case("POST", "/api/v1/namespaces/{namespace}/keys", (Administrators, 201), "/api/v1/namespaces/acme/keys", Body::Json(json!({"armored": key.public_armored().unwrap()}))),
        case("DELETE", "/api/v1/namespaces/{namespace}/keys/{key_id}", (Administrators, 204), &format!("/api/v1/namespaces/acme/keys/{}", key.key_id()), none()),
        case("GET", "/api/v1/repositories/{*name}", (Administrators, 200), "/api/v1/repositories/acme/app", none()),
        case("PUT", "/api/v1/repositories/{*name}", (Administrators, 200), "/api/v1/repositories/acme/app", Body::Json(json!({"immutable_tags": false}))),
        case("POST", "/api/v1/maintenance/gc", (Administrators, 200), "/api/v1/maintenance/gc", Body::Json(json!({"dry_run": true}))),
        case("POST", "/api/v1/maintenance/fsck", (Administrators, 200), "/api/v1/maintenance/fsck", Body::Json(json!({}))),
        case("POST", "/api/v1/maintenance/reindex", (Administrators, 200), "/api/v1/maintenance/reindex", Body::Json(json!({}))),
    ];
    all.extend(module_cases());
    all
}

/// The routes of modules, those of the management API last: they change what the others ask for.
#[rustfmt::skip]
fn module_cases() -> Vec<Case> {
    let case = |method: &str, template, (audience, to_owner), path: &str, body: Body| {
        Case { method: method.parse().unwrap(), template, audience, to_owner, path: path.to_owned(), body }
    };
    let none = || Body::Empty;
    let mut all = Vec::new();
    macro_rules! registry {
        ($prefix:literal, $at:literal) => {
            all.extend([
                case("GET", concat!($prefix, "/v1/modules"), (Anybody, 200), concat!($at, "/v1/modules"), none()),
                case("GET", concat!($prefix, "/v1/modules/search"), (Anybody, 200), concat!($at, "/v1/modules/search"), none()),
                case("GET", concat!($prefix, "/v1/modules/{namespace}"), (Anybody, 200), concat!($at, "/v1/modules/acme"), none()),
                case("GET", concat!($prefix, "/v1/modules/{namespace}/{name}"), (Anybody, 200), concat!($at, "/v1/modules/acme/vpc"), none()),
                case("GET", concat!($prefix, "/v1/modules/{namespace}/{name}/{system}"), (Members, 200), concat!($at, "/v1/modules/acme/vpc/aws"), none()),
                case("GET", concat!($prefix, "/v1/modules/{namespace}/{name}/{system}/versions"), (Members, 200), concat!($at, "/v1/modules/acme/vpc/aws/versions"), none()),
                case("GET", concat!($prefix, "/v1/modules/{namespace}/{name}/{system}/download"), (Members, 302), concat!($at, "/v1/modules/acme/vpc/aws/download"), none()),
                case("GET", concat!($prefix, "/v1/modules/{namespace}/{name}/{system}/{version}"), (Members, 200), concat!($at, "/v1/modules/acme/vpc/aws/1.0.0"), none()),
                case("GET", concat!($prefix, "/v1/modules/{namespace}/{name}/{system}/{version}/download"), (Members, 204), concat!($at, "/v1/modules/acme/vpc/aws/1.0.0/download"), none()),
            ]);
        };
    }
    macro_rules! providers {
        ($prefix:literal, $at:literal) => {
            all.extend([
                case("GET", concat!($prefix, "/v1/providers/{namespace}/{type}/versions"), (Members, 200), concat!($at, "/v1/providers/acme/demo/versions"), none()),
                case("GET", concat!($prefix, "/v1/providers/{namespace}/{type}/{version}/download/{os}/{arch}"), (Members, 200), concat!($at, "/v1/providers/acme/demo/1.2.3/download/linux/amd64"), none()),
            ]);
        };
    }
    registry!("", "");
    registry!("/hosts/{hostname}", "/hosts/self");
    registry!("/artifactory/api/terraform/{repository}", "/artifactory/api/terraform/self");
    registry!("/repository/{repository}", "/repository/self");
    providers!("/artifactory/api/terraform/{repository}", "/artifactory/api/terraform/self");
    providers!("/repository/{repository}", "/repository/self");
    let fields: &[(&str, &str)] = &[("namespace", "acme"), ("name", "vpc"), ("system", "aws"), ("version", "9.0.0")];
    let (module, version) = ("/api/v1/modules/{hostname}/{namespace}/{name}/{system}", "/api/v1/modules/{hostname}/{namespace}/{name}/{system}/{version}");
    let notice = || Body::Json(json!({"message": "use another"}));
    all.extend([
        case("GET", "/artifactory/api/terraform/{repository}/providers/{hostname}/{namespace}/{type}/{document}", (Members, 200), "/artifactory/api/terraform/self/providers/self/acme/demo/index.json", none()),
        case("GET", "/artifactory/api/terraform/v1/modules/{qualified}/{name}/{system}/versions", (Members, 200), "/artifactory/api/terraform/v1/modules/self__acme/vpc/aws/versions", none()),
        case("GET", "/artifactory/api/terraform/v1/modules/{qualified}/{name}/{system}/{version}/download", (Members, 204), "/artifactory/api/terraform/v1/modules/self__acme/vpc/aws/1.0.0/download", none()),
        case("GET", module, (Members, 200), "/api/v1/modules/self/acme/vpc/aws", none()),
        case("GET", version, (Members, 200), "/api/v1/modules/self/acme/vpc/aws/1.0.0", none()),
        case("PUT", "/api/v1/modules/{hostname}/{namespace}/{name}/{system}/deprecation", (Members, 204), "/api/v1/modules/self/acme/vpc/aws/deprecation", notice()),
        case("DELETE", "/api/v1/modules/{hostname}/{namespace}/{name}/{system}/deprecation", (Members, 204), "/api/v1/modules/self/acme/vpc/aws/deprecation", none()),
        case("PUT", "/api/v1/modules/{hostname}/{namespace}/{name}/{system}/{version}/deprecation", (Members, 204), "/api/v1/modules/self/acme/vpc/aws/1.0.0/deprecation", notice()),
        case("DELETE", "/api/v1/modules/{hostname}/{namespace}/{name}/{system}/{version}/deprecation", (Members, 204), "/api/v1/modules/self/acme/vpc/aws/1.0.0/deprecation", none()),
        case("PUT", version, (Members, 201), "/api/v1/modules/self/acme/vpc/aws/3.0.0", Body::Module),
        case("DELETE", version, (Members, 204), "/api/v1/modules/self/acme/vpc/aws/2.0.0", none()),
        case("DELETE", "/api/v1/modules/{hostname}/{namespace}/{name}/{system}/{version}/tombstone", (Members, 409), "/api/v1/modules/self/acme/vpc/aws/2.0.0/tombstone", none()),
        case("POST", "/api/v1/modules", (Members, 201), "/api/v1/modules", Body::ModuleForm(fields)),
        case("POST", "/api/v1/mirror/sync", (Administrators, 400), "/api/v1/mirror/sync", Body::Json(json!({}))),
        case("GET", "/api/v1/mirror/sync/{id}", (Administrators, 404), "/api/v1/mirror/sync/none", none()),
    ]);
    all
}

/// Asks as whoever holds this token, or as nobody.
async fn ask(nobody: &Client, token: Option<&str>, scheme: Scheme, case: &Case) -> Reply {
    let request = nobody.request(case.method.clone(), &case.path);
    let request = match (token, scheme) {
        (None, _) => request,
        (Some(token), Scheme::Bearer) => request.bearer_auth(token),
        (Some(token), Scheme::Basic) => request.basic_auth("robot", Some(token)),
    };
    let request = match &case.body {
        Body::Empty => request,
        Body::Json(value) => request
            .header("content-type", "application/json")
            .body(value.to_string()),
        Body::Manifest(text) => request
            .header("content-type", "application/vnd.oci.image.manifest.v1+json")
            .body(text.clone()),
        Body::Module => request.body(modules::zip(modules::GREETING)),
        Body::ModuleForm(fields) => {
            let mut form = reqwest::multipart::Form::new();
            for (name, text) in *fields {
                form = form.text(*name, *text);
            }
            let file = modules::zip(modules::GREETING).to_vec();
            let file = reqwest::multipart::Part::bytes(file).file_name("vpc.zip");
            request.multipart(form.part("file", file))
        }
        Body::Form(fields) => {
            let mut form = reqwest::multipart::Form::new();
            for (name, text) in *fields {
                form = form.text(*name, *text);
            }
            let zip = zips::provider("demo", "9.0.0", "linux_amd64");
            let file = reqwest::multipart::Part::bytes(zip.to_vec());
            request.multipart(form.part(
                "file",
                file.file_name("terraform-provider-demo_9.0.0_linux_amd64.zip"),
            ))
        }
    };
    nobody.send(request).await
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
    for scheme in [Scheme::Bearer, Scheme::Basic] {
        // Each in a world of its own: owners change it.
        let wrong = wrong_answers(scheme).await;
        assert!(wrong.is_empty(), "{scheme:?}:\n{}", wrong.join("\n"));
    }
}

async fn wrong_answers(scheme: Scheme) -> Vec<String> {
    let world = World::new().await;
    let nobody = world.server.nobody();
    let stranger = world.server.token("push:other/* delete:other/*").await;
    let mut wrong = Vec::new();
    for case in cases(&world) {
        let name = format!("{} {}", case.method, case.template);
        let (by_nobody, by_stranger) = (
            ask(&nobody, None, scheme, &case).await,
            ask(&nobody, Some(&stranger), scheme, &case).await,
        );
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
        let by_owner = ask(&nobody, Some(&world.owner), scheme, &case).await;
        if by_owner.status != case.to_owner {
            let (status, text) = (by_owner.status, by_owner.text());
            wrong.push(format!("{name}: an owner got {status}: {text}"));
        }
        if case.audience == Bearers && by_nobody.status != StatusCode::NOT_FOUND {
            wrong.push(format!("{name}: a forged address got {}", by_nobody.status));
        }
    }
    wrong
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
