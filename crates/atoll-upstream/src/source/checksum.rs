//! Hashes of bytes that pass by.

use atoll_core::getter::ChecksumAlgorithm;
use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512};
use data_encoding::HEXLOWER;
use md5::{Digest as _, Md5};

/// A hash in the making.
pub(super) enum Hashing {
    Md5(Box<Md5>),
    Other(Context),
}

impl Hashing {
    pub(super) fn new(algorithm: ChecksumAlgorithm) -> Self {
        match algorithm {
            ChecksumAlgorithm::Md5 => Self::Md5(Box::default()),
            ChecksumAlgorithm::Sha1 => Self::Other(Context::new(&SHA1_FOR_LEGACY_USE_ONLY)),
            ChecksumAlgorithm::Sha256 => Self::Other(Context::new(&SHA256)),
            ChecksumAlgorithm::Sha512 => Self::Other(Context::new(&SHA512)),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Md5(md5) => md5.update(bytes),
            Self::Other(context) => context.update(bytes),
        }
    }

    /// Lower-case hexadecimal digits.
    pub(super) fn finish(self) -> String {
        match self {
            Self::Md5(md5) => HEXLOWER.encode(&md5.finalize()),
            Self::Other(context) => HEXLOWER.encode(context.finish().as_ref()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        for (algorithm, hex) in [
            (ChecksumAlgorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (
                ChecksumAlgorithm::Sha1,
                "a9993e364706816aba3e25717850c26c9cd0d89d",
            ),
            (
                ChecksumAlgorithm::Sha256,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
        ] {
            let mut hashing = Hashing::new(algorithm);
            hashing.update(b"a");
            hashing.update(b"bc");
            assert_eq!(hashing.finish(), hex);
        }
        assert_eq!(Hashing::new(ChecksumAlgorithm::Sha512).finish().len(), 128);
    }
}
