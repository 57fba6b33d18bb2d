//! What the process finds around itself. Nothing else reads the environment.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The configuration file, as `--config`.
pub(crate) const CONFIG: &str = "ATOLL_CONFIG";
/// The data directory, as `--data-dir`.
pub(crate) const DATA_DIR: &str = "ATOLL_DATA_DIR";
/// The server that client commands talk to, as `--server`.
pub(crate) const SERVER: &str = "ATOLL_SERVER";
/// What client commands log in with, as `--token`.
pub(crate) const TOKEN: &str = "ATOLL_TOKEN";
/// The authority that client commands trust, as `--ca`.
pub(crate) const CA: &str = "ATOLL_CA";
/// What is logged, as `log { level }`.
pub(crate) const LOG: &str = "ATOLL_LOG";

const XDG_DATA_HOME: &str = "XDG_DATA_HOME";
const HOME: &str = "HOME";
/// Where a service keeps its data.
const SYSTEM_DATA_DIR: &str = "/var/lib/atoll";

/// The variables, the machine and the user a process runs with.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    variables: Variables,
    /// What the machine calls itself.
    pub(crate) machine_name: Option<String>,
    /// Whether the user may do everything.
    pub(crate) is_root: bool,
    /// Where configuration files are looked for, in order.
    pub(crate) config_candidates: Vec<PathBuf>,
}

#[derive(Clone, Debug)]
enum Variables {
    Process,
    #[cfg_attr(not(test), expect(dead_code, reason = "what tests pass in"))]
    Fixed(BTreeMap<String, String>),
}

impl Environment {
    /// The environment of this process.
    pub(crate) fn of_process() -> Self {
        Self {
            variables: Variables::Process,
            machine_name: rustix::system::uname()
                .nodename()
                .to_str()
                .ok()
                .map(str::to_owned),
            is_root: rustix::process::geteuid().is_root(),
            config_candidates: vec!["atoll.hcl".into(), "/etc/atoll/atoll.hcl".into()],
        }
    }

    /// An environment with these variables and nothing else.
    #[cfg(test)]
    pub(crate) fn fixed<const N: usize>(variables: [(&str, &str); N]) -> Self {
        let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            variables: Variables::Fixed(owned.into()),
            machine_name: None,
            is_root: false,
            config_candidates: Vec::new(),
        }
    }

    /// A variable's value; `None` where it is not set or is not text.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        match &self.variables {
            #[expect(clippy::disallowed_methods, reason = "this is the one place")]
            Variables::Process => std::env::var(name).ok(),
            Variables::Fixed(variables) => variables.get(name).cloned(),
        }
    }

    /// A variable's value, where it is set to something.
    pub(crate) fn non_empty(&self, name: &str) -> Option<String> {
        self.variable(name).filter(|value| !value.is_empty())
    }

    /// Where data goes without being told: the system's place for root, the user's place for others.
    pub(super) fn default_data_dir(&self) -> Option<PathBuf> {
        if self.is_root {
            return Some(SYSTEM_DATA_DIR.into());
        }
        // A relative XDG_DATA_HOME is to be ignored: https://specifications.freedesktop.org/basedir-spec/latest/
        let xdg = self
            .non_empty(XDG_DATA_HOME)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        let home = || {
            self.non_empty(HOME)
                .map(|home| PathBuf::from(home).join(".local/share"))
        };
        xdg.or_else(home).map(|base| base.join("atoll"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_goes_where_the_user_keeps_data() {
        let dir = |environment: Environment| environment.default_data_dir();
        let home = Environment::fixed([("HOME", "/home/ann")]);
        assert_eq!(dir(home), Some("/home/ann/.local/share/atoll".into()));
        let xdg = Environment::fixed([("HOME", "/home/ann"), ("XDG_DATA_HOME", "/data/ann")]);
        assert_eq!(dir(xdg), Some("/data/ann/atoll".into()));
        let relative = Environment::fixed([("HOME", "/home/ann"), ("XDG_DATA_HOME", "data")]);
        assert_eq!(dir(relative), Some("/home/ann/.local/share/atoll".into()));
        assert_eq!(dir(Environment::fixed([("HOME", "")])), None);
        let root = Environment {
            is_root: true,
            ..Environment::fixed([("HOME", "/root")])
        };
        assert_eq!(dir(root), Some("/var/lib/atoll".into()));
    }

    #[test]
    fn a_process_has_an_environment() {
        let environment = Environment::of_process();
        assert!(environment.variable("PATH").is_some());
        assert_eq!(environment.variable("ATOLL_NO_SUCH_VARIABLE"), None);
        assert!(environment.machine_name.is_some());
    }
}
