//! One run of git: its own process group, bounded output, and an end in any case.

use std::io;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
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
///
/// It has to go before its leader is waited for: until then nobody else can have the leader's number.
struct Group {
    leader: Pid,
}

impl Group {
    fn of(child: &Child) -> io::Result<Self> {
        let number = child.id().and_then(|id| i32::try_from(id).ok());
        let leader = number.and_then(Pid::from_raw);
        let leader = leader.ok_or_else(|| io::Error::other("the process is gone already"))?;
        Ok(Self { leader })
    }

    /// Waits until the leader has ended, and leaves its number to it.
    async fn ended(&self) -> io::Result<()> {
        let leader = self.leader;
        // When this is dropped the leader is killed, so the thread does not wait for long.
        let waiting = tokio::task::spawn_blocking(move || {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            rustix::io::retry_on_intr(|| waitid(WaitId::Pid(leader), options))
        });
        waiting.await.map_err(io::Error::other)??;
        Ok(())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Gone already is what we want.
        let _ = kill_process_group(self.leader, Signal::KILL);
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
    let group = Group::of(&child).map_err(&failed)?;
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
    group.ended().await.map_err(&failed)?;
    drop(group);
    let status = child.wait().await.map_err(&failed)?;
    Ok(Ended {
        status,
        stdout: text,
        stderr,
    })
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    /// The letter of a process: `Z` where it has ended and was not waited for, nothing where it is gone.
    fn state_of(pid: i32) -> Option<char> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (_, rest) = stat.rsplit_once(") ")?;
        rest.chars().next()
    }

    #[tokio::test]
    async fn a_leader_keeps_its_number_until_its_group_is_gone() {
        let mut child = shell("exit 3").process_group(0).spawn().unwrap();
        let group = Group::of(&child).unwrap();
        group.ended().await.unwrap();
        assert_eq!(state_of(group.leader.as_raw_nonzero().get()), Some('Z'));
        drop(group);
        assert_eq!(child.wait().await.unwrap().code(), Some(3));
    }

    #[tokio::test]
    async fn what_a_leader_leaves_behind_is_killed() {
        let command = shell("sleep 1000 >/dev/null 2>&1 & echo $!; exit 3");
        let ended = run(command, None, |error| panic!("{error}")).await.unwrap();
        assert_eq!(ended.status.code(), Some(3));
        let left: i32 = String::from_utf8(ended.stdout)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        let started = Instant::now();
        // Whoever takes in orphans may be slow to wait for them.
        while !matches!(state_of(left), None | Some('Z')) {
            assert!(started.elapsed() < Duration::from_secs(10), "it lives on");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
