//! Blocks and attributes.

use std::borrow::Cow;

use super::super::expression::Expression;
use super::cursor::Cursor;
use super::flaw::{Flaw, FlawRule};
use super::scan::{Lines, NESTING_MAX, expression};
use super::text;

/// A block, such as `variable "name" { … }`.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Block<'a> {
    pub(in super::super) kind: Cow<'a, str>,
    pub(in super::super) labels: Vec<Cow<'a, str>>,
    /// Where it begins, in bytes, where that is known.
    pub(in super::super) offset: Option<usize>,
    pub(in super::super) attributes: Vec<Attribute<'a>>,
    pub(in super::super) blocks: Vec<Block<'a>>,
}

/// An attribute, such as `default = 7`.
#[derive(Clone, Debug)]
pub(in super::super) struct Attribute<'a> {
    pub(in super::super) name: Cow<'a, str>,
    pub(in super::super) value: Expression<'a>,
}

impl<'a> Block<'a> {
    /// The value of an attribute.
    pub(in super::super) fn get(&self, name: &str) -> Option<Expression<'a>> {
        let mut attributes = self.attributes.iter();
        let found = attributes.find(|attribute| attribute.name == name);
        found.map(|attribute| attribute.value)
    }

    /// The blocks of a kind inside of this one.
    pub(in super::super) fn inner(&self, kind: &str) -> impl Iterator<Item = &Block<'a>> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }
}

/// The outermost blocks of a file, one by one; those before a flaw are good.
pub(in super::super) struct Blocks<'a> {
    cursor: Cursor<'a>,
    is_done: bool,
}

/// What a body is made of.
enum Item<'a> {
    Attribute(Attribute<'a>),
    Block(Block<'a>),
}

impl<'a> Blocks<'a> {
    /// Reads a file.
    pub(in super::super) fn new(text: &'a str) -> Self {
        Self {
            cursor: Cursor::new(text),
            is_done: false,
        }
    }

    /// The next block. Attributes outside of blocks mean nothing.
    fn find_next(&mut self) -> Result<Option<Block<'a>>, Flaw> {
        loop {
            self.cursor.skip_blank()?;
            if self.cursor.peek().is_none() {
                return Ok(None);
            }
            if let Item::Block(block) = self.item(0)? {
                return Ok(Some(block));
            }
        }
    }

    /// An attribute or a block, and the end of its line.
    fn item(&mut self, depth: usize) -> Result<Item<'a>, Flaw> {
        let offset = self.cursor.offset();
        let name = self.cursor.identifier();
        if name.is_empty() {
            return Err(self.flaw(FlawRule::Item));
        }
        self.cursor.skip_spaces()?;
        let item = if self.cursor.take("=") {
            Item::Attribute(Attribute {
                name: name.into(),
                value: Expression::Hcl(self.value()?),
            })
        } else {
            Item::Block(self.block(name, offset, depth)?)
        };
        self.cursor.skip_spaces()?;
        let is_ended = matches!(self.cursor.peek(), None | Some(b'\n'))
            || self.cursor.is_at_line_comment()
            || (depth > 0 && self.cursor.is_at("}"));
        if is_ended {
            Ok(item)
        } else {
            Err(self.flaw(FlawRule::LineEnd))
        }
    }

    fn value(&mut self) -> Result<&'a str, Flaw> {
        self.cursor.skip_spaces()?;
        match expression(&mut self.cursor, Lines::End)? {
            "" => Err(self.flaw(FlawRule::NoValue)),
            text => Ok(text),
        }
    }

    fn block(&mut self, kind: &'a str, offset: usize, depth: usize) -> Result<Block<'a>, Flaw> {
        let mut block = Block {
            kind: kind.into(),
            offset: Some(offset),
            ..Block::default()
        };
        while !self.cursor.take("{") {
            block.labels.push(self.label()?);
            self.cursor.skip_spaces()?;
        }
        if depth >= NESTING_MAX {
            return Err(Flaw {
                offset,
                rule: FlawRule::TooDeep,
            });
        }
        loop {
            self.cursor.skip_blank()?;
            if self.cursor.peek().is_none() {
                return Err(Flaw {
                    offset,
                    rule: FlawRule::OpenBlock,
                });
            }
            if self.cursor.take("}") {
                return Ok(block);
            }
            match self.item(depth + 1)? {
                Item::Attribute(attribute) => block.attributes.push(attribute),
                Item::Block(inner) => block.blocks.push(inner),
            }
        }
    }

    fn label(&mut self) -> Result<Cow<'a, str>, Flaw> {
        if self.cursor.peek() == Some(b'"') {
            let start = self.cursor.offset();
            let label = text::quoted(&mut self.cursor);
            return label.map(Cow::Owned).ok_or(Flaw {
                offset: start,
                rule: FlawRule::Label,
            });
        }
        match self.cursor.identifier() {
            "" => Err(self.flaw(FlawRule::Header)),
            label => Ok(label.into()),
        }
    }

    fn flaw(&self, rule: FlawRule) -> Flaw {
        Flaw {
            offset: self.cursor.offset(),
            rule,
        }
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Result<Block<'a>, Flaw>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let next = self.find_next().transpose();
        self.is_done = !matches!(next, Some(Ok(_)));
        next
    }
}
