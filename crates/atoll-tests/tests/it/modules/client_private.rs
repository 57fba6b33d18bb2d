//! Modules of an upstream that wants a token, which Atoll has and its clients have not: they have tokens of Atoll's.

use atoll_app::upstreams::Anonymous;
use atoll_testkit::modules;
use atoll_testkit::registry::{FakeRegistry, Fault};
use atoll_testkit::server::Client;
use atoll_testkit::terraform::credentials_block;
use atoll_upstream::{Credential, SecretText};
use http::StatusCode;

use super::calls::{call, installs};
use super::world::{HOST, REEF, World, fetch, location};

const SECRET: &str = "the-operators-secret";
const READER: &str = "pull:modules/registry.coder.com/coder/*";
const STRANGER: &str = "pull:modules/registry.coder.com/other/* pull:modules/self/*";

async fn world(tls: bool) -> World {
    let world = World::with(|setup| {
        setup.tls = tls;
        setup.settings.credential = Credential::Bearer(SecretText::new(SECRET));
        setup.policy.anonymous = Anonymous::None;
    })
    .await;
    world.upstream.require_token(Some(SECRET));
    world.offer_greeting(REEF, "1.0.0");
    world.offer_greeting(REEF, "2.0.0");
    world
}

/// Every path that tells something about a module or a version of it.
fn paths(module: &str) -> Vec<String> {
    let registries = [
        format!("/hosts/{HOST}/v1/modules"),
        "/v1/modules".to_owned(),
        "/artifactory/api/terraform/coder-registry/v1/modules".to_owned(),
        "/repository/coder-registry/v1/modules".to_owned(),
    ];
    let of_registry = registries.iter().flat_map(|base| {
        ["/versions", "/1.0.0/download", "", "/1.0.0"].map(|end| format!("{base}/{module}{end}"))
    });
    let others = [
        format!("/artifactory/api/terraform/v1/modules/coder-registry__{module}/versions"),
        format!("/api/v1/modules/{HOST}/{module}"),
        format!("/api/v1/modules/{HOST}/{module}/1.0.0"),
        format!("/v2/modules/{HOST}/{module}/tags/list"),
        format!("/v2/modules/{HOST}/{module}/manifests/1.0.0"),
    ];
    of_registry.chain(others).collect()
}

/// Nobody is asked for a token, and to a stranger what there is looks like what there is not.
async fn assert_closed(world: &World, stranger: &Client) {
    let absent = "coder/void/coder";
    for (path, other) in paths(REEF).iter().zip(paths(absent)) {
        for path in [path, &other] {
            let reply = world.get(path).await;
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{path}");
            assert_ne!(reply.header("www-authenticate"), "", "{path}");
        }
        let reply = stranger.get(path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
        let nothing = stranger.get(&other).await;
        assert_eq!(nothing.status, StatusCode::NOT_FOUND, "{other}");
        let renamed = reply.text().replace("reef", "void");
        assert_eq!(renamed, nothing.text(), "{path}");
    }
}

#[tokio::test]
async fn nobody_is_asked_for_a_token_and_a_stranger_finds_nothing() {
    let world = world(false).await;
    let stranger = world.server().robot(STRANGER).await;
    assert_closed(&world, &stranger).await;
    assert_eq!(world.upstream.requests().len(), 0);

    let reader = world.server().robot(READER).await;
    for path in paths(REEF) {
        let reply = reader.get(&path).await;
        assert!(reply.status.is_success(), "{path}: {}", reply.text());
    }
    let path = format!("/hosts/{HOST}/v1/modules/{REEF}/1.0.0/download");
    let place = location(&reader.get(&path).await);
    fetch(&world.nobody(), &place).await;
    // What is held is as closed as what is not.
    assert_closed(&world, &stranger).await;

    let token = reader.token().unwrap();
    for request in world.upstream.requests() {
        let own = format!("Bearer {SECRET}");
        assert_eq!(request.header("authorization"), Some(own.as_str()));
        assert!(!format!("{request:?}").contains(token), "{request:?}");
    }
}

#[tokio::test]
async fn an_upstream_that_does_not_let_atoll_in_is_no_missing_module() {
    let world = world(false).await;
    let reader = world.server().robot(READER).await;
    let download = |version: &str| format!("/hosts/{HOST}/v1/modules/{REEF}/{version}/download");
    location(&reader.get(&download("1.0.0")).await);
    world.upstream.require_token(Some("another"));
    location(&reader.get(&download("1.0.0")).await);
    let reply = reader.get(&download("2.0.0")).await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{}", reply.text());
    assert!(reply.text().contains("401"), "{}", reply.text());
    assert!(!reply.text().contains(SECRET), "{}", reply.text());
    world.upstream.require_token(Some(SECRET));
    location(&reader.get(&download("2.0.0")).await);
}

#[tokio::test]
async fn an_upstreams_token_goes_to_no_other_host() {
    let elsewhere = FakeRegistry::start().await;
    let allowed = elsewhere.host().parse().unwrap();
    let world = World::with(|setup| {
        setup.settings.credential = Credential::Bearer(SecretText::new(SECRET));
        setup.settings.allow_addresses = vec![allowed];
    })
    .await;
    world.upstream.require_token(Some(SECRET));
    let archive = modules::tar_gz(modules::GREETING);
    elsewhere.put("/a.tar.gz", "application/gzip", archive);
    let address = format!("{}a.tar.gz", elsewhere.url());
    world.upstream.put_module(REEF, "1.0.0", &address);
    let reader = world.server().robot(READER).await;
    let path = format!("/hosts/{HOST}/v1/modules/{REEF}/1.0.0/download");
    location(&reader.get(&path).await);
    assert!(!elsewhere.requests().is_empty());
    for request in elsewhere.requests() {
        assert_eq!(request.header("authorization"), None, "{request:?}");
    }
}

#[tokio::test]
async fn another_host_makes_an_upstreams_token_fetch_nothing() {
    let elsewhere = FakeRegistry::start().await;
    let allowed = elsewhere.host().parse().unwrap();
    let world = World::with(|setup| {
        setup.settings.credential = Credential::Bearer(SecretText::new(SECRET));
        setup.settings.allow_addresses = vec![allowed];
    })
    .await;
    world.upstream.require_token(Some(SECRET));
    let archive = modules::tar_gz(modules::GREETING);
    world
        .upstream
        .put("/private.tar.gz", "application/gzip", archive);
    let private = format!("{}private.tar.gz", world.upstream.url());
    elsewhere.fault(Fault::status(204).with_header("x-terraform-get", &private));
    let away = format!("{}vpc", elsewhere.url());
    // Told by the upstream, by another host that it names, and by one that it redirects to.
    world.upstream.put_module(REEF, "1.0.0", &private);
    world.upstream.put_module(REEF, "2.0.0", &away);
    let asked = format!("/v1/modules/{REEF}/3.0.0/download");
    world.upstream.fault(Fault::redirect(&away).on(&asked));
    let reader = world.server().robot(READER).await;
    for (version, status, shown) in [
        ("1.0.0", StatusCode::NO_CONTENT, true),
        ("2.0.0", StatusCode::BAD_GATEWAY, false),
        ("3.0.0", StatusCode::BAD_GATEWAY, false),
    ] {
        world.upstream.clear_requests();
        let path = format!("/hosts/{HOST}/v1/modules/{REEF}/{version}/download");
        let reply = reader.get(&path).await;
        assert_eq!(reply.status, status, "{version}: {}", reply.text());
        let requests = world.upstream.requests_to("/private.tar.gz");
        assert!(!requests.is_empty(), "{version}");
        for request in requests {
            let authorization = request.header("authorization");
            assert_eq!(authorization.is_some(), shown, "{version}: {request:?}");
        }
    }
}

#[tokio::test]
async fn the_real_client_needs_a_token_of_atolls() {
    let world = world(true).await;
    let test = "modules::the_real_client_needs_a_token_of_atolls";
    let Some(terraform) = world.terraform(test) else {
        return;
    };
    let source = format!("{HOST}/{REEF}");
    terraform.write("main.tf", &call(&source, "1.0.0"));
    let refused = terraform.init().await;
    let _ = refused.fails_saying("401 Unauthorized");
    let with = |token: &str| {
        let credentials = credentials_block(HOST, token);
        terraform.configure(&format!("{}{credentials}", world.override_block()));
    };
    with(&world.server().token(STRANGER).await);
    let absent = terraform.init().await;
    let _ = absent.fails_saying("cannot be found in the module registry");
    let reader = world.server().token(READER).await;
    with(&reader.chars().rev().collect::<String>());
    let refused = terraform.init().await;
    let _ = refused.fails_saying("401 Unauthorized");
    assert_eq!(world.upstream.requests().len(), 0);

    with(&reader);
    installs(&terraform, &source, "~> 1.0", "1.0.0").await;
    // Once it is held, it is as closed as before.
    terraform.configure(&world.override_block());
    terraform.forget_installed();
    let refused = terraform.init().await;
    let _ = refused.fails_saying("401 Unauthorized");
}
