//! Real programs, run in a world of their own: a home and a directory for temporary files, and nothing else of the machine.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// How long one command may take.
const COMMAND_TIMEOUT: Duration = Duration::from_mins(3);

/// Where programs are looked for after `PATH`, which leaves out the administrator's ones where that is not who tests.
const ADMINISTRATORS_DIRS: [&str; 2] = ["/usr/sbin", "/sbin"];

/// A program and the environment it gets.
#[derive(Clone)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    dir: PathBuf,
    env: Vec<(OsString, OsString)>,
}

/// How a command ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The command, for messages.
    pub command: String,
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Ended {
    /// Whether the command exited with 0.
    pub fn is_ok(&self) -> bool {
        self.code == Some(0)
    }

    /// What this run wrote to stdout; it must have succeeded.
    #[track_caller]
    pub fn succeeds(self) -> String {
        assert!(self.is_ok(), "failed: {self}");
        self.stdout
    }

    /// This run, which must have failed with this code and said one of these words.
    #[track_caller]
    pub fn fails(self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{self}");
        let text = format!("{}{}", self.stdout, self.stderr).to_lowercase();
        assert!(
            words.iter().any(|word| text.contains(word)),
            "should have said one of {words:?}: {self}"
        );
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            command,
            code,
            stdout,
            stderr,
        } = self;
        write!(
            formatter,
            "`{command}` (exit code {code:?})\n{stdout}{stderr}"
        )
    }
}

impl Program {
    /// A program at this place, with its home in `dir`.
    pub fn new(path: impl Into<PathBuf>, dir: &Path) -> Self {
        let program = Self {
            path: path.into(),
            arguments: Vec::new(),
            dir: dir.to_owned(),
            env: Vec::new(),
        };
        program
            .env(
                "PATH",
                "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin",
            )
            .env("HOME", dir)
            .env("TMPDIR", dir)
            .env("LC_ALL", "C.UTF-8")
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// The same program as what these words begin, such as `unshare --mount`.
    #[must_use]
    pub fn behind(mut self, words: &[&str]) -> Self {
        let (first, rest) = words.split_first().expect("a program's name");
        let program = std::mem::replace(&mut self.path, PathBuf::from(first));
        let rest = rest.iter().map(OsString::from);
        self.arguments = rest
            .chain([program.into_os_string()])
            .chain(self.arguments)
            .collect();
        self
    }

    /// The command line so far, for what is to go on running.
    pub fn command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(&self.path);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        command.current_dir(&self.dir).stdin(Stdio::null());
        command
    }

    /// Runs it with these arguments.
    pub async fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ended {
        self.run_with_input(arguments, "").await
    }

    /// Runs it with these arguments and this on its stdin.
    pub async fn run_with_input<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
        input: &str,
    ) -> Ended {
        let mut command = Command::from(self.command());
        command.args(arguments).kill_on_drop(true);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let line = line(command.as_std());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("failed to start `{line}`: {error}"));
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        // Whoever ends without reading it has its reasons.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let output = tokio::time::timeout(COMMAND_TIMEOUT, child.wait_with_output()).await;
        let output =
            output.unwrap_or_else(|_| panic!("`{line}` took more than {COMMAND_TIMEOUT:?}"));
        let output = output.expect("a child's output can be read");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended {
            command: line,
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

fn line(command: &std::process::Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    words.join(" ")
}

/// Where a program of this name is.
#[expect(
    clippy::disallowed_methods,
    reason = "there is no configuration around a test"
)]
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::env::split_paths(&path).chain(ADMINISTRATORS_DIRS.map(PathBuf::from));
    dirs.map(|dir| dir.join(name))
        .find(|candidate| candidate.is_file())
}

/// The Python with the packages that the tests need, as `make parts` installs it.
pub fn find_python() -> Option<PathBuf> {
    Some(python_dir().join("bin/python")).filter(|python| python.is_file())
}

/// A file of one of the Python packages that the tests need, by its path below all of them.
pub fn find_in_python_packages(path: &str) -> Option<PathBuf> {
    let versions = std::fs::read_dir(python_dir().join("lib")).ok()?;
    versions
        .filter_map(Result::ok)
        .map(|version| version.path().join("site-packages").join(path))
        .find(|candidate| candidate.is_file())
}

#[expect(
    clippy::disallowed_methods,
    reason = "there is no configuration around a test"
)]
fn python_dir() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::env::var_os("ATOLL_TEST_PARTS")
        .map_or_else(|| here.join("../../target/parts"), PathBuf::from)
        .join("venv")
}
