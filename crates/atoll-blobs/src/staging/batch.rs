//! Bytes that wait to be written together.

use bytes::{Bytes, BytesMut};

/// Pieces smaller than this are copied together. Larger ones are kept as they came, for a copy costs a tenth of hashing.
const COPY_BELOW_BYTES: usize = 8 * 1024;

/// Pieces in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pieces: Vec<Bytes>,
    small: BytesMut,
    len: usize,
}

impl Batch {
    pub(crate) fn push(&mut self, piece: Bytes) {
        self.len += piece.len();
        if piece.len() < COPY_BELOW_BYTES {
            // A tiny piece may keep a whole network buffer alive; a copy doesn't.
            self.small.extend_from_slice(&piece);
        } else {
            self.close_small();
            self.pieces.push(piece);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The pieces, and an empty batch for the next ones.
    pub(crate) fn take(&mut self) -> Vec<Bytes> {
        self.close_small();
        self.len = 0;
        std::mem::take(&mut self.pieces)
    }

    fn close_small(&mut self) {
        if !self.small.is_empty() {
            self.pieces.push(self.small.split().freeze());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_comes_out_is_what_went_in(sizes in proptest::collection::vec(0..COPY_BELOW_BYTES * 2, 0..20)) {
            let mut batch = Batch::default();
            let mut expected = Vec::new();
            for (n, size) in sizes.into_iter().enumerate() {
                let piece = vec![u8::try_from(n).unwrap(); size];
                expected.extend_from_slice(&piece);
                batch.push(piece.into());
            }
            prop_assert_eq!(batch.len(), expected.len());
            prop_assert_eq!(batch.take().concat(), expected);
            prop_assert_eq!((batch.len(), batch.take().len()), (0, 0));
        }
    }
}
