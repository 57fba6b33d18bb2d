//! What a tar's readers remember: whose fault a failure is.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use crate::module::package::error::PackageError;
use crate::module::package::limits::Limits;

/// What was seen on the way from the file to the tar.
#[derive(Clone, Default)]
pub(super) struct Watch {
    source_failed: Rc<Cell<bool>>,
    exceeded: Rc<Cell<bool>>,
}

impl Watch {
    /// Tells a damaged archive from one that is too large, and from bytes that could not be had: decoders have one error for
    /// all of these.
    pub(super) fn judge(&self, error: PackageError, limits: Limits) -> PackageError {
        match error {
            PackageError::Damaged { .. } if self.exceeded.get() => limits.stream_exceeded(),
            PackageError::Damaged { source, .. } if self.source_failed.get() => {
                PackageError::Read(source)
            }
            other => other,
        }
    }

    /// The archive's own bytes.
    pub(super) fn source<R: Read>(&self, inner: R) -> Source<R> {
        Source {
            inner,
            watch: self.clone(),
        }
    }

    /// The bytes of the tar, of which there may be so many.
    pub(super) fn metered<R: Read>(&self, inner: R, limits: Limits) -> Metered<R> {
        Metered {
            inner,
            left: limits.stream_bytes_max(),
            watch: self.clone(),
        }
    }
}

/// See [`Watch::source`].
pub(super) struct Source<R> {
    inner: R,
    watch: Watch,
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.inner.read(buffer);
        if matches!(&result, Err(error) if error.kind() != io::ErrorKind::Interrupted) {
            self.watch.source_failed.set(true);
        }
        result
    }
}

/// See [`Watch::metered`].
pub(super) struct Metered<R> {
    inner: R,
    left: u64,
    watch: Watch,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let Some(left) = self.left.checked_sub(count as u64) else {
            self.watch.exceeded.set(true);
            let words = "the archive unpacks to too much";
            return Err(io::Error::new(io::ErrorKind::InvalidData, words));
        };
        self.left = left;
        Ok(count)
    }
}
