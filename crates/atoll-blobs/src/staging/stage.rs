//! Something that works on the blocking pool, one job at a time.

use tokio::task::JoinHandle;

use crate::BlobError;

/// A thing that is idle, or at work on the pool, or lost because its work failed.
pub(crate) enum Stage<T> {
    Idle(Box<T>),
    Busy(JoinHandle<Result<Box<T>, BlobError>>),
    Lost,
}

impl<T: Send + 'static> Stage<T> {
    pub(crate) fn new(thing: T) -> Self {
        Self::Idle(Box::new(thing))
    }

    pub(crate) fn is_lost(&self) -> bool {
        matches!(self, Self::Lost)
    }

    pub(crate) fn is_working(&self) -> bool {
        matches!(self, Self::Busy(job) if !job.is_finished())
    }

    /// Gives it something to do, if it is idle.
    pub(crate) fn start(
        &mut self,
        work: impl FnOnce(&mut T) -> Result<(), BlobError> + Send + 'static,
    ) {
        if let Some(mut thing) = self.take() {
            *self = Self::Busy(tokio::task::spawn_blocking(move || {
                work(&mut thing).map(|()| thing)
            }));
        }
    }

    /// Waits until it has done what it was given.
    ///
    /// # Cancellation
    ///
    /// The work goes on; whoever settles next waits for it.
    pub(crate) async fn settle(&mut self) -> Result<(), BlobError> {
        if let Self::Busy(job) = self {
            let done = job.await.unwrap_or(Err(BlobError::Task {
                attempt: "write an upload",
            }));
            *self = Self::Lost;
            *self = Self::Idle(done?);
        }
        Ok(())
    }

    /// The thing, if it is idle.
    pub(crate) fn take(&mut self) -> Option<Box<T>> {
        match std::mem::replace(self, Self::Lost) {
            Self::Idle(thing) => Some(thing),
            Self::Busy(_) | Self::Lost => None,
        }
    }
}

impl<T> std::fmt::Debug for Stage<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Idle(_) => "Idle",
            Self::Busy(_) => "Busy",
            Self::Lost => "Lost",
        })
    }
}
