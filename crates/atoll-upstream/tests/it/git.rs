//! Git repositories by https, read by the real git from a real server.

use std::time::{Duration, Instant};

use atoll_core::getter::{ArchiveFormat, GetterAddress};
use atoll_core::kind::ErrorKind;
use atoll_testkit::connect_proxy::ConnectProxy;
use atoll_testkit::git::{GitRepository, GitServer};
use atoll_testkit::registry::{FakeRegistry, Fault};
use atoll_testkit::zips;
use atoll_upstream::source::{SourceError, SourceLimits};
use atoll_upstream::{
    Credential, Egress, EgressSettings, FetchError, SecretText, Upstream, UpstreamSettings,
};
use futures_util::future::join_all;

use crate::support::{SOURCE_LIMITS, egress, fetch, fetch_within};

/// The upstream that the server is.
fn own(server: &GitServer) -> Upstream {
    own_with(server, |_| ())
}

fn own_with(server: &GitServer, change: impl FnOnce(&mut UpstreamSettings)) -> Upstream {
    let mut settings = UpstreamSettings::at("git.corp.example", server.url());
    settings.ca_pem = Some(server.ca_pem().as_bytes().to_vec());
    change(&mut settings);
    egress().upstream(&settings).unwrap()
}

/// An upstream that names the server in its answers.
fn stranger(server: &GitServer, allow: &[&str]) -> Upstream {
    let url = "https://tf.corp.example/".parse().unwrap();
    let mut settings = UpstreamSettings::at("tf.corp.example", url);
    settings.ca_pem = Some(server.ca_pem().as_bytes().to_vec());
    settings.allow_addresses = allow.iter().map(|entry| entry.parse().unwrap()).collect();
    settings.credential = Credential::Bearer(SecretText::new("hush"));
    egress().upstream(&settings).unwrap()
}

fn address(server: &GitServer, reference: &str) -> String {
    let url = server.repository_url("vpc");
    if reference.is_empty() {
        format!("git::{url}")
    } else {
        format!("git::{url}?ref={reference}")
    }
}

/// Two commits on `main`, one on a branch, tags of both kinds.
fn vpc(server: &GitServer) -> GitRepository {
    let repository = server.repository("vpc");
    repository.write("main.tf", "# one\r\n");
    repository.write("secret/notes.txt", "not exported\n");
    repository.write("subst.txt", "$Format:%H$\n");
    repository.write(
        ".gitattributes",
        "secret export-ignore\nsubst.txt export-subst\n*.tf text eol=lf\n",
    );
    repository.symlink("link", "main.tf");
    repository.commit("one");
    let submodule = repository.rev("HEAD");
    let entry = format!("160000,{submodule},modules/sub");
    repository.git(&["update-index", "--add", "--cacheinfo", &entry]);
    repository.git(&["commit", "--quiet", "-m", "a submodule"]);
    repository.git(&["tag", "v1.0.0"]);
    repository.git(&["tag", "-a", "-m", "annotated", "v1.1.0"]);
    repository.git(&["checkout", "--quiet", "-b", "feature/x"]);
    repository.write("main.tf", "# feature\n");
    repository.git(&["add", "main.tf"]);
    repository.git(&["commit", "--quiet", "-m", "feature"]);
    repository.git(&["checkout", "--quiet", "main"]);
    repository.write("main.tf", "# two\n");
    repository.git(&["add", "main.tf"]);
    repository.git(&["commit", "--quiet", "-m", "two"]);
    repository
}

#[tokio::test]
async fn branches_tags_and_commits_are_found() {
    let server = GitServer::start().await;
    let repository = vpc(&server);
    let upstream = own(&server);
    let old = repository.rev("v1.0.0^{commit}~1");
    let tag_object = repository.rev("v1.1.0");
    for (reference, commit) in [
        ("", repository.rev("main")),
        ("main", repository.rev("main")),
        ("refs/heads/main", repository.rev("main")),
        ("feature/x", repository.rev("feature/x")),
        ("v1.0.0", repository.rev("v1.0.0^{commit}")),
        ("v1.1.0", repository.rev("v1.1.0^{commit}")),
        (&tag_object, repository.rev("v1.1.0^{commit}")),
        (&old, old.clone()),
        (old.split_at(10).0, old.clone()),
    ] {
        let fetched = fetch(&upstream, &address(&server, reference)).await;
        let fetched = fetched.unwrap_or_else(|error| panic!("{reference}: {error}"));
        assert_eq!(
            fetched.source.commit.as_deref(),
            Some(&*commit),
            "{reference}"
        );
        assert_eq!(fetched.source.format, Some(ArchiveFormat::Tar));
    }
    let error = fetch(&upstream, &address(&server, "nowhere"))
        .await
        .unwrap_err();
    assert!(matches!(error, SourceError::NoReference { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let missing = "0123456789012345678901234567890123456789";
    let error = fetch(&upstream, &address(&server, missing))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[tokio::test]
async fn the_tree_is_what_was_committed() {
    let server = GitServer::start().await;
    vpc(&server);
    let fetched = fetch(&own(&server), &address(&server, "v1.0.0"))
        .await
        .unwrap();
    let lines = fetched.tar_lines().await;
    assert_eq!(
        lines,
        [
            "-rw-r--r-- .gitattributes",
            "lrwxrwxrwx link -> main.tf",
            "-rw-r--r-- main.tf",
            "drwxr-xr-x modules/",
            "drwxr-xr-x modules/sub/",
            "drwxr-xr-x secret/",
            "-rw-r--r-- secret/notes.txt",
            "-rw-r--r-- subst.txt",
        ]
    );
    assert_eq!(fetched.tar_file("subst.txt").await, "$Format:%H$\n");
}

#[tokio::test]
async fn a_moved_tag_is_where_it_is_now() {
    let server = GitServer::start().await;
    let repository = vpc(&server);
    let upstream = own(&server);
    repository.git(&["tag", "--force", "v1.0.0", "main"]);
    let fetched = fetch(&upstream, &address(&server, "v1.0.0")).await.unwrap();
    assert_eq!(fetched.source.commit, Some(repository.rev("main")));
}

#[tokio::test]
async fn an_address_inside_is_refused_and_can_be_allowed() {
    let server = GitServer::start().await;
    vpc(&server);
    let text = address(&server, "main");
    let error = fetch(&stranger(&server, &[]), &text).await.unwrap_err();
    assert!(
        matches!(error, SourceError::Fetch(FetchError::Refused { .. })),
        "{error}"
    );
    let by_name = text.replace("127.0.0.1", "localhost");
    let error = fetch(&stranger(&server, &[]), &by_name).await.unwrap_err();
    assert!(
        matches!(error, SourceError::Fetch(FetchError::Refused { .. })),
        "{error}"
    );
    assert!(error.to_string().contains("allow_addresses"), "{error}");
    assert!(server.requests().is_empty());
    for (entry, text) in [("127.0.0.1", &text), ("localhost", &by_name)] {
        fetch(&stranger(&server, &[entry]), text).await.unwrap();
    }
    // The upstream's own credential stays at home.
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.authorization.is_none())
    );
}

#[tokio::test]
async fn the_own_host_gets_the_credential() {
    let server = GitServer::start().await;
    vpc(&server);
    server.require("Bearer hush");
    let upstream = own_with(&server, |settings| {
        settings.credential = Credential::Bearer(SecretText::new("hush"));
    });
    fetch(&upstream, &address(&server, "main")).await.unwrap();
    let error = fetch(&own(&server), &address(&server, "main"))
        .await
        .unwrap_err();
    assert!(matches!(error, SourceError::Git { .. }), "{error}");
    let wrong = own_with(&server, |settings| {
        settings.credential = Credential::Bearer(SecretText::new("wrong-secret"));
    });
    let error = fetch(&wrong, &address(&server, "main")).await.unwrap_err();
    assert!(
        !format!("{error} {error:?}").contains("wrong-secret"),
        "{error}"
    );
}

#[tokio::test]
async fn the_own_host_gets_no_credential_where_another_one_leads_to_it() {
    let server = GitServer::start().await;
    let other = FakeRegistry::start().await;
    vpc(&server);
    let text = address(&server, "main");
    other.fault(Fault::status(204).with_header("x-terraform-get", &text));
    let upstream = own_with(&server, |settings| {
        settings.credential = Credential::Bearer(SecretText::new("hush"));
        settings.allow_addresses = vec![other.host().parse().unwrap()];
    });
    let first = other.url().join("/vpc").unwrap();
    let located = upstream.locate_source(first.as_str().parse().unwrap());
    let located = located.await.unwrap();
    assert_eq!(located.address, text.parse().unwrap());
    fetch(&located.upstream, &text).await.unwrap();
    let commit = located
        .upstream
        .source_commit(&located.address, SOURCE_LIMITS)
        .await;
    assert!(commit.unwrap().is_some());
    let requests = server.requests();
    let mut shown = requests.iter().map(|request| &request.authorization);
    assert!(!requests.is_empty() && shown.all(Option::is_none));
}

#[tokio::test]
async fn a_repository_is_followed_nowhere() {
    let server = GitServer::start().await;
    let other = GitServer::start().await;
    vpc(&server);
    vpc(&other);
    server.redirect_to(&format!("https://127.0.0.1:{}", other.port()));
    let upstream = own_with(&server, |settings| {
        settings.credential = Credential::Bearer(SecretText::new("hush"));
    });
    let error = fetch(&upstream, &address(&server, "main"))
        .await
        .unwrap_err();
    assert!(matches!(error, SourceError::Elsewhere { .. }), "{error}");
    server.redirect_to(&format!("http://127.0.0.1:{}", server.port()));
    let error = fetch(&upstream, &address(&server, "main"))
        .await
        .unwrap_err();
    assert!(matches!(error, SourceError::Git { .. }), "{error}");
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn offline_starts_nothing() {
    let server = GitServer::start().await;
    vpc(&server);
    let mut settings = EgressSettings::new("test");
    settings.offline = true;
    // Nothing could be started: the words would be about that.
    settings.program_path = "/nowhere".to_owned();
    let egress = Egress::new(settings).unwrap();
    let upstream = UpstreamSettings::at("git.corp.example", server.url());
    let upstream = egress.upstream(&upstream).unwrap();
    let ssh = "git@git.corp.example:acme/vpc".to_owned();
    for text in [address(&server, "main"), ssh] {
        let error = fetch(&upstream, &text).await.unwrap_err();
        assert!(
            matches!(error, SourceError::Fetch(FetchError::Offline { .. })),
            "{error}"
        );
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn without_git_the_words_say_so() {
    let server = GitServer::start().await;
    let mut settings = EgressSettings::new("test");
    settings.program_path = "/nowhere".to_owned();
    let egress = Egress::new(settings).unwrap();
    let upstream = UpstreamSettings::at("git.corp.example", server.url());
    let upstream = egress.upstream(&upstream).unwrap();
    let error = fetch(&upstream, &address(&server, "main"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("apt-get install git"), "{error}");
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let server = GitServer::start().await;
    vpc(&server);
    server.fall_silent();
    let scratch = tempfile::tempdir().unwrap();
    let mut settings = EgressSettings::new("test");
    settings.scratch_dir = Some(scratch.path().to_owned());
    let mut upstream = UpstreamSettings::at("git.corp.example", server.url());
    upstream.ca_pem = Some(server.ca_pem().as_bytes().to_vec());
    let upstream = Egress::new(settings).unwrap().upstream(&upstream).unwrap();
    let limits = SourceLimits {
        timeout: Duration::from_secs(3),
        ..SOURCE_LIMITS
    };
    let error = fetch_within(&upstream, &address(&server, "main"), limits)
        .await
        .unwrap_err();
    assert!(matches!(error, SourceError::Timeout { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::UpstreamTimeout);
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
    // Every process of the run has the directory in its environment.
    let place = scratch.path().to_str().unwrap().as_bytes().to_vec();
    let started = Instant::now();
    while processes_with(&place) > 0 {
        assert!(started.elapsed() < Duration::from_secs(10), "git lives on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_does_not_use_up_the_time_of_a_fetch() {
    let server = GitServer::start().await;
    vpc(&server);
    server.fall_silent();
    let mut settings = EgressSettings::new("test");
    settings.timeouts.repository_idle = Duration::from_millis(500);
    let egress = Egress::new(settings).unwrap();
    let mut upstream = UpstreamSettings::at("git.corp.example", server.url());
    upstream.ca_pem = Some(server.ca_pem().as_bytes().to_vec());
    let upstream = egress.upstream(&upstream).unwrap();
    let limits = SourceLimits {
        timeout: Duration::from_mins(5),
        ..SOURCE_LIMITS
    };
    let started = Instant::now();
    let error = fetch_within(&upstream, &address(&server, "main"), limits)
        .await
        .unwrap_err();
    assert!(
        matches!(error, SourceError::Fetch(FetchError::Timeout { .. })),
        "{error}"
    );
    assert!(started.elapsed() < Duration::from_mins(1));
}

#[tokio::test]
async fn slow_servers_of_one_upstream_leave_a_turn_to_the_others() {
    let silent = GitServer::start().await;
    vpc(&silent);
    silent.fall_silent();
    let other = GitServer::start().await;
    vpc(&other);
    let egress = Egress::new(EgressSettings::new("test")).unwrap();
    let of = |label: &str, server: &GitServer| {
        let mut settings = UpstreamSettings::at(label, server.url());
        settings.ca_pem = Some(server.ca_pem().as_bytes().to_vec());
        egress.upstream(&settings).unwrap()
    };
    let (slow, quick) = (of("slow.example", &silent), of("quick.example", &other));
    let slow_address = address(&silent, "main");
    let limits = SourceLimits {
        timeout: Duration::from_mins(2),
        ..SOURCE_LIMITS
    };
    let waiting = join_all((0..8).map(|_| fetch_within(&slow, &slow_address, limits)));
    let quick = async {
        while silent.requests().len() < 3 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        fetch(&quick, &address(&other, "main")).await.unwrap();
    };
    tokio::select! {
        _ = waiting => panic!("nobody answers them"),
        () = quick => {}
    }
    assert_eq!(silent.requests().len(), 3);
}

#[tokio::test]
async fn a_commit_is_found_by_its_names_and_nothing_is_fetched() {
    let server = GitServer::start().await;
    let repository = vpc(&server);
    // The ends of other names, and a name that a branch and a tag share.
    repository.git(&["branch", "other/v1.0.0", "main"]);
    repository.git(&["branch", "v1.1.0", "feature/x"]);
    repository.git(&["tag", "-a", "-m", "of a tag", "outer", "v1.1.0"]);
    let upstream = own(&server);
    let tagged = repository.rev("v1.0.0^{commit}");
    for (reference, commit) in [
        ("", repository.rev("main")),
        ("main", repository.rev("main")),
        ("refs/heads/main", repository.rev("main")),
        ("heads/main", repository.rev("main")),
        ("feature/x", repository.rev("feature/x")),
        ("v1.0.0", tagged.clone()),
        ("v1.1.0", tagged.clone()),
        ("refs/heads/v1.1.0", repository.rev("feature/x")),
        ("outer", tagged.clone()),
    ] {
        let text = address(&server, reference);
        let found = find_commit(&upstream, &text).await.unwrap();
        assert_eq!(found, Some(commit), "{reference}");
        // What a fetch takes it for.
        let fetched = fetch(&upstream, &text).await.unwrap();
        assert_eq!(fetched.source.commit, found, "{reference}");
    }
    let asked = server.requests().len();
    let found = find_commit(&upstream, &address(&server, &tagged)).await;
    assert_eq!(found.unwrap(), None);
    let posts = server.requests().split_off(asked);
    let posts = posts
        .iter()
        .filter(|one| one.path.ends_with("/git-upload-pack"));
    assert_eq!(posts.count(), 1, "the names, and nothing else");
    let error = find_commit(&upstream, &address(&server, "nowhere")).await;
    let error = error.unwrap_err();
    assert!(matches!(error, SourceError::NoReference { .. }), "{error}");
    let error = find_commit(&stranger(&server, &[]), &address(&server, "main")).await;
    let error = error.unwrap_err();
    assert!(
        matches!(error, SourceError::Fetch(FetchError::Refused { .. })),
        "{error}"
    );
    let archive = "https://127.0.0.1:1/vpc.zip";
    assert_eq!(find_commit(&upstream, archive).await.unwrap(), None);
}

async fn find_commit(upstream: &Upstream, address: &str) -> Result<Option<String>, SourceError> {
    let address: GetterAddress = address.parse().unwrap();
    upstream.source_commit(&address, SOURCE_LIMITS).await
}

fn processes_with(words: &[u8]) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let environments =
        processes.filter_map(|entry| std::fs::read(entry.path().join("environ")).ok());
    let has = |environ: &Vec<u8>| environ.windows(words.len()).any(|window| window == words);
    environments.filter(has).count()
}

#[tokio::test]
async fn too_large_repositories_are_cut_off() {
    let server = GitServer::start().await;
    let repository = vpc(&server);
    let noise = zips::sha256_hex(&zips::noise(9)).repeat(100);
    let limits = SourceLimits {
        bytes_max: 100_000,
        ..SOURCE_LIMITS
    };
    // Much that packs well: little comes, and the tar is too large.
    repository.write("zeros", &"0".repeat(200_000));
    repository.commit("zeros");
    let error = fetch_within(&own(&server), &address(&server, "main"), limits)
        .await
        .unwrap_err();
    assert!(matches!(error, SourceError::TooLarge { .. }), "{error}");
    // Much that does not: it does not even come.
    repository.write("zeros", &noise);
    for part in 0..40_u32 {
        let bytes = zips::noise(20_000 + part as usize);
        let text: String = bytes
            .iter()
            .map(|byte| char::from(33 + byte % 94))
            .rev()
            .collect();
        repository.write(&format!("part{part}"), &text);
    }
    repository.commit("noise");
    let error = fetch_within(
        &own(&server),
        &address(&server, "main"),
        SourceLimits {
            bytes_max: 10_000,
            ..SOURCE_LIMITS
        },
    )
    .await
    .unwrap_err();
    assert!(matches!(error, SourceError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn the_operators_proxy_is_the_way() {
    let server = GitServer::start().await;
    vpc(&server);
    let proxy = ConnectProxy::start(format!("127.0.0.1:{}", server.port()).parse().unwrap()).await;
    let upstream = own_with(&server, |settings| {
        settings.proxy = Some(proxy.url().parse().unwrap());
    });
    fetch(&upstream, &address(&server, "main")).await.unwrap();
    let asked = proxy.asked();
    let host = format!("127.0.0.1:{}", server.port());
    assert!(
        !asked.is_empty() && asked.iter().all(|name| *name == host),
        "{asked:?}"
    );
}

#[tokio::test]
async fn names_that_are_no_references_never_reach_git() {
    for reference in [
        "--upload-pack=touch%20x",
        "-v",
        "+main:main",
        "main:refs/heads/x",
        "@{u}",
    ] {
        let text = format!("git::https://127.0.0.1:1/vpc?ref={reference}");
        assert!(
            text.parse::<atoll_core::getter::GetterAddress>().is_err(),
            "{text}"
        );
    }
}
