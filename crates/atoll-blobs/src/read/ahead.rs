//! How far the disk is asked to read ahead of a reader, so that it works while the socket drains.

use std::ops::Range;

/// The disk has been asked for this much ahead of a reader who had to wait for it, up to twice as much.
const WINDOW_BYTES: u64 = 2 * 1024 * 1024;

/// How far the disk was asked. It is left alone until a read has to wait for it.
#[derive(Debug, Default)]
pub(crate) struct ReadAhead {
    asked_for: u64,
}

impl ReadAhead {
    /// What to ask for when the reader waits for `len` bytes at a position, and wants all until `end`.
    pub(crate) fn when_waiting(&mut self, position: u64, len: u64, end: u64) -> Option<Range<u64>> {
        self.ask(
            position.max(self.asked_for),
            position + len + WINDOW_BYTES,
            end,
        )
    }

    /// What to ask for when the reader has come to a position without waiting.
    pub(crate) fn when_read(&mut self, position: u64, end: u64) -> Option<Range<u64>> {
        let ahead = self.asked_for.saturating_sub(position);
        if ahead == 0 || ahead >= WINDOW_BYTES {
            return None;
        }
        self.ask(self.asked_for, self.asked_for + WINDOW_BYTES, end)
    }

    fn ask(&mut self, from: u64, until: u64, end: u64) -> Option<Range<u64>> {
        let until = until.min(end);
        if from >= until {
            return None;
        }
        self.asked_for = until;
        Some(from..until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: u64 = WINDOW_BYTES;

    #[test]
    fn the_disk_is_left_alone_until_a_read_waits_for_it() {
        let mut ahead = ReadAhead::default();
        assert_eq!(ahead.when_read(0, 100 * W), None);
        assert_eq!(ahead.when_read(5 * W, 100 * W), None);
    }

    #[test]
    fn it_stays_one_to_two_windows_ahead_and_is_asked_for_nothing_twice() {
        let mut ahead = ReadAhead::default();
        let end = 100 * W;
        assert_eq!(ahead.when_waiting(0, 10, end), Some(0..W + 10));
        assert_eq!(ahead.when_read(10, end), None, "a whole window is ahead");
        assert_eq!(ahead.when_read(11, end), Some(W + 10..2 * W + 10));
        assert_eq!(ahead.when_read(11, end), None);
        // What was asked for is still on its way.
        assert_eq!(ahead.when_waiting(20, 10, end), None);
        assert_eq!(
            ahead.when_waiting(2 * W, 10, end),
            Some(2 * W + 10..3 * W + 10)
        );
        // A reader who has overtaken it reads from memory.
        assert_eq!(ahead.when_read(4 * W, end), None);
    }

    #[test]
    fn nothing_beyond_the_end_is_asked_for() {
        let mut ahead = ReadAhead::default();
        assert_eq!(ahead.when_waiting(5, 10, 15), Some(5..15));
        assert_eq!(ahead.when_waiting(15, 0, 15), None);
        assert_eq!(ahead.when_read(14, 15), None);
        assert_eq!(
            ahead.when_read(14, 20),
            Some(15..20),
            "the end of a fill moves"
        );
    }
}
