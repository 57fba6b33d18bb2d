//! The real Terraform and modules of another registry, with no source edits.

use atoll_testkit::git::{GitServer, git_program};
use atoll_testkit::modules::{self, GREETING};
use atoll_testkit::registry::FakeRegistry;
use atoll_testkit::skip::skip;
use atoll_upstream::AllowedAddress;

use super::calls::{applies, call, installs};
use super::world::{HOST, REEF, World};

#[tokio::test]
async fn unchanged_sources_work_and_go_on_without_upstream() {
    let mut world = World::with_tls().await;
    let Some(terraform) = world.terraform("modules::unchanged_sources_work") else {
        return;
    };
    // It calls another module of the registry, which the override covers too.
    let outer = format!(
        "module \"inner\" {{\n  source  = \"{HOST}/coder/inner/coder\"\n  version = \">= 1.0\"\n}}\n\noutput \"greeting\" {{\n  value = module.inner.greeting\n}}\n"
    );
    let archive = modules::wrapped("reef", &[("main.tf", outer.as_str())]);
    world.offer(REEF, "1.2.3", "reef.tar.gz", archive);
    world.offer(
        "coder/inner/coder",
        "1.0.1",
        "inner.zip",
        modules::zip(GREETING),
    );
    terraform.write("main.tf", &call(&format!("{HOST}/{REEF}"), "~> 1.2"));
    let _ = terraform.init().await.succeeds().says("1.2.3");
    applies(&terraform).await;

    world.upstream.stop().await;
    world
        .restart(|setup| {
            setup.tls = true;
            setup.offline = true;
        })
        .await;
    let Some(terraform) = world.terraform("modules::unchanged_sources_work") else {
        return;
    };
    terraform.write("main.tf", &call(&format!("{HOST}/{REEF}"), "1.2.3"));
    let _ = terraform.init().await.succeeds();
    applies(&terraform).await;
}

#[tokio::test]
async fn the_servers_own_address_works_for_coders_modules() {
    let world = World::with_tls().await;
    let Some(terraform) = world.terraform("modules::the_servers_own_address_works") else {
        return;
    };
    world.offer_greeting(REEF, "1.0.0");
    for path in [REEF, "modules/reef/coder"] {
        let source = format!("{}/{path}", world.host());
        terraform.write("main.tf", &call(&source, "1.0.0"));
        let _ = terraform.init().await.succeeds();
        applies(&terraform).await;
    }
}

#[tokio::test]
async fn a_subdirectory_that_refers_to_its_parent_works() {
    let world = World::with_tls().await;
    let Some(terraform) =
        world.terraform("modules::a_subdirectory_that_refers_to_its_parent_works")
    else {
        return;
    };
    let files = &[
        (
            "shared/main.tf",
            "output \"words\" {\n  value = \"hello reef\"\n}\n",
        ),
        (
            "modules/reef/main.tf",
            "module \"shared\" {\n  source = \"../../shared\"\n}\n\noutput \"greeting\" {\n  value = module.shared.words\n}\n",
        ),
    ];
    world.upstream.put(
        "/x/all.tar.gz",
        "application/gzip",
        modules::wrapped("all-1", files),
    );
    world
        .upstream
        .put_module(REEF, "1.0.0", "/x/all.tar.gz//*/modules/reef");
    terraform.write("main.tf", &call(&format!("{HOST}/{REEF}"), "1.0.0"));
    let _ = terraform.init().await.succeeds();
    applies(&terraform).await;
}

#[tokio::test]
async fn a_nested_module_is_called_where_the_root_has_no_configuration() {
    let world = World::with_tls().await;
    let test = "modules::a_nested_module_is_called_where_the_root_has_no_configuration";
    let Some(terraform) = world.terraform(test) else {
        return;
    };
    let files = &[
        ("README.md", "# All reefs\n"),
        (
            "modules/shared/main.tf",
            "output \"words\" {\n  value = \"hello reef\"\n}\n",
        ),
        (
            "modules/reef/main.tf",
            "module \"shared\" {\n  source = \"../shared\"\n}\n\noutput \"greeting\" {\n  value = module.shared.words\n}\n",
        ),
    ];
    let archive = modules::wrapped("terraform-reefs-1.0.0", files);
    world.offer(REEF, "1.0.0", "all.tar.gz", archive);
    let source = format!("{HOST}/{REEF}//modules/reef");
    installs(&terraform, &source, "~> 1.0", "1.0.0").await;
}

#[tokio::test]
async fn an_address_that_names_no_archive_leads_to_one() {
    let forge = FakeRegistry::start_tls().await;
    let world = World::with(|setup| {
        setup.tls = true;
        let allowed: AllowedAddress = forge.host().parse().unwrap();
        setup.settings.allow_addresses.push(allowed);
        setup.settings.ca_pem = forge.ca_pem().map(|pem| pem.as_bytes().to_vec());
    })
    .await;
    let Some(terraform) = world.terraform("modules::an_address_that_names_no_archive_leads_to_one")
    else {
        return;
    };
    let files: Vec<(String, &str)> = GREETING
        .iter()
        .map(|(name, content)| (format!("modules/reef/{name}"), *content))
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, content)| (name.as_str(), *content))
        .collect();
    let archive = modules::wrapped("all-1.0.0", &files);
    forge.put("/archives/all.tar.gz", "application/gzip", archive);
    let page = r#"<!DOCTYPE html><html><head><title>All</title>
        <meta name="terraform-get" content="../archives/all.tar.gz//*/modules"></head></html>"#;
    forge.put("/pages/all", "text/html", page);
    let address = format!("{}pages/all//reef", forge.url());
    world.upstream.put_module(REEF, "1.0.0", &address);
    let source = format!("{HOST}/{REEF}");
    installs(&terraform, &source, "~> 1.0", "1.0.0").await;
    let asked = forge.requests_to("/pages/all");
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].query.as_deref(), Some("terraform-get=1"));
}

/// A server that may go to this git server, whose upstream answers with one of its repositories.
async fn world_of(git: &GitServer) -> World {
    let (allowed, pem) = (
        format!("127.0.0.1:{}", git.port()),
        git.ca_pem().as_bytes().to_vec(),
    );
    let world = World::with(|setup| {
        setup.tls = true;
        setup
            .settings
            .allow_addresses
            .push(allowed.parse::<AllowedAddress>().unwrap());
        setup.settings.ca_pem = Some(pem);
    })
    .await;
    let address = format!("git::{}?ref=v1.0.0", git.repository_url("reef"));
    world.upstream.put_module(REEF, "1.0.0", &address);
    world
}

#[tokio::test]
async fn a_git_address_of_upstream_needs_no_git_and_no_upstream_later() {
    let test = "modules::a_git_address_of_upstream_needs_no_git_and_no_upstream_later";
    if git_program().is_none() {
        return skip(test, "git", "apt-get install git");
    }
    let git = GitServer::start().await;
    let repository = git.repository("reef");
    for (name, content) in GREETING {
        repository.write(name, content);
    }
    repository.commit("one");
    repository.git(&["tag", "v1.0.0"]);
    let mut world = world_of(&git).await;
    let Some(mut terraform) = world.terraform(test) else {
        return;
    };
    // There is no program at all that the client could run.
    terraform.set("PATH", "/nonexistent");
    let source = format!("{HOST}/{REEF}");
    installs(&terraform, &source, "~> 1.0", "1.0.0").await;

    drop(git);
    world.upstream.stop().await;
    installs(&terraform, &source, "~> 1.0", "1.0.0").await;
    for offline in [false, true] {
        world
            .restart(|setup| {
                setup.tls = true;
                setup.offline = offline;
            })
            .await;
        let mut terraform = world.terraform(test).unwrap();
        terraform.set("PATH", "/nonexistent");
        installs(&terraform, &source, "~> 1.0", "1.0.0").await;
    }
}
