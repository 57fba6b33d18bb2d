//! The application, as the configuration describes it.

use std::path::Path;

use anyhow::Context as _;
use atoll_app::access::Secrets;
use atoll_app::mirror::MirrorLimits;
use atoll_app::{App, AppSettings};
use atoll_upstream::source::remove_leftovers;
use atoll_upstream::{Egress, EgressSettings};

use crate::config::Settings;

/// The directory of the blobs in the data directory.
const BLOBS_DIR: &str = "blobs";

/// Opens what the configuration describes. Dials nothing but the database. The caller has the lock.
pub(crate) async fn open(settings: &Settings) -> anyhow::Result<App> {
    tidy(&settings.data_dir).await;
    // The application reads the same key; what is here is only its fingerprint.
    let secrets = Secrets::load_or_create(&settings.secret_file)?;
    let mut egress = EgressSettings::new(secrets.instance_id());
    egress.offline = settings.offline;
    // Repositories of git can be large: they are fetched on the disk of the store.
    egress.scratch_dir = Some(settings.data_dir.clone());
    let egress = Egress::new(egress).context("failed to prepare connections to upstreams")?;
    let mut upstreams = Vec::new();
    for configured in &settings.upstreams {
        let upstream = egress.upstream(&configured.source);
        let upstream = upstream.with_context(|| {
            format!(
                "failed to prepare the upstream {}",
                configured.policy.hostname
            )
        })?;
        upstreams.push((configured.policy.clone(), upstream));
    }
    let app = App::open(AppSettings {
        database: settings.database.clone(),
        blobs_dir: settings.data_dir.join(BLOBS_DIR),
        secret_file: settings.secret_file.clone(),
        own_names: settings.server.own_hostnames(),
        upstreams,
        namespaces: settings.namespaces.clone(),
        mirror_limits: MirrorLimits {
            min_free: settings.server.min_free,
            ..MirrorLimits::default()
        },
    });
    app.await.with_context(|| {
        format!(
            "failed to open the installation in {}",
            settings.data_dir.display()
        )
    })
}

/// Removes what a server that was killed left in the directory. It takes room and harms nobody, so failing to is no reason not to start.
async fn tidy(directory: &Path) {
    let path = directory.to_owned();
    let removed = tokio::task::spawn_blocking(move || remove_leftovers(&path)).await;
    if let Err(error) = removed.map_err(std::io::Error::from).flatten() {
        let directory = directory.display();
        tracing::warn!(error = %error, "failed to remove what git left in {directory}; see who owns the directories atoll-git-* there");
    }
}
