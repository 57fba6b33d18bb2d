//! What is wrong with a configuration, and where.

use std::fmt;
use std::path::PathBuf;

/// Everything that is wrong with a configuration.
#[derive(Debug)]
pub(crate) struct ConfigErrors(pub(super) Vec<ConfigError>);

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigError {
    pub(super) place: Place,
    pub(super) message: String,
}

/// Where something is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// A place in a file.
    Line(LinePlace),
    /// A whole file.
    File(PathBuf),
    /// A flag or an environment variable, by its name.
    Setting(&'static str),
    /// Nothing that was written.
    #[default]
    Nowhere,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LinePlace {
    pub(super) path: PathBuf,
    /// From 1.
    pub(super) line: usize,
    /// In characters, from 1.
    pub(super) column: usize,
    /// The line, without secrets.
    pub(super) excerpt: String,
    /// How many characters of the excerpt come before the place; none where the excerpt doesn't show it.
    pub(super) mark: Option<usize>,
}

impl ConfigErrors {
    /// The errors, in the order of the file.
    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = &ConfigError> {
        self.0.iter()
    }

    /// Whether all of them are flags that can't be meant.
    pub(crate) fn are_usage(&self) -> bool {
        self.0
            .iter()
            .all(|error| matches!(error.place, Place::Setting(name) if name.starts_with("--")))
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, error) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { "\n" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Line(place) => place.fmt_with(&self.message, f),
            Place::File(path) => write!(f, "{}: {}", path.display(), self.message),
            Place::Setting(name) => write!(f, "{name}: {}", self.message),
            Place::Nowhere => f.write_str(&self.message),
        }
    }
}

impl LinePlace {
    fn fmt_with(&self, message: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            column,
            excerpt,
            mark,
        } = self;
        write!(
            f,
            "{}:{line}:{column}: {message}\n    {excerpt}",
            path.display()
        )?;
        mark.map_or(Ok(()), |mark| write!(f, "\n    {:mark$}^", ""))
    }
}

impl std::error::Error for ConfigErrors {}
impl std::error::Error for ConfigError {}

/// An error with its causes, in one line.
pub(super) fn chain_text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
