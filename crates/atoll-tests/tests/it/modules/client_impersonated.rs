//! The real Terraform with no configuration at all, in a network where the name of Coder's registry leads to Atoll.

use atoll_testkit::connect_proxy::ConnectProxy;
use atoll_testkit::modules::{self, GREETING};
use atoll_testkit::terraform::{Terraform, credentials_block};

use super::calls::{call, installs};
use super::world::{HOST, World};

const CODE_SERVER: &str = "coder/code-server/coder";

/// Both addresses that Coder's users have in their templates.
const PATHS: [&str; 2] = [CODE_SERVER, "modules/code-server/coder"];

/// A world whose module calls another one by the name of the registry.
async fn world() -> World {
    let world = World::with_tls().await;
    let outer = format!(
        "module \"inner\" {{\n  source  = \"{HOST}/modules/inner/coder\"\n  version = \"~> 1.0\"\n}}\n\noutput \"greeting\" {{\n  value = module.inner.greeting\n}}\n"
    );
    let archive = modules::wrapped("code-server", &[("main.tf", outer.as_str())]);
    world.offer(CODE_SERVER, "1.3.0", "code-server.tar.gz", archive);
    let inner = modules::zip(GREETING);
    world.offer("coder/inner/coder", "1.0.1", "inner.zip", inner);
    world
}

/// Leads the client's whole network to the server.
async fn lead(terraform: &mut Terraform, world: &World) -> ConnectProxy {
    let dns = ConnectProxy::start(world.server().address()).await;
    terraform.set("HTTPS_PROXY", &dns.url());
    dns
}

/// Nothing but the registry's name was asked for: no answer leads anywhere else.
fn assert_only_the_registry(dns: &ConnectProxy) {
    let asked = dns.asked();
    let is_it = |host: &String| *host == format!("{HOST}:443");
    assert!(!asked.is_empty() && asked.iter().all(is_it), "{asked:?}");
}

#[tokio::test]
async fn unchanged_sources_are_served_in_the_registrys_place() {
    let test = "modules::unchanged_sources_are_served_in_the_registrys_place";
    let mut world = world().await;
    let Some(mut terraform) = Terraform::find_for(test, world.server().ca_pem()) else {
        return;
    };
    let dns = lead(&mut terraform, &world).await;
    for path in PATHS {
        installs(&terraform, &format!("{HOST}/{path}"), "~> 1.2", "1.3.0").await;
    }
    assert_only_the_registry(&dns);

    world.upstream.stop().await;
    world
        .restart(|setup| {
            setup.tls = true;
            setup.offline = true;
        })
        .await;
    let mut terraform = Terraform::find_for(test, world.server().ca_pem()).unwrap();
    let dns = lead(&mut terraform, &world).await;
    for path in PATHS {
        installs(&terraform, &format!("{HOST}/{path}"), "1.3.0", "1.3.0").await;
    }
    assert_only_the_registry(&dns);
}

#[tokio::test]
async fn newer_and_older_clients_are_served_there_too() {
    let test = "modules::newer_and_older_clients_are_served_there_too";
    let world = world().await;
    let ca_pem = world.server().ca_pem();
    let old = atoll_testkit::terraform::OLD_VERSIONS;
    let old = old.map(|version| Terraform::find_old_for(test, version, ca_pem));
    let newer = Terraform::find_newer_for(test, ca_pem).await;
    for mut terraform in old.into_iter().chain([newer]).flatten() {
        let dns = lead(&mut terraform, &world).await;
        for path in PATHS {
            installs(&terraform, &format!("{HOST}/{path}"), "~> 1.2", "1.3.0").await;
        }
        assert_only_the_registry(&dns);
    }
}

/// Who has a token of the real registry goes on sending it, to whoever answers in its name.
#[tokio::test]
async fn a_token_of_the_real_registry_does_no_harm_and_goes_nowhere() {
    let test = "modules::a_token_of_the_real_registry_does_no_harm_and_goes_nowhere";
    let world = world().await;
    let Some(mut terraform) = Terraform::find_for(test, world.server().ca_pem()) else {
        return;
    };
    let _dns = lead(&mut terraform, &world).await;
    let secret = "a-token-of-coders";
    terraform.configure(&credentials_block(HOST, secret));
    installs(
        &terraform,
        &format!("{HOST}/{CODE_SERVER}"),
        "1.3.0",
        "1.3.0",
    )
    .await;
    let asked = world.upstream.requests();
    assert!(!asked.is_empty());
    for request in asked {
        assert!(!format!("{request:?}").contains(secret), "{request:?}");
    }
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_certificate_installs_nothing() {
    let test = "modules::a_client_that_does_not_trust_the_certificate_installs_nothing";
    let world = world().await;
    let Some(mut terraform) = Terraform::find_for(test, None) else {
        return;
    };
    let _dns = lead(&mut terraform, &world).await;
    terraform.write("main.tf", &call(&format!("{HOST}/{CODE_SERVER}"), "1.3.0"));
    let _ = terraform
        .init()
        .await
        .fails_saying("failed to verify certificate");
    assert_eq!(world.upstream.requests().len(), 0);
}
