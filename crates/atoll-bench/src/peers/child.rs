//! An upstream in a process of its own, so that its CPU time and memory are nobody else's.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};
use atoll_testkit::registry::{Content, FakeRegistry, Fault};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

/// What a fake upstream sends at once when it is told to be slow, and how long it waits after that; about 1 Gbit/s.
const PIECE_BYTES: usize = 64 * 1024;

/// Programs that the harness starts as children of itself.
#[derive(clap::Subcommand)]
pub(crate) enum ChildCommand {
    /// A registry with one version of `bench/zip` for each file: 1.0.0, 1.0.1, …
    Upstream {
        /// The zips.
        files: Vec<PathBuf>,
        /// How long it waits between two pieces, in microseconds; zero for not at all.
        #[arg(long)]
        pause_micros: u64,
    },
}

impl ChildCommand {
    /// Runs until standard input ends.
    pub(crate) async fn run(self) -> Result<()> {
        let Self::Upstream {
            files,
            pause_micros,
        } = self;
        let registry = FakeRegistry::start().await;
        for (patch, file) in files.into_iter().enumerate() {
            let version = format!("1.0.{patch}");
            let setup = registry.provider("bench/zip").version(&version);
            drop(setup.package("linux_amd64", Content::File(file)));
        }
        if pause_micros > 0 {
            registry
                .fault(Fault::drip(PIECE_BYTES, Duration::from_micros(pause_micros)).on("*.zip"));
        }
        crate::report::line(registry.url().as_str())?;
        let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        ended
            .await?
            .map(drop)
            .context("failed to read standard input")
    }
}

/// A running upstream.
pub(crate) struct Upstream {
    _child: Child,
    _stdin: ChildStdin,
    /// Its address, with a slash at the end.
    pub(crate) url: String,
}

impl Upstream {
    /// Starts one that serves these zips.
    pub(crate) async fn start(files: &[PathBuf], pause: Duration) -> Result<Self> {
        let program: PathBuf = std::env::current_exe()?;
        let mut command = Command::new(&program);
        command
            .args([
                "child",
                "upstream",
                "--pause-micros",
                &pause.as_micros().to_string(),
            ])
            .args(files);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command
            .spawn()
            .with_context(|| format!("failed to start {}", program.display()))?;
        let stdin = child.stdin.take().context("no standard input")?;
        let mut lines = BufReader::new(child.stdout.take().context("no standard output")?).lines();
        let url = lines
            .next_line()
            .await?
            .context("the upstream ended before it said where it is")?;
        Ok(Self {
            _child: child,
            _stdin: stdin,
            url,
        })
    }

    /// `host:port`
    pub(crate) fn authority(&self) -> &str {
        self.url.trim_start_matches("http://").trim_end_matches('/')
    }
}
