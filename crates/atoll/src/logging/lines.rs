//! Where lines are written. A write for each request's line takes a small answer's time up by a tenth: these lines are held until a
//! worker of the runtime has nothing else to do, and written together.

use std::io::{self, Stderr, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;

/// How many bytes are written at once: the kernel keeps so much together in a pipe that others write to as well.
const HELD_BYTES_MAX: usize = 4096;

/// How old a held line may be when the next one comes, before both are written.
const HELD_MAX: Duration = Duration::from_millis(100);

/// The lines of this process.
pub(super) static STDERR: Lines<Stderr> = Lines::new(io::stderr);

/// Writes what is held: called when a worker has nothing more to do. It does not wait for a thread that writes or adds a line just
/// now: that one writes what there is, at once or when it has nothing more to do.
pub(crate) fn write_held() {
    if let Ok(mut held) = STDERR.held.try_lock() {
        STDERR.write(&mut held);
    }
}

/// Writes what is held, and from now on each line at once: called at the end.
pub(crate) fn hold_no_more() {
    let mut held = STDERR.held();
    held.is_over = true;
    STDERR.write(&mut held);
}

/// Lines, written one after the other and in their order.
pub(super) struct Lines<W> {
    held: Mutex<Held>,
    open: fn() -> W,
}

/// Lines that are still to be written.
struct Held {
    bytes: Vec<u8>,
    since: Option<Instant>,
    is_over: bool,
}

impl Held {
    fn is_due(&self, line: usize) -> bool {
        self.bytes.len() + line > HELD_BYTES_MAX
            || self.since.is_some_and(|since| since.elapsed() >= HELD_MAX)
    }
}

impl<W: Write> Lines<W> {
    /// Lines that are written to what this opens.
    pub(super) const fn new(open: fn() -> W) -> Self {
        Self {
            held: Mutex::new(Held {
                bytes: Vec::new(),
                since: None,
                is_over: false,
            }),
            open,
        }
    }

    fn add(&self, line: &[u8], may_wait: bool) {
        let mut held = self.held();
        if held.is_due(line.len()) {
            self.write(&mut held);
        }
        held.bytes.extend_from_slice(line);
        if may_wait && !held.is_over {
            held.since.get_or_insert_with(Instant::now);
        } else {
            self.write(&mut held);
        }
    }

    fn write(&self, held: &mut Held) {
        if held.bytes.is_empty() {
            return;
        }
        // A log that can't be written must not fail what it tells of, and there is nobody else to tell.
        let _ = (self.open)().write_all(&held.bytes);
        held.bytes.clear();
        held.since = None;
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes one line.
pub(super) struct Line<W: 'static> {
    lines: &'static Lines<W>,
    may_wait: bool,
}

impl<W: Write> Write for Line<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lines.add(bytes, self.may_wait);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> MakeWriter<'_> for &'static Lines<W> {
    type Writer = Line<W>;

    fn make_writer(&self) -> Line<W> {
        Line {
            lines: self,
            may_wait: false,
        }
    }

    fn make_writer_for(&self, metadata: &Metadata<'_>) -> Line<W> {
        Line {
            lines: self,
            may_wait: metadata.target() == atoll_server::REQUEST_LINES,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static WRITES: Mutex<Vec<String>> = Mutex::new(Vec::new());
    static LINES: Lines<Writes> = Lines::new(|| Writes);

    /// Keeps what is written, a piece for each write.
    struct Writes;

    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            WRITES.lock().unwrap().push(text);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written() -> Vec<String> {
        std::mem::take(&mut WRITES.lock().unwrap())
    }

    #[test]
    fn lines_of_requests_wait_for_each_other_and_no_others_do() {
        let subscriber = tracing_subscriber::fmt()
            .with_writer(&LINES)
            .without_time()
            .finish();
        let dispatch = tracing::Dispatch::new(subscriber);
        tracing::dispatcher::with_default(&dispatch, || {
            let answered = |path: &str| tracing::info!(target: atoll_server::REQUEST_LINES, path);
            answered("/a");
            answered("/b");
            assert_eq!(written(), [""; 0]);
            tracing::info!(target: "atoll", "pushed");
            let lines = written();
            assert_eq!(lines.len(), 1, "{lines:?}");
            let order: Vec<Option<usize>> = ["/a", "/b", "pushed"]
                .map(|words| lines[0].find(words))
                .into();
            assert!(order.is_sorted() && order[0].is_some(), "{lines:?}");
            answered("/c");
            answered(&"long".repeat(HELD_BYTES_MAX / 4));
            assert_eq!(written().len(), 1);
            answered("/d");
            assert!(written()[0].contains("long"));
            std::thread::sleep(HELD_MAX);
            answered("/e");
            assert!(written()[0].contains("/d"));
            LINES.held().is_over = true;
            answered("/f");
            assert!(written()[0].contains("/f"));
        });
    }
}
