//! Decisions that can be taken again.

/// Numbers that follow from a seed and from nothing else.
#[derive(Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    /// A new seed, which is printed: with `ATOLL_TEST_SEED` a run takes the same decisions again.
    #[expect(
        clippy::disallowed_methods,
        reason = "there is no configuration around a test"
    )]
    pub(crate) fn new(test: &str) -> Self {
        let given = std::env::var("ATOLL_TEST_SEED")
            .ok()
            .and_then(|text| text.parse().ok());
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        let seed = given.unwrap_or_else(|| u64::from(now.subsec_nanos()));
        println!("{test}: ATOLL_TEST_SEED={seed}");
        Self(seed | 1)
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % end
    }

    /// An independent source.
    pub(crate) fn split(&mut self) -> Self {
        Self(self.below(u64::MAX) | 1)
    }
}
