//! The sources of what is mirrored.

mod settings;

pub use settings::{
    ASSUMED_OFFLINE_PERIOD_SECS, Anonymous, MISSED_CACHE_PERIOD_SECS, MinFree,
    RETRIEVAL_CACHE_PERIOD_SECS, SyncPolicy, UpstreamMode, UpstreamPolicy,
};
