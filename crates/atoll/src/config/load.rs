//! Where settings come from: flags, then variables, then the file, then defaults.

use std::path::{Path, PathBuf};

use super::draft::Draft;
use super::env::{self, Environment};
use super::error::{ConfigError, ConfigErrors, Place};
use super::read::{self, database_url, listen, log_format, log_level, public_url};
use super::resolve::resolve;
use super::settings::{MetricsSettings, Origin, Settings, TlsSettings};
use super::syntax::SourceText;

/// What flags say. Each stands above the file; what a flag doesn't say is `None`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides {
    /// `--config`: the only file that is looked at.
    pub(crate) config: Option<PathBuf>,
    /// `--data-dir`
    pub(crate) data_dir: Option<PathBuf>,
    /// `--listen`
    pub(crate) listen: Option<String>,
    /// `--public-url`
    pub(crate) public_url: Option<String>,
    /// `--offline`; there is no flag to go online.
    pub(crate) offline: bool,
    /// `--no-tls`: plain HTTP, whatever the file says of certificates.
    pub(crate) no_tls: bool,
    /// `--metrics-listen`
    pub(crate) metrics_listen: Option<String>,
    /// `--database-url`
    pub(crate) database_url: Option<String>,
    /// `--log-format`
    pub(crate) log_format: Option<String>,
    /// `--log-level`
    pub(crate) log_level: Option<String>,
}

/// Finds and reads the configuration.
pub(crate) fn load(
    overrides: &Overrides,
    environment: &Environment,
) -> Result<Settings, ConfigErrors> {
    let (origin, mut draft) = match find(overrides, environment) {
        None => (Origin::Defaults, Draft::default()),
        Some(path) => {
            let source = SourceText::read(&path).map_err(|reason| cannot_read(&path, &reason))?;
            let draft = read::read(&source, environment)?;
            (Origin::File(path), draft)
        }
    };
    override_with(&mut draft, overrides, environment)?;
    resolve(origin, draft, environment)
}

fn find(overrides: &Overrides, environment: &Environment) -> Option<PathBuf> {
    let named = || environment.non_empty(env::CONFIG).map(PathBuf::from);
    let found = || {
        environment
            .config_candidates
            .iter()
            .find(|path| path.exists())
            .cloned()
    };
    overrides.config.clone().or_else(named).or_else(found)
}

fn cannot_read(path: &Path, reason: &str) -> ConfigError {
    let message = format!("failed to read the configuration: {reason}");
    ConfigError {
        place: Place::File(path.to_owned()),
        message,
    }
}

fn override_with(
    draft: &mut Draft,
    overrides: &Overrides,
    environment: &Environment,
) -> Result<(), ConfigErrors> {
    let mut errors = Vec::new();
    let data_dir = || environment.non_empty(env::DATA_DIR).map(PathBuf::from);
    put(
        &mut draft.data_dir,
        overrides.data_dir.clone().or_else(data_dir),
    );
    if overrides.offline {
        draft.offline = Some(true);
    }
    if overrides.no_tls {
        draft.server.tls = Some(TlsSettings::Off);
    }
    put(
        &mut draft.server.listen,
        flag("--listen", overrides.listen.as_deref(), listen, &mut errors),
    );
    let url = flag(
        "--public-url",
        overrides.public_url.as_deref(),
        public_url,
        &mut errors,
    );
    if url.is_some() {
        draft.server.places.public_url = Place::Setting("--public-url");
    }
    put(&mut draft.server.public_url, url);
    let metrics = flag(
        "--metrics-listen",
        overrides.metrics_listen.as_deref(),
        listen,
        &mut errors,
    );
    put(&mut draft.metrics, metrics.map(MetricsSettings::At));
    let database = overrides.database_url.as_deref();
    put(
        &mut draft.database,
        flag("--database-url", database, database_url, &mut errors),
    );
    put(
        &mut draft.log_format,
        flag(
            "--log-format",
            overrides.log_format.as_deref(),
            log_format,
            &mut errors,
        ),
    );
    let level = match overrides.log_level.as_deref() {
        Some(level) => flag("--log-level", Some(level), log_level, &mut errors),
        None => flag(
            env::LOG,
            environment.non_empty(env::LOG).as_deref(),
            log_level,
            &mut errors,
        ),
    };
    put(&mut draft.log_level, level);
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ConfigErrors(errors))
    }
}

fn put<T>(place: &mut Option<T>, above: Option<T>) {
    if above.is_some() {
        *place = above;
    }
}

fn flag<T, E: ToString>(
    name: &'static str,
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, E>,
    errors: &mut Vec<ConfigError>,
) -> Option<T> {
    let parsed = parse(text?);
    if let Err(error) = &parsed {
        let message = error.to_string();
        errors.push(ConfigError {
            place: Place::Setting(name),
            message,
        });
    }
    parsed.ok()
}
