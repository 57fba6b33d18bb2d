//! The real Terraform through the network mirror, over TLS by the server's own authority.

use atoll_testkit::registry::Signing;
use atoll_testkit::terraform::{Terraform, credentials_block, mirror_block};
use atoll_testkit::{keys, zips};
use http::StatusCode;

use super::world::{CORAL, LINUX, World};

const DARWIN: &str = "darwin_arm64";

/// A world over TLS that offers two versions, and a Terraform that installs everything through it.
async fn world_and_client(test: &str) -> Option<(World, Terraform)> {
    let world = World::with_tls().await;
    world.offer(CORAL, "1.0.0", &[LINUX, DARWIN]);
    world.offer(CORAL, "1.1.0", &[LINUX, DARWIN]);
    let terraform = client(test, &world)?;
    Some((world, terraform))
}

fn client(test: &str, world: &World) -> Option<Terraform> {
    let terraform = Terraform::find_for(test, world.server().ca_pem())?;
    terraform.configure_mirror(&mirror_url(world));
    require(&terraform, ">= 1.0.0");
    Some(terraform)
}

fn mirror_url(world: &World) -> String {
    format!("{}/mirror/", world.server().url())
}

fn require(terraform: &Terraform, constraint: &str) {
    terraform.require(&[("coral", "tf.example/acme/coral", constraint)]);
}

#[tokio::test]
async fn init_installs_then_keeps_to_the_lock_then_upgrades() {
    let Some((mut world, terraform)) =
        world_and_client("init_installs_then_keeps_to_the_lock_then_upgrades").await
    else {
        return;
    };
    require(&terraform, "~> 1.0.0");
    let _ = terraform
        .init()
        .await
        .succeeds()
        .says("Installed tf.example/acme/coral v1.0.0");
    let zip = zips::provider("coral", "1.0.0", LINUX);
    assert!(
        terraform.lock_file().contains(&zips::h1(&zip)),
        "{}",
        terraform.lock_file()
    );

    require(&terraform, ">= 1.0.0");
    terraform.forget_installed();
    let _ = terraform
        .init()
        .await
        .succeeds()
        .says("Reusing previous version")
        .says("v1.0.0");
    let _ = terraform
        .run(&["init", "-upgrade"])
        .await
        .succeeds()
        .says("Installed tf.example/acme/coral v1.1.0");

    // From now on nobody but the mirror is there.
    world.upstream.stop().await;
    terraform.forget_installed();
    let _ = terraform.init().await.succeeds().says("v1.1.0");
}

#[tokio::test]
async fn init_fills_and_uses_a_plugin_cache() {
    let Some((_world, mut terraform)) =
        world_and_client("init_fills_and_uses_a_plugin_cache").await
    else {
        return;
    };
    let cache = terraform.make_dir("plugin-cache");
    terraform.set("TF_PLUGIN_CACHE_DIR", cache.to_str().unwrap());
    let _ = terraform.init().await.succeeds().says("Installed");
    terraform.forget_installed();
    let _ = terraform
        .init()
        .await
        .succeeds()
        .says("Using tf.example/acme/coral v1.1.0 from the shared cache directory");
}

#[tokio::test]
async fn providers_lock_covers_platforms_of_others() {
    let Some((world, terraform)) =
        world_and_client("providers_lock_covers_platforms_of_others").await
    else {
        return;
    };
    let net_mirror = format!("-net-mirror={}", mirror_url(&world));
    let arguments = [
        "providers",
        "lock",
        &net_mirror,
        "-platform=linux_amd64",
        "-platform=darwin_arm64",
    ];
    let _ = terraform.run(&arguments).await.succeeds();
    let lock = terraform.lock_file();
    for platform in [LINUX, DARWIN] {
        let h1 = zips::h1(&zips::provider("coral", "1.1.0", platform));
        assert!(lock.contains(&h1), "no {h1} of {platform} in {lock}");
    }
    let _ = terraform.init().await.succeeds();
    assert_eq!(terraform.lock_file(), lock, "init has nothing to add");
}

#[tokio::test]
async fn the_upstream_asks_only_those_who_trust_its_authority() {
    let Some((world, _)) =
        world_and_client("the_upstream_asks_only_those_who_trust_its_authority").await
    else {
        return;
    };
    let Some(stranger) = Terraform::find_for("", None) else {
        return;
    };
    stranger.configure_mirror(&mirror_url(&world));
    require(&stranger, ">= 1.0.0");
    let _ = stranger
        .init()
        .await
        .fails_saying("failed to verify certificate");
}

#[tokio::test]
async fn a_missing_version_and_a_missing_platform_are_told_in_words() {
    let test = "a_missing_version_and_a_missing_platform_are_told_in_words";
    let world = World::with_tls().await;
    world.offer(CORAL, "1.0.0", &[DARWIN]);
    let Some(terraform) = client(test, &world) else {
        return;
    };
    require(&terraform, "9.9.9");
    let _ = terraform
        .init()
        .await
        .fails_saying("no available releases match the given constraints 9.9.9");
    require(&terraform, "1.0.0");
    let _ = terraform
        .init()
        .await
        .fails_saying("does not have a package available for your current platform, linux_amd64");
    terraform.require(&[("nothing", "tf.example/acme/nothing", ">= 1.0.0")]);
    let _ = terraform
        .init()
        .await
        .fails_saying("was not found in any of the search locations");
}

#[tokio::test]
async fn a_zip_that_upstream_tampered_with_never_gets_through() {
    let test = "a_zip_that_upstream_tampered_with_never_gets_through";
    let world = World::with_tls().await;
    let zip = zips::large_provider("coral", "1.0.0", LINUX, 1 << 20);
    world.change(CORAL, "1.0.0", |setup| setup.package(LINUX, zip));
    let Some(terraform) = client(test, &world) else {
        return;
    };
    world
        .upstream
        .fault(atoll_testkit::registry::Fault::wrong_bytes().on("*.zip"));
    let _ = terraform
        .init()
        .await
        .fails_saying("Failed to install provider");
    world.upstream.clear_faults();
    let _ = terraform.init().await.succeeds();
}

#[tokio::test]
async fn a_version_with_the_wrong_signature_is_not_installed() {
    let test = "a_version_with_the_wrong_signature_is_not_installed";
    let world = World::with_tls().await;
    world.change(CORAL, "1.0.0", |setup| {
        setup.platform(LINUX).signing(Signing::WrongSignature)
    });
    let Some(terraform) = client(test, &world) else {
        return;
    };
    let _ = terraform.init().await.fails_saying("502");
    assert_eq!(world.zip_downloads(), 0);
}

#[tokio::test]
async fn what_the_operator_forbids_does_not_fall_through_to_the_internet() {
    let test = "what_the_operator_forbids_does_not_fall_through_to_the_internet";
    let world = World::with(|setup| {
        setup.tls = true;
        setup.policy.patterns.exclude = ["acme/coral".parse().unwrap()].into_iter().collect();
    })
    .await;
    let Some(terraform) = client(test, &world) else {
        return;
    };
    let direct = mirror_block(&mirror_url(&world)).replace("}\n}\n", "}\n  direct {}\n}\n");
    terraform.configure(&direct);
    let _ = terraform
        .init()
        .await
        .fails_saying("rejected the given authentication credentials");
}

#[tokio::test]
async fn a_token_in_the_configuration_lets_a_mirror_fetch() {
    let test = "a_token_in_the_configuration_lets_a_mirror_fetch";
    let world = World::with(|setup| {
        setup.tls = true;
        setup.policy.anonymous = atoll_app::upstreams::Anonymous::Read;
    })
    .await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let Some(terraform) = client(test, &world) else {
        return;
    };
    let _ = terraform
        .init()
        .await
        .fails_saying("rejected the given authentication credentials");
    let token = world.server().token("pull:providers/*").await;
    let host = world.server().url().replace("https://", "");
    terraform.configure(&(mirror_block(&mirror_url(&world)) + &credentials_block(&host, &token)));
    let _ = terraform.init().await.succeeds();
    // It is here now, for everybody.
    terraform.configure_mirror(&mirror_url(&world));
    terraform.forget_installed();
    let _ = terraform.init().await.succeeds();
}

#[tokio::test]
async fn many_providers_are_installed_at_once() {
    let test = "many_providers_are_installed_at_once";
    let world = World::with_tls().await;
    keys::publisher_key();
    let names: Vec<String> = (0..12).map(|number| format!("coral{number}")).collect();
    for name in &names {
        world.offer(&format!("acme/{name}"), "1.0.0", &[LINUX]);
    }
    let Some(terraform) = client(test, &world) else {
        return;
    };
    let sources: Vec<String> = names
        .iter()
        .map(|name| format!("tf.example/acme/{name}"))
        .collect();
    let required: Vec<_> = names
        .iter()
        .zip(&sources)
        .map(|(name, source)| (name.as_str(), source.as_str(), "1.0.0"))
        .collect();
    terraform.require(&required);
    let _ = terraform.init().await.succeeds();
    assert_eq!(world.zip_downloads(), 12);
    assert_eq!(world.get("/healthz").await.status, StatusCode::OK);
}
