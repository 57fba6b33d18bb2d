//! Blocks: which keys and blocks they may hold, and how their values are read.

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;
use std::path::{Path, PathBuf};

use hcl_edit::Span as _;
use hcl_edit::structure::{Attribute, Body, Structure};

use super::super::error::{Place, chain_text};
use super::evaluate::{Kind, Value, resolve};
use super::reader::Reader;
use super::schema::Schema;

/// A label and where it was written.
#[derive(Clone, Debug)]
pub(in crate::config) struct Label {
    pub(in crate::config) text: String,
    pub(in crate::config) span: Range<usize>,
}

/// A block whose keys and blocks are all known ones.
pub(in crate::config) struct Block<'r, 'b> {
    pub(in crate::config) reader: &'r Reader<'r>,
    /// Where its name was written.
    pub(in crate::config) span: Range<usize>,
    attributes: BTreeMap<&'b str, &'b Attribute>,
    blocks: Vec<&'b hcl_edit::structure::Block>,
}

impl<'r, 'b> Block<'r, 'b> {
    /// Reports what the block may not hold, and takes the rest.
    pub(in crate::config) fn open(
        reader: &'r Reader<'r>,
        body: &'b Body,
        span: Range<usize>,
        schema: &Schema,
    ) -> Self {
        let mut opened = Self {
            reader,
            span,
            attributes: BTreeMap::new(),
            blocks: Vec::new(),
        };
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => opened.take_attribute(attribute, schema),
                Structure::Block(block) => opened.take_block(block, schema),
            }
        }
        opened
    }

    fn take_attribute(&mut self, attribute: &'b Attribute, schema: &Schema) {
        let key = attribute.key.as_str();
        let span = attribute.key.span().unwrap_or_else(|| self.span.clone());
        if !schema.keys.contains(&key) {
            self.reader.report(&span, schema.unknown("key", key));
        } else if let Some(first) = self.attributes.insert(key, attribute) {
            let line = first
                .span()
                .map_or(0, |span| self.reader.source.line_number(span.start));
            self.reader
                .report(&span, format!("`{key}` is set twice, first in line {line}"));
        }
    }

    fn take_block(&mut self, block: &'b hcl_edit::structure::Block, schema: &Schema) {
        let name = block.ident.as_str();
        let span = block.ident.span().unwrap_or_else(|| self.span.clone());
        let Some(rule) = schema.blocks.iter().find(|rule| rule.name == name) else {
            self.reader.report(&span, schema.unknown("block", name));
            return;
        };
        if rule.labels.len() != block.labels.len() {
            let message = format!("a block `{name}` is written {}", rule.written());
            self.reader.report(&span, message);
            return;
        }
        let first = self
            .blocks
            .iter()
            .find(|other| rule.labels.is_empty() && other.has_ident(name));
        if let Some(first) = first {
            let line = first
                .ident
                .span()
                .map_or(0, |span| self.reader.source.line_number(span.start));
            self.reader.report(
                &span,
                format!("there are two blocks `{name}`, the first in line {line}"),
            );
            return;
        }
        self.blocks.push(block);
    }

    /// The blocks of a name inside, in order, with their labels.
    pub(in crate::config) fn blocks(
        &self,
        name: &str,
        schema: &Schema,
    ) -> Vec<(Vec<Label>, Block<'r, 'b>)> {
        let matching = self
            .blocks
            .iter()
            .copied()
            .filter(|block| block.has_ident(name));
        matching
            .map(|block| {
                let span = block.ident.span().unwrap_or_else(|| self.span.clone());
                let label = |label: &hcl_edit::structure::BlockLabel| Label {
                    text: label.as_str().to_owned(),
                    span: label.span().unwrap_or_else(|| span.clone()),
                };
                let labels = block.labels.iter().map(label).collect();
                (
                    labels,
                    Self::open(self.reader, &block.body, span.clone(), schema),
                )
            })
            .collect()
    }

    /// The one block of a name inside.
    pub(in crate::config) fn block(&self, name: &str, schema: &Schema) -> Option<Block<'r, 'b>> {
        self.blocks(name, schema).pop().map(|(_, block)| block)
    }

    /// Where a key was written.
    pub(in crate::config) fn key_span(&self, key: &str) -> Option<Range<usize>> {
        self.attributes.get(key)?.key.span()
    }

    /// Where a key's value was written, for an error that only shows later.
    pub(in crate::config) fn place(&self, key: &str) -> Place {
        let span = self
            .attributes
            .get(key)
            .and_then(|attribute| attribute.value.span());
        span.map_or(Place::Nowhere, |span| {
            self.reader.source.error(&span, "").place
        })
    }

    fn value(&self, key: &str) -> Option<Value> {
        let attribute = self.attributes.get(key)?;
        let around = attribute.span().unwrap_or_else(|| self.span.clone());
        match self.reader.evaluator().evaluate(&attribute.value, &around) {
            Ok(Value {
                kind: Kind::Null, ..
            }) => None,
            Ok(value) => Some(value),
            Err(error) => {
                self.reader.note(error);
                None
            }
        }
    }

    fn mismatch<T>(&self, key: &str, value: &Value, wanted: &str) -> Option<T> {
        let message = format!("`{key}` must be {wanted}, not {}", value.kind.name());
        self.reader.report(&value.span, message);
        None
    }

    /// A key that is `true` or `false`.
    pub(in crate::config) fn boolean(&self, key: &str) -> Option<bool> {
        let value = self.value(key)?;
        match value.kind {
            Kind::Bool(value) => Some(value),
            // What `env` gives is text.
            Kind::Text(ref text) if text == "true" || text == "false" => Some(text == "true"),
            _ => self.mismatch(key, &value, "true or false"),
        }
    }

    /// A key that is text, which a function understands.
    pub(in crate::config) fn text<T, E: Into<Box<dyn Error>>>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.value(key)?;
        match &value.kind {
            Kind::Text(text) => self.parsed(&value, parse(text)),
            _ => self.mismatch(key, &value, "text in quotes"),
        }
    }

    /// A key that is a number or text, which a function understands as text.
    pub(in crate::config) fn text_or_number<T, E: Into<Box<dyn Error>>>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.value(key)?;
        match &value.kind {
            Kind::Text(text) => self.parsed(&value, parse(text)),
            Kind::Number(number) => self.parsed(&value, parse(&number.to_string())),
            _ => self.mismatch(key, &value, "a number, or text in quotes"),
        }
    }

    /// A key that is a whole number in a range.
    pub(in crate::config) fn integer(&self, key: &str, min: i64, max: i64) -> Option<i64> {
        let value = self.value(key)?;
        let number = match &value.kind {
            Kind::Number(number) => number.as_i64(),
            Kind::Text(text) => text.parse().ok(),
            _ => return self.mismatch(key, &value, "a whole number"),
        };
        let number = number.filter(|number| (min..=max).contains(number));
        if number.is_none() {
            let message = format!("`{key}` must be a whole number from {min} to {max}");
            self.reader.report(&value.span, message);
        }
        number
    }

    /// A key that is a list of text, each of which a function understands.
    pub(in crate::config) fn list<T, E: Into<Box<dyn Error>>>(
        &self,
        key: &str,
        mut parse: impl FnMut(&str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        let value = self.value(key)?;
        let Kind::List(items) = &value.kind else {
            return self.mismatch(key, &value, "a list in brackets");
        };
        let read = |item: &Value| match &item.kind {
            Kind::Text(text) => self.parsed(item, parse(text)),
            kind => {
                let message = format!(
                    "`{key}` must be a list of text in quotes, and this is {}",
                    kind.name()
                );
                self.reader.report(&item.span, message);
                None
            }
        };
        // Each bad item is reported, and one suffices to have no list.
        let items: Vec<Option<T>> = items.iter().map(read).collect();
        items.into_iter().collect()
    }

    /// A key that is a path; a relative one begins at the file's directory.
    pub(in crate::config) fn path(&self, key: &str) -> Option<PathBuf> {
        self.text(key, |text| {
            if text.is_empty() {
                return Err(format!("`{key}` is empty"));
            }
            Ok(resolve(self.reader.source, Path::new(text)))
        })
    }

    fn parsed<T, E: Into<Box<dyn Error>>>(&self, value: &Value, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                let error: Box<dyn Error> = error.into();
                self.reader.report(&value.span, chain_text(&*error));
                None
            }
        }
    }
}
