//! The application: every use case, over one database and one blob store.

use std::path::PathBuf;
use std::sync::Arc;

use atoll_blobs::Blobs;
use atoll_core::address::Hostname;
use atoll_core::permission::Visibility;
use atoll_db::{DatabaseUrl, Db, DbError, leases, scheduled_syncs};
use atoll_upstream::Upstream;

use crate::access::{
    MasterKeyError, SEALING_KEY_BYTES, Sealer, Secrets, SecretsError, Tokens, random,
};
use crate::failure::Failure;
use crate::files::Files;
use crate::holdings::Holdings;
use crate::maintenance::Maintenance;
use crate::mirror::{MirrorLimits, Mirrors};
use crate::modules::Modules;
use crate::origins::Origins;
use crate::providers::{Providers, Signer};
use crate::pull::Pull;
use crate::registry::{Registry, Trees};
use crate::root::{Root, RootRules};
use crate::sync::Syncs;
use crate::tasks::Tasks;
use crate::upstreams::UpstreamPolicy;

/// What an application is opened with.
pub struct AppSettings {
    /// The database.
    pub database: DatabaseUrl,
    /// Where blobs are kept.
    pub blobs_dir: PathBuf,
    /// The master key's file; made where there is none.
    pub secret_file: PathBuf,
    /// The names that this server goes by.
    pub own_names: Vec<Hostname>,
    /// What is mirrored, and how it is reached.
    pub upstreams: Vec<(UpstreamPolicy, Upstream)>,
    /// Namespaces that never fall through to an upstream.
    pub namespaces: Vec<String>,
    /// Limits of all mirrors together.
    pub mirror_limits: MirrorLimits,
}

/// Every use case. A cheap clone.
#[derive(Clone)]
pub struct App {
    /// Repositories: blobs, manifests, tags.
    pub registry: Registry,
    /// Who is asking.
    pub tokens: Arc<Tokens>,
    /// Seals grants, sessions and bearers.
    pub sealer: Arc<Sealer>,
    /// Which origin a hostname means.
    pub origins: Arc<Origins>,
    /// Other registries.
    pub mirrors: Mirrors,
    /// Reading repositories, through the mirrors.
    pub pull: Pull,
    /// Providers, wherever they come from.
    pub providers: Arc<Providers>,
    /// Modules, wherever they come from.
    pub modules: Arc<Modules>,
    /// Which registry an address without a host means.
    pub root: Arc<Root>,
    /// Fetching ahead.
    pub syncs: Syncs,
    /// Files that were promised to clients.
    pub files: Files,
    /// Keeping the store tidy and whole.
    pub maintenance: Maintenance,
    /// What is held.
    pub holdings: Holdings,
    /// Work that outlives its requests.
    pub tasks: Tasks,
    /// What all replicas of this installation share and no other has.
    pub instance_id: Arc<str>,
}

/// The application can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database.
    #[error("failed to open the database")]
    Database(#[from] DbError),
    /// The blob store.
    #[error("failed to open the blob store")]
    Blobs(#[from] atoll_blobs::BlobError),
    /// The master key.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The keys in the database.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// A key in the database has not the length of one.
    #[error("the stored key {0} is damaged; restore the database from a backup")]
    Key(&'static str),
}

impl App {
    /// Opens database and blob store, migrates, and makes what is missing. Dials nothing but the database.
    pub async fn open(settings: AppSettings) -> Result<Self, OpenError> {
        let secrets = Arc::new(Secrets::load_or_create(&settings.secret_file)?);
        let db = Db::open(&settings.database).await?;
        if !settings.database.is_shared() {
            forget_who_is_gone(&db).await?;
        }
        let instance_id = Arc::from(secrets.instance_id());
        let blobs = Blobs::open_local(&settings.blobs_dir).await?;
        let sealing_key = key(&secrets, &db, "sealing-key").await?;
        let hash_key = key(&secrets, &db, "token-hash-key").await?;
        let sealer = Arc::new(Sealer::new(&sealing_key));
        let tasks = Tasks::default();
        let origins = Origins::new(
            settings.own_names,
            settings
                .upstreams
                .iter()
                .map(|(policy, _)| policy.hostname.clone()),
        );
        let origins = origins.with_aliases(settings.upstreams.iter().flat_map(|(policy, _)| {
            let named = |alias: &String| (alias.clone(), policy.hostname.clone());
            policy.aliases.iter().map(named).collect::<Vec<_>>()
        }));
        let trees = Trees::new(settings.upstreams.iter().map(|(policy, _)| tree(policy)));
        let registry = Registry::new(db.clone(), blobs, tasks.clone(), trees);
        let rules = RootRules {
            claimed: settings.namespaces.into_iter().collect(),
            upstreams: settings
                .upstreams
                .iter()
                .map(|(policy, _)| (policy.hostname.clone(), policy.root.clone()))
                .collect(),
        };
        let mirrors = Mirrors::new(registry.clone(), settings.upstreams, settings.mirror_limits);
        let providers = Providers::new(
            registry.clone(),
            mirrors.clone(),
            Signer::new(db.clone(), secrets),
        );
        let modules = Modules::new(registry.clone(), mirrors.clone());
        let syncs = Syncs::new(registry.clone(), mirrors.clone());
        let files = Files::new(registry.clone(), mirrors.clone());
        let root = Arc::new(Root::new(rules, db.clone()));
        let pull = Pull::new(registry.clone(), mirrors.clone());
        let holdings = Holdings::new(registry.clone());
        let maintenance = Maintenance::new(registry.clone(), Arc::clone(&providers));
        let tokens = Arc::new(Tokens::new(db, &hash_key, Arc::clone(&sealer)));
        Ok(Self {
            registry,
            tokens,
            sealer,
            origins: Arc::new(origins),
            mirrors,
            pull,
            providers,
            modules,
            root,
            syncs,
            files,
            maintenance,
            holdings,
            tasks,
            instance_id,
        })
    }

    /// Whether database and blob store answer.
    pub async fn check(&self) -> Result<(), Failure> {
        let mut read = self.registry.db.read().await?;
        atoll_db::repositories::list(&mut read, "", None, 1).await?;
        self.registry.blobs.free_space().await?;
        Ok(())
    }

    /// Waits for work that goes on in the background, then closes the database.
    pub async fn close(&self) {
        self.tasks.finished().await;
        self.registry.db.close().await;
    }
}

async fn key(
    secrets: &Secrets,
    db: &Db,
    name: &'static str,
) -> Result<[u8; SEALING_KEY_BYTES], OpenError> {
    let bytes = secrets
        .get_or_make(db, name, || random::<SEALING_KEY_BYTES>().to_vec())
        .await?;
    bytes.try_into().map_err(|_| OpenError::Key(name))
}

/// What was killed in the middle of a sync must not keep its successor from going on with it.
async fn forget_who_is_gone(db: &Db) -> Result<(), DbError> {
    let forget = db.transact("leases.forget_all", |tx| {
        Box::pin(async move {
            leases::forget_all(tx).await?;
            scheduled_syncs::release_all(tx).await
        })
    });
    forget.await
}

/// The host's component in the names of the tree's repositories, and who may read them.
fn tree(policy: &UpstreamPolicy) -> (String, Visibility) {
    let visibility = if policy.anonymous.may_read() {
        Visibility::Public
    } else {
        Visibility::Private
    };
    (policy.hostname.component(), visibility)
}
