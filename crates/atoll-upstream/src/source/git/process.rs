//! One run of git: its own process group, bounded output, and an end in any case.

use std::io;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

use crate::source::SourceError;
use crate::source::sink::Sink;

/// How much of stderr is kept, from its end.
const STDERR_BYTES_MAX: usize = 2048;
/// What the small commands write.
const STDOUT_BYTES_MAX: u64 = 4096;
const BUFFER_BYTES: usize = 64 * 1024;

/// How a run ended.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    /// The end of it, as it came.
    pub(super) stderr: Vec<u8>,
}

/// Kills a group of processes when dropped: git's children don't outlive it.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            // Gone already is what we want.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// Runs a command to its end. Its stdout goes into the sink, if there is one.
///
/// # Cancellation
///
/// Dropping it kills the process and everything it has started.
pub(super) async fn run(
    mut command: Command,
    sink: Option<&mut Sink<'_>>,
    failed: impl Fn(io::Error) -> SourceError,
) -> Result<Ended, SourceError> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(&failed)?;
    let _group = Group(group_of(&child));
    let (Some(mut stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(failed(io::ErrorKind::BrokenPipe.into()));
    };
    let mut text = Vec::new();
    let reading = async {
        if let Some(sink) = sink {
            return pour(&mut stdout, sink, &failed).await;
        }
        let mut small = stdout.take(STDOUT_BYTES_MAX);
        small.read_to_end(&mut text).await.map_err(&failed)?;
        Ok(())
    };
    let ((), stderr) =
        tokio::try_join!(reading, async { tail(&mut stderr).await.map_err(&failed) })?;
    let status = child.wait().await.map_err(&failed)?;
    Ok(Ended {
        status,
        stdout: text,
        stderr,
    })
}

fn group_of(child: &Child) -> Option<Pid> {
    Pid::from_raw(i32::try_from(child.id()?).ok()?)
}

async fn pour(
    from: &mut (impl AsyncRead + Unpin),
    sink: &mut Sink<'_>,
    failed: impl Fn(io::Error) -> SourceError,
) -> Result<(), SourceError> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let length = from.read(&mut buffer).await.map_err(&failed)?;
        match buffer.get(..length) {
            Some(bytes) if !bytes.is_empty() => sink.write(bytes).await?,
            _ => return Ok(()),
        }
    }
}

/// Reads everything and keeps the end.
async fn tail(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let mut buffer = vec![0; STDERR_BYTES_MAX];
    loop {
        let length = from.read(&mut buffer).await?;
        match buffer.get(..length) {
            Some(bytes) if !bytes.is_empty() => kept.extend_from_slice(bytes),
            _ => return Ok(kept),
        }
        let excess = kept.len().saturating_sub(STDERR_BYTES_MAX);
        kept.drain(..excess);
    }
}
