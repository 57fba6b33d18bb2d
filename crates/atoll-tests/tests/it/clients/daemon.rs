//! Daemons in namespaces of their own: their mounts, sockets and children end with them, and their `/etc`, `/run` and `/var`
//! are not the machine's.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use atoll_testkit::program::{Program, find_program};
use rustix::process::{Pid, Signal, kill_process};

use super::world::World;

/// How long a daemon may take until it answers.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// How long to wait before it is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// What runs before the daemon takes the place of the shell. A copy of `/etc` takes the place of the real one; `$1` is the
/// directory for all that, and the rest the daemon's command line. The first line leaves the number that the process has
/// outside, where it is 1 inside.
const PREPARE: &str = r#"
read -r pid _ </proc/self/stat && echo "$pid" >"$1/pid" &&
mount -t proc proc /proc &&
mount -t tmpfs tmpfs /run &&
cp -a /etc/. "$1/etc" && cp -a "$1/etc-more/." "$1/etc" && mount --bind "$1/etc" /etc || exit
shift
exec "$@"
"#;

/// A daemon that runs until it is dropped.
pub(super) struct Daemon {
    child: Child,
    dir: PathBuf,
}

impl Daemon {
    /// Starts a daemon in a directory of the world. Files that were put in its `etc-more` are there in its `/etc`.
    pub(super) fn start(world: &World, dir: &str, command: &[&str]) -> Self {
        let dir = world.path(dir);
        for part in ["etc", "etc-more"] {
            std::fs::create_dir_all(dir.join(part)).unwrap();
        }
        let unshare = Program::new(find_program("unshare").unwrap(), world.dir());
        // The tests may be killed themselves.
        let unshare = unshare.behind(&["setpriv", "--pdeathsig=KILL"]);
        let log = std::fs::File::create(dir.join("log")).unwrap();
        let mut unshare = unshare.command();
        unshare
            .args([
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "sh",
                "-c",
                PREPARE,
                "sh",
            ])
            .arg(&dir)
            .args(command);
        let child = unshare
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, dir }
    }

    /// Waits until the daemon answers.
    pub(super) async fn until(&mut self, answers: impl AsyncFn() -> bool) {
        let waiting = async {
            while !answers().await {
                assert!(
                    self.child.try_wait().unwrap().is_none(),
                    "the daemon has ended:\n{}",
                    log_of(&self.dir)
                );
                tokio::time::sleep(ASK_AGAIN).await;
            }
        };
        let waited = tokio::time::timeout(START_TIMEOUT, waiting).await;
        assert!(
            waited.is_ok(),
            "the daemon does not answer:\n{}",
            log_of(&self.dir)
        );
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // When the first process of its namespace ends, the kernel ends the others, and only then does `unshare` end.
        let first = std::fs::read_to_string(self.dir.join("pid")).ok();
        let first = first
            .and_then(|text| text.trim().parse().ok())
            .and_then(Pid::from_raw);
        let killed = first.is_some_and(|first| kill_process(first, Signal::KILL).is_ok());
        if !killed {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the daemon's log:\n{}", log_of(&self.dir));
        }
    }
}

/// What the daemon said, its chatter left out.
fn log_of(dir: &Path) -> String {
    let log = std::fs::read_to_string(dir.join("log")).unwrap_or_default();
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| !line.contains("level=info"))
        .collect();
    lines.join("\n")
}
