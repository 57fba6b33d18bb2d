//! What is done with one repository: made, filled, asked, written out.

use std::path::Path;
use std::time::Duration;

use atoll_core::getter::GitReference;
use tokio::process::Command;

use super::process::{self, Ended};
use super::sandbox::Sandbox;
use super::settings::GitRuns;
use crate::source::SourceError;
use crate::source::sink::Sink;

/// A repository in its sandbox.
pub(super) struct Repository<'a> {
    pub(super) sandbox: &'a Sandbox,
    pub(super) runs: &'a GitRuns,
    /// As git takes it.
    pub(super) url: &'a str,
    /// As people see it.
    pub(super) origin: &'a str,
    /// On disk, for everything in the sandbox.
    pub(super) disk_bytes_max: u64,
    pub(super) bytes_max: u64,
    /// What must not be repeated.
    pub(super) secrets: &'a [String],
}

/// How often the size on disk is looked at.
const SIZE_INTERVAL: Duration = Duration::from_millis(250);
/// The shortest abbreviation of a commit that git makes.
const COMMIT_CHARS_MIN: usize = 7;
const HEAD: &str = "HEAD";
/// Behind a tag's name stands the commit that its object leads to.
const PEELED: &str = "^{}";

impl Repository<'_> {
    /// Brings the commit of a reference here, and says which it is.
    pub(super) async fn obtain(
        &self,
        reference: Option<&GitReference>,
    ) -> Result<String, SourceError> {
        let wanted = reference.map_or(HEAD, GitReference::as_str);
        self.init(if wanted.len() == 64 && is_hex(wanted) {
            "sha256"
        } else {
            "sha1"
        })
        .await?;
        let mut ended = self.fetch(&["--depth=1"], &[wanted]).await?;
        if said(&ended, "mismatched algorithms") {
            self.init("sha256").await?;
            ended = self.fetch(&["--depth=1"], &[wanted]).await?;
        }
        if said(&ended, "does not support shallow") {
            ended = self.fetch(&[], &[wanted]).await?;
        }
        if ended.status.success() {
            return self.resolve("FETCH_HEAD", wanted).await;
        }
        if may_be_commit(wanted) {
            // A server that hands out the tips of branches alone, or an abbreviation: everything is looked through.
            let everything = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
            ended = self.fetch(&[], &everything).await?;
            if ended.status.success() {
                return self.resolve(wanted, wanted).await;
            }
        }
        if said(&ended, "couldn't find remote ref") {
            return Err(self.no_reference(wanted));
        }
        Err(self.failure(&ended))
    }

    /// Asks which commit a reference names, and fetches nothing. `None` where the repository lists no such name and it may be a
    /// commit itself.
    pub(super) async fn find_commit(
        &self,
        reference: Option<&GitReference>,
    ) -> Result<Option<String>, SourceError> {
        let wanted = reference.map_or(HEAD, GitReference::as_str);
        let names = names_of(wanted);
        let peeled = names.iter().map(|name| format!("{name}{PEELED}"));
        let patterns: Vec<String> = names.iter().cloned().chain(peeled).collect();
        let mut arguments = vec!["ls-remote", "--quiet", "--end-of-options", self.url];
        arguments.extend(patterns.iter().map(String::as_str));
        let ended = self.git(&arguments, None).await?;
        if !ended.status.success() {
            return Err(self.failure(&ended));
        }
        let listed = String::from_utf8_lossy(&ended.stdout);
        match listed_commit(&listed, &names) {
            Some(commit) => Ok(Some(commit.to_owned())),
            None if may_be_commit(wanted) => Ok(None),
            None => Err(self.no_reference(wanted)),
        }
    }

    /// Writes the tree of a commit as a tar.
    pub(super) async fn archive(
        &self,
        commit: &str,
        sink: &mut Sink<'_>,
    ) -> Result<(), SourceError> {
        let ended = self
            .git(&["archive", "--format=tar", commit], Some(sink))
            .await?;
        if ended.status.success() {
            Ok(())
        } else {
            Err(self.failure(&ended))
        }
    }

    async fn init(&self, object_format: &str) -> Result<(), SourceError> {
        let prepared = self.sandbox.clear().await;
        prepared.map_err(|source| self.run_error(source))?;
        let format = format!("--object-format={object_format}");
        let ended = self
            .git(&["init", "--quiet", "--bare", "--template=", &format], None)
            .await?;
        if !ended.status.success() {
            return Err(self.failure(&ended));
        }
        let written = self.sandbox.write_attributes().await;
        written.map_err(|source| self.run_error(source))
    }

    async fn fetch(&self, options: &[&str], refspecs: &[&str]) -> Result<Ended, SourceError> {
        let mut arguments = vec![
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-auto-maintenance",
        ];
        arguments.extend_from_slice(options);
        // What follows is no option, whatever it looks like.
        arguments.extend_from_slice(&["--end-of-options", self.url]);
        arguments.extend_from_slice(refspecs);
        self.git(&arguments, None).await
    }

    async fn resolve(&self, name: &str, wanted: &str) -> Result<String, SourceError> {
        let commit = format!("{name}^{{commit}}");
        let arguments = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ];
        let ended = self.git(&arguments, None).await?;
        let text = String::from_utf8_lossy(&ended.stdout).trim().to_owned();
        if ended.status.success() && is_object_id(&text) {
            Ok(text)
        } else {
            Err(self.no_reference(wanted))
        }
    }

    async fn git(
        &self,
        arguments: &[&str],
        sink: Option<&mut Sink<'_>>,
    ) -> Result<Ended, SourceError> {
        let path = &*self.runs.program_path;
        let mut command = Command::new("git");
        command
            .args(arguments)
            .current_dir(self.sandbox.path())
            .env_clear()
            .env("PATH", path)
            .envs(self.sandbox.environment());
        tokio::select! {
            ended = process::run(command, sink, |source| self.run_error(source)) => ended,
            () = self.outgrown() => Err(SourceError::TooLarge {
                origin: self.origin.to_owned(),
                bytes_max: self.bytes_max,
            }),
        }
    }

    /// Ends when there is too much on disk.
    async fn outgrown(&self) {
        loop {
            tokio::time::sleep(SIZE_INTERVAL).await;
            let path = self.sandbox.path().to_owned();
            let size = tokio::task::spawn_blocking(move || size_of(&path)).await;
            if size.is_ok_and(|size| size > self.disk_bytes_max) {
                return;
            }
        }
    }

    fn no_reference(&self, wanted: &str) -> SourceError {
        SourceError::NoReference {
            origin: self.origin.to_owned(),
            reference: wanted.to_owned(),
        }
    }

    fn run_error(&self, source: std::io::Error) -> SourceError {
        SourceError::Run {
            origin: self.origin.to_owned(),
            what: "run git",
            source,
        }
    }

    /// Git's words, without secrets and in one line.
    fn failure(&self, ended: &Ended) -> SourceError {
        let mut text = String::from_utf8_lossy(&ended.stderr).into_owned();
        for secret in self.secrets.iter().filter(|secret| !secret.is_empty()) {
            text = text.replace(secret.as_str(), "***");
        }
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let joined = lines.collect::<Vec<_>>().join("; ");
        let shown: String = joined.chars().filter(|char| !char.is_control()).collect();
        let what = if shown.is_empty() {
            ended.status.to_string()
        } else {
            shown
        };
        SourceError::Git {
            origin: self.origin.to_owned(),
            what,
        }
    }
}

fn said(ended: &Ended, words: &str) -> bool {
    !ended.status.success() && String::from_utf8_lossy(&ended.stderr).contains(words)
}

fn may_be_commit(wanted: &str) -> bool {
    wanted.len() >= COMMIT_CHARS_MIN && is_hex(wanted)
}

/// The names that a fetch takes a reference for, in git's order.
///
/// Spec: <https://git-scm.com/docs/gitrevisions>
fn names_of(wanted: &str) -> Vec<String> {
    let mut names = Vec::new();
    // Whole names begin so; as a pattern, any other would fit the ends of longer names.
    if wanted == HEAD || wanted.starts_with("refs/") {
        names.push(wanted.to_owned());
    }
    for place in ["refs", "refs/tags", "refs/heads", "refs/remotes"] {
        names.push(format!("{place}/{wanted}"));
    }
    names.push(format!("refs/remotes/{wanted}/{HEAD}"));
    names
}

/// The commit of the first name that is listed.
fn listed_commit<'a>(listed: &'a str, names: &[String]) -> Option<&'a str> {
    let commit_of = |wanted: &str| {
        let mut entries = listed.lines().filter_map(|line| line.split_once('\t'));
        entries
            .find(|(_, name)| *name == wanted)
            .map(|(commit, _)| commit)
            .filter(|commit| is_object_id(commit))
    };
    names.iter().find_map(|name| {
        let own = commit_of(name)?;
        Some(commit_of(&format!("{name}{PEELED}")).unwrap_or(own))
    })
}

fn is_object_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && is_hex(text)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Bytes in all files below. What vanishes meanwhile has no size.
fn size_of(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return 0;
    };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.fold(0, u64::saturating_add)
}
