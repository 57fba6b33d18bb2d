//! Where lines are written. A write for each request's line takes a small answer's time up by a tenth: these lines are held for as
//! long as the thread that answered has other work, and written together.

use std::io::{self, Stderr, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;

/// How many bytes of lines are held.
const HELD_BYTES_MAX: usize = 16 * 1024;

/// The lines of this process.
pub(super) static STDERR: Lines<Stderr> = Lines::new(io::stderr);

/// Writes the lines that are held: called when a thread has nothing more to do, and at the end.
pub(crate) fn write_held() {
    // There is nobody left to tell.
    let _ = STDERR.write_held();
}

/// Lines, written one after the other and in their order.
pub(super) struct Lines<W> {
    held: Mutex<Vec<u8>>,
    open: fn() -> W,
}

impl<W: Write> Lines<W> {
    /// Lines that are written to what this opens.
    pub(super) const fn new(open: fn() -> W) -> Self {
        Self {
            held: Mutex::new(Vec::new()),
            open,
        }
    }

    fn write_held(&self) -> io::Result<()> {
        self.write(&mut self.held())
    }

    fn add(&self, line: &[u8], may_wait: bool) -> io::Result<()> {
        let mut held = self.held();
        held.extend_from_slice(line);
        if may_wait && held.len() < HELD_BYTES_MAX {
            return Ok(());
        }
        self.write(&mut held)
    }

    fn write(&self, held: &mut Vec<u8>) -> io::Result<()> {
        if held.is_empty() {
            return Ok(());
        }
        let written = (self.open)().write_all(held);
        held.clear();
        written
    }

    fn held(&self) -> MutexGuard<'_, Vec<u8>> {
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
        self.lines.add(bytes, self.may_wait)?;
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
            LINES.write_held().unwrap();
            LINES.write_held().unwrap();
            assert_eq!(written().len(), 1);
            answered(&"long".repeat(HELD_BYTES_MAX / 4));
            assert_eq!(written().len(), 1);
        });
    }
}
