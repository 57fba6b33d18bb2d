//! The built program, run as its users run it: commands, and servers that are processes of their own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::watch;

use crate::program::{Ended, Program};
use crate::server::Client;
use crate::skip::skip;

/// How long a server may take until it answers, and until it has ended.
const START_TIMEOUT: Duration = Duration::from_mins(1);
const STOP_TIMEOUT: Duration = Duration::from_mins(1);

/// What stands before the address in the first line of a server that is ready, and in its last one.
const ADDRESS_MARK: &str = " listens on ";
const LAST_LINE_MARK: &str = "a token to publish with: ";

/// The built program with a home of its own. Its working directory is the home: an `atoll.hcl` there is its configuration.
pub struct Atoll {
    binary: PathBuf,
    home: TempDir,
    data_dir: PathBuf,
}

/// A server that runs. It is killed when it is dropped.
pub struct Serving {
    child: Child,
    pid: Pid,
    url: String,
    ca_pem: Option<String>,
    log: Arc<Mutex<String>>,
}

impl Atoll {
    /// The program for a test; says that the test is skipped where it was not built.
    pub fn find_for(test: &str) -> Option<Self> {
        let Some(binary) = find_binary() else {
            skip(test, "the program", "cargo build --bin atoll");
            return None;
        };
        let home = TempDir::new().expect("a temporary directory");
        let data_dir = home.path().join("data");
        Some(Self {
            binary,
            home,
            data_dir,
        })
    }

    /// Keeps its data somewhere else than in its home.
    #[must_use]
    pub fn with_data_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.data_dir = path.into();
        self
    }

    /// Where it keeps its data.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// A path in its home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file in its home, with the directories above it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        let parent = path.parent().expect("a file is in a directory");
        std::fs::create_dir_all(parent).expect("a writable directory");
        std::fs::write(&path, content).expect("a writable file");
        path
    }

    /// The program, which knows where the data is and nothing else.
    pub fn program(&self) -> Program {
        Program::new(&self.binary, self.home.path()).env("ATOLL_DATA_DIR", &self.data_dir)
    }

    /// Runs a command.
    pub async fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ended {
        self.program().run(arguments).await
    }

    /// Makes a token with this scope.
    pub async fn token(&self, scope: &str) -> String {
        let ended = self.run(["token", "create", "--name", "test", "--scope", scope]);
        ended.await.succeeds().trim().to_owned()
    }

    /// Starts a server on plain HTTP and waits until it answers.
    pub async fn serve_plainly(&self) -> Serving {
        self.serve(&["--no-tls"]).await
    }

    /// Starts a server with more arguments and waits until it answers.
    pub async fn serve(&self, arguments: &[&str]) -> Serving {
        self.serve_by(&[], arguments).await
    }

    /// Starts a server through another program, which must become it: the words before its own command line.
    pub async fn serve_by(&self, before: &[&str], arguments: &[&str]) -> Serving {
        Serving::start(self.serve_command(before, arguments), &self.data_dir).await
    }

    /// Begins to start a server, and does not wait for anything. It is killed when it is dropped.
    pub fn begin_to_serve(&self, arguments: &[&str]) -> Child {
        let mut command = self.serve_command(&[], arguments);
        command.stderr(Stdio::null());
        command.spawn().expect("a program that starts")
    }

    fn serve_command(&self, before: &[&str], arguments: &[&str]) -> Command {
        let words = before
            .iter()
            .map(OsStr::new)
            .chain([self.binary.as_os_str()]);
        let words: Vec<&OsStr> = words.collect();
        let (first, rest) = words.split_first().expect("there is a program");
        let program = Program::new(*first, self.home.path()).env("ATOLL_DATA_DIR", &self.data_dir);
        let mut command = Command::from(program.command());
        command.args(rest).args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--metrics-listen",
            "127.0.0.1:0",
        ]);
        command.args(arguments).kill_on_drop(true);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }
}

impl Serving {
    async fn start(mut command: Command, data_dir: &Path) -> Self {
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("failed to start {command:?}: {error}"));
        let pid = child
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let pid = pid.expect("a child that runs has an id");
        let log = Arc::new(Mutex::new(String::new()));
        let stderr = child.stderr.take().expect("stderr is a pipe");
        let (sender, mut lines) = watch::channel(());
        tokio::spawn(read_log(stderr, Arc::clone(&log), sender));
        let ready = async {
            loop {
                let so_far = locked(&log).clone();
                if so_far.contains(LAST_LINE_MARK) {
                    return so_far;
                }
                assert!(
                    lines.changed().await.is_ok(),
                    "the server ended before it answered:\n{}",
                    locked(&log)
                );
            }
        };
        let ready = tokio::time::timeout(START_TIMEOUT, ready).await;
        let said = ready.unwrap_or_else(|_| panic!("the server never answered:\n{}", locked(&log)));
        let (_, rest) = said
            .split_once(ADDRESS_MARK)
            .expect("it says where it listens");
        let url = rest
            .lines()
            .next()
            .expect("an address")
            .trim_end()
            .to_owned();
        let ca_pem = url
            .starts_with("https:")
            .then(|| std::fs::read_to_string(data_dir.join("tls/ca.pem")).expect("an authority"));
        Self {
            child,
            pid,
            url,
            ca_pem,
            log,
        }
    }

    /// Its address with scheme and without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its address and port.
    pub fn host(&self) -> &str {
        self.url
            .split_once("://")
            .map(|(_, host)| host)
            .expect("a URL")
    }

    /// The certificate of its authority, where it speaks TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// A client without a token.
    pub fn nobody(&self) -> Client {
        Client::new(&self.url, self.ca_pem())
    }

    /// A client with a token.
    pub fn client(&self, token: &str) -> Client {
        self.nobody().with_token(token)
    }

    /// What it wrote to stderr so far.
    pub fn log(&self) -> String {
        locked(&self.log).clone()
    }

    /// Its anonymous memory, in bytes.
    pub fn anonymous_bytes(&self) -> u64 {
        let path = format!("/proc/{}/status", self.pid);
        let text = std::fs::read_to_string(path).expect("a running process");
        let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let digits = line.and_then(|rest| rest.trim().strip_suffix("kB"));
        let kib: u64 = digits
            .and_then(|digits| digits.trim().parse().ok())
            .expect("a number");
        kib * 1024
    }

    /// How many files and sockets it has open.
    pub fn open_files(&self) -> usize {
        let path = format!("/proc/{}/fd", self.pid);
        std::fs::read_dir(path).expect("a running process").count()
    }

    /// Kills it as a crash would, and waits until it is gone.
    pub async fn kill(mut self) {
        self.child.start_kill().expect("a child that can be killed");
        self.child.wait().await.expect("a child that ends");
    }

    /// Tells it to stop, and goes on.
    pub fn terminate(&self) {
        kill_process(self.pid, Signal::TERM).expect("a process that runs");
    }

    /// Waits until it has ended by itself.
    pub async fn ended(mut self) -> ExitStatus {
        let ended = tokio::time::timeout(STOP_TIMEOUT, self.child.wait()).await;
        let log = self.log();
        ended
            .unwrap_or_else(|_| panic!("the server did not end:\n{log}"))
            .expect("a child that ends")
    }

    /// Tells it to stop, and waits until it has; it must say that all is well.
    pub async fn stop(self) {
        self.terminate();
        let log = Arc::clone(&self.log);
        let status = self.ended().await;
        assert!(status.success(), "{status}:\n{}", locked(&log));
    }
}

async fn read_log(stderr: ChildStderr, log: Arc<Mutex<String>>, sender: watch::Sender<()>) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut text = locked(&log);
        text.push_str(&line);
        text.push('\n');
        drop(text);
        sender.send_replace(());
    }
}

/// A panic of one test thread must not hide another's findings.
fn locked(mutex: &Mutex<String>) -> std::sync::MutexGuard<'_, String> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `ATOLL_TEST_BIN` names, or the program beside the directory of the running test.
#[expect(
    clippy::disallowed_methods,
    reason = "there is no configuration around a test"
)]
fn find_binary() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("ATOLL_TEST_BIN") {
        return Some(path.into());
    }
    let test = std::env::current_exe().ok()?;
    let beside = test.parent()?.parent()?.join("atoll");
    Some(beside).filter(|binary| binary.is_file())
}
