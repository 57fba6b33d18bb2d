//! A release on its way in, part by part.

use atoll_app::providers::publish::{RELEASE_DOCUMENT_BYTES_MAX, RELEASE_ZIPS_MAX};
use atoll_app::providers::{Release, ReleaseZip};
use atoll_core::address::{Hostname, ProviderAddr};
use atoll_core::platform::Platform;
use atoll_core::release::{Protocols, Release as Names};
use atoll_core::version::Version;
use bytes::Bytes;

use super::access::CanPublish;
use super::errors::ApiError;
use super::fields::Fields;
use super::form::{Form, Part};
use crate::state::Server;

/// The manifest's name in a provider's source tree, accepted beside its name in a release.
const SOURCE_MANIFEST: &str = "terraform-registry-manifest.json";

/// The texts of a form: what comes before the files.
const FIELDS: [&str; 6] = ["namespace", "type", "version", "os", "arch", "protocols"];

/// Reads a whole form. The right to publish is checked as soon as the address is known, before any file.
pub(super) async fn receive(
    server: &Server,
    caller: &CanPublish,
    form: &mut Form,
) -> Result<Release, ApiError> {
    let mut fields = Fields::new(&FIELDS);
    let mut draft: Option<Draft> = None;
    while let Some(part) = form.next().await? {
        if part.file_name().is_none() {
            if draft.is_some() {
                return Err(ApiError::invalid(format!(
                    "the field {:?} comes behind a file; fields come first",
                    part.name()
                )));
            }
            fields.take(part).await?;
            continue;
        }
        let begun = if let Some(begun) = draft.take() {
            begun
        } else {
            let begun = Draft::begin(&fields)?;
            caller
                .check(server, &begun.release.provider.repository())
                .await?;
            begun
        };
        draft = Some(begun.with_file(server, part).await?);
    }
    let draft = draft.ok_or_else(|| {
        ApiError::invalid("there is no file in the form; a release has a zip for each platform")
    })?;
    Ok(draft.release)
}

/// A release, and the platform where only one is handed in.
struct Draft {
    release: Release,
    platform: Option<Platform>,
}

impl Draft {
    fn begin(fields: &Fields) -> Result<Self, ApiError> {
        let (namespace, type_name) = (fields.required("namespace")?, fields.required("type")?);
        let provider = ProviderAddr::new(Hostname::self_(), namespace, type_name);
        let provider = provider.map_err(|error| {
            ApiError::invalid(format!(
                "{namespace}/{type_name} can't be a provider: {error}"
            ))
        })?;
        let version: Version = fields.parsed("version")?;
        let platform = match (fields.optional("os"), fields.optional("arch")) {
            (None, None) => None,
            (Some(os), Some(arch)) => Some(
                Platform::new(os, arch)
                    .map_err(|error| ApiError::invalid(format!("os and arch: {error}")))?,
            ),
            (Some(_), None) => return Err(ApiError::invalid("os came without arch")),
            (None, Some(_)) => return Err(ApiError::invalid("arch came without os")),
        };
        let protocols: Option<Protocols> = fields
            .optional("protocols")
            .map(|_| fields.parsed("protocols"))
            .transpose()?;
        let (sums, signature, manifest) = (None, None, None);
        Ok(Self {
            platform,
            release: Release {
                provider,
                version,
                zips: Vec::new(),
                sums,
                signature,
                manifest,
                protocols,
            },
        })
    }

    async fn with_file(mut self, server: &Server, part: Part<'_>) -> Result<Self, ApiError> {
        let given = part.file_name().unwrap_or_default().to_owned();
        let names = Names {
            type_: self.release.provider.type_name(),
            version: &self.release.version,
        };
        if given == names.sums_name() {
            put(&mut self.release.sums, &given, part).await?;
        } else if given == names.signature_name() {
            put(&mut self.release.signature, &given, part).await?;
        } else if given == names.manifest_name() || given == SOURCE_MANIFEST {
            put(&mut self.release.manifest, &given, part).await?;
        } else {
            let name = zip_name(names, self.platform.as_ref(), &given)?;
            let count_max = if self.platform.is_some() {
                1
            } else {
                RELEASE_ZIPS_MAX
            };
            if self.release.zips.len() == count_max {
                return Err(ApiError::invalid(format!(
                    "{name} is one zip too many: at most {count_max} can be handed in here"
                )));
            }
            let blob = part.store(&server.app.registry).await?;
            self.release.zips.push(ReleaseZip { name, blob });
        }
        Ok(self)
    }
}

/// The name in the release of a zip that came under this name.
fn zip_name(
    names: Names<'_>,
    platform: Option<&Platform>,
    given: &str,
) -> Result<String, ApiError> {
    let says = names.platform_of(given);
    match (platform, says) {
        (None, Ok(_)) => Ok(given.to_owned()),
        (None, Err(error)) => Err(ApiError::invalid(format!(
            "{error}; nor is it one of the release's documents"
        ))),
        (Some(platform), Ok(says)) if says != *platform => Err(ApiError::invalid(format!(
            "{given} is for {says}, but os and arch say {platform}"
        ))),
        // With os and arch a file may be called anything.
        (Some(platform), _) => Ok(names.zip_name(platform)),
    }
}

async fn put(place: &mut Option<Bytes>, name: &str, part: Part<'_>) -> Result<(), ApiError> {
    if place.is_some() {
        return Err(ApiError::invalid(format!("{name} is there twice")));
    }
    *place = Some(part.document(RELEASE_DOCUMENT_BYTES_MAX).await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zips_are_known_by_their_names_or_by_os_and_arch() {
        let version: Version = "1.2.3".parse().unwrap();
        let names = Names {
            type_: "aws",
            version: &version,
        };
        let linux: Platform = "linux_amd64".parse().unwrap();
        let good = "terraform-provider-aws_1.2.3_linux_amd64.zip";
        assert_eq!(zip_name(names, None, good).unwrap(), good);
        assert_eq!(zip_name(names, Some(&linux), good).unwrap(), good);
        assert_eq!(zip_name(names, Some(&linux), "aws.zip").unwrap(), good);
        zip_name(
            names,
            Some(&linux),
            "terraform-provider-aws_1.2.3_darwin_arm64.zip",
        )
        .unwrap_err();
        for bad in [
            "",
            "aws.zip",
            "../x.zip",
            "terraform-provider-aws_1.2.4_SHA256SUMS",
            "terraform-provider-aws_1.2.4_linux_amd64.zip",
        ] {
            zip_name(names, None, bad).unwrap_err();
        }
    }
}
