//! Signing keys, made once a process: an RSA key takes most of a second.

use std::sync::OnceLock;

use atoll_core::openpgp::SigningKey;
use atoll_core::time_micros::Micros;

/// When every test key and test signature was made: 2024-01-01, so that their bytes depend on the key alone.
pub const TEST_TIME: Micros = Micros::from_secs(1_704_067_200);

/// The key that fake upstreams sign with.
pub fn publisher_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| generate("Test Publisher <publisher@example.com>"))
}

/// A key that nobody serves.
pub fn stranger_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| generate("Stranger <stranger@example.com>"))
}

fn generate(user_id: &str) -> SigningKey {
    SigningKey::generate(user_id, TEST_TIME).expect("a test signing key")
}
