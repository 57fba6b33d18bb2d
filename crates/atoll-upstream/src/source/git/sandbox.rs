//! The place that git runs in: its own home, an empty repository, and the variables around it.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// What the names of the directories begin with.
const PREFIX: &str = "atoll-git-";

/// A directory of its own, gone when dropped.
pub(super) struct Sandbox {
    dir: TempDir,
    config: Vec<(String, String)>,
    env: Vec<(&'static str, OsString)>,
}

/// Removes what runs of git left in a directory because their server was killed; how many there were. No server may work in the
/// directory meanwhile.
pub fn remove_leftovers(parent: &Path) -> io::Result<usize> {
    let mut removed = 0;
    for entry in std::fs::read_dir(parent)? {
        let entry = entry?;
        let is_ours = entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(PREFIX.as_bytes());
        if is_ours && entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// The tree as a checkout has it: nothing left out, filled in or converted.
const ATTRIBUTES: &str = "* -export-ignore -export-subst -text\n";

/// Configuration of every run. Nothing of the machine's own is read.
const CONFIG: [(&str, &str); 17] = [
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.askPass", "/bin/false"),
    ("credential.helper", ""),
    ("protocol.allow", "never"),
    ("protocol.version", "2"),
    ("protocol.https.allow", "always"),
    ("protocol.ssh.allow", "always"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("transfer.bundleURI", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("http.sslVerify", "true"),
    ("http.followRedirects", "initial"),
    ("tar.umask", "0022"),
    ("advice.detachedHead", "false"),
];

const ENV: [(&str, &str); 12] = [
    ("LC_ALL", "C"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", "/bin/false"),
    ("SSH_ASKPASS", "/bin/false"),
    ("GIT_SSH_VARIANT", "ssh"),
    ("GIT_ADVICE", "0"),
];

impl Sandbox {
    /// Makes one, with these authorities to trust.
    pub(super) fn create(parent: Option<&Path>, ca_bundle: &[u8]) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        let dir = match parent {
            Some(parent) => builder.tempdir_in(parent)?,
            None => builder.tempdir()?,
        };
        let sandbox = Self {
            config: CONFIG
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            env: Vec::new(),
            dir,
        };
        std::fs::create_dir(sandbox.home())?;
        std::fs::write(sandbox.ca_file(), ca_bundle)?;
        Ok(sandbox)
    }

    /// Adds a line of configuration. It goes by the environment: other users of the machine don't see that.
    pub(super) fn configure(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.config.push((key.into(), value.into()));
    }

    pub(super) fn set(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.env.push((name, value.into()));
    }

    fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    fn ca_file(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// Where the repository is.
    pub(super) fn repository(&self) -> PathBuf {
        self.dir.path().join("repository.git")
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Empties the repository's place.
    pub(super) async fn clear(&self) -> io::Result<()> {
        match tokio::fs::remove_dir_all(self.repository()).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Says in the repository how trees are written out.
    pub(super) async fn write_attributes(&self) -> io::Result<()> {
        let info = self.repository().join("info");
        tokio::fs::create_dir_all(&info).await?;
        tokio::fs::write(info.join("attributes"), ATTRIBUTES).await
    }

    /// All the variables that git gets.
    pub(super) fn environment(&self) -> Vec<(String, OsString)> {
        let mut env: Vec<(String, OsString)> = Vec::new();
        for (name, value) in ENV {
            env.push((name.to_owned(), value.into()));
        }
        for (name, path) in [
            ("HOME", self.home()),
            ("XDG_CONFIG_HOME", self.home()),
            ("TMPDIR", self.home()),
            ("GIT_DIR", self.repository()),
            ("GIT_SSL_CAINFO", self.ca_file()),
        ] {
            env.push((name.to_owned(), path.into()));
        }
        for (name, value) in &self.env {
            env.push(((*name).to_owned(), value.clone()));
        }
        env.push((
            "GIT_CONFIG_COUNT".to_owned(),
            self.config.len().to_string().into(),
        ));
        for (index, (key, value)) in self.config.iter().enumerate() {
            env.push((format!("GIT_CONFIG_KEY_{index}"), key.into()));
            env.push((format!("GIT_CONFIG_VALUE_{index}"), value.into()));
        }
        env
    }
}
