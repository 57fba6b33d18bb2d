//! Archives of modules.

use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;

/// A module with something of everything that is read from one.
pub(super) const FILES: [(&str, &str); 3] = [
    (
        "main.tf",
        r#"
variable "cidr" {
  type        = string
  description = "The addresses."
}
resource "aws_vpc" "this" {}
module "zone" {
  source  = "acme/zone/aws"
  version = "~> 2.0"
}
module "tags" {
  source = "git::https://git.example/tags.git?ref=v1"
}
module "inner" {
  source = "./modules/inner"
}
output "id" {
  value = aws_vpc.this.id
}
"#,
    ),
    ("README.md", "# A network\n"),
    ("modules/inner/main.tf", "variable \"x\" {}\n"),
];

/// A zip of files.
pub(super) fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The usual module, and a file that makes it one of its own.
pub(super) fn module_with(content: &str) -> Vec<u8> {
    let mut files = FILES.to_vec();
    files.push(("own.tf", content));
    zip_of(&files)
}

/// A zip with a link beside a module.
pub(super) fn zip_with_link(name: &str, target: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    zip.start_file("main.tf", options).unwrap();
    zip.add_symlink(name, target, options).unwrap();
    zip.finish().unwrap().into_inner()
}

/// A compressed tar of files, as forges make them: in a directory, if need be.
pub(super) fn tar_gz_of(wrapper: &str, files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o664);
        header.set_mtime(1_700_000_000);
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, format!("{wrapper}{name}"), content.as_bytes())
            .unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}
