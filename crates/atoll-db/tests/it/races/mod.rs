//! Two at once.

mod links;
mod sentences;
mod writers;

/// How often a race is run: on two cores, often enough to lose one that can be lost.
const ROUNDS: usize = 25;

/// How long a sentence gets to pass while a push is open, in milliseconds; on SQLite it can't and has to wait.
const SENTENCE_MILLIS: u64 = 300;
