//! One piece of work for any number of callers.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OnceCell;

/// Runs the work for a key once at a time: who asks meanwhile waits for it and gets a clone of its result,
/// error or not. Nothing is remembered once everybody has it.
///
/// # Cancellation
///
/// If the caller whose work runs goes away, the next waiting one begins anew.
#[derive(Debug)]
pub struct OnceMap<K, V> {
    running: Mutex<HashMap<K, Weak<OnceCell<V>>>>,
}

impl<K, V> Default for OnceMap<K, V> {
    fn default() -> Self {
        Self {
            running: Mutex::new(HashMap::new()),
        }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> OnceMap<K, V> {
    /// Joins the work under way for the key, or does it.
    pub async fn run<F>(&self, key: &K, work: impl FnOnce() -> F) -> V
    where
        F: Future<Output = V>,
    {
        let cell = self.cell(key);
        let value = cell.get_or_init(work).await.clone();
        self.forget(key, &cell);
        value
    }

    fn cell(&self, key: &K) -> Arc<OnceCell<V>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = running.get(key).and_then(Weak::upgrade)
            && !cell.initialized()
        {
            return cell;
        }
        // Callers that went away left their keys behind: they go when seconds come.
        running.retain(|_, cell| cell.strong_count() > 0);
        let cell = Arc::new(OnceCell::new());
        running.insert(key.clone(), Arc::downgrade(&cell));
        cell
    }

    fn forget(&self, key: &K, done: &Arc<OnceCell<V>>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running
            .get(key)
            .is_some_and(|cell| cell.as_ptr() == Arc::as_ptr(done))
        {
            running.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn many_callers_share_one_run_and_later_ones_run_again() {
        let map = OnceMap::<u8, usize>::default();
        let runs = AtomicUsize::new(0);
        let work = || async {
            tokio::task::yield_now().await;
            runs.fetch_add(1, Ordering::SeqCst)
        };
        let values = join_all((0..50).map(|_| map.run(&1, work))).await;
        assert_eq!(values, vec![0; 50]);
        assert_eq!(map.run(&1, work).await, 1);
        assert!(map.running.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_caller_that_leaves_hands_its_work_on() {
        let map = OnceMap::<u8, &str>::default();
        let first = map.run(&1, std::future::pending);
        let second = async {
            tokio::task::yield_now().await;
            map.run(&1, || async { "done" }).await
        };
        let (gone, stayed) = tokio::join!(
            tokio::time::timeout(Duration::from_millis(20), first),
            second
        );
        assert!(gone.is_err());
        assert_eq!(stayed, "done");
    }
}
