//! Modules that are published here, over HTTP.

use atoll_testkit::modules::{self, GREETING};
use atoll_testkit::server::{Client, Reply, TestServer};
use futures_util::{StreamExt as _, stream};
use http::StatusCode;

use super::world::{eventually, fetch, location, names, publish};

#[tokio::test]
async fn every_archive_becomes_the_same_package() {
    let server = TestServer::start().await;
    let owner = server.robot("push:modules/self/acme/*").await;
    let archives = [
        ("1.0.0", modules::zip(GREETING)),
        ("1.0.1", modules::tar_gz(GREETING)),
        ("1.0.2", modules::wrapped("vpc-1.0.2", GREETING)),
    ];
    let mut digests = Vec::new();
    for (version, archive) in archives {
        let reply = publish(&owner, "acme/vpc/aws", version, archive).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
        let json = reply.json();
        assert_eq!(json["address"], "self/acme/vpc/aws");
        assert_eq!(json["files"], 2);
        digests.push(json["digest"].as_str().unwrap().to_owned());
    }
    assert!(digests.iter().all(|digest| *digest == digests[0]));

    let list = owner.get("/v1/modules/acme/vpc/aws/versions").await;
    assert_eq!(list.header("content-type"), "application/json");
    assert_eq!(
        list.text(),
        r#"{"modules":[{"versions":[{"version":"1.0.0"},{"version":"1.0.1"},{"version":"1.0.2"}]}]}"#
    );
    let reply = owner.get("/v1/modules/acme/vpc/aws/1.0.2/download").await;
    // The address is the right to read: no token is sent to it.
    let zip = fetch(&server.nobody(), &location(&reply)).await;
    assert_eq!(names(&zip), ["README.md", "main.tf"]);
    let oci = owner
        .get("/v2/modules/self/acme/vpc/aws/manifests/1.0.2")
        .await;
    assert_eq!(
        oci.json()["artifactType"],
        "application/vnd.opentofu.modulepkg"
    );
    assert_eq!(oci.json()["layers"][0]["digest"], digests[0].as_str());
}

#[tokio::test]
async fn versions_are_semver_with_all_its_parts() {
    let server = TestServer::start().await;
    let owner = server.robot("push:modules/self/acme/*").await;
    for version in ["1.0.0", "1.1.0-rc.1", "1.1.0-rc.10", "1.0.0+build.5"] {
        let archive = modules::zip(GREETING);
        let reply = publish(&owner, "acme/vpc/aws", version, archive).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
        let path = format!("/v1/modules/acme/vpc/aws/{version}/download");
        let reply = owner.get(&path).await;
        fetch(&owner, &location(&reply)).await;
    }
    for path in ["1.0.0%2Bbuild.5", "v1.0.0"] {
        let path = format!("/v1/modules/acme/vpc/aws/{path}/download");
        assert_eq!(owner.get(&path).await.status, StatusCode::NO_CONTENT);
    }
    for absent in ["1.2", "2.0.0", "x"] {
        let path = format!("/v1/modules/acme/vpc/aws/{absent}/download");
        assert_eq!(owner.get(&path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn published_means_private() {
    let server = TestServer::start().await;
    let owner = server.robot("push:modules/self/acme/*").await;
    publish(&owner, "acme/vpc/aws", "1.0.0", modules::zip(GREETING)).await;
    let stranger = server.robot("pull:modules/self/other/*").await;
    for path in [
        "/v1/modules/acme/vpc/aws/versions",
        "/v1/modules/acme/vpc/aws/1.0.0/download",
        "/v1/modules/acme/vpc/aws",
        "/v1/modules/acme/absent/aws/versions",
        "/api/v1/modules/self/acme/vpc/aws",
    ] {
        let nobody = server.nobody().get(path).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{path}");
        let reply = stranger.get(path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
    let list = stranger.get("/v1/modules").await;
    assert_eq!(list.json()["modules"], serde_json::json!([]));
    let list = owner.get("/v1/modules/acme").await;
    assert_eq!(list.json()["modules"][0]["id"], "acme/vpc/aws/1.0.0");
}

#[tokio::test]
async fn what_was_published_never_changes() {
    let server = TestServer::start().await;
    let owner = server
        .robot("push:modules/self/acme/* delete:modules/self/acme/*")
        .await;
    let other = modules::zip(&[("main.tf", "# other\n")]);
    let first = publish(&owner, "acme/vpc/aws", "1.0.0", modules::zip(GREETING)).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let again = publish(&owner, "acme/vpc/aws", "1.0.0", modules::tar_gz(GREETING)).await;
    assert_eq!(again.status, StatusCode::CREATED);
    let taken = publish(&owner, "acme/vpc/aws", "1.0.0", other.clone()).await;
    assert_eq!(taken.status, StatusCode::CONFLICT, "{}", taken.text());

    let version = "/api/v1/modules/self/acme/vpc/aws/1.0.0";
    assert_eq!(owner.delete(version).await.status, StatusCode::NO_CONTENT);
    let list = owner.get("/v1/modules/acme/vpc/aws/versions").await;
    assert_eq!(list.status, StatusCode::NOT_FOUND);
    let buried = publish(&owner, "acme/vpc/aws", "1.0.0", other).await;
    assert_eq!(buried.status, StatusCode::CONFLICT, "{}", buried.text());
    let back = publish(&owner, "acme/vpc/aws", "1.0.0", modules::zip(GREETING)).await;
    assert_eq!(back.status, StatusCode::CREATED);
    let list = owner.get("/v1/modules/acme/vpc/aws/versions").await;
    assert_eq!(list.status, StatusCode::OK);
}

#[tokio::test]
async fn what_an_oci_client_pushed_is_a_module_too() {
    let server = TestServer::start().await;
    let owner = server.robot("push:modules/self/acme/*").await;
    let zip = modules::zip(GREETING);
    let digest = format!("sha256:{}", atoll_testkit::zips::sha256_hex(&zip));
    let empty = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    for (digest, bytes) in [(digest.as_str(), zip.clone()), (empty, "{}".into())] {
        let path = format!("/v2/modules/self/acme/pushed/aws/blobs/uploads/?digest={digest}");
        assert_eq!(owner.post(&path, bytes).await.status, StatusCode::CREATED);
    }
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/vnd.opentofu.modulepkg",
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": empty, "size": 2},
        "layers": [{"mediaType": "archive/zip", "digest": digest, "size": zip.len()}],
    });
    let path = "/v2/modules/self/acme/pushed/aws/manifests/2.0.0";
    let put = owner
        .put(
            path,
            "application/vnd.oci.image.manifest.v1+json",
            manifest.to_string(),
        )
        .await;
    assert_eq!(put.status, StatusCode::CREATED, "{}", put.text());
    let reply = owner
        .get("/v1/modules/acme/pushed/aws/2.0.0/download")
        .await;
    assert_eq!(fetch(&owner, &location(&reply)).await, zip);
    let shown = owner
        .get("/api/v1/modules/self/acme/pushed/aws")
        .await
        .json();
    assert_eq!(shown["origin"], "pushed");
    assert_eq!(shown["description"]["root"]["inputs"][0]["name"], "name");
}

/// Every module of a list, page by page as its answers lead, and how many pages that took.
async fn listed(client: &Client, path: &str, query: &str) -> (Vec<String>, usize) {
    let (mut modules, mut pages) = (Vec::new(), 0);
    let mut next = query.to_owned();
    loop {
        let reply = client.get(&format!("{path}{next}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let page = reply.json();
        pages += 1;
        for module in page["modules"].as_array().unwrap() {
            let part = |name: &str| module[name].as_str().unwrap().to_owned();
            modules.push(format!("{}/{}", part("namespace"), part("name")));
        }
        match page["meta"]["next_url"].as_str() {
            Some(url) => url.clone_into(&mut next),
            None => return (modules, pages),
        }
    }
}

#[tokio::test]
async fn lists_have_every_module_once_however_long_their_pages_are() {
    let server = TestServer::start().await;
    let owner = server.robot("push:modules/self/*").await;
    let mut all = Vec::new();
    // In the order of their repositories' bytes.
    for namespace in ["acme-x", "acme"] {
        for name in ["a", "b", "c"] {
            let module = format!("{namespace}/{name}/aws");
            publish(&owner, &module, "1.0.0", modules::zip(GREETING)).await;
            all.push(format!("{namespace}/{name}"));
        }
    }
    for (query, pages) in [("?limit=2", 3), ("?limit=5", 2), ("?limit=6", 1), ("", 1)] {
        let found = listed(&owner, "/v1/modules", query).await;
        assert_eq!(found, (all.clone(), pages), "{query}");
    }
    // Whoever counts by themselves finds the same places.
    let (rest, _) = listed(&owner, "/v1/modules", "?limit=2&offset=3").await;
    assert_eq!(rest, all[3..]);
    let (acme, _) = listed(&owner, "/v1/modules/acme", "?limit=2").await;
    assert_eq!(acme, all[3..]);
    let (named, _) = listed(&owner, "/v1/modules/ACME-X/b", "").await;
    assert_eq!(named, ["acme-x/b"]);
    let (found, _) = listed(&owner, "/v1/modules/search", "?q=x/C&provider=aws").await;
    assert_eq!(found, ["acme-x/c"]);
    let (none, _) = listed(&owner, "/v1/modules/acme", "?namespace=acme-x").await;
    assert!(none.is_empty(), "{none:?}");
    // Others see none of it, and no name in where the list goes on.
    let stranger = server.robot("push:modules/self/other/*").await;
    let reply = stranger.get("/v1/modules?limit=1").await;
    assert!(!reply.text().contains("acme"), "{}", reply.text());
    let one = server.robot("pull:modules/self/acme-x/*").await;
    let reply = one.get("/v1/modules?limit=1").await;
    assert!(!reply.text().contains("acme/"), "{}", reply.text());
    assert_eq!(listed(&one, "/v1/modules", "?limit=2").await.0, all[..3]);
}

/// Who publishes too much at once is told so soon, by both ways.
#[tokio::test]
async fn archives_that_never_end_keep_nobody_waiting_for_ever() {
    let server = TestServer::start().await;
    let owner = server.robot("push:modules/self/acme/*").await;
    let mut endless = tokio::task::JoinSet::new();
    for index in 0..32 {
        let owner = owner.clone();
        endless.spawn(async move {
            let begun = stream::iter([Ok::<_, std::io::Error>(modules::zip(GREETING))]);
            let body = reqwest::Body::wrap_stream(begun.chain(stream::pending()));
            publish(&owner, "acme/slow/aws", &format!("1.0.{index}"), body).await
        });
    }
    let mut attempts = 0..;
    // Until all of them have come.
    let put = eventually(async || {
        let version = format!("1.0.{}", attempts.next().unwrap());
        let reply = publish(&owner, "acme/vpc/aws", &version, modules::zip(GREETING)).await;
        (reply.status != StatusCode::CREATED).then_some(reply)
    })
    .await;
    let form = publish_form(&owner).await;
    for reply in [put, form] {
        let text = reply.text();
        assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS, "{text}");
        assert_ne!(reply.header("retry-after"), "");
        assert!(text.contains("publish it again in a moment"), "{text}");
    }
    endless.shutdown().await;
    let reply = publish_form(&owner).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
}

async fn publish_form(owner: &Client) -> Reply {
    let mut form = reqwest::multipart::Form::new();
    for (name, value) in [
        ("namespace", "acme"),
        ("name", "vpc"),
        ("system", "aws"),
        ("version", "9.0.0"),
    ] {
        form = form.text(name, value);
    }
    let archive = reqwest::multipart::Part::bytes(modules::zip(GREETING).to_vec());
    let form = form.part("archive", archive.file_name("vpc.zip"));
    let request = owner.request(http::Method::POST, "/api/v1/modules");
    owner.send(request.multipart(form)).await
}
