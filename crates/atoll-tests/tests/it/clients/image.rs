//! A runnable image of a few hundred bytes, made from nothing.

use atoll_core::digest::Digest;
use serde_json::{Value, json};

use super::layout::Layout;

/// The type of an image's configuration.
pub(super) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// The type of a layer that is not compressed.
pub(super) const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// What the image writes when it runs.
pub(super) const GREETING: &str = "hello from the reef\n";

/// Where the program is in the image.
const PROGRAM: &str = "hello";

/// Whether the program in the image runs here: it is machine code.
pub(super) fn runs_here() -> bool {
    cfg!(target_arch = "x86_64")
}

/// Adds the image to a layout under a tag; its digest.
pub(super) fn add_to(layout: &mut Layout, tag: &str) -> String {
    let tar = tar(PROGRAM, &program());
    let descriptor = layout.add_image(&config(&tar, architecture()), &tar);
    let digest = descriptor["digest"].as_str().unwrap().to_owned();
    layout.tag(tag, descriptor);
    digest
}

/// Its configuration, for any architecture.
pub(super) fn config(layer: &[u8], architecture: &str) -> Value {
    json!({
        "created": "2026-01-01T00:00:00Z",
        "architecture": architecture,
        "os": "linux",
        "config": {"Entrypoint": [format!("/{PROGRAM}")]},
        "rootfs": {"type": "layers", "diff_ids": [Digest::sha256(layer).to_string()]},
    })
}

/// What registries call the architecture of this machine.
pub(super) fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// A tar archive of one executable file.
///
/// Spec: <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html>, "ustar Interchange Format".
pub(super) fn tar(name: &str, content: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 512;
    let mut header = vec![0_u8; BLOCK];
    let mut put =
        |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000755");
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{:011o}", content.len()));
    put(136, "00000000000");
    // The checksum counts itself as blanks.
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\u{0}00");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut archive = header;
    archive.extend_from_slice(content);
    archive.resize(archive.len().next_multiple_of(BLOCK) + 2 * BLOCK, 0);
    archive
}

/// A static program for x86-64 Linux that writes the greeting and ends: an ELF header, one segment and 32 bytes of code.
///
/// Spec: <https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html>
pub(super) fn program() -> Vec<u8> {
    const BASE: u64 = 0x0040_0000;
    const HEADERS: u64 = 64 + 56;
    let greeting = GREETING.as_bytes();
    let length = u32::try_from(greeting.len()).unwrap();
    let code = [
        &[0xb8, 1, 0, 0, 0][..],          // mov eax, 1 (write)
        &[0xbf, 1, 0, 0, 0],              // mov edi, 1 (stdout)
        &[0x48, 0x8d, 0x35, 16, 0, 0, 0], // lea rsi, [rip + 16], which is past the code
        &[0xba],                          // mov edx, length
        &length.to_le_bytes(),
        &[0x0f, 0x05],        // syscall
        &[0xb8, 60, 0, 0, 0], // mov eax, 60 (exit)
        &[0x31, 0xff],        // xor edi, edi
        &[0x0f, 0x05],        // syscall
    ]
    .concat();
    let size = HEADERS + code.len() as u64 + u64::from(length);
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let mut put = |bytes: &[u8]| file.extend_from_slice(bytes);
    put(&2_u16.to_le_bytes()); // executable
    put(&62_u16.to_le_bytes()); // x86-64
    put(&1_u32.to_le_bytes());
    for address in [BASE + HEADERS, 64, 0] {
        put(&address.to_le_bytes()); // entry point, program headers, no section headers
    }
    put(&0_u32.to_le_bytes());
    for count in [64_u16, 56, 1, 0, 0, 0] {
        put(&count.to_le_bytes());
    }
    put(&1_u32.to_le_bytes()); // to be loaded
    put(&5_u32.to_le_bytes()); // readable and executable
    for field in [0, BASE, BASE, size, size, 0x1000] {
        put(&field.to_le_bytes()); // offset, addresses, sizes, alignment
    }
    put(&code);
    put(greeting);
    file
}

#[test]
fn the_program_greets() {
    use std::os::unix::fs::PermissionsExt;

    if !runs_here() {
        return;
    }
    let dir = tempfile::TempDir::new().unwrap();
    let path = dir.path().join(PROGRAM);
    std::fs::write(&path, program()).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    let output = std::process::Command::new(&path).output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, GREETING.as_bytes());
}
