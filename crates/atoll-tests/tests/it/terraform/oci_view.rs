//! Mirrored providers as OCI artifacts, read with the very requests that OpenTofu sends.

use std::collections::BTreeMap;

use atoll_app::upstreams::Anonymous;
use atoll_core::digest::Digest;
use atoll_testkit::server::{Client, Reply};
use atoll_testkit::zips;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::world::{CORAL, HOST, LINUX, World};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// What OpenTofu accepts when it looks a tag up.
const ACCEPT_ANY: &str = "application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.oci.image.index.v1+json, application/vnd.oci.artifact.manifest.v1+json";

/// OpenTofu's installer with an `oci_mirror`, as far as the wire sees it.
struct Tofu {
    client: Client,
    repository: String,
}

impl Tofu {
    fn new(client: Client) -> Self {
        Self {
            client,
            repository: format!("providers/{HOST}/{CORAL}"),
        }
    }

    async fn ask(&self, method: Method, path: &str, accept: &str) -> Reply {
        let request = self
            .client
            .request(method, &format!("/v2/{}/{path}", self.repository));
        self.client.send(request.header("accept", accept)).await
    }

    async fn versions(&self) -> Vec<String> {
        let reply = self.ask(Method::GET, "tags/list", "*/*").await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        assert_eq!(reply.json()["name"], json!(self.repository));
        let tags = reply.json()["tags"].as_array().unwrap().clone();
        tags.iter()
            .map(|tag| tag.as_str().unwrap().replace('_', "+"))
            .collect()
    }

    /// Installs a version for a platform: the bytes of its zip, every check made that OpenTofu makes.
    async fn install(&self, version: &str, os: &str, arch: &str) -> Reply {
        let tag = version.replace('+', "_");
        let found = self
            .ask(Method::HEAD, &format!("manifests/{tag}"), ACCEPT_ANY)
            .await;
        assert_eq!(found.status, StatusCode::OK);
        assert_eq!(found.header("content-type"), INDEX);
        let length: usize = found.header("content-length").parse().unwrap();
        let digest = found.header("docker-content-digest").to_owned();
        let index = self.content("manifests", &digest, INDEX, length).await;
        assert_eq!(index["mediaType"], json!(INDEX));
        assert_eq!(
            index["artifactType"],
            json!("application/vnd.opentofu.provider")
        );
        let of_platform =
            |descriptor: &&Value| descriptor["platform"] == json!({"os": os, "architecture": arch});
        let manifests = index["manifests"].as_array().unwrap();
        let chosen: Vec<&Value> = manifests.iter().filter(of_platform).collect();
        assert_eq!(chosen.len(), 1, "OpenTofu refuses to choose: {index}");
        assert_eq!(
            chosen[0]["artifactType"],
            json!("application/vnd.opentofu.provider-target")
        );
        assert_eq!(chosen[0]["mediaType"], json!(MANIFEST));
        let manifest = self.described(chosen[0]).await;
        assert_eq!(
            manifest["artifactType"],
            json!("application/vnd.opentofu.provider-target")
        );
        let layers = manifest["layers"].as_array().unwrap();
        assert_eq!(layers.len(), 1);
        assert_eq!(layers[0]["mediaType"], json!("archive/zip"));
        let digest = layers[0]["digest"].as_str().unwrap();
        let blob = self
            .ask(Method::GET, &format!("blobs/{digest}"), "*/*")
            .await;
        if blob.status == StatusCode::OK {
            assert_eq!(Digest::sha256(&blob.body).to_string(), digest);
            assert_eq!(json!(blob.body.len()), layers[0]["size"]);
        }
        blob
    }

    async fn described(&self, descriptor: &Value) -> Value {
        let size = usize::try_from(descriptor["size"].as_u64().unwrap()).unwrap();
        self.content(
            "manifests",
            descriptor["digest"].as_str().unwrap(),
            descriptor["mediaType"].as_str().unwrap(),
            size,
        )
        .await
    }

    async fn content(&self, kind: &str, digest: &str, media_type: &str, length: usize) -> Value {
        let reply = self
            .ask(Method::GET, &format!("{kind}/{digest}"), media_type)
            .await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.header("content-type"), media_type);
        assert_eq!(reply.body.len(), length);
        assert_eq!(Digest::sha256(&reply.body).to_string(), digest);
        reply.json()
    }
}

#[tokio::test]
async fn opentofu_installs_what_nobody_asked_for_before() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX, "darwin_arm64"]);
    world.offer(CORAL, "1.1.0-beta.1", &[LINUX]);
    world.offer(CORAL, "1.1.0+build.7", &[LINUX]);
    let tofu = Tofu::new(world.nobody());
    assert_eq!(
        tofu.versions().await,
        ["1.0.0", "1.1.0-beta.1", "1.1.0+build.7"]
    );
    for version in ["1.0.0", "1.1.0-beta.1", "1.1.0+build.7"] {
        let blob = tofu.install(version, "linux", "amd64").await;
        assert_eq!(
            blob.body,
            zips::provider("coral", version, LINUX),
            "{version}"
        );
    }
    assert_eq!(
        tofu.install("1.0.0", "darwin", "arm64").await.body,
        zips::provider("coral", "1.0.0", "darwin_arm64")
    );
    assert_eq!(world.zip_downloads(), 4);
}

#[tokio::test]
async fn both_views_show_the_same_bytes() {
    let mut world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let zip = world.archive(CORAL, "1.0.0", LINUX).await.body;
    world.has_h1(CORAL, "1.0.0", LINUX).await;
    world.upstream.stop().await;
    let tofu = Tofu::new(world.nobody());
    assert_eq!(tofu.install("1.0.0", "linux", "amd64").await.body, zip);
    world.restart(|setup| setup.offline = true).await;
    let tofu = Tofu::new(world.nobody());
    assert_eq!(tofu.versions().await, ["1.0.0"]);
    assert_eq!(tofu.install("1.0.0", "linux", "amd64").await.body, zip);
}

#[tokio::test]
async fn the_proof_is_a_referrer_of_the_index() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let tofu = Tofu::new(world.nobody());
    let found = tofu.ask(Method::HEAD, "manifests/1.0.0", ACCEPT_ANY).await;
    let digest = found.header("docker-content-digest");
    let referrers = tofu
        .ask(Method::GET, &format!("referrers/{digest}"), INDEX)
        .await
        .json();
    let proof = &referrers["manifests"][0];
    assert_eq!(
        proof["artifactType"],
        json!("application/vnd.atoll.shasums.v1"),
        "{referrers}"
    );
    let manifest = tofu.described(proof).await;
    assert_eq!(manifest["subject"]["digest"], json!(digest));
    let mut layers = BTreeMap::new();
    for layer in manifest["layers"].as_array().unwrap() {
        let blob = tofu
            .ask(
                Method::GET,
                &format!("blobs/{}", layer["digest"].as_str().unwrap()),
                "*/*",
            )
            .await;
        assert_eq!(blob.status, StatusCode::OK);
        layers.insert(layer["mediaType"].as_str().unwrap().to_owned(), blob.body);
    }
    assert_eq!(
        layers.len(),
        3,
        "sums, signature, keys: {:?}",
        layers.keys()
    );
    let zip = zips::sha256_hex(&zips::provider("coral", "1.0.0", LINUX));
    assert!(
        layers
            .values()
            .any(|layer| String::from_utf8_lossy(layer).contains(&zip))
    );
}

#[tokio::test]
async fn what_is_not_there_lets_opentofu_look_elsewhere() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let mut tofu = Tofu::new(world.nobody());
    assert_eq!(
        tofu.ask(Method::GET, "manifests/9.9.9", ACCEPT_ANY)
            .await
            .code(),
        "MANIFEST_UNKNOWN"
    );
    for tag in ["latest", "v1.0.0", "sha256-abc.sig"] {
        let reply = tofu
            .ask(Method::HEAD, &format!("manifests/{tag}"), ACCEPT_ANY)
            .await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{tag}");
    }
    for repository in [
        "providers/tf.example/acme/nothing",
        "providers/unknown.example/acme/coral",
    ] {
        repository.clone_into(&mut tofu.repository);
        let reply = tofu.ask(Method::GET, "tags/list", "*/*").await;
        let expected = [
            (StatusCode::NOT_FOUND, "NAME_UNKNOWN"),
            (StatusCode::UNAUTHORIZED, "UNAUTHORIZED"),
        ];
        assert!(
            expected.contains(&(reply.status, reply.code().as_str())),
            "{repository}: {} {}",
            reply.status,
            reply.text()
        );
    }
}

#[tokio::test]
async fn a_missing_blob_is_fetched_only_for_those_who_may() {
    let world = World::with(|setup| setup.policy.anonymous = Anonymous::Read).await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let nobody = Tofu::new(world.nobody());
    let refused = nobody.ask(Method::GET, "tags/list", "*/*").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(
        !refused.header("www-authenticate").is_empty(),
        "OpenTofu needs a challenge to send its token"
    );
    let robot = Tofu::new(world.server().robot("pull:providers/*").await);
    assert_eq!(robot.versions().await, ["1.0.0"]);
    assert_eq!(
        robot
            .ask(Method::HEAD, "manifests/1.0.0", ACCEPT_ANY)
            .await
            .status,
        StatusCode::OK
    );
    let zip = zips::sha256_hex(&zips::provider("coral", "1.0.0", LINUX));
    for path in ["manifests/1.0.0".to_owned(), format!("blobs/sha256:{zip}")] {
        let refused = nobody.ask(Method::GET, &path, "*/*").await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (StatusCode::UNAUTHORIZED, "UNAUTHORIZED"),
            "{path}"
        );
        let scope = format!("scope=\"repository:providers/{HOST}/{CORAL}:pull\"");
        assert!(
            refused.header("www-authenticate").contains(&scope),
            "{:?}",
            refused.headers
        );
    }
    assert_eq!(world.zip_downloads(), 0);
    assert_eq!(
        robot.install("1.0.0", "linux", "amd64").await.status,
        StatusCode::OK
    );
    assert_eq!(
        nobody.install("1.0.0", "linux", "amd64").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_head_of_a_lazy_blob_starts_no_fill() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    assert_eq!(
        world
            .archives(CORAL, "1.0.0")
            .await
            .as_object()
            .unwrap()
            .len(),
        1
    );
    let zip = zips::provider("coral", "1.0.0", LINUX);
    let tofu = Tofu::new(world.nobody());
    let reply = tofu
        .ask(
            Method::HEAD,
            &format!("blobs/sha256:{}", zips::sha256_hex(&zip)),
            "*/*",
        )
        .await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("content-length"), zip.len().to_string());
    assert_eq!(world.zip_downloads(), 0);
}

#[tokio::test]
async fn nobody_pushes_into_a_mirrored_tree() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let path = format!("/v2/providers/{HOST}/{CORAL}/blobs/uploads/");
    assert_eq!(
        world.nobody().post(&path, "").await.status,
        StatusCode::UNAUTHORIZED
    );
    let index = world
        .get(&format!("/v2/providers/{HOST}/{CORAL}/manifests/1.0.0"))
        .await;
    let layer = index.json()["manifests"][0]["digest"].to_string();
    let layer = layer.trim_matches('"');
    for scope in ["push:*", "push:providers/*", "admin"] {
        let robot = world.server().robot(scope).await;
        for repository in [
            format!("providers/{HOST}/{CORAL}"),
            format!("providers/{HOST}/acme/new"),
            "providers/unknown.example/acme/coral".to_owned(),
            "modules/unknown.example/acme/coral/aws".to_owned(),
            format!("{HOST}/acme/app"),
        ] {
            if scope == "push:providers/*" && !repository.starts_with("providers/") {
                continue;
            }
            let uploads = format!("/v2/{repository}/blobs/uploads/");
            let manifest = format!("/v2/{repository}/manifests/2.0.0");
            for reply in [
                robot.post(&uploads, "").await,
                robot.post(&format!("{uploads}?mount={layer}"), "").await,
                robot.put(&manifest, INDEX, index.body.clone()).await,
            ] {
                assert_eq!(
                    (reply.status, reply.code().as_str()),
                    (StatusCode::FORBIDDEN, "DENIED"),
                    "{scope} {repository}: {}",
                    reply.text()
                );
                assert!(reply.text().contains("`self`"), "{}", reply.text());
            }
        }
        let own = robot
            .post("/v2/providers/self/acme/coral/blobs/uploads/", "")
            .await;
        assert_eq!(own.status, StatusCode::ACCEPTED, "{scope}");
    }
}
