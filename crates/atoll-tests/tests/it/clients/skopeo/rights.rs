//! Who may, who may not, and what they are told.

use super::{Skopeo, image_at};
use crate::clients::layout::Written;
use crate::clients::world::World;

#[tokio::test]
async fn wrong_credentials_are_refused() {
    let world = World::new().await;
    let Some(skopeo) = Skopeo::find_for("skopeo: wrong credentials are refused", &world).await
    else {
        return;
    };
    world.seed_image("acme/hello").await;
    let image = image_at(&world, ":v1");
    let revoked = format!("atoll_abcdefgh_{}", "A".repeat(43));
    for password in ["wrong", &revoked] {
        skopeo
            .login(&world, password)
            .await
            .fails(1, &["invalid username/password", "unauthorized"]);
        skopeo
            .run(
                "inspect",
                &["--creds", &format!("robot:{password}"), &image],
            )
            .await
            .fails(1, &["invalid username/password", "unauthorized"]);
    }
    // Nobody hears whether it is there.
    for reference in [":v1", ":absent"] {
        skopeo
            .run("inspect", &["--no-creds", &image_at(&world, reference)])
            .await
            .fails(1, &["unauthorized", "authentication required"]);
    }
}

#[tokio::test]
async fn a_stranger_finds_nothing_and_a_reader_writes_nothing() {
    let world = World::new().await;
    let Some(skopeo) = Skopeo::find_for("skopeo: a stranger finds nothing", &world).await else {
        return;
    };
    world.seed_image("acme/hello").await;
    let image = image_at(&world, ":v1");
    let stranger = format!("robot:{}", world.server.token("push:other/*").await);
    let refusals = [
        "unauthorized",
        "authentication required",
        "requested access to the resource is denied",
        "unknown",
    ];
    skopeo
        .run("inspect", &["--creds", &stranger, &image])
        .await
        .fails(1, &refusals);
    skopeo
        .run("list-tags", &["--creds", &stranger, &image_at(&world, "")])
        .await
        .fails(1, &refusals);
    let (layout, _) = world.image_layout();
    let push = ["--dest-creds", &stranger, &layout.reference("v1"), &image];
    skopeo.run("copy", &push).await.fails(1, &refusals);

    let reader = format!("robot:{}", world.server.token("pull:acme/*").await);
    skopeo
        .run("inspect", &["--creds", &reader, &image])
        .await
        .succeeds();
    let push = [
        "--dest-creds",
        &reader,
        &layout.reference("v1"),
        &image_at(&world, ":mine"),
    ];
    skopeo.run("copy", &push).await.fails(1, &refusals);
    skopeo
        .run("delete", &["--creds", &reader, &image])
        .await
        .fails(1, &refusals);
    skopeo
        .run("inspect", &["--creds", &reader, &image])
        .await
        .succeeds();
}

#[tokio::test]
async fn anybody_pulls_what_is_public() {
    let world = World::new().await;
    let Some(skopeo) = Skopeo::find_for("skopeo: anybody pulls what is public", &world).await
    else {
        return;
    };
    let digest = world.seed_image("acme/hello").await;
    world.publish("acme/hello").await;
    let (image, back) = (
        image_at(&world, ":v1"),
        format!("oci:{}:v1", world.text("back")),
    );
    skopeo
        .run(
            "copy",
            &["--preserve-digests", "--src-no-creds", &image, &back],
        )
        .await
        .succeeds();
    assert_eq!(Written::read(&world.path("back")).digest, digest);
    let (layout, _) = world.image_layout();
    let push = ["--dest-no-creds", &layout.reference("v1"), &image];
    skopeo
        .run("copy", &push)
        .await
        .fails(1, &["unauthorized", "authentication required"]);
}

#[tokio::test]
async fn the_certificate_is_checked() {
    let world = World::new().await;
    let Some(skopeo) = Skopeo::find_for("skopeo: the certificate is checked", &world).await else {
        return;
    };
    let image = image_at(&world, ":v1");
    skopeo
        .program
        .run(["inspect", &image])
        .await
        .fails(1, &["certificate signed by unknown authority"]);
}
