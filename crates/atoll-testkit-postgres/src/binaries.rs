//! Where PostgreSQL's programs are, and as whom they run.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The directory of the server's programs and the account that runs them.
#[derive(Debug)]
pub(crate) struct Binaries {
    directory: PathBuf,
    /// PostgreSQL refuses to run as root, so root's tests run it as its own user.
    pub(crate) account: Option<Account>,
}

/// Numbers of a system account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Binaries {
    /// Debian keeps them off the PATH, one directory for each major version; the newest is taken.
    pub(crate) fn find() -> Option<Self> {
        let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .filter_map(|entry| {
                let entry = entry.ok()?;
                Some((
                    entry.file_name().to_str()?.parse().ok()?,
                    entry.path().join("bin"),
                ))
            })
            .filter(|(_, directory)| has_server(directory))
            .collect();
        versions.sort();
        let newest = versions.pop().map(|(_, directory)| directory);
        let directory = newest.or_else(on_path)?;
        if !running_as_root() {
            return Some(Self {
                directory,
                account: None,
            });
        }
        Some(Self {
            directory,
            account: Some(postgres_account()?),
        })
    }

    pub(crate) fn path(&self, program: &str) -> PathBuf {
        self.directory.join(program)
    }

    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.path(program));
        if let Some(account) = self.account {
            command.uid(account.uid).gid(account.gid).current_dir("/");
        }
        command
    }
}

fn has_server(directory: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres", "psql"]
        .iter()
        .all(|program| directory.join(program).exists())
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests look for the programs where the shell would"
)]
fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find(|directory| has_server(directory))
}

fn running_as_root() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        status
            .lines()
            .any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"))
    })
}

fn postgres_account() -> Option<Account> {
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = passwd.lines().find(|line| line.starts_with("postgres:"))?;
    let mut fields = line.split(':').skip(2);
    Some(Account {
        uid: fields.next()?.parse().ok()?,
        gid: fields.next()?.parse().ok()?,
    })
}
