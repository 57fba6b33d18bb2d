//! What the server said that it has.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A repository and one of its tags.
type TagName = (String, String);

/// What the server said that it has.
#[derive(Clone, Default)]
pub(crate) struct Acknowledged {
    /// Repository and digest.
    pub(super) blobs: Vec<(String, String)>,
    /// Repository and tag, with the digest.
    pub(super) tags: BTreeMap<TagName, String>,
    /// Repository and tag, with the place of the last move among those that were asked for.
    pub(super) moves: BTreeMap<TagName, usize>,
    /// Repository and tag, with the digests that it was asked to point to, one after the other. More may come: a move that was
    /// never acknowledged may have happened.
    pub(super) asked_moves: Arc<Mutex<BTreeMap<TagName, Vec<String>>>>,
    /// Versions of the provider that the server signed.
    pub(super) versions: Vec<String>,
    /// Versions of the provider that came with a signature.
    pub(super) signed: Vec<String>,
    /// Versions of the mirrored provider that arrived whole.
    pub(super) fetched: Vec<String>,
}

/// What clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Push,
    Move,
    Publish,
    SignedPublish,
    Fill,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [
        Self::Push,
        Self::Move,
        Self::Publish,
        Self::SignedPublish,
        Self::Fill,
    ];

    /// One after the other.
    pub(crate) fn in_turn(round: u64) -> Self {
        let turn = usize::try_from(round).unwrap() % Self::ALL.len();
        Self::ALL[turn]
    }
}

impl Acknowledged {
    /// How many things of a kind.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::Push => self.tags.len(),
            // The first place is where the tag began.
            Kind::Move => self.moves.values().sum(),
            Kind::Publish => self.versions.len(),
            Kind::SignedPublish => self.signed.len(),
            Kind::Fill => self.fetched.len(),
        }
    }
}

/// Says how many things of each kind were acknowledged in all rounds. A test in which one kind never got so far proves nothing of it.
pub(crate) fn were_of_every_kind(test: &str, rounds: &[Acknowledged]) {
    for kind in Kind::ALL {
        let count: usize = rounds.iter().map(|round| round.count(kind)).sum();
        println!("{test}: {count} of the kind {kind:?} were acknowledged");
        assert!(count > 0, "it was over before there was a {kind:?}");
    }
}
