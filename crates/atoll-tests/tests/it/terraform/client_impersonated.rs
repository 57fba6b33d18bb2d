//! The real Terraform with no configuration at all, in a network where an upstream's name leads to Atoll.

use atoll_testkit::connect_proxy::ConnectProxy;
use atoll_testkit::keys;
use atoll_testkit::terraform::Terraform;

use super::world::{CORAL, LINUX, World};

#[tokio::test]
async fn an_unmodified_configuration_is_served_in_upstreams_place() {
    let mut world = World::with_tls().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let test = "an_unmodified_configuration_is_served_in_upstreams_place";
    let Some(mut terraform) = Terraform::find_for(test, world.server().ca_pem()) else {
        return;
    };
    let dns = ConnectProxy::start(world.server().address()).await;
    terraform.set("HTTPS_PROXY", &dns.url());
    terraform.require(&[("coral", "tf.example/acme/coral", ">= 1.0.0")]);
    let key = keys::publisher_key().key_id().to_string();
    let _ = terraform
        .init()
        .await
        .succeeds()
        .says(&format!("(self-signed, key ID {key})"));
    assert!(
        dns.asked().iter().all(|host| host == "tf.example:443"),
        "{:?}",
        dns.asked()
    );
    world.upstream.stop().await;
    terraform.forget_installed();
    let _ = terraform
        .init()
        .await
        .succeeds()
        .says("Reusing previous version");
    // Nothing but that name was ever asked for: no answer leads anywhere else.
    assert!(
        dns.asked().iter().all(|host| host == "tf.example:443"),
        "{:?}",
        dns.asked()
    );
}
