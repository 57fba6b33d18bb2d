//! The largest provider there is, with the real client: the whole way from a cold mirror to an upstream that is gone.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use atoll_testkit::atoll::{Atoll, Serving};
use atoll_testkit::registry::{Content, FakeRegistry};
use atoll_testkit::skip::skip;
use atoll_testkit::terraform::Terraform;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::world::{HOST, LINUX};

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

/// A configuration that mirrors this upstream.
fn mirroring(upstream: &FakeRegistry) -> String {
    format!(
        "server {{\n  min_free = 0\n}}\nupstream \"terraform\" \"{HOST}\" {{\n  url = \"{}\"\n}}\n",
        upstream.url()
    )
}

/// A fresh client of a server that speaks TLS by its own authority.
fn client_of(server: &Serving, test: &str) -> Option<Terraform> {
    let terraform = Terraform::find_for(test, server.ca_pem())?;
    let (_, port) = server.host().split_once(':').unwrap();
    terraform.configure_mirror(&format!("https://localhost:{port}/mirror/"));
    terraform.require(&[("aws", &format!("{HOST}/{AWS}"), "5.100.0")]);
    Some(terraform)
}

async fn installs(terraform: &Terraform) {
    let run = terraform.init().await;
    let _ = run.succeeds().says("Installed").says("v5.100.0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_aws_provider_is_installed_through_the_mirror_and_then_from_the_store_alone() {
    let test = "the_aws_provider_is_installed_through_the_mirror_and_then_from_the_store_alone";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let Some(program) = find_provider() else {
        skip(
            test,
            "the AWS provider",
            "unpack version 5.100.0 of hashicorp/aws for linux_amd64 anywhere",
        );
        return;
    };
    let zip = tokio::task::spawn_blocking(move || zip_of(&program))
        .await
        .unwrap();
    let mut upstream = FakeRegistry::start().await;
    let version = upstream.provider(AWS).version("5.100.0");
    drop(version.package(LINUX, Content::File(zip)));
    atoll.write("atoll.hcl", mirroring(&upstream));
    let server = atoll.serve(&[]).await;
    let Some(terraform) = client_of(&server, test) else {
        return;
    };
    installs(&terraform).await;
    terraform.write(
        "provider.tf",
        "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n",
    );
    let _ = terraform
        .run(&["validate"])
        .await
        .succeeds()
        .says("Success! The configuration is valid.");
    let downloads = upstream.requests_to("*.zip").into_iter().filter(|request| {
        // One byte is asked for to learn a size.
        request.method == "GET" && request.header("range") != Some("bytes=0-0")
    });
    assert_eq!(downloads.count(), 1);

    // Nothing that the server remembers besides its store helps the second client.
    upstream.stop().await;
    server.stop().await;
    let server = atoll.serve(&[]).await;
    let other = client_of(&server, test).unwrap();
    installs(&other).await;
    assert_eq!(other.lock_file(), terraform.lock_file());
    server.stop().await;
}
