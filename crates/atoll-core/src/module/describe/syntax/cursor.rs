//! A place in a text.

use super::flaw::{Flaw, FlawRule};

/// A place in a text. It moves forward only, by whole characters.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// The next byte.
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The text from an earlier place up to here.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    pub(super) fn is_at(&self, text: &str) -> bool {
        let bytes = self.text.as_bytes().get(self.at..).unwrap_or_default();
        bytes.starts_with(text.as_bytes())
    }

    /// Moves on by one character, and by no more than the text has.
    pub(super) fn step(&mut self) {
        let width = self.rest().chars().next().map_or(0, char::len_utf8);
        self.skip(width);
    }

    /// Moves on by bytes that were looked at.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes).min(self.text.len());
    }

    /// Moves on past a text, if it is the next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let is_next = self.is_at(text);
        if is_next {
            self.skip(text.len());
        }
        is_next
    }

    /// Moves on while the characters are such.
    pub(super) fn take_while(&mut self, is_such: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !is_such(c)).unwrap_or(rest.len());
        let (taken, _) = rest.split_at_checked(end).unwrap_or((rest, ""));
        self.skip(end);
        taken
    }

    /// A name, empty where there is none.
    pub(super) fn identifier(&mut self) -> &'a str {
        if self
            .rest()
            .starts_with(|c: char| c.is_alphabetic() || c == '_')
        {
            self.take_while(is_identifier)
        } else {
            ""
        }
    }

    /// Moves on to the end of the line.
    pub(super) fn skip_line(&mut self) {
        self.take_while(|c| c != '\n');
    }

    /// Moves on past spaces and comments within a line.
    pub(super) fn skip_spaces(&mut self) -> Result<(), Flaw> {
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\r'));
            if !self.skip_comment(false)? {
                return Ok(());
            }
        }
    }

    /// Moves on past spaces, line ends and comments.
    pub(super) fn skip_blank(&mut self) -> Result<(), Flaw> {
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
            if !self.skip_comment(true)? {
                return Ok(());
            }
        }
    }

    /// Moves on past a comment, if there is one.
    pub(super) fn skip_comment(&mut self, lines: bool) -> Result<bool, Flaw> {
        if lines && self.is_at_line_comment() {
            self.skip_line();
            return Ok(true);
        }
        if !self.is_at("/*") {
            return Ok(false);
        }
        let length = self.rest().find("*/").ok_or(Flaw {
            offset: self.at,
            rule: FlawRule::OpenComment,
        })?;
        self.skip(length.saturating_add(2));
        Ok(true)
    }

    pub(super) fn is_at_line_comment(&self) -> bool {
        self.is_at("#") || self.is_at("//")
    }
}

/// What names are made of.
pub(super) fn is_identifier(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}
