//! Archives of modules, as publishers and forges make them.

use std::io::{Cursor, Write as _};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A module that greets: one input, one output, no provider.
pub const GREETING: &[(&str, &str)] = &[
    (
        "main.tf",
        "variable \"name\" {\n  type        = string\n  description = \"Who is greeted.\"\n  default     = \"reef\"\n}\n\noutput \"greeting\" {\n  value       = \"hello ${var.name}\"\n  description = \"The words.\"\n}\n",
    ),
    ("README.md", "# Greeting\n\nSays hello.\n"),
];

/// A zip of these files.
pub fn zip(files: &[(&str, &str)]) -> Bytes {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .expect("an entry in memory");
        writer
            .write_all(content.as_bytes())
            .expect("bytes in memory");
    }
    writer
        .finish()
        .expect("a zip in memory")
        .into_inner()
        .into()
}

/// A tar.gz of these files.
pub fn tar_gz(files: &[(&str, &str)]) -> Bytes {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, content) in files {
        append(&mut tar, name, content.as_bytes());
    }
    let gzip = tar.into_inner().expect("a tar in memory");
    gzip.finish().expect("bytes in memory").into()
}

/// A tar.gz of these files in one directory, as forges make them.
pub fn wrapped(directory: &str, files: &[(&str, &str)]) -> Bytes {
    let named: Vec<(String, &str)> = files
        .iter()
        .map(|(name, content)| (format!("{directory}/{name}"), *content))
        .collect();
    let named: Vec<(&str, &str)> = named
        .iter()
        .map(|(name, content)| (name.as_str(), *content))
        .collect();
    tar_gz(&named)
}

/// A tar.gz whose one entry has a name that no library would write.
pub fn tar_gz_with_entry(name: &str, content: &[u8]) -> Bytes {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    append(&mut tar, "main.tf", b"");
    let mut header = tar::Header::new_gnu();
    let field = header.as_old_mut().name.get_mut(..name.len());
    field
        .expect("a name that fits")
        .copy_from_slice(name.as_bytes());
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    tar.append(&header, content).expect("an entry in memory");
    let gzip = tar.into_inner().expect("a tar in memory");
    gzip.finish().expect("bytes in memory").into()
}

/// A tar.gz that unpacks to so many zeros.
pub fn bomb(unpacked_bytes: u64) -> Bytes {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
    append(&mut tar, "main.tf", b"");
    let mut header = tar::Header::new_gnu();
    header.set_size(unpacked_bytes);
    header.set_mode(0o644);
    let zeros = std::io::Read::take(std::io::repeat(0), unpacked_bytes);
    tar.append_data(&mut header, "zeros", zeros)
        .expect("an entry in memory");
    let gzip = tar.into_inner().expect("a tar in memory");
    gzip.finish().expect("bytes in memory").into()
}

fn append<W: std::io::Write>(tar: &mut tar::Builder<W>, name: &str, content: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, name, content)
        .expect("an entry in memory");
}
