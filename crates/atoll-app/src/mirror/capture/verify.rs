//! Whether what upstream says about a version fits together, and who vouches for it.

use atoll_core::openpgp::{KeyId, PublicKey, verify_detached};
use atoll_core::proof::Proof;
use atoll_core::release::Release;
use atoll_core::sums::ShaSums;

use super::packages::Learnt;

/// A version that fits together.
#[derive(Debug)]
pub(super) struct Verified {
    /// What was verified.
    pub(super) learnt: Learnt,
    /// How its digests are known.
    pub(super) proof: Proof,
    /// Who signed the sums.
    pub(super) signer: Option<Signer>,
}

/// A key that signed.
#[derive(Clone, Debug)]
pub(super) struct Signer {
    pub(super) id: KeyId,
    pub(super) armored: String,
}

/// A version that does not fit together.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Misfit {
    /// The documents and the sums differ.
    #[error("{0}")]
    Sums(String),
    /// The signature is missing or not good.
    #[error("{0}")]
    Signature(String),
}

impl Verified {
    /// Checks what was learnt about a release. Takes milliseconds: run it where that hurts nobody.
    pub(super) fn check(release: Release<'_>, learnt: Learnt) -> Result<Self, Misfit> {
        let Some(sums) = &learnt.sums else {
            if learnt.keys.is_empty() {
                return Ok(Self {
                    learnt,
                    proof: Proof::Hashed,
                    signer: None,
                });
            }
            return Err(Misfit::Signature(
                "upstream serves keys, but no SHA256SUMS that they could sign".to_owned(),
            ));
        };
        check_sums(&learnt, &ShaSums::parse_lenient(sums))?;
        if learnt.keys.is_empty() {
            return Ok(Self {
                learnt,
                proof: Proof::Unsigned,
                signer: None,
            });
        }
        check_names(release, &learnt)?;
        let signature = learnt.signature.as_deref();
        let signature = signature.ok_or_else(|| {
            Misfit::Signature("upstream serves keys, but no signature".to_owned())
        })?;
        let keys = public_keys(&learnt);
        let id = verify_detached(&keys, sums, signature)
            .map_err(|error| Misfit::Signature(error.to_string()))?;
        let armored = keys
            .iter()
            .find(|key| key.key_id() == id)
            .map(|key| key.armored().to_owned());
        let signer = Signer {
            id,
            armored: armored.unwrap_or_default(),
        };
        Ok(Self {
            learnt,
            proof: Proof::Signed,
            signer: Some(signer),
        })
    }
}

/// Every package must stand in the sums, with its digest.
fn check_sums(learnt: &Learnt, sums: &ShaSums) -> Result<(), Misfit> {
    for (platform, package) in &learnt.packages {
        let Some(digest) = &package.digest else {
            continue;
        };
        let name = &package.file_name;
        match sums.get(name) {
            Some(listed) if listed == digest => {}
            Some(listed) => {
                let how = format!(
                    "its document for {platform} gives {digest} for {name}, its SHA256SUMS {listed}"
                );
                return Err(Misfit::Sums(how));
            }
            None => {
                return Err(Misfit::Sums(format!(
                    "its SHA256SUMS has no line for {name}"
                )));
            }
        }
    }
    Ok(())
}

/// Where sums are signed, their file names are all that binds them to a version: every package must have the name that the
/// convention gives it, or else upstream, or whoever is on the way to it, could pass off an old release as a new one by
/// naming the old one's file. Sums that nobody signed vouch for nothing, and may name files as they like.
fn check_names(release: Release<'_>, learnt: &Learnt) -> Result<(), Misfit> {
    for (platform, package) in &learnt.packages {
        let (name, expected) = (&package.file_name, release.zip_name(platform));
        // Upstreams spell a type's name with capitals where their users do.
        if !name.eq_ignore_ascii_case(&expected) {
            return Err(Misfit::Signature(format!(
                "what is signed for {platform} is {name:?}, which is not named after this version; only {expected} may be"
            )));
        }
    }
    Ok(())
}

/// The keys that can be read: one that can't is no reason to refuse what another one signed.
fn public_keys(learnt: &Learnt) -> Vec<PublicKey> {
    let parsed = learnt.keys.iter().filter_map(|material| match material.public_keys() {
        Ok(keys) => Some(keys),
        Err(error) => {
            tracing::warn!(key.id = %material.key_id, error = %error, "left out a public key that can't be read");
            None
        }
    });
    parsed.flatten().collect()
}

#[cfg(test)]
mod tests {
    use atoll_core::digest::Digest;
    use atoll_core::layout::proof::KeyMaterial;
    use atoll_testkit::keys;
    use bytes::Bytes;

    use super::*;
    use crate::mirror::capture::packages::LearntPackage;

    const NAME: &str = "terraform-provider-coral_1.0.0_linux_amd64.zip";

    fn learnt() -> Learnt {
        let digest = Digest::sha256(b"a zip");
        let sums = Bytes::from(format!("{}  {NAME}\n", digest.hex()));
        let key = keys::publisher_key();
        let package = LearntPackage {
            url: "https://cdn.example/coral.zip".parse().unwrap(),
            file_name: NAME.to_owned(),
            digest: Some(digest),
            size: Some(5),
            h1: Vec::new(),
        };
        Learnt {
            packages: [("linux_amd64".parse().unwrap(), package)].into(),
            signature: Some(key.sign_detached(&sums, keys::TEST_TIME).unwrap().into()),
            keys: vec![KeyMaterial::of(&key.public_key().unwrap())],
            sums: Some(sums),
            ..Learnt::default()
        }
    }

    fn check(learnt: Learnt) -> Result<Verified, Misfit> {
        let version = "1.0.0".parse().unwrap();
        let release = Release {
            type_: "coral",
            version: &version,
        };
        Verified::check(release, learnt)
    }

    /// The same release, whose zip has another name.
    fn named(name: &str) -> Learnt {
        let mut learnt = learnt();
        let package = learnt.packages.values_mut().next().unwrap();
        name.clone_into(&mut package.file_name);
        let sums = format!("{}  {name}\n", package.digest.as_ref().unwrap().hex());
        let signature = keys::publisher_key().sign_detached(sums.as_bytes(), keys::TEST_TIME);
        learnt.signature = Some(signature.unwrap().into());
        learnt.sums = Some(sums.into());
        learnt
    }

    #[test]
    fn a_signature_vouches_for_files_of_this_version_only() {
        for name in [
            "terraform-provider-coral_0.9.0_linux_amd64.zip",
            "terraform-provider-coral_1.0.0_darwin_arm64.zip",
            "terraform-provider-reef_1.0.0_linux_amd64.zip",
            "coral.zip",
        ] {
            let misfit = check(named(name)).unwrap_err();
            assert!(matches!(misfit, Misfit::Signature(_)), "{misfit}");
            assert!(misfit.to_string().contains(NAME), "{misfit}");
            let unsigned = Learnt {
                keys: Vec::new(),
                ..named(name)
            };
            assert_eq!(check(unsigned).unwrap().proof, Proof::Unsigned);
        }
        let capitals = named("terraform-provider-Coral_1.0.0_linux_amd64.zip");
        assert_eq!(check(capitals).unwrap().proof, Proof::Signed);
    }

    fn signature_refused(learnt: Learnt) -> bool {
        matches!(check(learnt), Err(Misfit::Signature(_)))
    }

    #[test]
    fn a_good_signature_is_by_its_key() {
        let verified = check(learnt()).unwrap();
        assert_eq!(verified.proof, Proof::Signed);
        let signer = verified.signer.unwrap();
        assert_eq!(signer.id, keys::publisher_key().key_id());
        assert!(signer.armored.contains("PGP PUBLIC KEY"));
    }

    #[test]
    fn where_there_are_keys_there_must_be_a_good_signature() {
        assert!(signature_refused(Learnt {
            signature: None,
            ..learnt()
        }));
        assert!(signature_refused(Learnt {
            signature: Some(Bytes::new()),
            ..learnt()
        }));
        assert!(signature_refused(Learnt {
            signature: Some("-----BEGIN PGP SIGNATURE-----".into()),
            ..learnt()
        }));
        assert!(signature_refused(Learnt {
            sums: None,
            ..learnt()
        }));
        let unreadable = KeyMaterial {
            ascii_armor: "no key".to_owned(),
            ..KeyMaterial::default()
        };
        assert!(signature_refused(Learnt {
            keys: vec![unreadable.clone()],
            ..learnt()
        }));
        let mut beside = learnt();
        beside.keys.insert(0, unreadable);
        assert!(check(beside).is_ok());
    }

    #[test]
    fn without_keys_sums_are_enough_and_without_sums_digests_are() {
        let unsigned = Learnt {
            keys: Vec::new(),
            ..learnt()
        };
        assert_eq!(check(unsigned).unwrap().proof, Proof::Unsigned);
        let bare = Learnt {
            keys: Vec::new(),
            sums: None,
            ..learnt()
        };
        assert_eq!(check(bare).unwrap().proof, Proof::Hashed);
    }

    #[test]
    fn every_package_stands_in_the_sums() {
        for sums in [
            String::new(),
            format!("{}  {NAME}\n", "0".repeat(64)),
            format!("{}  *{NAME}\n", "0".repeat(64)),
        ] {
            let misfit = check(Learnt {
                sums: Some(sums.into()),
                ..learnt()
            })
            .unwrap_err();
            assert!(matches!(misfit, Misfit::Sums(_)), "{misfit}");
            assert!(misfit.to_string().contains(NAME), "{misfit}");
        }
    }
}
