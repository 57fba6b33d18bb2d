//! Terraforms that are newer and older than the stock one. Each has to be able to do the same.

use atoll_testkit::modules::{self, GREETING};
use atoll_testkit::server::TestServer;
use atoll_testkit::terraform::{OLD_VERSIONS, Terraform, credentials_block};
use http::StatusCode;

use super::calls::{call, installs};
use super::world::{HOST, REEF, World, publish};

/// A module whose greeting is in a directory that refers to another one.
const NESTED: &[(&str, &str)] = &[
    ("main.tf", "# the root\n"),
    (
        "shared/main.tf",
        "output \"words\" {\n  value = \"hello reef\"\n}\n",
    ),
    (
        "modules/greeting/main.tf",
        "module \"shared\" {\n  source = \"../../shared\"\n}\n\noutput \"greeting\" {\n  value = module.shared.words\n}\n",
    ),
];

#[tokio::test]
async fn newer_clients_install_what_is_hosted() {
    let test = "modules::newer_clients_install_what_is_hosted";
    let server = hosting().await;
    if let Some(terraform) = Terraform::find_newer_for(test, server.ca_pem()).await {
        installs_what_is_hosted(&server, &terraform).await;
    }
}

#[tokio::test]
async fn old_clients_install_what_is_hosted() {
    let test = "modules::old_clients_install_what_is_hosted";
    let server = hosting().await;
    for version in OLD_VERSIONS {
        if let Some(terraform) = Terraform::find_old_for(test, version, server.ca_pem()) {
            installs_what_is_hosted(&server, &terraform).await;
        }
    }
}

#[tokio::test]
async fn newer_clients_install_what_is_mirrored() {
    let test = "modules::newer_clients_install_what_is_mirrored";
    let world = mirroring().await;
    if let Some(terraform) = Terraform::find_newer_for(test, world.server().ca_pem()).await {
        installs_what_is_mirrored(&world, &terraform).await;
    }
}

#[tokio::test]
async fn old_clients_install_what_is_mirrored() {
    let test = "modules::old_clients_install_what_is_mirrored";
    let world = mirroring().await;
    for version in OLD_VERSIONS {
        if let Some(terraform) = Terraform::find_old_for(test, version, world.server().ca_pem()) {
            installs_what_is_mirrored(&world, &terraform).await;
        }
    }
}

/// A server on which modules were published.
async fn hosting() -> TestServer {
    let server = TestServer::builder().tls().start().await;
    let owner = server.robot("push:modules/self/acme/*").await;
    for (module, version, files) in [
        ("acme/greeting/null", "1.0.0", GREETING),
        ("acme/greeting/null", "1.1.0-rc.1.2", GREETING),
        ("acme/greeting/null", "1.2.0+build.5", GREETING),
        ("acme/nested/null", "1.0.0", NESTED),
    ] {
        let reply = publish(&owner, module, version, modules::wrapped("it", files)).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    }
    server
}

async fn installs_what_is_hosted(server: &TestServer, terraform: &Terraform) {
    // Hosts of modules need a dot, so the address is the number.
    let host = server.address().to_string();
    let greeting = format!("{host}/acme/greeting/null");
    terraform.write("main.tf", &call(&greeting, "1.0.0"));
    let anonymous = terraform.init().await;
    let _ = anonymous.fails_saying("401 Unauthorized");
    let stranger = server.token("pull:modules/self/other/*").await;
    terraform.configure(&credentials_block(&host, &stranger));
    let absent = terraform.init().await;
    let _ = absent.fails_saying("found in the module registry");

    let reader = server.token("pull:modules/self/acme/*").await;
    terraform.configure(&credentials_block(&host, &reader));
    installs(terraform, &greeting, "~> 1.0.0", "1.0.0").await;
    installs(terraform, &greeting, "1.1.0-rc.1.2", "1.1.0-rc.1.2").await;
    installs(terraform, &greeting, "1.2.0+build.5", "1.2.0+build.5").await;
    let nested = format!("{host}/acme/nested/null//modules/greeting");
    installs(terraform, &nested, ">= 1.0.0", "1.0.0").await;
    terraform.configure("");
}

/// A server in front of an upstream with modules.
async fn mirroring() -> World {
    let world = World::with_tls().await;
    let outer = format!(
        "module \"inner\" {{\n  source  = \"{HOST}/coder/inner/coder\"\n  version = \">= 1.0\"\n}}\n\noutput \"greeting\" {{\n  value = module.inner.greeting\n}}\n"
    );
    let outer = modules::wrapped("reef-1.2.3", &[("main.tf", outer.as_str())]);
    world.offer(REEF, "1.2.3", "reef.tar.gz", outer);
    world.offer_greeting(REEF, "2.0.0-rc.1.2");
    let inner = modules::zip(GREETING);
    world.offer("coder/inner/coder", "1.0.1", "inner.zip", inner);
    let nested = modules::wrapped("nested-1", NESTED);
    world.offer("coder/nested/coder", "1.0.0", "nested.tgz", nested);
    // Upstream's own subdirectory comes before the caller's.
    let deeper: Vec<(String, &str)> = NESTED
        .iter()
        .map(|(name, content)| (format!("top/{name}"), *content))
        .collect();
    let deeper: Vec<(&str, &str)> = deeper
        .iter()
        .map(|(name, content)| (name.as_str(), *content))
        .collect();
    let archive = modules::wrapped("deeper-1", &deeper);
    world
        .upstream
        .put("/x/deeper.tar.gz", "application/gzip", archive);
    world
        .upstream
        .put_module("coder/deeper/coder", "1.0.0", "/x/deeper.tar.gz//*/top");
    world
}

async fn installs_what_is_mirrored(world: &World, terraform: &Terraform) {
    terraform.configure(&world.override_block());
    let reef = format!("{HOST}/{REEF}");
    installs(terraform, &reef, "~> 1.2", "1.2.3").await;
    installs(terraform, &reef, "2.0.0-rc.1.2", "2.0.0-rc.1.2").await;
    for module in ["nested", "deeper"] {
        let source = format!("{HOST}/coder/{module}/coder//modules/greeting");
        installs(terraform, &source, "1.0.0", "1.0.0").await;
    }
}
