//! Reads that take only what is in memory.

use std::fs::File;
use std::ops::Range;

/// Reads what the page cache has at an offset, without waiting for a disk. `None`: nothing is there, or this file
/// system can't say, and the caller has to read on the pool for blocking work. Zero: the file ends before the offset.
#[cfg(target_os = "linux")]
pub(crate) fn read_in_place(file: &File, buffer: &mut [u8], offset: u64) -> Option<usize> {
    use std::io::IoSliceMut;

    use rustix::io::{ReadWriteFlags, preadv2};

    // A real error comes again, with words, from the read that may block.
    preadv2(
        file,
        &mut [IoSliceMut::new(buffer)],
        offset,
        ReadWriteFlags::NOWAIT,
    )
    .ok()
}

/// Other systems have no such read.
#[cfg(not(target_os = "linux"))]
pub(crate) fn read_in_place(_file: &File, _buffer: &mut [u8], _offset: u64) -> Option<usize> {
    None
}

/// Tells the system that a part of the file will be wanted soon. Only advice: a system that doesn't take it is none the worse.
pub(crate) fn read_ahead(file: &File, wanted: Range<u64>) {
    #[cfg(target_os = "linux")]
    let _ = rustix::fs::fadvise(
        file,
        wanted.start,
        std::num::NonZeroU64::new(wanted.end - wanted.start),
        rustix::fs::Advice::WillNeed,
    );
    #[cfg(not(target_os = "linux"))]
    let _ = (file, wanted);
}
