//! The real Terraform through the registry protocol of a mirrored host.

use atoll_testkit::registry::{Fault, Signing};
use atoll_testkit::terraform::{Terraform, host_block};
use atoll_testkit::{keys, zips};

use super::world::{CORAL, HOST, LINUX, World};

const DARWIN: &str = "darwin_arm64";

fn client(test: &str, world: &World) -> Option<Terraform> {
    let terraform = Terraform::find_for(test, world.server().ca_pem())?;
    let registry = format!("{}/hosts/{HOST}/v1/providers/", world.server().url());
    terraform.configure(&host_block(HOST, &registry));
    terraform.require(&[("coral", "tf.example/acme/coral", ">= 1.0.0")]);
    Some(terraform)
}

#[tokio::test]
async fn init_verifies_what_upstream_signed() {
    let world = World::with_tls().await;
    world.offer(CORAL, "1.0.0", &[LINUX, DARWIN]);
    let Some(terraform) = client("init_verifies_what_upstream_signed", &world) else {
        return;
    };
    let key = keys::publisher_key().key_id().to_string();
    let _ = terraform
        .init()
        .await
        .succeeds()
        .says(&format!("(self-signed, key ID {key})"));
    let lock = terraform.lock_file();
    for platform in [LINUX, DARWIN] {
        let zh = format!(
            "zh:{}",
            zips::sha256_hex(&zips::provider("coral", "1.0.0", platform))
        );
        assert!(lock.contains(&zh), "no {zh} of {platform} in {lock}");
    }
}

#[tokio::test]
async fn init_verifies_what_atoll_signed_for_want_of_anybody_else() {
    let world = World::with_tls().await;
    world.change(CORAL, "1.0.0", |setup| {
        setup.platform(LINUX).signing(Signing::Unsigned)
    });
    let test = "init_verifies_what_atoll_signed_for_want_of_anybody_else";
    let Some(terraform) = client(test, &world) else {
        return;
    };
    let _ = terraform
        .init()
        .await
        .succeeds()
        .says("self-signed, key ID");
}

#[tokio::test]
async fn a_warning_of_upstream_reaches_its_reader() {
    let world = World::with_tls().await;
    world.change(CORAL, "1.0.0", |setup| {
        setup.platform(LINUX).warning("moved to reef/coral")
    });
    let Some(terraform) = client("a_warning_of_upstream_reaches_its_reader", &world) else {
        return;
    };
    let _ = terraform
        .init()
        .await
        .succeeds()
        .says("moved to reef/coral");
}

#[tokio::test]
async fn providers_mirror_writes_a_tree_of_it() {
    let world = World::with_tls().await;
    world.offer(CORAL, "1.0.0", &[LINUX, DARWIN]);
    let Some(terraform) = client("providers_mirror_writes_a_tree_of_it", &world) else {
        return;
    };
    let tree = terraform.make_dir("tree");
    let arguments = [
        "providers",
        "mirror",
        "-platform=linux_amd64",
        "-platform=darwin_arm64",
        tree.to_str().unwrap(),
    ];
    let _ = terraform.run(&arguments).await.succeeds();
    for platform in [LINUX, DARWIN] {
        let file = tree.join(format!(
            "tf.example/acme/coral/terraform-provider-coral_1.0.0_{platform}.zip"
        ));
        assert_eq!(
            std::fs::read(&file).unwrap(),
            zips::provider("coral", "1.0.0", platform)
        );
    }
}

#[tokio::test]
async fn providers_lock_covers_two_platforms_with_upstream_gone() {
    let mut world = World::with_tls().await;
    world.offer(CORAL, "1.0.0", &[LINUX, DARWIN]);
    let Some(terraform) = client(
        "providers_lock_covers_two_platforms_with_upstream_gone",
        &world,
    ) else {
        return;
    };
    let arguments = [
        "providers",
        "lock",
        "-platform=linux_amd64",
        "-platform=darwin_arm64",
    ];
    let _ = terraform.run(&arguments).await.succeeds();
    let first = terraform.lock_file();
    for platform in [LINUX, DARWIN] {
        let zip = zips::provider("coral", "1.0.0", platform);
        assert!(first.contains(&zips::h1(&zip)), "{first}");
    }
    world.upstream.stop().await;
    terraform.forget_lock();
    let _ = terraform.run(&arguments).await.succeeds();
    assert_eq!(terraform.lock_file(), first);
}

#[tokio::test]
async fn what_is_wrong_is_told_in_words() {
    let world = World::with_tls().await;
    world.offer(CORAL, "1.0.0", &[DARWIN]);
    world.change("acme/forged", "1.0.0", |setup| {
        setup.platform(LINUX).signing(Signing::UnknownKey)
    });
    world.offer("acme/tampered", "1.0.0", &[LINUX]);
    world
        .upstream
        .fault(Fault::wrong_bytes().on("*tampered*.zip"));
    let Some(terraform) = client("what_is_wrong_is_told_in_words", &world) else {
        return;
    };
    let _ = terraform
        .init()
        .await
        .fails_saying("does not have a package available for your current platform, linux_amd64");
    terraform.require(&[("coral", "tf.example/acme/coral", "9.9.9")]);
    let _ = terraform
        .init()
        .await
        .fails_saying("no available releases match the given constraints 9.9.9");
    terraform.require(&[("nothing", "tf.example/acme/nothing", "1.0.0")]);
    let _ = terraform
        .init()
        .await
        .fails_saying("does not have a provider named");
    terraform.require(&[("forged", "tf.example/acme/forged", "1.0.0")]);
    let _ = terraform.init().await.fails_saying("502");
    terraform.require(&[("tampered", "tf.example/acme/tampered", "1.0.0")]);
    let _ = terraform.init().await.fails_saying("502");
}
