//! Images and indexes, there and back.

use atoll_core::manifest::media_types::OCI_INDEX;
use serde_json::{Value, json};

use super::{Skopeo, image_at};
use crate::clients::image;
use crate::clients::layout::{Layout, Written};
use crate::clients::world::World;

#[tokio::test]
async fn an_image_goes_there_and_back() {
    let world = World::new().await;
    let Some(skopeo) = Skopeo::find_for("skopeo: an image goes there and back", &world).await
    else {
        return;
    };
    let token = world.server.token("push:acme/* delete:acme/*").await;
    skopeo.login(&world, &token).await.succeeds();
    let (layout, digest) = world.image_layout();
    let (image, back) = (image_at(&world, ":v1"), world.text("back"));
    // Compressed, it is another image: the client makes it one on the way, unless the registry has the layer as it is.
    skopeo
        .run(
            "copy",
            &[&layout.reference("v1"), &image_at(&world, ":gzip")],
        )
        .await
        .succeeds();
    skopeo
        .run(
            "copy",
            &["--preserve-digests", &layout.reference("v1"), &image],
        )
        .await
        .succeeds();
    // The layer is here already: no byte of it is sent again.
    skopeo
        .run(
            "copy",
            &[
                "--preserve-digests",
                &layout.reference("v1"),
                &image_at(&world, ":v2"),
            ],
        )
        .await
        .succeeds();

    skopeo
        .run(
            "copy",
            &["--preserve-digests", &image, &format!("oci:{back}:v1")],
        )
        .await
        .succeeds();
    assert_eq!(Written::read(world.path("back").as_path()).digest, digest);
    let inspected: Value =
        serde_json::from_str(&skopeo.run("inspect", &[&image]).await.succeeds()).unwrap();
    assert_eq!(inspected["Digest"], digest);
    assert_eq!(inspected["Architecture"], image::architecture());
    let tags: Value = serde_json::from_str(
        &skopeo
            .run("list-tags", &[&image_at(&world, "")])
            .await
            .succeeds(),
    )
    .unwrap();
    assert_eq!(tags["Tags"], json!(["gzip", "v1", "v2"]));

    skopeo
        .run("delete", &[&image_at(&world, ":gzip")])
        .await
        .succeeds();
    skopeo
        .run("inspect", &[&image_at(&world, ":gzip")])
        .await
        .fails(1, &["manifest unknown"]);
    skopeo.run("inspect", &[&image]).await.succeeds();
    // By digest, all its tags go.
    skopeo
        .run("delete", &[&image_at(&world, &format!("@{digest}"))])
        .await
        .succeeds();
    skopeo
        .run("inspect", &[&image_at(&world, ":v2")])
        .await
        .fails(1, &["manifest unknown"]);
}

#[tokio::test]
async fn an_index_is_copied_with_all_its_platforms() {
    let world = World::new().await;
    let Some(skopeo) = Skopeo::find_for("skopeo: an index is copied", &world).await else {
        return;
    };
    let token = world.server.token("push:acme/*").await;
    skopeo.login(&world, &token).await.succeeds();
    let mut layout = Layout::create(world.path("layout"));
    let manifests = ["amd64", "arm64"].map(|architecture| {
        let tar = image::tar("hello", architecture.as_bytes());
        let mut manifest = layout.add_image(&image::config(&tar, architecture), &tar);
        manifest["platform"] = json!({"os": "linux", "architecture": architecture});
        manifest
    });
    let index = layout
        .add_manifest(&json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests}));
    let digest = index["digest"].as_str().unwrap().to_owned();
    layout.tag("all", index);
    skopeo
        .run(
            "copy",
            &[
                "--all",
                "--preserve-digests",
                &layout.reference("all"),
                &image_at(&world, ":all"),
            ],
        )
        .await
        .succeeds();
    let back = format!("oci:{}:all", world.text("back"));
    skopeo
        .run(
            "copy",
            &[
                "--all",
                "--preserve-digests",
                &image_at(&world, ":all"),
                &back,
            ],
        )
        .await
        .succeeds();
    let written = Written::read(&world.path("back"));
    assert_eq!(written.digest, digest);
    for manifest in written.manifest(&digest)["manifests"].as_array().unwrap() {
        written.blob(manifest["digest"].as_str().unwrap());
    }
}
