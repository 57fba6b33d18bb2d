//! The largest provider there is, with the real client: the whole way from a cold mirror to an upstream that is gone.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use atoll_testkit::registry::Content;
use atoll_testkit::skip::skip;
use atoll_testkit::terraform::Terraform;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::world::{HOST, LINUX, World};

const PROGRAM: &str = "terraform-provider-aws_v5.100.0_x5";
const ZIP: &str = "terraform-provider-aws_5.100.0_linux_amd64.zip";
const AWS: &str = "hashicorp/aws";

/// Where the provider lies on this machine, if it does.
fn find_provider() -> Option<PathBuf> {
    let found = Command::new("find")
        .args(["/", "-xdev", "-type", "f", "-name", PROGRAM])
        .output()
        .ok()?;
    let text = String::from_utf8(found.stdout).ok()?;
    text.lines().next().map(PathBuf::from)
}

/// The provider as its publisher would zip it, but compressed fast. It is kept for the next run.
fn zip_of(program: &Path) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let finished = directory.join(ZIP);
    if finished.exists() {
        return finished;
    }
    let unfinished = tempfile::NamedTempFile::new_in(directory).unwrap();
    let mut writer = ZipWriter::new(BufWriter::with_capacity(
        1 << 20,
        unfinished.reopen().unwrap(),
    ));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1))
        .unix_permissions(0o755);
    writer.start_file(PROGRAM, options).unwrap();
    let mut source = BufReader::with_capacity(1 << 20, File::open(program).unwrap());
    std::io::copy(&mut source, &mut writer).unwrap();
    writer.finish().unwrap().flush().unwrap();
    unfinished.persist(&finished).unwrap();
    finished
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_aws_provider_is_installed_through_the_mirror_and_then_from_the_store_alone() {
    let test = "the_aws_provider_is_installed_through_the_mirror_and_then_from_the_store_alone";
    let Some(program) = find_provider() else {
        skip(
            test,
            "the AWS provider",
            "unpack version 5.100.0 of hashicorp/aws for linux_amd64 anywhere",
        );
        return;
    };
    let mut world = World::with_tls().await;
    let Some(terraform) = Terraform::find_for(test, world.server().ca_pem()) else {
        return;
    };
    let zip = tokio::task::spawn_blocking(move || zip_of(&program))
        .await
        .unwrap();
    world.change(AWS, "5.100.0", |setup| {
        setup.package(LINUX, Content::File(zip))
    });
    let mirror = format!("{}/mirror/", world.server().url());
    terraform.configure_mirror(&mirror);
    let source = format!("{HOST}/{AWS}");
    terraform.require(&[("aws", &source, "5.100.0")]);
    let _ = terraform
        .init()
        .await
        .succeeds()
        .says("Installed")
        .says("v5.100.0");
    terraform.write(
        "provider.tf",
        "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n",
    );
    let _ = terraform
        .run(&["validate"])
        .await
        .succeeds()
        .says("Success! The configuration is valid.");
    assert_eq!(world.zip_downloads(), 1);

    world.upstream.stop().await;
    let Some(other) = Terraform::find_for(test, world.server().ca_pem()) else {
        return;
    };
    other.configure_mirror(&mirror);
    other.require(&[("aws", &source, "5.100.0")]);
    let _ = other
        .init()
        .await
        .succeeds()
        .says("Installed")
        .says("v5.100.0");
    assert_eq!(other.lock_file(), terraform.lock_file());
}
