//! A newer Terraform than the stock one: it asks in another order, and reads zips without asking for their size first.

use atoll_testkit::server::TestServer;
use atoll_testkit::terraform::{Terraform, credentials_block, host_block};
use atoll_testkit::{keys, zips};

use super::hosted::{DEMO, publish};
use super::world::{CORAL, HOST, LINUX, World};

const DARWIN: &str = "darwin_arm64";

#[tokio::test]
async fn a_newer_client_installs_through_the_mirror() {
    let mut world = World::with_tls().await;
    world.offer(CORAL, "1.0.0", &[LINUX, DARWIN]);
    let test = "a_newer_client_installs_through_the_mirror";
    let ca_pem = world.server().ca_pem();
    let Some(terraform) = Terraform::find_newer_for(test, ca_pem).await else {
        return;
    };
    terraform.configure_mirror(&format!("{}/mirror/", world.server().url()));
    terraform.require(&[("coral", "tf.example/acme/coral", ">= 1.0.0")]);
    let _ = terraform
        .init()
        .await
        .succeeds()
        .says("Installed tf.example/acme/coral v1.0.0");
    world.upstream.stop().await;
    terraform.forget_installed();
    let _ = terraform.init().await.succeeds().says("v1.0.0");
    terraform.require(&[("coral", "tf.example/acme/coral", "9.9.9")]);
    terraform.forget_lock();
    let _ = terraform
        .init()
        .await
        .fails_saying("no available releases match the given constraints 9.9.9");
}

#[tokio::test]
async fn a_newer_client_verifies_what_the_registry_says() {
    let world = World::with_tls().await;
    world.offer(CORAL, "1.0.0", &[LINUX, DARWIN]);
    let test = "a_newer_client_verifies_what_the_registry_says";
    let ca_pem = world.server().ca_pem();
    let Some(terraform) = Terraform::find_newer_for(test, ca_pem).await else {
        return;
    };
    let registry = format!("{}/hosts/{HOST}/v1/providers/", world.server().url());
    terraform.configure(&host_block(HOST, &registry));
    terraform.require(&[("coral", "tf.example/acme/coral", ">= 1.0.0")]);
    let key = keys::publisher_key().key_id().to_string();
    let _ = terraform
        .init()
        .await
        .succeeds()
        .says(&format!("(self-signed, key ID {key})"));
    let zh = format!(
        "zh:{}",
        zips::sha256_hex(&zips::provider("coral", "1.0.0", DARWIN))
    );
    assert!(
        terraform.lock_file().contains(&zh),
        "{}",
        terraform.lock_file()
    );
}

#[tokio::test]
async fn a_newer_client_installs_what_is_private() {
    let server = TestServer::builder().tls().start().await;
    publish(&server, "1.2.3", &[LINUX], true).await;
    let test = "a_newer_client_installs_what_is_private";
    let Some(terraform) = Terraform::find_newer_for(test, server.ca_pem()).await else {
        return;
    };
    let host = server.url().replace("https://", "");
    terraform.require(&[("demo", &format!("{host}/{DEMO}"), "1.2.3")]);
    let _ = terraform
        .init()
        .await
        .fails_saying("requires authentication credentials");
    let token = server.token("pull:providers/self/acme/*").await;
    terraform.configure(&credentials_block(&host, &token));
    let _ = terraform.init().await.succeeds().says("Installed");
}
