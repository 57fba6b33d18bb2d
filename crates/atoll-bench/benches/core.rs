//! Pure code on hot paths.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that can't be set up must panic"
)]

use std::fmt::Write as _;

use std::io::Cursor;

use atoll_core::digest::Digest;
use atoll_core::h1::H1;
use atoll_core::manifest;
use atoll_core::module::describe::{self, Files};
use atoll_core::repository::RepositoryName;
use atoll_core::sums::ShaSums;
use atoll_core::version::Version;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[divan::bench]
fn digest_parse(bencher: Bencher) {
    bencher
        .counter(BytesCount::of_str(DIGEST))
        .bench(|| black_box(DIGEST).parse::<Digest>());
}

#[divan::bench]
fn repository_parse(bencher: Bencher) {
    let name = "providers/registry.terraform.io/hashicorp/aws";
    bencher
        .counter(BytesCount::of_str(name))
        .bench(|| black_box(name).parse::<RepositoryName>());
}

#[divan::bench(args = [1, 100])]
fn manifest_parse(bencher: Bencher, layers: usize) {
    let text = image(layers);
    let bytes = text.as_bytes();
    bencher
        .counter(BytesCount::of_slice(bytes))
        .bench(|| manifest::parse(None, black_box(bytes)));
}

#[divan::bench]
fn versions_sort(bencher: Bencher) {
    let versions: Vec<Version> = (0..1000_u32)
        .map(|n| {
            format!("{}.{}.{}", n * 7 % 10, n * 31 % 100, n)
                .parse()
                .unwrap()
        })
        .collect();
    bencher
        .counter(ItemsCount::new(versions.len()))
        .with_inputs(|| versions.clone())
        .bench_values(|mut versions| {
            versions.sort();
            versions
        });
}

#[divan::bench]
fn versions_parse(bencher: Bencher) {
    let texts: Vec<String> = (0..1000_u32)
        .map(|n| format!("5.{}.{}", n / 10, n % 10))
        .collect();
    bencher.counter(ItemsCount::new(texts.len())).bench(|| {
        texts
            .iter()
            .filter_map(|text| text.parse::<Version>().ok())
            .count()
    });
}

#[divan::bench]
fn sums_parse(bencher: Bencher) {
    let hex = DIGEST.trim_start_matches("sha256:");
    let lines: Vec<String> = (0..15)
        .map(|n| format!("{hex}  terraform-provider-aws_5.100.0_os_{n}.zip\n"))
        .collect();
    let text = lines.concat();
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| ShaSums::parse_strict(black_box(text.as_bytes())));
}

#[divan::bench(args = [1, 16])]
fn h1_of_zip(bencher: Bencher, megabytes: usize) {
    let zip = atoll_testkit::zips::large_provider("bench", "1.0.0", "linux_amd64", megabytes << 20);
    bencher
        .counter(BytesCount::of_slice(&zip))
        .bench(|| H1::of_zip(Cursor::new(black_box(&zip[..]))));
}

#[divan::bench(args = [20, 200])]
fn module_describe(bencher: Bencher, kilobytes: usize) {
    let text = module(kilobytes << 10);
    let mut files = Files::new();
    files.insert("main.tf", text.clone().into_bytes());
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| describe::describe(black_box(&files), ""));
}

/// A module's configuration, of about that size.
fn module(bytes: usize) -> String {
    let mut text = String::new();
    let mut number = 0_u32;
    while text.len() < bytes {
        number += 1;
        // Writing to a string can't fail.
        let _ = write!(
            text,
            r#"
variable "v{number}" {{
  description = "The settings of part {number}, \"as is\"."
  type        = map(object({{ cidr = string, zones = optional(list(string), ["a", "b"]) }}))
  default     = {{ a = {{ cidr = "10.0.0.0/24" }} }} # one
}}

resource "aws_subnet" "s{number}" {{
  for_each = {{ for k, v in var.v{number} : k => v if length(v.zones) > 0 }}
  tags     = merge(var.tags, {{ Name = "${{var.name}}-${{each.key}}" }})
}}

output "o{number}" {{
  description = "What became of part {number}"
  value       = try(aws_subnet.s{number}[*].id, null)
}}
"#
        );
    }
    text
}

fn image(layers: usize) -> String {
    let layer = format!(
        r#"{{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{DIGEST}","size":1}}"#
    );
    let layers = vec![layer; layers].join(",");
    format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{DIGEST}","size":2}},"layers":[{layers}]}}"#
    )
}
