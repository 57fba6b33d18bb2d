//! Publishing and deleting modules.

use http::{Method, StatusCode};
use serde_json::json;

use super::archives::{FILES, module_with, tar_gz_of, zip_of};
use super::world::{Form, Reply, World};

/// Where the versions of the usual module are.
pub(super) const VPC: &str = "/api/v1/modules/self/acme/vpc/aws";

/// A server, and somebody who may publish in one namespace.
pub(super) struct Author {
    pub(super) world: World,
    pub(super) token: String,
}

impl Author {
    pub(super) async fn new() -> Self {
        let world = World::new().await;
        let scopes = "push:modules/self/acme/* delete:modules/self/acme/*";
        let token = world.token(scopes).await;
        Self { world, token }
    }

    pub(super) async fn put(&self, path: &str, archive: Vec<u8>) -> Reply {
        let (token, world) = (&self.token, &self.world);
        let media_type = "application/octet-stream";
        world
            .ask(token, Method::PUT, path, archive, media_type)
            .await
    }

    /// Publishes a version of the usual module.
    pub(super) async fn put_version(&self, version: &str, archive: Vec<u8>) -> Reply {
        self.put(&format!("{VPC}/{version}"), archive).await
    }

    pub(super) async fn post(&self, form: Form) -> Reply {
        self.world
            .post_form(&self.token, "/api/v1/modules", form)
            .await
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.world.get(&self.token, path).await
    }

    pub(super) async fn delete(&self, path: &str) -> Reply {
        self.world
            .send(&self.token, Method::DELETE, path, json!(null))
            .await
    }

    /// What clients see of the usual module.
    pub(super) async fn listed(&self) -> Reply {
        self.get("/v1/modules/acme/vpc/aws/versions").await
    }

    /// Asserts that clients see these versions.
    async fn lists(&self, versions: &[&str]) {
        let listed = self.listed().await.json;
        let found = listed["modules"][0]["versions"].as_array().unwrap();
        let found: Vec<_> = found.iter().map(|of| of["version"].as_str()).collect();
        let expected: Vec<_> = versions.iter().copied().map(Some).collect();
        assert_eq!(found, expected);
    }
}

pub(super) fn fields(name: &str, version: &str) -> Form {
    let form = Form::default().text("namespace", "acme").text("name", name);
    form.text("system", "aws").text("version", version)
}

#[tokio::test]
async fn a_module_is_published_as_a_body_or_in_a_form() {
    let author = Author::new().await;
    let zip = zip_of(&FILES);
    let put = author.put_version("1.0.0", zip.clone()).await;
    assert_eq!(put.status, StatusCode::CREATED, "{}", put.json);
    let digest = put.json["digest"].as_str().unwrap();
    assert!(digest.starts_with("sha256:"));
    let size = put.json["size_bytes"].as_u64().unwrap();
    let expected = json!({
        "address": "self/acme/vpc/aws", "version": "1.0.0", "digest": digest, "size_bytes": size,
        "files": 3, "stripped": null, "warnings": [],
    });
    assert_eq!(put.json, expected);

    let posted = author
        .post(fields("vpc", "1.1.0-rc.1").file("x.zip", &zip))
        .await;
    assert_eq!(posted.status, StatusCode::CREATED, "{}", posted.json);
    assert_eq!(posted.json["version"], "1.1.0-rc.1");
    assert_eq!(posted.json["digest"], put.json["digest"], "the same files");
    author.lists(&["1.0.0", "1.1.0-rc.1"]).await;

    let artifacts = author
        .get("/api/v1/artifacts?pattern=acme/vpc/aws")
        .await
        .json;
    let row = &artifacts["artifacts"][0];
    assert_eq!(row["kind"], "module");
    assert_eq!(row["address"], "self/acme/vpc/aws");
    assert_eq!(row["version"], "1.0.0");
    assert_eq!(row["origin"], "published");
    assert_eq!(row["digest"], put.json["digest"]);
    let others = author.world.get("", "/api/v1/artifacts").await.json;
    assert_eq!(others["artifacts"], json!([]));
}

#[tokio::test]
async fn the_package_is_the_same_whatever_the_archive_was() {
    let author = Author::new().await;
    let zip = author.put_version("1.0.0", zip_of(&FILES)).await;
    let plain = author.put_version("1.0.1", tar_gz_of("", &FILES)).await;
    let forge = author
        .put_version("1.0.2", tar_gz_of("vpc-1.0.2/", &FILES))
        .await;
    for reply in [&zip, &plain, &forge] {
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.json);
        assert_eq!(reply.json["digest"], zip.json["digest"]);
        assert_eq!(reply.json["files"], 3);
    }
    assert_eq!(zip.json["stripped"], json!(null));
    assert_eq!(plain.json["stripped"], json!(null));
    assert_eq!(forge.json["stripped"], "vpc-1.0.2");
    // Which is why the same version may come in another format.
    let again = author.put_version("1.0.0", tar_gz_of("x/", &FILES)).await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.json);
}

#[tokio::test]
async fn a_version_does_not_change() {
    let author = Author::new().await;
    let first = author.put_version("1.0.0", module_with("# one")).await;
    let again = author.put_version("1.0.0", module_with("# one")).await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.json);
    assert_eq!(again.json, first.json);
    let form = fields("vpc", "1.0.0").file("x.zip", &module_with("# one"));
    assert_eq!(author.post(form).await.status, StatusCode::CREATED);
    let other = author.put_version("1.0.0", module_with("# two")).await;
    other.refused(StatusCode::CONFLICT, "does not change");
    let form = fields("vpc", "1.0.0").file("x.zip", &module_with("# two"));
    let other = author.post(form).await;
    other.refused(StatusCode::CONFLICT, "does not change");
    let shown = author.get(&format!("{VPC}/1.0.0")).await.json;
    assert_eq!(shown["digest"], first.json["digest"]);
}

#[tokio::test]
async fn what_was_deleted_comes_back_as_it_was_or_not_at_all() {
    let author = Author::new().await;
    let path = format!("{VPC}/1.0.0");
    author
        .delete(&path)
        .await
        .refused(StatusCode::NOT_FOUND, "");
    let first = author.put_version("1.0.0", module_with("# one")).await;
    author.put_version("2.0.0", module_with("# one")).await;
    assert_eq!(author.delete(&path).await.status, StatusCode::NO_CONTENT);
    author.lists(&["2.0.0"]).await;
    author
        .delete(&path)
        .await
        .refused(StatusCode::NOT_FOUND, "1.0.0");
    author
        .get(&path)
        .await
        .refused(StatusCode::NOT_FOUND, "1.0.0");
    let download = "/v1/modules/acme/vpc/aws/1.0.0/download";
    assert_eq!(author.get(download).await.status, StatusCode::NOT_FOUND);

    let other = author.put_version("1.0.0", module_with("# two")).await;
    other.refused(StatusCode::CONFLICT, "1.0.0");
    author.lists(&["2.0.0"]).await;
    let same = author.put_version("1.0.0", module_with("# one")).await;
    assert_eq!(same.status, StatusCode::CREATED, "{}", same.json);
    assert_eq!(same.json["digest"], first.json["digest"]);
    author.lists(&["1.0.0", "2.0.0"]).await;
}

#[tokio::test]
async fn build_metadata_and_dotted_pre_releases_are_versions() {
    let author = Author::new().await;
    for version in ["1.0.0+build.5", "1.0.0", "1.0.0-rc.1.x", "1.0.0-rc.1"] {
        let reply = author.put_version(version, zip_of(&FILES)).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.json);
        assert_eq!(reply.json["version"], version);
        let shown = author.get(&format!("{VPC}/{version}")).await;
        assert_eq!(shown.json["version"], version);
    }
    let all = ["1.0.0-rc.1", "1.0.0-rc.1.x", "1.0.0", "1.0.0+build.5"];
    author.lists(&all).await;
}

#[tokio::test]
async fn publishing_and_deleting_need_the_right_on_the_module() {
    let author = Author::new().await;
    let path = format!("{VPC}/1.0.0");
    assert_eq!(
        author.put(&path, zip_of(&FILES)).await.status,
        StatusCode::CREATED
    );
    let world = &author.world;
    let put = async |token: &str| {
        let (body, media_type) = (zip_of(&FILES), "application/zip");
        world.ask(token, Method::PUT, &path, body, media_type).await
    };
    let post = async |token: &str| {
        let form = fields("vpc", "1.0.0").file("x.zip", &zip_of(&FILES));
        world.post_form(token, "/api/v1/modules", form).await
    };
    let delete = async |token: &str| world.send(token, Method::DELETE, &path, json!(null)).await;
    let stranger = world.token("push:modules/self/other/*").await;
    let reader = world.token("pull:modules/self/acme/*").await;
    for reply in [put("").await, post("").await, delete("").await] {
        reply.refused(StatusCode::UNAUTHORIZED, "a token is needed");
    }
    for reply in [put(&stranger).await, post(&stranger).await] {
        reply.refused(StatusCode::NOT_FOUND, "push:modules/self/acme/vpc/aws");
    }
    let reply = delete(&stranger).await;
    reply.refused(StatusCode::NOT_FOUND, "self/acme/vpc/aws");
    for reply in [put(&reader).await, post(&reader).await] {
        reply.refused(StatusCode::FORBIDDEN, "push:modules/self/acme/vpc/aws");
    }
    delete(&reader)
        .await
        .refused(StatusCode::FORBIDDEN, "may not delete");
    author.lists(&["1.0.0"]).await;
}
