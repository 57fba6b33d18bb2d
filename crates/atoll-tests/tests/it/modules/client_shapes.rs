//! The real Terraform, configured for Artifactory or for Nexus, in front of Atoll.

use atoll_app::upstreams::Anonymous;
use atoll_testkit::keys;
use atoll_testkit::terraform::{
    Terraform, credentials_block, host_block, mirror_block, modules_block,
};

use super::calls::{call, installs};
use super::world::{HOST, REEF, World};

/// Where those servers have the registry of a repository.
const REGISTRIES: [&str; 3] = [
    "artifactory/api/terraform/coder-registry/v1/",
    "artifactory/api/terraform/registry.coder.com/v1/",
    "repository/coder-registry/v1/",
];

async fn world(anonymous: Anonymous) -> World {
    let world = World::with(|setup| {
        setup.tls = true;
        setup.policy.anonymous = anonymous;
    })
    .await;
    world.offer_greeting(REEF, "1.0.0");
    world.offer_greeting(REEF, "1.1.0");
    world.offer_greeting(REEF, "2.0.0-rc.1");
    let release = world.upstream.provider("acme/coral").version("1.0.0");
    let _ = release.platform("linux_amd64").platform("linux_arm64");
    world
}

#[tokio::test]
async fn modules_are_found_where_a_repository_has_them() {
    let mut world = world(Anonymous::Fetch).await;
    let test = "modules::modules_are_found_where_a_repository_has_them";
    let Some(terraform) = Terraform::find_for(test, world.server().ca_pem()) else {
        return;
    };
    let source = format!("modules.example/{REEF}");
    for registry in REGISTRIES {
        let base = format!("{}/{registry}modules/", world.server().url());
        terraform.configure(&modules_block("modules.example", &base));
        installs(&terraform, &source, "~> 1.0", "1.1.0").await;
        installs(&terraform, &source, "2.0.0-rc.1", "2.0.0-rc.1").await;
        terraform.forget_installed();
        terraform.write(
            "main.tf",
            &call("modules.example/coder/void/coder", "1.0.0"),
        );
        let absent = terraform.init().await;
        let _ = absent.fails_saying("cannot be found in the module registry");
    }
    world.upstream.stop().await;
    for registry in REGISTRIES {
        let base = format!("{}/{registry}modules/", world.server().url());
        terraform.configure(&modules_block("modules.example", &base));
        installs(&terraform, &source, "1.1.0", "1.1.0").await;
    }
}

/// Artifactory's own discovery leads all repositories to one place, and the namespace says which it is.
#[tokio::test]
async fn modules_are_found_by_a_namespace_with_the_repository_in_it() {
    let world = world(Anonymous::Fetch).await;
    let test = "modules::modules_are_found_by_a_namespace_with_the_repository_in_it";
    let Some(terraform) = Terraform::find_for(test, world.server().ca_pem()) else {
        return;
    };
    let base = format!(
        "{}/artifactory/api/terraform/v1/modules/",
        world.server().url()
    );
    terraform.configure(&modules_block("artifactory.example", &base));
    let source = "artifactory.example/coder-registry__coder/reef/coder";
    installs(&terraform, source, "~> 1.0", "1.1.0").await;
}

#[tokio::test]
async fn providers_are_found_where_a_repository_has_them() {
    let world = world(Anonymous::Fetch).await;
    let test = "modules::providers_are_found_where_a_repository_has_them";
    let Some(terraform) = Terraform::find_for(test, world.server().ca_pem()) else {
        return;
    };
    let key = keys::publisher_key().key_id().to_string();
    for registry in REGISTRIES {
        let base = format!("{}/{registry}providers/", world.server().url());
        terraform.configure(&host_block("providers.example", &base));
        terraform.require(&[("coral", "providers.example/acme/coral", "~> 1.0")]);
        terraform.forget_installed();
        terraform.forget_lock();
        let ran = terraform.init().await.succeeds();
        let _ = ran.says(&format!("(self-signed, key ID {key})"));
    }
}

#[tokio::test]
async fn providers_are_found_through_artifactorys_network_mirror() {
    let mut world = world(Anonymous::Fetch).await;
    let test = "modules::providers_are_found_through_artifactorys_network_mirror";
    let Some(terraform) = Terraform::find_for(test, world.server().ca_pem()) else {
        return;
    };
    let url = format!(
        "{}/artifactory/api/terraform/coder-registry/providers/",
        world.server().url()
    );
    terraform.configure(&mirror_block(&url));
    let source = format!("{HOST}/acme/coral");
    terraform.require(&[("coral", &source, "~> 1.0")]);
    let words = format!("Installed {source} v1.0.0");
    let _ = terraform.init().await.succeeds().says(&words);
    world.upstream.stop().await;
    terraform.forget_installed();
    let _ = terraform.init().await.succeeds().says("v1.0.0");
}

#[tokio::test]
async fn a_token_opens_what_is_closed() {
    let world = world(Anonymous::None).await;
    let test = "modules::a_token_opens_what_is_closed";
    let Some(terraform) = Terraform::find_for(test, world.server().ca_pem()) else {
        return;
    };
    let (own, source) = (world.server().url(), format!("modules.example/{REEF}"));
    let reader = world
        .server()
        .token("pull:modules/registry.coder.com/* pull:providers/registry.coder.com/*")
        .await;
    let stranger = world.server().token("pull:modules/self/*").await;
    for registry in REGISTRIES {
        let block = modules_block("modules.example", &format!("{own}/{registry}modules/"));
        terraform.forget_installed();
        terraform.write("main.tf", &call(&source, "1.0.0"));
        terraform.configure(&block);
        let refused = terraform.init().await;
        let _ = refused.fails_saying("401 Unauthorized");
        let with = |token: &str| {
            let credentials = credentials_block("modules.example", token);
            terraform.configure(&format!("{block}{credentials}"));
        };
        with(&stranger);
        let absent = terraform.init().await;
        let _ = absent.fails_saying("cannot be found in the module registry");
        with(&reader);
        installs(&terraform, &source, "1.0.0", "1.0.0").await;
    }
    // The network mirror's token is that of the server itself.
    let url = format!("{own}/artifactory/api/terraform/coder-registry/providers/");
    let host = own.replace("https://", "");
    terraform.require(&[("coral", &format!("{HOST}/acme/coral"), "~> 1.0")]);
    terraform.configure(&mirror_block(&url));
    let _ = terraform
        .init()
        .await
        .fails_saying("rejected the given authentication credentials");
    let credentials = credentials_block(&host, &reader);
    terraform.configure(&format!("{}{credentials}", mirror_block(&url)));
    let _ = terraform.init().await.succeeds().says("v1.0.0");
}
