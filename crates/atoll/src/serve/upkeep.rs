//! Work that goes on beside requests.

use std::time::Duration;

use atoll_server::serve::Running;

/// How often the store is swept, and how long after the start the first time, in seconds.
const SWEEP_SECS: u64 = 60 * 60;
const FIRST_SWEEP_SECS: u64 = 5 * 60;

/// Starts the syncs that the configuration schedules; they end with the server.
pub(super) fn start_schedules(running: &Running) {
    let (app, stop) = (running.app().clone(), running.stopping());
    let syncs = app.syncs.clone();
    app.tasks
        .start(async move { syncs.keep_schedules(stop).await });
}

/// Starts sweeping the store; it ends with the server.
pub(super) fn start_sweeps(running: &Running) {
    let (app, stop) = (running.app().clone(), running.stopping());
    let tasks = app.tasks.clone();
    tasks.start(async move {
        let mut pause = FIRST_SWEEP_SECS;
        while stop
            .run_until_cancelled(tokio::time::sleep(Duration::from_secs(pause)))
            .await
            .is_some()
        {
            // It may stop anywhere; what it leaves is found by the next.
            stop.run_until_cancelled(app.maintenance.sweep()).await;
            pause = SWEEP_SECS;
        }
    });
}
