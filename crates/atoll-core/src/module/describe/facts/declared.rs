//! Inputs, outputs and calls, from their blocks.

use super::super::call_source::{CallSource, classify};
use super::super::expression::Expression;
use super::super::model::{Input, ModuleCall, Output, Validation};
use super::super::syntax::{Block, line_number};

impl Block<'_> {
    /// The line that it begins in, where that is known.
    pub(super) fn line(&self, text: &str) -> Option<u32> {
        Some(line_number(text.as_bytes(), self.offset?))
    }
}

impl Input {
    pub(super) fn named(name: String) -> Self {
        Self {
            name,
            required: true,
            nullable: true,
            ..Self::default()
        }
    }

    /// Takes over what a block says of it; what it doesn't say stays.
    pub(super) fn apply(&mut self, block: &Block<'_>) {
        if let Some(type_) = block.get("type") {
            // Types of older modules are in quotes.
            self.type_ = type_.text_or_source();
        }
        if let Some(description) = block.get("description") {
            self.description = description.text().unwrap_or_default();
        }
        if let Some(default) = block.get("default") {
            self.default = Some(default.json());
            self.required = false;
        }
        let flag = |name| block.get(name).and_then(Expression::boolean);
        self.sensitive = flag("sensitive").unwrap_or(self.sensitive);
        self.nullable = flag("nullable").unwrap_or(self.nullable);
        self.ephemeral = flag("ephemeral").unwrap_or(self.ephemeral);
        if let Some(deprecated) = block.get("deprecated") {
            self.deprecated = Some(deprecated.text_or_source());
        }
        let validations: Vec<Validation> = block.inner("validation").map(validation).collect();
        if !validations.is_empty() {
            self.validations = validations;
        }
    }
}

fn validation(block: &Block<'_>) -> Validation {
    let condition = block.get("condition").map(Expression::source);
    let message = block.get("error_message");
    Validation {
        condition: condition.unwrap_or_default(),
        error_message: message.map(Expression::text_or_source).unwrap_or_default(),
    }
}

impl Output {
    pub(super) fn named(name: String) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }

    /// Takes over what a block says of it; what it doesn't say stays.
    pub(super) fn apply(&mut self, block: &Block<'_>) {
        if let Some(description) = block.get("description") {
            self.description = description.text().unwrap_or_default();
        }
        if let Some(sensitive) = block.get("sensitive").and_then(Expression::boolean) {
            self.sensitive = sensitive;
        }
    }
}

impl ModuleCall {
    pub(super) fn named(name: String) -> Self {
        Self {
            name,
            source: String::new(),
            version: None,
            kind: CallSource::Other {
                getter: String::new(),
            },
        }
    }

    /// Takes over what a block says of it; what it doesn't say stays.
    pub(super) fn apply(&mut self, block: &Block<'_>) {
        if let Some(source) = block.get("source") {
            self.kind = match source.text() {
                Some(text) => classify(&text),
                // Nobody knows before it is evaluated.
                None => CallSource::Other {
                    getter: String::new(),
                },
            };
            self.source = source.text_or_source();
        }
        if let Some(version) = block.get("version") {
            self.version = Some(version.text_or_source());
        }
    }
}
