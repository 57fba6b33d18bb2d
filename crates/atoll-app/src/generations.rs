//! Answers kept in memory for as long as nothing changes what they were read from.

use std::borrow::Borrow;
use std::hash::Hash;

use moka::sync::Cache;

/// Values that were read from repositories, each good for one generation of its repository.
pub(crate) struct ByGeneration<K, V> {
    memory: Cache<K, (i64, V)>,
}

impl<K, V> ByGeneration<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Keeps so many values at most.
    pub(crate) fn new(values_max: u64) -> Self {
        Self {
            memory: Cache::new(values_max),
        }
    }

    /// Keeps values of so much weight at most.
    pub(crate) fn weighed(
        weight_max: u64,
        weigh: impl Fn(&V) -> u32 + Send + Sync + 'static,
    ) -> Self {
        Self {
            memory: Cache::builder()
                .weigher(move |_, (_, value)| weigh(value))
                .max_capacity(weight_max)
                .build(),
        }
    }

    /// What was kept, if it is of this generation.
    pub(crate) fn get<Q>(&self, key: &Q, generation: i64) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let (known, value) = self.memory.get(key)?;
        (known == generation).then_some(value)
    }

    /// Keeps a value. Its generation is the one that was current before it was read.
    pub(crate) fn keep(&self, key: K, generation: i64, value: V) {
        self.memory.insert(key, (generation, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_good_for_its_own_generation() {
        let kept = ByGeneration::weighed(10, |value: &u32| *value);
        kept.keep("a", 1, 2);
        assert_eq!(kept.get("a", 1), Some(2));
        assert_eq!(
            (kept.get("a", 2), kept.get("a", 0), kept.get("b", 1)),
            (None, None, None)
        );
        kept.keep("a", 2, 3);
        assert_eq!((kept.get("a", 1), kept.get("a", 2)), (None, Some(3)));
    }
}
