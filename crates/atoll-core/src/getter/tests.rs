//! Addresses as people write them, and as people who mean harm do.

use proptest::prelude::*;

use super::*;
use crate::reference::Reference;

pub(super) fn read(text: &str) -> GetterAddress {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> GetterError {
    match text.parse::<GetterAddress>() {
        Ok(address) => panic!("{text} is {address}"),
        Err(error) => error,
    }
}

fn archive(text: &str) -> ArchiveSource {
    match read(text).source {
        Source::Archive(archive) => archive,
        other => panic!("{text} is {other:?}"),
    }
}

fn git(text: &str) -> GitSource {
    match read(text).source {
        Source::Git(git) => git,
        other => panic!("{text} is {other:?}"),
    }
}

fn means(text: &str, meaning: &str) {
    assert_eq!(read(text).to_string(), meaning, "{text}");
    // Written out, it means the same again.
    assert_eq!(read(meaning).to_string(), meaning);
}

#[test]
fn short_and_long_forms_mean_the_same() {
    for (text, meaning) in [
        (
            "github.com/acme/vpc",
            "git::https://github.com/acme/vpc.git",
        ),
        (
            "github.com/acme/vpc.git?ref=v1",
            "git::https://github.com/acme/vpc.git?ref=v1",
        ),
        (
            "gitlab.com/acme/vpc//a/b/?ref=v1",
            "git::https://gitlab.com/acme/vpc.git//a/b?ref=v1",
        ),
        (
            "bitbucket.org/acme/vpc//a",
            "git::https://bitbucket.org/acme/vpc.git//a",
        ),
        (
            "git::github.com/acme/vpc",
            "git::https://github.com/acme/vpc.git",
        ),
        (
            "git@github.com:acme/vpc.git//a?ref=v1",
            "git::ssh://git@github.com/acme/vpc.git//a?ref=v1",
        ),
        (
            "git::deploy@git.corp.example:acme/vpc",
            "git::ssh://deploy@git.corp.example/acme/vpc",
        ),
        (
            "git::ssh://git@git.corp.example:2222/acme/vpc.git",
            "git::ssh://git@git.corp.example:2222/acme/vpc.git",
        ),
        (
            "ssh://git.corp.example/acme/vpc.git",
            "git::ssh://git@git.corp.example/acme/vpc.git",
        ),
        (
            "git::https://git.corp.example/vpc.git//*?ref=refs/heads/main",
            "git::https://git.corp.example/vpc.git//*?ref=refs/heads/main",
        ),
        (
            "git::http://git.corp.example/vpc",
            "git::http://git.corp.example/vpc",
        ),
    ] {
        means(text, meaning);
    }
}

#[test]
fn archives_buckets_and_registries_keep_their_kind() {
    for (text, meaning) in [
        ("https://h.example/vpc.git", "https://h.example/vpc.git"),
        (
            "https://h.example/a.zip//b?x=https://c//d",
            "https://h.example/a.zip//b",
        ),
        ("http::http://h.example/a.zip", "http://h.example/a.zip"),
        (
            "acme.s3.eu-west-1.amazonaws.com/vpc.zip",
            "s3::https://acme.s3.eu-west-1.amazonaws.com/vpc.zip",
        ),
        (
            "www.googleapis.com/storage/v1/acme/a/vpc.zip",
            "gcs::https://www.googleapis.com/storage/v1/acme/a/vpc.zip",
        ),
        (
            "gcs::https://storage.googleapis.com/acme/vpc.zip",
            "gcs::https://www.googleapis.com/storage/v1/acme/vpc.zip",
        ),
        (
            "oci://ghcr.example:5000/acme/vpc//a",
            "oci://ghcr.example:5000/acme/vpc//a?tag=latest",
        ),
        (
            "oci://ghcr.example/acme/vpc?tag=1.0",
            "oci://ghcr.example/acme/vpc?tag=1.0",
        ),
    ] {
        means(text, meaning);
    }
}

#[test]
fn local_paths_programs_and_options_are_refused() {
    for text in [
        "./vpc",
        "../vpc",
        "/etc",
        "~/vpc",
        "vpc",
        "a/b",
        "C:/vpc",
        "file:///etc/passwd",
        "FILE:///etc",
        "file::https://h.example/a.zip",
        "file::/etc",
        "git::file:///srv/vpc.git",
        "git::/srv/vpc.git",
        "git::./vpc",
        "git::ext::sh -c id",
        "ext::sh",
        "git::ext://sh",
        "git::fd::3",
        "git::git://h.example/vpc",
        "git::-oProxyCommand=id:x",
        "git::ssh://-oProxyCommand=id/x",
        "git::git@-oProxyCommand=id:x",
        "git::-x@h.example:y",
        "git::ssh://-l@h.example/y",
        "git::ssh://git@h.example/-x",
        "git@h.example:$(id)",
        "git::ssh://h.example/a'b",
        "git::https://-h.example/x",
        "https://",
        "https:///etc",
        "hg::https://h.example/x",
        "s3::file:///a/b",
        "oci://h.example/..",
        "oci://h.example/Upper",
        "git::https://h.example",
        "ssh://u:p@h.example/x",
        "https://u:p@h.example/a.zip",
        "git::https://u@h.example/a",
        "oci://u@h.example/a",
        "host.example:path/x",
        "https://h.example/a\nb",
        "https://h.example\\a",
        " https://h.example/a",
        "https://h.example/a//../b",
        "https://h.example/a.zip///etc",
        "github.com/acme",
        "github.com/acme/vpc/modules/x",
        "",
        "s3::https://s3.amazonaws.com/bucket",
        "s3::https://s3.amazonaws.com/bucket/dir/",
        "gcs::https://www.googleapis.com/storage/v1/b",
        "gcs::https://h.example/a/b",
        "s3::https://s3.amazonaws.com/b/o.zip?aws_access_key_id=x",
        "git::http:/etc",
        "https:h.example/a",
    ] {
        let error = refused(text).to_string();
        assert!(!error.is_empty() && !error.ends_with('.'), "{error}");
    }
}

#[test]
fn references_can_not_be_taken_for_something_else() {
    for bad in [
        "--upload-pack=id",
        "-x",
        "%2D-x",
        "+main",
        "main:refs/heads/x",
        "a..b",
        "a%20b",
        "a~1",
        "a^",
        "a*",
        "@{-1}",
        "@",
        "a@{1}",
        "a%0ab",
        ".a",
        "a/.b",
        "a.lock",
        "a//b",
        "a%5Cb",
        "%5Ba",
        "a.",
        "/a",
        "a/",
    ] {
        let error = refused(&format!("git::https://h.example/x?ref={bad}"));
        assert!(
            matches!(&error, GetterError::Parameter { name, .. } if name == "ref"),
            "{bad}: {error}"
        );
    }
    for good in [
        "v1.2.3",
        "main",
        "feature/x",
        "refs/tags/v1",
        "a%2Bb",
        "a@b",
        "0123abc",
    ] {
        read(&format!("git::https://h.example/x?ref={good}"));
    }
    let long = "0123456789abcdef0123456789abcdef01234567";
    let source = git(&format!("git::https://h.example/x?ref={long}"));
    assert!(source.reference.as_ref().unwrap().is_commit());
    for depth in ["0", "1", "100"] {
        let deep = git(&format!(
            "git::https://h.example/x?depth={depth}&ref={long}"
        ));
        assert_eq!(
            deep, source,
            "how much history is fetched makes no other package"
        );
    }
    refused("git::https://h.example/x?sshkey=abc");
    for depth in ["-1", "all", "1.5", "99999999999"] {
        refused(&format!("git::https://h.example/x?depth={depth}"));
        refused(&format!("git@h.example:x?depth={depth}"));
    }
    refused("git::https://h.example/x?archive=zip");
}

#[test]
fn archives_are_told_by_parameter_suffix_or_not_at_all() {
    for (text, format, url) in [
        (
            "https://h.example/a.zip",
            Some(ArchiveFormat::Zip),
            "https://h.example/a.zip",
        ),
        (
            "https://h.example/a.tgz?b=c.zip",
            Some(ArchiveFormat::TarGz),
            "https://h.example/a.tgz?b=c.zip",
        ),
        (
            "https://h.example/a.tar.tbz2",
            Some(ArchiveFormat::TarBz2),
            "https://h.example/a.tar.tbz2",
        ),
        (
            "https://h.example/a?z=1&archive=tar.gz&b=%2f&filename=x",
            Some(ArchiveFormat::TarGz),
            "https://h.example/a?z=1&b=%2f",
        ),
        (
            "https://h.example/a//x?archive=zip",
            Some(ArchiveFormat::Zip),
            "https://h.example/a",
        ),
        ("https://h.example/a", None, "https://h.example/a"),
        ("https://h.example/zip", None, "https://h.example/zip"),
        (
            "https://h.example/a.zip?archive=false&b",
            None,
            "https://h.example/a.zip?b",
        ),
        (
            "https://h.example/a.zip?archive=true",
            Some(ArchiveFormat::Zip),
            "https://h.example/a.zip",
        ),
    ] {
        let source = archive(text);
        assert_eq!(source.format, format, "{text}");
        assert_eq!(source.url.as_str(), url);
    }
    refused("https://h.example/a.zip?archive=rar");
}

#[test]
fn checksums_have_a_name_or_a_length() {
    for (digits, name) in [(32, "md5"), (40, "sha1"), (64, "sha256"), (128, "sha512")] {
        let hex = "Ab".repeat(digits / 2);
        let capitals = format!("{}:{hex}", name.to_uppercase());
        for text in [hex.clone(), format!("{name}:{hex}"), capitals] {
            let checksum = archive(&format!("https://h.example/a.zip?checksum={text}")).checksum;
            let Some(ArchiveChecksum::Given(checksum)) = checksum else {
                panic!("{checksum:?}");
            };
            assert_eq!(
                checksum.to_string(),
                format!("{name}:{}", hex.to_lowercase())
            );
        }
    }
    for bad in [
        "sha256:ab",
        "file:",
        "file:file:///etc/sums",
        "file:s3::https://s3.amazonaws.com/b/sums",
        "file:https://u:p@h.example/sums",
        "file:https://",
        "crc32:00000000",
        "zz",
    ] {
        refused(&format!("https://h.example/a.zip?checksum={bad}"));
    }
}

#[test]
fn buckets_have_regions_versions_and_keys() {
    let s3 = |text: &str| match read(text).source {
        Source::S3(s3) => s3,
        other => panic!("{other:?}"),
    };
    for (text, region) in [
        ("s3::https://s3.amazonaws.com/b/o.zip", "us-east-1"),
        (
            "s3::https://s3-eu-west-1.amazonaws.com/b/o.zip",
            "eu-west-1",
        ),
        (
            "s3::https://s3.eu-west-1.amazonaws.com/b/o.zip",
            "eu-west-1",
        ),
        (
            "s3::https://s3.dualstack.eu-west-1.amazonaws.com/b/o.zip",
            "eu-west-1",
        ),
        ("s3::https://b.s3.amazonaws.com/o.zip", "us-east-1"),
        (
            "s3::https://b.s3-eu-west-1.amazonaws.com/o.zip",
            "eu-west-1",
        ),
        (
            "s3::https://my.b.s3.eu-west-1.amazonaws.com/o.zip",
            "eu-west-1",
        ),
        (
            "s3::https://minio.corp.example:9000/b/o.zip?region=here",
            "here",
        ),
    ] {
        assert_eq!(s3(text).region, region, "{text}");
    }
    let text = "s3::https://s3.amazonaws.com/b/o.zip?aws_access_key_id=AKIA&aws_access_key_secret=hush&aws_access_token=tok&version=7";
    let source = s3(text);
    assert_eq!(
        source.url.as_str(),
        "https://s3.amazonaws.com/b/o.zip?versionId=7"
    );
    assert_eq!(
        source.credentials.as_ref().unwrap().access_key_secret,
        "hush"
    );
    let shown = format!("{:?} {}", read(text), read(text));
    assert!(!shown.contains("hush") && !shown.contains("tok"), "{shown}");
    let Source::Gcs(gcs) = read("gcs::https://www.googleapis.com/storage/v1/b/a/o.zip#12").source
    else {
        panic!("a bucket")
    };
    assert_eq!(
        (gcs.bucket.as_str(), gcs.object.as_str(), gcs.generation),
        ("b", "a/o.zip", Some(12))
    );
}

#[test]
fn oci_packages_have_a_tag_or_a_digest() {
    let digest = format!("sha256:{}", "0".repeat(64));
    let Source::Oci(oci) = read(&format!("oci://h.example/a/b?digest={digest}")).source else {
        panic!("a registry")
    };
    assert_eq!(oci.reference, Reference::Digest(digest.parse().unwrap()));
    for bad in [
        "?tag=a&digest=b",
        "?archive=zip",
        "?tag=a%2Bb",
        "?digest=sha256:0",
    ] {
        refused(&format!("oci://h.example/a/b{bad}"));
    }
}

#[test]
fn nothing_secret_prints() {
    let text = "https://h.example/a.zip?sig=hush";
    assert!(!format!("{:?} {}", read(text), read(text)).contains("hush"));
}

pub(super) fn is_remote(source: &Source) -> bool {
    let is_web = |url: &url::Url| {
        matches!(url.scheme(), "https" | "http")
            && url.host_str().is_some_and(|host| !host.starts_with('-'))
    };
    match source {
        Source::Archive(archive) => is_web(&archive.url),
        Source::S3(object) => is_web(&object.url),
        Source::Gcs(object) => !object.bucket.is_empty(),
        Source::Oci(oci) => !oci.host.is_empty(),
        Source::Git(git) => match &git.transport {
            GitTransport::Https(url) => is_web(url),
            GitTransport::Ssh(ssh) => !ssh.host().starts_with('-') && ssh.path().starts_with('/'),
        },
    }
}

proptest! {
    #[test]
    fn anything_is_read_as_remote_or_refused(text in r"((git|s3|gcs|hg|ext|file)::)?((https?|ssh|git|file|oci)://|git@|\./|/)?[a-z:@/?=&.*%#\[\]-]{0,40}(\?ref=\PC{0,8})?") {
        if let Ok(address) = text.parse::<GetterAddress>() {
            prop_assert!(is_remote(&address.source), "{address}");
            prop_assert!(!address.subdir.unwrap_or_default().split('/').any(|part| part == ".."));
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in r"\PC*") {
        if let Ok(address) = text.parse::<GetterAddress>() {
            prop_assert!(is_remote(&address.source), "{address}");
        }
    }
}

#[test]
fn formats_are_named_as_go_getter_does() {
    let of_path = |path: &str| archive(&format!("https://h.example{path}")).format;
    for (name, format) in [
        ("zip", ArchiveFormat::Zip),
        ("tar", ArchiveFormat::Tar),
        ("tar.gz", ArchiveFormat::TarGz),
        ("tgz", ArchiveFormat::TarGz),
        ("tar.xz", ArchiveFormat::TarXz),
        ("txz", ArchiveFormat::TarXz),
        ("tar.bz2", ArchiveFormat::TarBz2),
        ("tbz2", ArchiveFormat::TarBz2),
        ("tar.tbz2", ArchiveFormat::TarBz2),
        ("tar.zst", ArchiveFormat::TarZst),
        ("tzst", ArchiveFormat::TarZst),
    ] {
        assert_eq!(name.parse(), Ok(format), "{name}");
        assert_eq!(
            of_path(&format!("/a.zip/v1.0.0.{name}")),
            Some(format),
            "{name}"
        );
    }
    for name in ["gz", "xz", "bz2", "zst", "", "false", ".zip", "ZIP"] {
        assert!(name.parse::<ArchiveFormat>().is_err(), "{name}");
    }
    for path in ["/zip", "/a.zip/", "/azip", "/a.gz", "/a.zip/x"] {
        assert_eq!(of_path(path), None, "{path}");
    }
}
