//! Modules whose packages are git repositories.

use atoll_testkit::git::{GitServer, git_program};
use atoll_testkit::modules::{self, GREETING};
use atoll_testkit::registry::Fault;
use atoll_testkit::skip::skip;
use atoll_upstream::AllowedAddress;

use super::world::{REEF, World, download_path, eventually, fetch, location, names};

/// A world whose upstream may point to this git server, which is on a private address.
async fn world(git: &GitServer) -> World {
    let (address, pem) = (
        format!("127.0.0.1:{}", git.port()),
        git.ca_pem().as_bytes().to_vec(),
    );
    World::with(|setup| {
        setup
            .settings
            .allow_addresses
            .push(address.parse::<AllowedAddress>().unwrap());
        setup.settings.ca_pem = Some(pem);
    })
    .await
}

#[tokio::test]
async fn a_commit_is_pinned_and_a_moved_tag_changes_nothing() {
    if git_program().is_none() {
        return skip(
            "a_commit_is_pinned_and_a_moved_tag_changes_nothing",
            "git",
            "apt-get install git",
        );
    }
    let git = GitServer::start().await;
    let repository = git.repository("reef");
    repository.write("main.tf", "# one\n");
    repository.write("modules/inner/main.tf", "# inner\n");
    let first = repository.commit("one");
    repository.git(&["tag", "v1.0.0"]);
    let world = world(&git).await;
    let address = format!("git::{}?ref=v1.0.0", git.repository_url("reef"));
    world.upstream.put_module(REEF, "1.0.0", &address);
    let inner = format!(
        "git::{}//modules/inner?ref=v1.0.0&depth=1",
        git.repository_url("reef")
    );
    world.upstream.put_module(REEF, "1.0.1", &inner);

    let reply = world.download(REEF, "1.0.0").await;
    let zip = fetch(&world.nobody(), &location(&reply)).await;
    assert_eq!(names(&zip), ["main.tf", "modules/inner/main.tf"]);
    let reply = world.download(REEF, "1.0.1").await;
    let inner = fetch(&world.nobody(), &location(&reply)).await;
    assert_eq!(names(&inner), ["main.tf"]);

    repository.write("main.tf", "# two\n");
    let second = repository.commit("two");
    repository.git(&["tag", "--force", "v1.0.0"]);
    let reply = world.download(REEF, "1.0.0").await;
    assert_eq!(fetch(&world.nobody(), &location(&reply)).await, zip);
    let shown = world
        .get("/api/v1/modules/registry.coder.com/coder/reef/coder/1.0.0")
        .await;
    assert_eq!(shown.json()["source"]["commit"], first.as_str());

    let admin = world.server().robot("admin").await;
    let asked = git.requests().len();
    // Twice selected, and looked at once.
    let select = ["coder/reef/coder 1.0.0", "coder/reef/coder < 1.0.1"];
    let status = super::sync::synced(&admin, &select, false).await;
    let moved = &status["report"]["moved"][0];
    assert_eq!(moved["was"], first.as_str(), "{status}");
    assert_eq!(moved["now"], second.as_str());
    assert_eq!(status["report"]["moved"].as_array().unwrap().len(), 1);
    let asked = git.requests().split_off(asked);
    let posts = asked
        .iter()
        .filter(|one| one.path.ends_with("/git-upload-pack"));
    assert_eq!(
        posts.count(),
        1,
        "its names were asked for, and nothing was fetched"
    );
    let reply = world.download(REEF, "1.0.0").await;
    assert_eq!(fetch(&world.nobody(), &location(&reply)).await, zip);
}

#[tokio::test]
async fn a_single_directory_of_a_repository_is_a_part_of_it() {
    let test = "modules::a_single_directory_of_a_repository_is_a_part_of_it";
    if git_program().is_none() {
        return skip(test, "git", "apt-get install git");
    }
    let git = GitServer::start().await;
    let repository = git.repository("reef");
    repository.write("reef/main.tf", "# one\n");
    repository.commit("one");
    repository.git(&["tag", "v1.0.0"]);
    let world = world(&git).await;
    let address = format!("git::{}?ref=v1.0.0", git.repository_url("reef"));
    world.upstream.put_module(REEF, "1.0.0", &address);
    let reply = world.download(REEF, "1.0.0").await;
    let zip = fetch(&world.nobody(), &location(&reply)).await;
    assert_eq!(names(&zip), ["reef/main.tf"]);
}

#[tokio::test]
async fn an_address_on_the_web_leads_to_a_repository() {
    let test = "modules::an_address_on_the_web_leads_to_a_repository";
    if git_program().is_none() {
        return skip(test, "git", "apt-get install git");
    }
    let git = GitServer::start().await;
    let repository = git.repository("reef");
    repository.write("modules/reef/main.tf", "# one\n");
    repository.write("modules/main.tf", "# outer\n");
    let commit = repository.commit("one");
    repository.git(&["tag", "v1.0.0"]);
    let world = world(&git).await;
    let address = format!("git::{}//modules?ref=v1.0.0", git.repository_url("reef"));
    let lead = Fault::status(204).with_header("x-terraform-get", &address);
    world.upstream.fault(lead.on("/where"));
    world.upstream.put_module(REEF, "1.0.0", "/where//reef");
    let reply = world.download(REEF, "1.0.0").await;
    let zip = fetch(&world.nobody(), &location(&reply)).await;
    assert_eq!(names(&zip), ["main.tf"]);
    let shown = world
        .get("/api/v1/modules/registry.coder.com/coder/reef/coder/1.0.0")
        .await;
    assert_eq!(shown.json()["source"]["commit"], commit.as_str());
}

#[tokio::test]
async fn what_waits_for_a_silent_repository_keeps_nothing_else_waiting() {
    let test = "modules::what_waits_for_a_silent_repository_keeps_nothing_else_waiting";
    if git_program().is_none() {
        return skip(test, "git", "apt-get install git");
    }
    let git = GitServer::start().await;
    let _ = git.repository("reef");
    git.fall_silent();
    let world = world(&git).await;
    // More than are captured at a time.
    let waiting = 70;
    let address = format!("git::{}?ref=v1.0.0", git.repository_url("reef"));
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..waiting {
        let version = format!("1.0.{number}");
        world.upstream.put_module(REEF, &version, &address);
        let (client, path) = (world.nobody(), download_path(REEF, &version));
        clients.spawn(async move { client.get(&path).await });
    }
    let asked = format!("/v1/modules/{REEF}/*/download");
    let enough = || world.upstream.requests_to(&asked).len() >= 64;
    eventually(async || enough().then_some(())).await;
    world.offer(
        "coder/other/coder",
        "1.0.0",
        "a.zip",
        modules::zip(GREETING),
    );
    location(&world.download("coder/other/coder", "1.0.0").await);
    clients.abort_all();
}
