//! Where expressions end.

use super::cursor::{Cursor, is_identifier};
use super::flaw::{Flaw, FlawRule};

/// How deep blocks, brackets and templates may be nested. Published modules have types of some 20 levels.
pub const NESTING_MAX: usize = 100;

/// What a place in an expression is inside of, and where that began.
#[derive(Clone, Copy)]
struct Inside<'a> {
    kind: Kind<'a>,
    start: usize,
}

#[derive(Clone, Copy)]
enum Kind<'a> {
    /// A bracket or an interpolation, which ends with this byte.
    Bracket(u8),
    Quote,
    /// A heredoc, which ends with a line of this word.
    Heredoc(&'a str),
}

/// Where line ends end an expression.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// In bodies and objects.
    End,
    /// In lists and parentheses.
    Continue,
}

/// Moves past an expression, up to the comma, closing bracket, line end or comment behind it, and gives its text.
pub(super) fn expression<'a>(cursor: &mut Cursor<'a>, lines: Lines) -> Result<&'a str, Flaw> {
    let start = cursor.offset();
    let mut scan = Scan {
        cursor,
        stack: Vec::new(),
    };
    while let Some(byte) = scan.cursor.peek() {
        match scan.stack.last().copied() {
            None if scan.is_at_end(byte, lines) => break,
            Some(Inside {
                kind: Kind::Quote, ..
            }) => scan.quote(byte)?,
            Some(Inside {
                kind: Kind::Heredoc(word),
                ..
            }) => scan.heredoc(byte, word)?,
            _ => scan.code(byte)?,
        }
    }
    match scan.stack.last() {
        Some(inside) => Err(inside.unclosed()),
        None => Ok(cursor.since(start).trim_end()),
    }
}

struct Scan<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
    stack: Vec<Inside<'a>>,
}

impl<'a> Scan<'_, 'a> {
    fn is_at_end(&self, byte: u8, lines: Lines) -> bool {
        match byte {
            b',' | b')' | b']' | b'}' => true,
            b'\n' => lines == Lines::End,
            b'#' | b'/' => lines == Lines::End && self.cursor.is_at_line_comment(),
            _ => false,
        }
    }

    fn code(&mut self, byte: u8) -> Result<(), Flaw> {
        if self.cursor.skip_comment(true)? {
            return Ok(());
        }
        match byte {
            b'"' => self.open(Kind::Quote, 1),
            b'(' => self.open(Kind::Bracket(b')'), 1),
            b'[' => self.open(Kind::Bracket(b']'), 1),
            b'{' => self.open(Kind::Bracket(b'}'), 1),
            b')' | b']' | b'}' => self.close(byte),
            b'<' if self.cursor.is_at("<<") => self.open_heredoc(),
            _ => {
                self.cursor.step();
                Ok(())
            }
        }
    }

    fn quote(&mut self, byte: u8) -> Result<(), Flaw> {
        match byte {
            b'"' => {
                self.cursor.skip(1);
                self.stack.pop();
                Ok(())
            }
            b'\\' => {
                self.cursor.skip(1);
                if self.cursor.peek() != Some(b'\n') {
                    self.cursor.step();
                }
                Ok(())
            }
            b'\n' => Err(self.stack.last().map_or(
                Flaw {
                    offset: self.cursor.offset(),
                    rule: FlawRule::OpenQuote,
                },
                Inside::unclosed,
            )),
            _ => self.template(byte),
        }
    }

    fn heredoc(&mut self, byte: u8, word: &str) -> Result<(), Flaw> {
        if byte != b'\n' {
            return self.template(byte);
        }
        self.cursor.skip(1);
        if take_heredoc_end(self.cursor, word) {
            self.stack.pop();
        }
        Ok(())
    }

    /// A character of a text that may have templates in it.
    fn template(&mut self, byte: u8) -> Result<(), Flaw> {
        match byte {
            b'$' | b'%' if self.cursor.is_at("$${") || self.cursor.is_at("%%{") => {
                self.cursor.skip(3);
                Ok(())
            }
            b'$' | b'%' if self.cursor.is_at("${") || self.cursor.is_at("%{") => {
                self.open(Kind::Bracket(b'}'), 2)
            }
            _ => {
                self.cursor.step();
                Ok(())
            }
        }
    }

    fn open_heredoc(&mut self) -> Result<(), Flaw> {
        let start = self.cursor.offset();
        let Some((_, word)) = take_heredoc_start(self.cursor) else {
            // No operator begins so, and no flaw follows: whoever evaluates the expression sees to it.
            self.cursor.skip(2);
            return Ok(());
        };
        self.push(Kind::Heredoc(word), start)?;
        if take_heredoc_end(self.cursor, word) {
            self.stack.pop();
        }
        Ok(())
    }

    fn open(&mut self, kind: Kind<'a>, width: usize) -> Result<(), Flaw> {
        let start = self.cursor.offset();
        self.cursor.skip(width);
        self.push(kind, start)
    }

    fn push(&mut self, kind: Kind<'a>, start: usize) -> Result<(), Flaw> {
        if self.stack.len() >= NESTING_MAX {
            return Err(Flaw {
                offset: start,
                rule: FlawRule::TooDeep,
            });
        }
        self.stack.push(Inside { kind, start });
        Ok(())
    }

    fn close(&mut self, byte: u8) -> Result<(), Flaw> {
        match self.stack.pop() {
            Some(Inside {
                kind: Kind::Bracket(end),
                ..
            }) if end == byte => {
                self.cursor.skip(1);
                Ok(())
            }
            _ => Err(Flaw {
                offset: self.cursor.offset(),
                rule: FlawRule::Mismatch,
            }),
        }
    }
}

impl Inside<'_> {
    fn unclosed(&self) -> Flaw {
        let rule = match self.kind {
            Kind::Bracket(_) => FlawRule::OpenBracket,
            Kind::Quote => FlawRule::OpenQuote,
            Kind::Heredoc(_) => FlawRule::OpenHeredoc,
        };
        Flaw {
            offset: self.start,
            rule,
        }
    }
}

/// Moves past `<<EOT` or `<<-EOT` and its line end. Tells whether lines are to be dedented, and the word.
pub(super) fn take_heredoc_start<'a>(cursor: &mut Cursor<'a>) -> Option<(bool, &'a str)> {
    let mut ahead = cursor.clone();
    ahead.skip(2);
    let is_dedented = ahead.take("-");
    let word = ahead.identifier();
    ahead.take("\r");
    if word.is_empty() || !ahead.take("\n") {
        return None;
    }
    *cursor = ahead;
    Some((is_dedented, word))
}

/// Moves past the end of a heredoc, if the line that begins here is one.
pub(super) fn take_heredoc_end(cursor: &mut Cursor<'_>, word: &str) -> bool {
    let mut ahead = cursor.clone();
    ahead.take_while(|c| matches!(c, ' ' | '\t'));
    let is_end = ahead.take(word) && !ahead.rest().starts_with(is_identifier);
    if is_end {
        *cursor = ahead;
    }
    is_end
}
