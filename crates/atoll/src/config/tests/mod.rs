//! What configurations mean, and what is said about those that mean nothing.

mod defaults;
mod described;
mod errors;
mod hostile;
mod meanings;
mod sources;

use std::fs;

use tempfile::TempDir;

use super::{ConfigErrors, Environment, Overrides, Settings, load};

/// A directory with a configuration in it, and an environment.
struct Case {
    dir: TempDir,
    environment: Environment,
    overrides: Overrides,
}

impl Case {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("atoll.hcl");
        fs::write(&config, text).unwrap();
        let overrides = Overrides {
            config: Some(config),
            ..Overrides::default()
        };
        Self {
            dir,
            environment: Environment::fixed([("HOME", "/home/ann")]),
            overrides,
        }
    }

    fn with_variables<const N: usize>(mut self, variables: [(&str, &str); N]) -> Self {
        self.environment = Environment::fixed(variables);
        self.overrides.data_dir = Some("/data".into());
        self
    }

    fn with_file(self, name: &str, content: &[u8]) -> Self {
        fs::write(self.dir.path().join(name), content).unwrap();
        self
    }

    fn load(&self) -> Result<Settings, ConfigErrors> {
        load(&self.overrides, &self.environment)
    }

    fn settings(&self) -> Settings {
        self.load().unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// What is said, without the directory of the test.
    fn errors(&self) -> String {
        let errors = self
            .load()
            .expect_err("this configuration should be refused");
        assert!(errors.iter().count() > 0);
        let directory = format!("{}/", self.dir.path().display());
        errors.to_string().replace(&directory, "")
    }
}

fn settings(text: &str) -> Settings {
    Case::new(text).settings()
}

fn errors(text: &str) -> String {
    Case::new(text).errors()
}
