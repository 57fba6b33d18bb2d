//! Hashing what is in a file.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use atoll_core::digest::Hasher;

/// How much is read at once: it stays in the processor's cache until it is hashed.
const READ_BYTES: usize = 256 * 1024;

/// Hashes a range of a file. Blocks. A file that ends earlier is an error.
pub(crate) fn hash_range(file: &File, range: Range<u64>, hasher: &mut Hasher) -> io::Result<()> {
    let mut buffer = vec![0; READ_BYTES];
    let mut position = range.start;
    while position < range.end {
        let want = usize::try_from(range.end - position)
            .unwrap_or(READ_BYTES)
            .min(READ_BYTES);
        let part = buffer.get_mut(..want).unwrap_or_default();
        file.read_exact_at(part, position)?;
        hasher.update(part);
        position += want as u64;
    }
    Ok(())
}
