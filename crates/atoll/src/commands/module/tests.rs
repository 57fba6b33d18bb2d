//! What is packed, sent and shown.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::ExitCode;

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::address::Address;
use super::lifecycle::{delete, deprecate, undeprecate};
use super::pack::pack;
use super::publish::{self, Package, own};
use super::show;
use crate::cli::{
    ModuleDeleteArgs, ModuleDeprecateArgs, ModulePublishArgs, ModuleShowArgs, ModuleUndeprecateArgs,
};
use crate::commands::fake_server::{Asked, FakeServer};
use crate::config::Environment;
use crate::output::UsageError;

fn with_files(names: &[&str]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for name in names {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    directory
}

/// Each entry of an archive, with what it is and holds.
fn unpacked(archive: &[u8]) -> BTreeMap<String, String> {
    let mut archive = tar::Archive::new(GzDecoder::new(archive));
    let mut found = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let header = entry.header().clone();
        assert_eq!((header.mtime().unwrap(), header.uid().unwrap()), (0, 0));
        let path = entry.path().unwrap().display().to_string();
        let words = if header.entry_type().is_symlink() {
            format!("-> {}", entry.link_name().unwrap().unwrap().display())
        } else {
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            format!("{:o} {}", header.mode().unwrap(), content.len())
        };
        assert_eq!(found.insert(path, words), None);
    }
    found
}

fn packed(directory: &Path) -> (BTreeMap<String, String>, Vec<String>) {
    let packed = pack(directory).unwrap();
    let bytes = fs::read(packed.file.path()).unwrap();
    (unpacked(&bytes), packed.left_out)
}

fn publish_args(source: &Path, address: &str, server: &FakeServer) -> ModulePublishArgs {
    ModulePublishArgs {
        source: source.to_owned(),
        address: address.to_owned(),
        version: "1.2.3".parse().unwrap(),
        json: false,
        target: server.target(),
    }
}

fn nobody() -> Environment {
    Environment::fixed([])
}

#[test]
fn addresses_have_three_parts_and_a_host() {
    let server = "https://atoll.example.com:8443/".parse().unwrap();
    for text in [
        "Acme/vpc_1/aws",
        "self/Acme/vpc_1/aws",
        "atoll.internal/Acme/vpc_1/aws",
        "atoll.example.com/Acme/vpc_1/aws",
    ] {
        let address = own(Address::parse(text).unwrap(), Some(&server)).unwrap();
        assert_eq!(address.to_string(), "self/Acme/vpc_1/aws", "{text}");
    }
    let foreign = Address::parse("registry.coder.com/coder/code-server/coder").unwrap();
    assert_eq!(
        foreign.clone().at(Some(&server)).path(Some("1.0.0")),
        [
            "modules",
            "registry.coder.com",
            "coder",
            "code-server",
            "coder",
            "1.0.0"
        ]
    );
    let refused = own(foreign, Some(&server)).unwrap_err().to_string();
    assert!(refused.contains("registry.coder.com"), "{refused}");
    own(Address::parse("atoll.example.com/a/b/c").unwrap(), None).unwrap_err();
    for text in [
        "",
        "a",
        "a/b",
        "a/b/c/d/e",
        "a//c",
        "a/b/",
        "-a/b/c",
        "a/b_/c",
        "a/b c/d",
        "a/../c",
        "a/b/AWS",
        "a/b/a-b",
        "https://x/a/b/c",
        "ho st/a/b/c",
    ] {
        Address::parse(text).unwrap_err();
    }
    Address::parse(&format!("{}/b/c", "a".repeat(65))).unwrap_err();
}

#[test]
fn a_directory_is_packed_without_what_a_build_leaves() {
    let directory = with_files(&[
        "main.tf",
        "README.md",
        "modules/x/main.tf",
        "scripts/run.sh",
        ".terraform/modules/modules.json",
        ".git/config",
        "modules/x/.git",
        "modules/x/.terraform/y",
        ".terraform.lock.hcl",
        "terraform.tfstate",
        "examples/a/terraform.tfstate.backup",
    ]);
    let script = directory.path().join("scripts/run.sh");
    fs::set_permissions(script, fs::Permissions::from_mode(0o700)).unwrap();
    symlink("../README.md", directory.path().join("modules/README.md")).unwrap();
    symlink("modules", directory.path().join("linked")).unwrap();
    let deep = format!("{}/{}", "d".repeat(90), "e".repeat(90));
    fs::create_dir_all(directory.path().join(&deep)).unwrap();
    fs::write(directory.path().join(&deep).join("long.tf"), "").unwrap();
    fs::create_dir(directory.path().join("empty")).unwrap();
    let (found, left_out) = packed(directory.path());
    let expected: BTreeMap<String, String> = [
        (".terraform.lock.hcl", "644 19"),
        ("README.md", "644 9"),
        ("linked", "-> modules"),
        ("main.tf", "644 7"),
        ("modules/README.md", "-> ../README.md"),
        ("modules/x/main.tf", "644 17"),
        ("scripts/run.sh", "755 14"),
        (&format!("{deep}/long.tf"), "644 0"),
    ]
    .map(|(path, words)| (path.to_owned(), words.to_owned()))
    .into();
    assert_eq!(found, expected);
    assert_eq!(
        left_out,
        ["examples/a/terraform.tfstate.backup", "terraform.tfstate"]
    );
    let again = pack(directory.path()).unwrap();
    let first = pack(directory.path()).unwrap();
    assert_eq!(
        fs::read(again.file.path()).unwrap(),
        fs::read(first.file.path()).unwrap()
    );
}

#[test]
fn a_module_has_a_configuration_file() {
    for name in [
        "main.tf",
        "main.tofu",
        "main.tf.json",
        "x.tofu.json",
        "modules/vpc/main.tf",
    ] {
        pack(with_files(&[name]).path()).unwrap();
    }
    for names in [&[][..], &["README.md"], &["main.tf/x", "main.tfvars"]] {
        let error = pack(with_files(names).path()).unwrap_err().to_string();
        assert!(error.contains("there is no .tf"), "{error}");
    }
    let directory = with_files(&["main.tf"]);
    let _socket = std::os::unix::net::UnixListener::bind(directory.path().join("socket")).unwrap();
    let error = pack(directory.path()).unwrap_err().to_string();
    assert!(error.contains("socket is neither a file"), "{error}");
}

#[tokio::test]
async fn a_directory_is_sent_as_an_archive() {
    let directory = with_files(&["main.tf", "outputs.tf"]);
    let answer = json!({
        "address": "self/acme/vpc/aws", "version": "1.2.3", "digest": "sha256:ab", "size_bytes": 7,
        "files": 2, "stripped": null, "warnings": ["no README"],
    });
    let server = FakeServer::start([(201, answer)]).await;
    let args = publish_args(directory.path(), "127.0.0.1/acme/vpc/aws", &server);
    let status = publish::run(&args, &nobody()).await.unwrap();
    assert_eq!(status, ExitCode::SUCCESS);
    let asked = server.asked();
    assert_eq!(asked[0].line, "PUT /api/v1/modules/self/acme/vpc/aws/1.2.3");
    assert_eq!(asked[0].headers["content-type"], "application/gzip");
    assert_eq!(asked[0].headers["authorization"], "Bearer t0ken");
    let length = asked[0].body.len().to_string();
    assert_eq!(asked[0].headers["content-length"], length.as_str());
    let found: Vec<String> = unpacked(&asked[0].body).into_keys().collect();
    assert_eq!(found, ["main.tf", "outputs.tf"]);
}

#[tokio::test]
async fn an_archive_is_sent_as_it_is() {
    let directory = with_files(&["a.zip", "b.tar.gz", "c.TGZ", "d.rar"]);
    for (name, content_type) in [
        ("a.zip", "application/zip"),
        ("b.tar.gz", "application/gzip"),
        ("c.TGZ", "application/gzip"),
    ] {
        let server = FakeServer::start([(200, json!({"stripped": "vpc-1.2.3"}))]).await;
        let args = publish_args(&directory.path().join(name), "acme/vpc/aws", &server);
        publish::run(&args, &nobody()).await.unwrap();
        let asked = server.asked();
        assert_eq!(asked[0].headers["content-type"], content_type);
        assert_eq!(asked[0].body, name);
    }
    for name in ["d.rar", "none.zip"] {
        let Err(error) = Package::of(&directory.path().join(name)).await else {
            panic!("{name}")
        };
        assert_eq!(error.is::<UsageError>(), name == "d.rar", "{error:#}");
    }
}

#[tokio::test]
async fn what_the_server_refuses_is_said() {
    let directory = with_files(&["main.tf"]);
    let refusal = json!({"error": {"message": "self/acme/vpc/aws 1.2.3 is there already"}});
    let server = FakeServer::start([(409, refusal)]).await;
    let args = publish_args(directory.path(), "acme/vpc/aws", &server);
    let error = publish::run(&args, &nobody()).await.unwrap_err();
    assert!(error.to_string().contains("is there already"), "{error:#}");
    let args = publish_args(directory.path(), "other.example/acme/vpc/aws", &server);
    let error = publish::run(&args, &nobody()).await.unwrap_err();
    assert!(error.is::<UsageError>());
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn advice_is_given_and_taken_back() {
    let server = FakeServer::start([204, 204, 204, 204].map(|status| (status, Value::Null))).await;
    let advice = |version: Option<&str>, successor: Option<&str>| ModuleDeprecateArgs {
        address: "acme/vpc/aws".to_owned(),
        version: version.map(|version| version.parse().unwrap()),
        message: "old".to_owned(),
        successor: successor.map(str::to_owned),
        target: server.target(),
    };
    let environment = nobody();
    deprecate(&advice(None, Some("acme/network/aws")), &environment)
        .await
        .unwrap();
    deprecate(&advice(Some("1.0.0+b"), None), &environment)
        .await
        .unwrap();
    let args = ModuleUndeprecateArgs {
        address: "registry.coder.com/coder/a/coder".to_owned(),
        version: None,
        target: server.target(),
    };
    undeprecate(&args, &environment).await.unwrap();
    let args = ModuleDeleteArgs {
        address: "acme/vpc/aws".to_owned(),
        version: "1.2.3".parse().unwrap(),
        target: server.target(),
    };
    delete(&args, &environment).await.unwrap();
    assert_eq!(
        server.lines(),
        [
            "PUT /api/v1/modules/self/acme/vpc/aws/deprecation",
            "PUT /api/v1/modules/self/acme/vpc/aws/1.0.0+b/deprecation",
            "DELETE /api/v1/modules/registry.coder.com/coder/a/coder/deprecation",
            "DELETE /api/v1/modules/self/acme/vpc/aws/1.2.3",
        ]
    );
    let bodies: Vec<Value> = server.asked().iter().take(2).map(Asked::json).collect();
    assert_eq!(
        bodies,
        [
            json!({"message": "old", "successor": "self/acme/network/aws"}),
            json!({"message": "old", "successor": null}),
        ]
    );
    let error = deprecate(&advice(None, Some("nonsense")), &environment)
        .await
        .unwrap_err();
    assert!(error.is::<UsageError>());
}

#[tokio::test]
async fn a_module_is_asked_for_at_its_latest_or_one_version() {
    let answers = [
        (200, json!({})),
        (200, json!({"unknown": 1})),
        (404, json!({"error": {"message": "no such module"}})),
    ];
    let server = FakeServer::start(answers).await;
    let args = |version: Option<&str>| ModuleShowArgs {
        address: "acme/vpc/aws".to_owned(),
        version: version.map(|version| version.parse().unwrap()),
        json: version.is_none(),
        target: server.target(),
    };
    show::run(&args(None), &nobody()).await.unwrap();
    show::run(&args(Some("1.0.0")), &nobody()).await.unwrap();
    show::run(&args(None), &nobody()).await.unwrap_err();
    assert_eq!(
        server.lines()[..2],
        [
            "GET /api/v1/modules/self/acme/vpc/aws",
            "GET /api/v1/modules/self/acme/vpc/aws/1.0.0"
        ]
    );
}

#[test]
fn a_module_is_shown_in_words() {
    let versions: Vec<String> = (0..12).rev().map(|minor| format!("1.{minor}.0")).collect();
    let answer = json!({
        "address": "registry.coder.com/coder/code-server/coder",
        "version": "1.11.0",
        "versions": versions,
        "origin": "mirrored",
        "source": {"address": "git::https://git.example/x.git", "commit": "abc123"},
        "captured_at": "2026-03-01T12:00:00Z",
        "size_bytes": 2048,
        "digest": "sha256:ab",
        "subdir": null,
        "deprecation": {"message": "old", "successor": "self/acme/a/b"},
        "needs": [
            {"kind": "git", "source": "https://git.example/y.git", "version": null, "from": "modules/x"},
            {"kind": "registry", "source": "terraform-aws-modules/vpc/aws", "version": "~> 5.0", "from": ""},
        ],
        "description": {
            "root": {
                "inputs": [
                    {"name": "agent_id", "type": "string", "description": "The id\nof an agent.", "required": true},
                    {"name": "port", "type": "number", "default": "13337", "description": null, "sensitive": true},
                    {"name": "folder", "type": null, "default": null, "required": false},
                    {"name": "share", "type": "string", "default": "\"owner\""},
                ],
                "outputs": [{"name": "url", "description": "where \u{1b}[31m it is"}],
                "providers": [{"name": "coder", "source": "coder/coder", "version": ">= 2.5"}, {"name": "null"}],
                "required_core": [">= 1.0"],
                "resources": [{}, {}],
            },
            "submodules": [{"path": "modules/x", "inputs": [{}], "outputs": []}],
            "examples": null,
        },
    });
    let expected = "\
registry.coder.com/coder/code-server/coder 1.11.0
  deprecated old (use self/acme/a/b instead)
  versions   1.11.0, 1.10.0, 1.9.0, 1.8.0, 1.7.0, 1.6.0, 1.5.0, 1.4.0, 1.3.0, 1.2.0, and 2 more
  origin     mirrored
  source     git::https://git.example/x.git at abc123
  captured   2026-03-01T12:00:00Z
  size       2.00 KiB
  digest     sha256:ab
  core       >= 1.0
  providers  coder/coder >= 2.5, null
  resources  2

inputs
  NAME      TYPE    DEFAULT     DESCRIPTION
  agent_id  string  (required)  The id of an agent.
  port      number  13337       (sensitive)
  folder            null
  share     string  \"owner\"

outputs
  NAME  DESCRIPTION
  url   where \\u{1b}[31m it is

submodules
  PATH       INPUTS  OUTPUTS
  modules/x  1       0

needs: git https://git.example/y.git (from modules/x)
needs: registry terraform-aws-modules/vpc/aws ~> 5.0
";
    assert_eq!(show::render(answer).unwrap(), expected);
}

#[test]
fn an_answer_that_is_none_is_an_error() {
    assert!(show::render(json!({})).is_ok());
    assert!(show::render(json!({"version": 7})).is_err());
    assert!(show::render(json!("x")).is_err());
}
