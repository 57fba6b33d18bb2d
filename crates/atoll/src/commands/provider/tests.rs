//! What is found in directories.

use std::fs;
use std::path::Path;

use atoll_core::release::Release;
use atoll_core::version::Version;
use tempfile::TempDir;

use super::publish::{address, check_host};
use super::release_files::ReleaseFiles;
use super::tree::Tree;

const LINUX: &str = "terraform-provider-cloud_1.2.0_linux_amd64.zip";
const DARWIN: &str = "terraform-provider-cloud_1.2.0_darwin_arm64.zip";
const SUMS: &str = "terraform-provider-cloud_1.2.0_SHA256SUMS";
const SIGNATURE: &str = "terraform-provider-cloud_1.2.0_SHA256SUMS.sig";

fn with_files(names: &[&str]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for name in names {
        write(directory.path(), name, name);
    }
    directory
}

fn write(directory: &Path, name: &str, content: &str) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn find(directory: &Path, zips_only: bool) -> anyhow::Result<ReleaseFiles> {
    let version: Version = "1.2.0".parse().unwrap();
    ReleaseFiles::find(
        directory,
        Release {
            type_: "cloud",
            version: &version,
        },
        zips_only,
    )
}

#[test]
fn a_release_directory_is_what_a_build_leaves() {
    let other = "terraform-provider-cloud_1.1.0_linux_amd64.zip";
    let directory = with_files(&[
        LINUX,
        DARWIN,
        SUMS,
        SIGNATURE,
        other,
        "artifacts.json",
        "cloud_linux_amd64_v1/cloud",
        "terraform-registry-manifest.json",
    ]);
    let found = find(directory.path(), false).unwrap();
    let zips: Vec<String> = found
        .zips
        .iter()
        .map(|(platform, file)| format!("{platform} {}", file.name))
        .collect();
    assert_eq!(
        zips,
        [
            format!("darwin_arm64 {DARWIN}"),
            format!("linux_amd64 {LINUX}")
        ]
    );
    assert_eq!(
        found
            .signed
            .as_ref()
            .unwrap()
            .each_ref()
            .map(|file| file.name.as_str()),
        [SUMS, SIGNATURE]
    );
    assert_eq!(
        found.manifest.as_ref().unwrap().name,
        "terraform-provider-cloud_1.2.0_manifest.json"
    );
    assert_eq!(found.others, [other]);
    let bytes = [
        LINUX,
        DARWIN,
        SUMS,
        SIGNATURE,
        "terraform-registry-manifest.json",
    ]
    .iter()
    .map(|name| name.len() as u64)
    .sum::<u64>();
    assert_eq!(found.total_bytes(), bytes);
}

#[test]
fn the_manifest_may_be_beside_the_build() {
    let root = with_files(&[&format!("dist/{LINUX}"), "terraform-registry-manifest.json"]);
    assert!(
        find(&root.path().join("dist"), false)
            .unwrap()
            .manifest
            .is_some()
    );
    let named = with_files(&[LINUX, "terraform-provider-cloud_1.2.0_manifest.json"]);
    assert!(find(named.path(), false).unwrap().manifest.is_some());
}

#[test]
fn half_a_signature_is_refused_unless_zips_are_all_that_is_wanted() {
    for half in [SUMS, SIGNATURE] {
        let directory = with_files(&[LINUX, half]);
        let error = find(directory.path(), false).unwrap_err().to_string();
        assert!(error.contains("--platform-only"), "{error}");
        assert!(find(directory.path(), true).unwrap().signed.is_none());
    }
}

#[test]
fn a_directory_without_a_release_is_explained() {
    let directory = with_files(&["terraform-provider-cloud_1.1.0_linux_amd64.zip"]);
    let error = find(directory.path(), false).unwrap_err().to_string();
    assert!(
        error.contains("terraform-provider-cloud_1.2.0_OS_ARCH.zip")
            && error.contains("1.1.0_linux"),
        "{error}"
    );
    let error = format!(
        "{:#}",
        find(&directory.path().join("none"), false).unwrap_err()
    );
    assert!(error.contains("none"), "{error}");
}

#[test]
fn addresses_are_of_this_server() {
    let server = "https://atoll.example.com:8443/".parse().unwrap();
    for text in [
        "acme/cloud",
        "self/acme/cloud",
        "atoll.internal/acme/cloud",
        "atoll.example.com/acme/cloud",
    ] {
        let address = address(text).unwrap();
        assert_eq!(
            (address.namespace(), address.type_name()),
            ("acme", "cloud"),
            "{text}"
        );
        check_host(&address, Some(&server)).unwrap();
    }
    check_host(
        &address("registry.terraform.io/acme/cloud").unwrap(),
        Some(&server),
    )
    .unwrap_err();
    for text in ["", "cloud", "a/b/c/d", "acme/", "acme/cl oud"] {
        address(text).unwrap_err();
    }
}

#[test]
fn a_tree_is_read_with_and_without_documents() {
    let root = tempfile::tempdir().unwrap();
    let place = "registry.terraform.io/hashicorp/random";
    let zip = |version: &str, platform: &str| {
        format!("{place}/terraform-provider-random_{version}_{platform}.zip")
    };
    for name in [
        zip("3.6.0", "linux_amd64"),
        zip("3.6.0", "darwin_arm64"),
        zip("3.5.1", "linux_amd64"),
    ] {
        write(root.path(), &name, "zip");
    }
    write(
        root.path(),
        &format!("{place}/index.json"),
        r#"{"versions":{"3.6.0":{}}}"#,
    );
    let document = r#"{"archives":{
        "linux_amd64":{"hashes":["h1:abc"],"url":"terraform-provider-random_3.6.0_linux_amd64.zip"},
        "windows_amd64":{"hashes":["h1:def"],"url":"win.zip"},
        "freebsd_386":{"url":"https://elsewhere.example/x.zip"}}}"#;
    write(root.path(), &format!("{place}/3.6.0.json"), document);
    write(root.path(), &format!("{place}/win.zip"), "zip");
    let tree = Tree::walk(root.path()).unwrap();
    let found: Vec<String> = tree
        .versions
        .iter()
        .map(|version| {
            let platforms: Vec<String> = version.zips.keys().map(ToString::to_string).collect();
            format!("{}: {}", version.name(), platforms.join(","))
        })
        .collect();
    assert_eq!(
        found,
        [
            "registry.terraform.io/hashicorp/random 3.5.1: linux_amd64",
            "registry.terraform.io/hashicorp/random 3.6.0: darwin_arm64,linux_amd64,windows_amd64",
        ]
    );
    let latest = tree.versions.last().unwrap();
    assert_eq!(latest.hashes["linux_amd64"], ["h1:abc"]);
    let windows = latest.zips.values().last().unwrap();
    assert_eq!(
        windows.name,
        "terraform-provider-random_3.6.0_windows_amd64.zip"
    );
    assert!(windows.path.ends_with("win.zip"));
    // What `VERSION.json` explains is no problem; what it promises and the tree does not have is.
    assert_eq!(tree.problems.len(), 1, "{:?}", tree.problems);
    assert!(
        tree.problems[0].contains("elsewhere.example"),
        "{:?}",
        tree.problems
    );
}

#[test]
fn what_is_no_tree_is_reported() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        "hashicorp/random/terraform-provider-random_3.6.0_linux_amd64.zip",
        "zip",
    );
    write(
        root.path(),
        "example.com/a/b/terraform-provider-c_1.0.0_linux_amd64.zip",
        "zip",
    );
    write(root.path(), "example.com/a/b/nonsense.zip", "zip");
    write(root.path(), "example.com/a/b/1.0.0.json", "{");
    write(
        root.path(),
        "example.com/a/b/2.0.0/linux_amd64/terraform-provider-b",
        "binary",
    );
    write(root.path(), "README.md", "words");
    write(root.path(), ".terraform/x/y/z.zip", "zip");
    let tree = Tree::walk(root.path()).unwrap();
    assert!(tree.versions.is_empty());
    let problems = tree.problems.join("\n");
    for part in [
        "first level is hosts",
        "directory of another",
        "nonsense.zip",
        "1.0.0.json",
        "unpacked",
    ] {
        assert!(problems.contains(part), "{part} in {problems}");
    }
    assert_eq!(tree.problems.len(), 5, "{problems}");
    assert!(Tree::walk(&root.path().join("none")).is_err());
}
