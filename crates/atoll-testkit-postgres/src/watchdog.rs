//! Ends the cluster when the test process ends, however it ends.
//!
//! Statics are never dropped, and a killed process drops nothing. So a shell waits for the end of a pipe whose other
//! end only this process holds, then stops the server and removes its files.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};

use crate::binaries::Binaries;

const SCRIPT: &str = r#"trap '' INT TERM HUP
cat >/dev/null
"$1" -D "$2/data" -m immediate stop >/dev/null 2>&1
cd / && rm -rf -- "$2""#;

/// Keeps the cluster alive while it lives.
#[derive(Debug)]
pub(crate) struct Watchdog {
    _pipe: ChildStdin,
}

impl Watchdog {
    /// Starts watching over the cluster below `root`.
    pub(crate) fn start(binaries: &Binaries, root: &Path) -> io::Result<Self> {
        let mut command = Command::new("/bin/sh");
        if let Some(account) = binaries.account {
            command.uid(account.uid).gid(account.gid);
        }
        let mut child = command
            .args(["-c", SCRIPT, "watchdog"])
            .arg(binaries.path("pg_ctl"))
            .arg(root)
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let pipe = child
            .stdin
            .take()
            .ok_or_else(|| io::Error::other("the watchdog has no pipe"))?;
        Ok(Self { _pipe: pipe })
    }
}
