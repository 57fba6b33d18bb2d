//! A repository and what is committed to it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{Program, find_program};

/// Where git is.
pub fn git_program() -> Option<PathBuf> {
    find_program("git")
}

/// A repository with a work tree, in which tests commit; the server serves its `.git`.
pub struct GitRepository {
    dir: PathBuf,
}

impl GitRepository {
    /// Makes an empty one, with `main` as its branch.
    pub(super) fn create(dir: PathBuf) -> Self {
        std::fs::create_dir_all(&dir).expect("a directory for a repository");
        let repository = Self { dir };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    /// Writes a file, without committing it.
    pub fn write(&self, name: &str, content: &str) {
        let path = self.dir.join(name);
        let parent = path.parent().expect("a path with a parent");
        std::fs::create_dir_all(parent).expect("a directory");
        std::fs::write(path, content).expect("a file");
    }

    /// Makes a symbolic link, without committing it.
    pub fn symlink(&self, name: &str, target: &str) {
        std::os::unix::fs::symlink(target, self.dir.join(name)).expect("a link");
    }

    /// Commits everything there is, and returns the commit.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
        self.rev("HEAD")
    }

    /// The commit or tag object that a name leads to.
    pub fn rev(&self, name: &str) -> String {
        self.git(&["rev-parse", name])
    }

    /// Where its objects are.
    pub fn git_dir(&self) -> PathBuf {
        self.dir.join(".git")
    }

    /// Runs git in it, which must succeed.
    pub fn git(&self, arguments: &[&str]) -> String {
        let output = git_in(&self.dir)
            .args(arguments)
            .output()
            .expect("git runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            text(&output.stderr)
        );
        text(&output.stdout)
    }
}

fn git_in(dir: &Path) -> Command {
    let program = Program::new(git_program().expect("git is installed"), dir);
    let program = program
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_NAME", "Test")
        .env("GIT_AUTHOR_EMAIL", "test@example.com")
        .env("GIT_AUTHOR_DATE", "2024-01-01T00:00:00Z")
        .env("GIT_COMMITTER_NAME", "Test")
        .env("GIT_COMMITTER_EMAIL", "test@example.com")
        .env("GIT_COMMITTER_DATE", "2024-01-01T00:00:00Z");
    program.command()
}
