//! File systems of a test's own, which only root can mount. They are unmounted whatever comes of the test.

use std::path::{Path, PathBuf};
use std::process::Command;

use atoll_testkit::program::find_program;
use atoll_testkit::skip::skip;
use tempfile::TempDir;

/// The size of a disk in a file: as little as xfs takes.
const IMAGE_BYTES: u64 = 320 << 20;

/// A mounted file system.
pub(super) struct Disk {
    dir: TempDir,
    mount: PathBuf,
}

impl Disk {
    /// One in memory, of so many mebibytes; says that the test is skipped where it can't be mounted.
    pub(super) fn in_memory(test: &str, mebibytes: u32) -> Option<Self> {
        let disk = Self::prepare();
        let options = format!("size={mebibytes}m");
        disk.mounts(test, &["-t", "tmpfs", "-o", &options, "tmpfs"])
    }

    /// One in a file, from which the power can be cut; says that the test is skipped where a part is missing.
    pub(super) fn in_file(test: &str, kind: &str) -> Option<Self> {
        let mkfs = format!("mkfs.{kind}");
        for (program, package) in [
            ("xfs_io", "xfsprogs"),
            (
                mkfs.as_str(),
                if kind == "xfs" {
                    "xfsprogs"
                } else {
                    "e2fsprogs"
                },
            ),
        ] {
            if find_program(program).is_none() {
                skip(test, program, &format!("apt-get install {package}"));
                return None;
            }
        }
        let disk = Self::prepare();
        let image = disk.image();
        std::fs::File::create(&image)
            .unwrap()
            .set_len(IMAGE_BYTES)
            .unwrap();
        run(&mkfs, &["-q", text(&image)]).unwrap_or_else(|error| panic!("{error}"));
        disk.mounts(test, &["-o", "loop", text(&image)])
    }

    fn prepare() -> Self {
        let dir = TempDir::new().unwrap();
        let mount = dir.path().join("mount");
        std::fs::create_dir(&mount).unwrap();
        Self { dir, mount }
    }

    fn mounts(self, test: &str, what: &[&str]) -> Option<Self> {
        let arguments: Vec<&str> = what.iter().copied().chain([text(&self.mount)]).collect();
        if let Err(error) = run("mount", &arguments) {
            skip(
                test,
                "a file system of its own",
                &format!("only root can mount one: {error}"),
            );
            return None;
        }
        Some(self)
    }

    fn image(&self) -> PathBuf {
        self.dir.path().join("image")
    }

    /// Where it is mounted.
    pub(super) fn path(&self) -> &Path {
        &self.mount
    }

    /// Cuts the power: what was not synced is lost, and nothing works any more.
    pub(super) fn cut_power(&self) {
        run("xfs_io", &["-x", "-c", "shutdown", text(&self.mount)])
            .unwrap_or_else(|error| panic!("{error}"));
    }

    /// Unmounts it and mounts it again, as a machine does that comes back.
    pub(super) fn come_back(&self) {
        run("umount", &[text(&self.mount)]).unwrap_or_else(|error| panic!("{error}"));
        run(
            "mount",
            &["-o", "loop", text(&self.image()), text(&self.mount)],
        )
        .unwrap_or_else(|error| panic!("{error}"));
    }

    /// How many bytes are free.
    pub(super) fn free_bytes(&self) -> u64 {
        let space = rustix::fs::statvfs(&self.mount).unwrap();
        space.f_bavail * space.f_frsize
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What is not mounted any more can't be unmounted, and is what was wanted. Lazily: somebody may be at work still.
        let _ = run("umount", &["-l", text(&self.mount)]);
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let path = find_program(program).ok_or_else(|| format!("there is no {program}"))?;
    let output = Command::new(path)
        .args(arguments)
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    ))
}
