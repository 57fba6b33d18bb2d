//! What the kernel counts for processes.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// How often memory is looked at, in milliseconds.
const WATCH_MILLIS: u64 = 10;

/// The unit of times in /proc, which is the same on every machine that Linux runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// A process and those that it has started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tree(pub(crate) u32);

struct Stat {
    pid: u32,
    parent: u32,
    ticks: u64,
    waited_ticks: u64,
}

impl Tree {
    /// CPU seconds so far, those of ended children included.
    pub(crate) fn cpu_seconds(self) -> f64 {
        let all = stats();
        let members = self.members(&all);
        let ticks: u64 = members
            .iter()
            .map(|stat| stat.ticks + stat.waited_ticks)
            .sum();
        ticks as f64 / TICKS_PER_SECOND
    }

    /// Resident memory without files, in bytes.
    pub(crate) fn anonymous_bytes(self) -> u64 {
        self.memory("RssAnon:")
    }

    /// Resident memory, in bytes.
    pub(crate) fn resident_bytes(self) -> u64 {
        self.memory("VmRSS:")
    }

    fn memory(self, field: &str) -> u64 {
        let all = stats();
        self.members(&all)
            .iter()
            .map(|stat| memory_of(stat.pid, field).unwrap_or_default())
            .sum()
    }

    fn members(self, all: &[Stat]) -> Vec<&Stat> {
        let mut pids = vec![self.0];
        let mut at = 0;
        while let Some(parent) = pids.get(at).copied() {
            pids.extend(
                all.iter()
                    .filter(|stat| stat.parent == parent)
                    .map(|stat| stat.pid),
            );
            at += 1;
        }
        all.iter().filter(|stat| pids.contains(&stat.pid)).collect()
    }
}

/// CPU seconds of this process and of its children that have ended: the clients'.
pub(crate) fn own_cpu_seconds() -> f64 {
    let me = stat_of(std::process::id());
    me.map_or(0.0, |stat| {
        (stat.ticks + stat.waited_ticks) as f64 / TICKS_PER_SECOND
    })
}

fn stats() -> Vec<Stat> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(stat_of).collect()
}

fn stat_of(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may have any character; what follows are numbers but for one letter.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    Some(Stat {
        pid,
        parent: u32::try_from(number(1)?).ok()?,
        ticks: number(11)? + number(12)?,
        waited_ticks: number(13)? + number(14)?,
    })
}

fn memory_of(pid: u32, field: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// Watches the anonymous memory of a process until it is asked for the peak.
pub(crate) struct MemoryWatch {
    stop: Arc<AtomicBool>,
    peak: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl MemoryWatch {
    /// Starts watching.
    pub(crate) fn start(tree: Tree) -> Self {
        // Looked up once: reading all of /proc as often would cost what is being measured.
        let all = stats();
        let pids: Vec<u32> = tree.members(&all).iter().map(|stat| stat.pid).collect();
        let (stop, peak) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let (stopped, highest) = (Arc::clone(&stop), Arc::clone(&peak));
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let now = pids
                    .iter()
                    .filter_map(|pid| memory_of(*pid, "RssAnon:"))
                    .sum();
                highest.fetch_max(now, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(WATCH_MILLIS));
            }
        });
        Self { stop, peak, thread }
    }

    /// The peak so far, in bytes.
    pub(crate) fn peak_bytes(self) -> Result<u64> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread
            .join()
            .ok()
            .context("the thread that watched the memory panicked")?;
        Ok(self.peak.load(Ordering::Relaxed))
    }
}
