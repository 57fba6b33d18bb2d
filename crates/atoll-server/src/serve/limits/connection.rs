//! What is known of one connection.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::ConnectionLimits;

/// One connection: how many requests are on it, whom it waits for, and when it last moved. A cheap clone.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) limits: ConnectionLimits,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// Requests that are not answered to the end.
    requests: usize,
    /// Answers of which a part lies ready that nobody takes.
    untaken: usize,
    /// Whether the kernel takes no more bytes: then it knows whether the client takes any.
    is_blocked: bool,
    moved: Instant,
}

/// A request that is not answered to the end.
#[derive(Debug)]
pub(super) struct Running(Connection);

/// An answer of which a part lies ready.
#[derive(Debug)]
pub(super) struct Untaken(Connection);

impl Connection {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        let state = State {
            requests: 0,
            untaken: 0,
            is_blocked: false,
            moved: Instant::now(),
        };
        Self {
            limits,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Notes that a request has come.
    pub(super) fn request(&self) -> Running {
        let mut state = self.state();
        state.requests += 1;
        state.moved = Instant::now();
        drop(state);
        Running(self.clone())
    }

    /// Notes that a part of an answer lies ready.
    pub(super) fn offer(&self) -> Untaken {
        let mut state = self.state();
        state.untaken += 1;
        state.moved = Instant::now();
        drop(state);
        Untaken(self.clone())
    }

    /// Notes that something was read or written.
    pub(super) fn moves(&self) {
        self.state().moved = Instant::now();
    }

    /// Notes whether the kernel takes bytes.
    pub(super) fn set_blocked(&self, is_blocked: bool) {
        self.state().is_blocked = is_blocked;
    }

    /// Why the connection has to end, if it has to.
    pub(super) fn overdue(&self) -> Option<&'static str> {
        let state = self.state();
        let still = state.moved.elapsed();
        if state.is_blocked {
            None
        } else if state.requests == 0 && still >= self.limits.keep_alive_idle {
            Some("there was no request for too long")
        } else if state.untaken > 0 && still >= self.limits.write_stall {
            Some("the client took nothing of an answer for too long")
        } else {
            None
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.requests -= 1;
        state.moved = Instant::now();
    }
}

impl Drop for Untaken {
    fn drop(&mut self) {
        self.0.state().untaken -= 1;
    }
}
