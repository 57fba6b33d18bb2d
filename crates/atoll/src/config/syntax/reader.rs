//! What a configuration is read with: its text, its surroundings, and what was wrong so far.

use std::cell::RefCell;
use std::ops::Range;

use hcl_edit::structure::Body;

use super::super::env::Environment;
use super::super::error::{ConfigError, ConfigErrors, LinePlace, Place};
use super::evaluate::Evaluator;
use super::source::SourceText;

/// Reads on after an error, so that all of them are reported at once.
pub(in crate::config) struct Reader<'a> {
    pub(in crate::config) source: &'a SourceText,
    environment: &'a Environment,
    errors: RefCell<Vec<ConfigError>>,
}

impl<'a> Reader<'a> {
    pub(in crate::config) fn new(source: &'a SourceText, environment: &'a Environment) -> Self {
        Self {
            source,
            environment,
            errors: RefCell::default(),
        }
    }

    /// Parses the text; an error here is the only one.
    pub(in crate::config) fn parse(&self) -> Result<Body, ConfigErrors> {
        self.source
            .text
            .parse()
            .map_err(|error: hcl_edit::parser::Error| {
                // Columns and the line come from us: the parser counts bytes and shows secrets.
                let at = error.location().offset().min(self.source.text.len());
                let message = format!("this is not valid HCL: {}", error.message());
                self.source.error(&(at..at), message).into()
            })
    }

    pub(super) fn evaluator(&self) -> Evaluator<'a> {
        Evaluator {
            source: self.source,
            environment: self.environment,
        }
    }

    /// Takes note of an error.
    pub(in crate::config) fn report(&self, span: &Range<usize>, message: impl Into<String>) {
        self.note(self.source.error(span, message));
    }

    /// Takes note of an error whose place is known.
    pub(super) fn note(&self, error: ConfigError) {
        self.errors.borrow_mut().push(error);
    }

    /// The errors in the order of the file, if there are any.
    pub(in crate::config) fn finish(self) -> Result<(), ConfigErrors> {
        let mut errors = self.errors.into_inner();
        errors.sort_by_key(|error| match &error.place {
            Place::Line(LinePlace { line, column, .. }) => (*line, *column),
            Place::File(_) | Place::Setting(_) | Place::Nowhere => (0, 0),
        });
        if errors.is_empty() {
            Ok(())
        } else {
            Err(ConfigErrors(errors))
        }
    }
}
