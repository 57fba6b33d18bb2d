//! Releases that are refused: file and rule are named, and nothing is to be seen afterwards.

use atoll_testkit::atoll::Atoll;
use atoll_testkit::zips::ZipBuilder;
use atoll_testkit::{keys, zips};
use http::StatusCode;

use super::world::{
    CORAL, CORAL_REPOSITORY, LINUX, Release, is, listed, refuses, register_key, zip_name,
};

/// The name of the sums of the version that all tests publish.
const SUMS: &str = "terraform-provider-coral_1.0.0_SHA256SUMS";

/// Publishes a release with and without a server; both times it is refused with these words and leaves nothing.
async fn is_refused(test: &str, release: Release, words: &[&str]) {
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    register_key(&atoll).await;
    refuses(&release.publish(&atoll).await, 1, words);
    assert_eq!(listed(&atoll).await.len(), 0);
    let server = atoll.serve_plainly().await;
    refuses(&release.publish(&atoll).await, 1, words);
    let client = server.client(&atoll.token("admin").await);
    is(
        &client.get(&format!("/v1/providers/{CORAL}/versions")).await,
        StatusCode::NOT_FOUND,
    );
    is(
        &client
            .get(&format!("/v2/{CORAL_REPOSITORY}/tags/list"))
            .await,
        StatusCode::NOT_FOUND,
    );
    assert_eq!(listed(&atoll).await.len(), 0);
    // The way is free for a good one.
    Release::signed("1.0.0", &[LINUX])
        .publish(&atoll)
        .await
        .succeeds();
    server.stop().await;
}

/// A release with these sums, well signed.
fn with_sums(change: impl FnOnce(String) -> String) -> Release {
    let release = Release::unsigned("1.0.0", &[LINUX]);
    let sums = change(release.sums());
    release.signed_as(&sums, keys::publisher_key())
}

/// A well-signed release of this zip.
fn with_zip(zip: bytes::Bytes) -> Release {
    let mut release = Release::unsigned("1.0.0", &[LINUX]);
    release.files[0].1 = zip;
    let sums = release.sums();
    release.signed_as(&sums, keys::publisher_key())
}

#[tokio::test]
async fn a_directory_in_a_zip() {
    let release = with_zip(zips::with_directory_entry("coral", "1.0.0"));
    is_refused(
        "a_directory_in_a_zip",
        release,
        &[&zip_name("1.0.0", LINUX), "docs/", "zip -D"],
    )
    .await;
}

#[tokio::test]
async fn a_program_of_another_name() {
    let release = with_zip(
        ZipBuilder::new()
            .file("terraform-provider-reef_v1.0.0", 0o755, "#!/bin/sh\n")
            .build(),
    );
    is_refused(
        "a_program_of_another_name",
        release,
        &[
            &zip_name("1.0.0", LINUX),
            "no program",
            "terraform-provider-coral",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_blank_line_in_the_sums() {
    let release = with_sums(|sums| format!("{sums}\n"));
    is_refused(
        "a_blank_line_in_the_sums",
        release,
        &[SUMS, "line 2", "blank"],
    )
    .await;
}

#[tokio::test]
async fn sums_of_binary_mode() {
    let release = with_sums(|sums| sums.replace("  ", " *"));
    is_refused("sums_of_binary_mode", release, &[SUMS, "line 1", "`*`"]).await;
}

#[tokio::test]
async fn a_zip_of_a_wrong_name() {
    let mut release = Release::unsigned("1.0.0", &[LINUX]);
    let zip = release.files[0].1.clone();
    release.files.push((
        "terraform-provider-coral_1.0.0_linux-arm64.zip".to_owned(),
        zip,
    ));
    let sums = release.sums();
    let release = release.signed_as(&sums, keys::publisher_key());
    is_refused(
        "a_zip_of_a_wrong_name",
        release,
        &[SUMS, "terraform-provider-coral_1.0.0_linux-arm64.zip"],
    )
    .await;
}

#[tokio::test]
async fn a_signature_of_somebody_else() {
    let release = Release::unsigned("1.0.0", &[LINUX]);
    let sums = release.sums();
    let release = release.signed_as(&sums, keys::stranger_key());
    is_refused(
        "a_signature_of_somebody_else",
        release,
        &[&format!("{SUMS}.sig"), "key"],
    )
    .await;
}

#[tokio::test]
async fn a_signature_of_other_sums() {
    let mut release = with_sums(|sums| sums);
    let place = release
        .files
        .iter()
        .position(|(name, _)| name == SUMS)
        .unwrap();
    let other = Release::unsigned("1.0.0", &[LINUX, "linux_arm64"]);
    release.files.push(other.files[1].clone());
    release.files[place].1 = other.sums().into();
    is_refused(
        "a_signature_of_other_sums",
        release,
        &[&format!("{SUMS}.sig")],
    )
    .await;
}

#[tokio::test]
async fn a_zip_that_is_listed_and_missing() {
    let release = Release::unsigned("1.0.0", &[LINUX]);
    let sums = Release::unsigned("1.0.0", &[LINUX, "linux_arm64"]).sums();
    let release = release.signed_as(&sums, keys::publisher_key());
    is_refused(
        "a_zip_that_is_listed_and_missing",
        release,
        &[
            SUMS,
            &zip_name("1.0.0", "linux_arm64"),
            "not part of the release",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_zip_that_is_not_what_the_sums_say() {
    let mut release = with_sums(|sums| sums);
    release.files[0].1 = zips::large_provider("coral", "1.0.0", LINUX, 100);
    is_refused(
        "a_zip_that_is_not_what_the_sums_say",
        release,
        &[&zip_name("1.0.0", LINUX), SUMS, "says"],
    )
    .await;
}

#[tokio::test]
async fn half_a_signature() {
    let mut release = with_sums(|sums| sums);
    let signature = format!("{SUMS}.sig");
    release.files.retain(|(name, _)| *name != signature);
    is_refused("half_a_signature", release, &[SUMS, "--platform-only"]).await;
}
