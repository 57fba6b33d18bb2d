//! `atoll ca …`

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use atoll_server::tls::{TlsIdentity, authority_certificate};
use time::OffsetDateTime;

use crate::cli::{CaCommand, CaExportArgs, InstallationArgs};
use crate::client::{Authority, Offered, offered};
use crate::config::{Environment, Settings, TlsSettings, load};
use crate::installation::DataDir;
use crate::output;

/// Runs `atoll ca …`.
pub(super) async fn run(
    command: &CaCommand,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    let pem = match command {
        CaCommand::Export(args) => exported(args, environment).await?,
        CaCommand::Rotate(args) => rotate(&settings(&args.installation, environment)?)?,
    };
    output::raw(pem.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The authority of a server, or of this machine's installation; its fingerprint is said where none was given, so that the one can be
/// compared with the other. What nobody vouches for is not exported without one.
async fn exported(args: &CaExportArgs, environment: &Environment) -> anyhow::Result<String> {
    let server = args.server()?;
    let offered = match &server {
        None => {
            let settings = settings(&args.installation, environment)?;
            let directory = settings.tls_dir();
            let authority = Authority::read(export(&settings)?, directory.display())?;
            let doubt = None;
            Offered { authority, doubt }
        }
        Some(server) => offered(server, args.verified_by(environment).as_deref()).await?,
    };
    let Authority { pem, fingerprint } = offered.authority;
    if let Some(expected) = &args.fingerprint {
        anyhow::ensure!(
            fingerprint == *expected,
            "the authority's SHA-256 fingerprint is {fingerprint}, and not {expected}: it is not exported"
        );
        return Ok(pem);
    }
    output::note(format_args!("SHA-256 fingerprint: {fingerprint}"));
    if let (Some(server), Some(doubt)) = (server, offered.doubt) {
        bail!(
            "the authority of {server} is not exported: the connection could not be verified ({doubt}), so somebody in between may have \
             sent another one; compare the fingerprint with what `atoll ca export` writes on the server's own machine, and where they \
             are the same run this again with --fingerprint {fingerprint}"
        );
    }
    Ok(pem)
}

fn settings(
    installation: &InstallationArgs,
    environment: &Environment,
) -> anyhow::Result<Settings> {
    let settings = load(&installation.overrides(), environment)?;
    match &settings.server.tls {
        TlsSettings::Builtin => Ok(settings),
        TlsSettings::Files { certificate, .. } => {
            bail!(
                "the built-in authority is not in use: the server's certificate is {}",
                certificate.display()
            )
        }
        TlsSettings::Off => {
            bail!("the built-in authority is not in use: the server speaks plain HTTP")
        }
    }
}

fn export(settings: &Settings) -> anyhow::Result<String> {
    match authority_certificate(&settings.tls_dir())? {
        Some(pem) => Ok(pem),
        None => make(settings),
    }
}

/// Makes the authority before the first start, so that clients can trust it from the beginning.
fn make(settings: &Settings) -> anyhow::Result<String> {
    let data = DataDir::new(&settings.data_dir);
    let Some(_lock) = data.try_lock()? else {
        bail!(
            "there is no authority in {} yet, and {} works there; try again",
            settings.tls_dir().display(),
            data.holder()
        );
    };
    let identity = TlsIdentity::builtin(
        &settings.tls_dir(),
        settings.server.certificate_names(),
        OffsetDateTime::now_utc(),
    )?;
    certificate(&identity)
}

fn certificate(identity: &TlsIdentity) -> anyhow::Result<String> {
    identity
        .ca_pem()
        .map(str::to_owned)
        .context("the authority was made and has no certificate")
}

fn rotate(settings: &Settings) -> anyhow::Result<String> {
    let data = DataDir::new(&settings.data_dir);
    let Some(_lock) = data.try_lock()? else {
        bail!(
            "{} uses the authority in {}; stop the server, rotate, and start it again",
            data.holder(),
            settings.tls_dir().display()
        );
    };
    let directory = settings.tls_dir();
    if directory.exists() {
        let kept = set_aside(&directory)?;
        output::note(format_args!(
            "the old authority is kept in {}",
            kept.display()
        ));
    }
    let identity = TlsIdentity::builtin(
        &directory,
        settings.server.certificate_names(),
        OffsetDateTime::now_utc(),
    )?;
    output::note("made a new authority; clients have to trust this certificate:");
    certificate(&identity)
}

fn set_aside(directory: &Path) -> anyhow::Result<std::path::PathBuf> {
    let kept = directory.with_added_extension(format!(
        "{}.old",
        OffsetDateTime::now_utc().unix_timestamp()
    ));
    let failed = || {
        format!(
            "failed to move {} to {}",
            directory.display(),
            kept.display()
        )
    };
    anyhow::ensure!(
        !kept.exists(),
        "{} exists already; wait a second and try again",
        kept.display()
    );
    std::fs::rename(directory, &kept).with_context(failed)?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_made_exported_and_replaced() {
        let temporary = tempfile::tempdir().unwrap();
        let installation = InstallationArgs {
            config: None,
            data_dir: Some(temporary.path().join("data")),
        };
        let settings = settings(&installation, &Environment::fixed([])).unwrap();
        let first = export(&settings).unwrap();
        assert_eq!(export(&settings).unwrap(), first);
        let second = rotate(&settings).unwrap();
        assert_ne!(first, second);
        assert_eq!(export(&settings).unwrap(), second);
        let _held = DataDir::new(&settings.data_dir)
            .try_lock()
            .unwrap()
            .unwrap();
        let error = rotate(&settings).unwrap_err().to_string();
        assert!(error.contains("stop the server"), "{error}");
    }
}
