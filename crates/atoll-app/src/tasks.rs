//! Work that finishes although the client has hung up.

use std::future::Future;

use tokio_util::task::TaskTracker;

/// Runs mutations to completion and lets shutdown wait for them.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
}

/// The task panicked, or the runtime is going away.
#[derive(Debug, thiserror::Error)]
#[error("the task {name} ended without an answer")]
pub struct TaskFailed {
    name: &'static str,
    #[source]
    source: tokio::task::JoinError,
}

impl TaskFailed {
    pub(crate) fn new(name: &'static str, source: tokio::task::JoinError) -> Self {
        Self { name, source }
    }
}

impl Tasks {
    /// Runs `work` on its own task and waits for its answer.
    ///
    /// # Cancellation
    ///
    /// Dropping this future does not stop the work; it finishes on its own task.
    pub async fn run_to_completion<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, TaskFailed> {
        self.tracker
            .spawn(work)
            .await
            .map_err(|source| TaskFailed { name, source })
    }

    /// Starts work that nobody waits for but [`Tasks::finished`].
    pub fn start(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(work);
    }

    /// Waits until all that was started has ended; call it when nothing new will be started.
    pub async fn finished(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}
