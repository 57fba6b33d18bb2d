//! How long a client waits for an answer that upstream is needed for.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::error::MirrorError;
use crate::failure::Failure;
use crate::tasks::Tasks;

/// What all upstream calls behind one answer may take together: clients give up after ten seconds.
pub const LIST_BUDGET: Duration = Duration::from_secs(8);

/// Work that is waited for. Boxed, because futures within futures grow beyond what the compiler takes.
pub(super) type Work<T> = Pin<Box<dyn Future<Output = Result<T, MirrorError>> + Send>>;

/// When a client's patience ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    until: Instant,
}

impl Patience {
    /// Begins to wait.
    pub(super) fn begin(patience: Duration) -> Self {
        Self {
            until: Instant::now() + patience,
        }
    }

    /// Waits for work that goes on when the patience, or the client, is gone. `None` when it took too long.
    pub(super) async fn wait_for<T: Send + 'static>(
        self,
        tasks: &Tasks,
        name: &'static str,
        work: Work<T>,
    ) -> Option<Result<T, MirrorError>> {
        let finished = timeout_at(self.until, tasks.run_to_completion(name, work))
            .await
            .ok()?;
        Some(
            finished
                .map_err(|failed| Failure::from(failed).into())
                .and_then(|result| result),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_work_outlives_the_patience() {
        let (done, is_done) = tokio::sync::oneshot::channel();
        let (begin, may_begin) = tokio::sync::oneshot::channel::<()>();
        let tasks = Tasks::default();
        let patience = Patience::begin(Duration::from_millis(20));
        let work = async move {
            let _ = may_begin.await;
            let _ = done.send(());
            Ok(1)
        };
        assert!(
            patience
                .wait_for(&tasks, "test", Box::pin(work))
                .await
                .is_none()
        );
        begin.send(()).unwrap();
        is_done.await.unwrap();
        let answer = Patience::begin(LIST_BUDGET)
            .wait_for(&tasks, "test", Box::pin(async { Ok(2) }))
            .await;
        assert_eq!(answer.unwrap().unwrap(), 2);
    }
}
