//! Starting the cluster and making databases in it.

use std::fmt::Write as _;
use std::io;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::binaries::Binaries;
use crate::watchdog::Watchdog;

/// The name of the socket's file ends in it; nothing listens on the network.
const PORT: u16 = 5432;
/// Every test of the process has pools of its own.
const CONNECTIONS_MAX: u16 = 400;

static SHARED: OnceLock<Result<Option<Cluster>, ClusterError>> = OnceLock::new();

/// A running PostgreSQL server whose socket and files lie in a temporary directory.
#[derive(Debug)]
pub struct Cluster {
    binaries: Binaries,
    root: PathBuf,
    databases: AtomicU32,
    _watchdog: Watchdog,
}

/// The cluster could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// A program could not be started.
    #[error("failed to run {program} for the private PostgreSQL cluster")]
    Start {
        /// Which.
        program: &'static str,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A program failed.
    #[error("{program} failed for the private PostgreSQL cluster: {output}")]
    Failed {
        /// Which.
        program: &'static str,
        /// What it printed.
        output: String,
    },
    /// The directory could not be prepared.
    #[error("failed to prepare the directory of the private PostgreSQL cluster")]
    Directory(#[source] io::Error),
}

impl Cluster {
    /// The cluster of this process, started at the first call; none where PostgreSQL is not installed.
    pub fn shared() -> Result<Option<&'static Self>, &'static ClusterError> {
        SHARED.get_or_init(Self::start).as_ref().map(Option::as_ref)
    }

    /// Makes an empty database and returns its URL.
    pub fn create_database(&self) -> Result<String, ClusterError> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut psql = self.binaries.command("psql");
        psql.args([
            "-X",
            "-q",
            "-U",
            "atoll",
            "-d",
            "postgres",
            "-c",
            &format!("CREATE DATABASE {name}"),
        ])
        .args(["-p", &PORT.to_string(), "-h"])
        .arg(&self.root);
        run("psql", &mut psql)?;
        Ok(self.url(&name))
    }

    fn url(&self, database: &str) -> String {
        let socket = self
            .root
            .to_string_lossy()
            .bytes()
            .fold(String::new(), |mut text, byte| {
                let _ = write!(text, "%{byte:02X}");
                text
            });
        format!("postgres://atoll@{socket}:{PORT}/{database}?sslmode=disable")
    }

    fn start() -> Result<Option<Self>, ClusterError> {
        let Some(binaries) = Binaries::find() else {
            return Ok(None);
        };
        let root = prepare_directory(&binaries).map_err(ClusterError::Directory)?;
        // First of all, so that a failure below leaves nothing behind.
        let watchdog = Watchdog::start(&binaries, &root).map_err(|source| ClusterError::Start {
            program: "the watchdog",
            source,
        })?;
        run("initdb", &mut initdb(&binaries, &root))?;
        configure(&root).map_err(ClusterError::Directory)?;
        let mut start = binaries.command("pg_ctl");
        start
            .arg("-D")
            .arg(root.join("data"))
            .arg("-l")
            .arg(root.join("log"))
            .args(["-w", "start"]);
        run("pg_ctl", &mut start)?;
        Ok(Some(Self {
            binaries,
            root,
            databases: AtomicU32::new(0),
            _watchdog: watchdog,
        }))
    }
}

/// A collation that is not that of bytes, so that a forgotten `COLLATE "C"` shows.
fn initdb(binaries: &Binaries, root: &Path) -> Command {
    let mut command = binaries.command("initdb");
    command
        .arg("-D")
        .arg(root.join("data"))
        .args([
            "-A",
            "trust",
            "-U",
            "atoll",
            "-E",
            "UTF8",
            "--no-sync",
            "--no-instructions",
        ])
        .args([
            "--locale=C.UTF-8",
            "--locale-provider=icu",
            "--icu-locale=en-US",
        ]);
    command
}

fn prepare_directory(binaries: &Binaries) -> io::Result<PathBuf> {
    let root = tempfile::Builder::new()
        .prefix("atoll-postgres-")
        .tempdir()?
        .keep();
    if let Some(account) = binaries.account {
        chown(&root, Some(account.uid), Some(account.gid))?;
    }
    Ok(root)
}

/// Nothing in it is worth keeping, so nothing is synced.
fn configure(root: &Path) -> io::Result<()> {
    let settings = format!(
        "listen_addresses = ''\nport = {PORT}\nunix_socket_directories = '{}'\nmax_connections = {CONNECTIONS_MAX}\n\
         fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nshared_buffers = '32MB'\n",
        root.display()
    );
    let path = root.join("data/postgresql.conf");
    let defaults = std::fs::read_to_string(&path)?;
    std::fs::write(&path, defaults + &settings)
}

fn run(program: &'static str, command: &mut Command) -> Result<(), ClusterError> {
    // A daemon keeps what it inherits: with a pipe, reading its output would never end.
    let output = tempfile::tempfile().map_err(ClusterError::Directory)?;
    let copy = |file: &std::fs::File| {
        file.try_clone()
            .map(Stdio::from)
            .map_err(ClusterError::Directory)
    };
    let status = command
        .stdin(Stdio::null())
        .stdout(copy(&output)?)
        .stderr(copy(&output)?)
        .status()
        .map_err(|source| ClusterError::Start { program, source })?;
    if status.success() {
        return Ok(());
    }
    let mut text = String::new();
    io::Seek::rewind(&mut &output).map_err(ClusterError::Directory)?;
    io::Read::read_to_string(&mut &output, &mut text).map_err(ClusterError::Directory)?;
    Err(ClusterError::Failed {
        program,
        output: text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_database_has_an_address_of_its_own() {
        let Some(cluster) = Cluster::shared().unwrap() else {
            println!("{}", crate::SKIPPED);
            return;
        };
        let first = cluster.create_database().unwrap();
        assert_ne!(first, cluster.create_database().unwrap());
        assert!(first.ends_with("/test_0?sslmode=disable"), "{first}");
    }
}
