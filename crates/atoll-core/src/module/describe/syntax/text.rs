//! Texts in quotes and heredocs.

use super::cursor::Cursor;
use super::scan::{take_heredoc_end, take_heredoc_start};

/// The text that an expression is, where it is one without templates.
pub(in super::super) fn text(expression: &str) -> Option<String> {
    let mut cursor = Cursor::new(expression);
    cursor.skip_blank().ok()?;
    let text = literal(&mut cursor)?;
    cursor.skip_blank().ok()?;
    cursor.peek().is_none().then_some(text)
}

/// Moves past a text.
pub(super) fn literal(cursor: &mut Cursor<'_>) -> Option<String> {
    match cursor.peek()? {
        b'"' => quoted(cursor),
        b'<' => heredoc(cursor),
        _ => None,
    }
}

/// Moves past a text in quotes.
pub(super) fn quoted(cursor: &mut Cursor<'_>) -> Option<String> {
    if !cursor.take("\"") {
        return None;
    }
    let mut text = String::new();
    loop {
        text.push_str(cursor.take_while(|c| !matches!(c, '"' | '\\' | '\n' | '$' | '%')));
        match cursor.peek()? {
            b'"' => {
                cursor.skip(1);
                return Some(text);
            }
            b'\\' => text.push(escaped(cursor)?),
            b'\n' => return None,
            _ => text.push_str(dollar(cursor)?),
        }
    }
}

/// `\n`, `\u00e9` and the like.
fn escaped(cursor: &mut Cursor<'_>) -> Option<char> {
    cursor.skip(1);
    let letter = cursor.peek()?;
    cursor.step();
    match letter {
        b'n' => Some('\n'),
        b'r' => Some('\r'),
        b't' => Some('\t'),
        b'"' => Some('"'),
        b'\\' => Some('\\'),
        b'u' => hexadecimal(cursor, 4),
        b'U' => hexadecimal(cursor, 8),
        _ => None,
    }
}

fn hexadecimal(cursor: &mut Cursor<'_>, digits: usize) -> Option<char> {
    let text = cursor.rest().get(..digits)?;
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    cursor.skip(digits);
    char::from_u32(u32::from_str_radix(text, 16).ok()?)
}

/// A `$` or `%` that begins no template: `$${` stands for `${`.
fn dollar<'a>(cursor: &mut Cursor<'a>) -> Option<&'a str> {
    let start = cursor.offset();
    if cursor.is_at("${") || cursor.is_at("%{") {
        return None;
    }
    if cursor.is_at("$${") || cursor.is_at("%%{") {
        cursor.skip(1);
        let start = cursor.offset();
        cursor.skip(2);
        return Some(cursor.since(start));
    }
    cursor.skip(1);
    Some(cursor.since(start))
}

fn heredoc(cursor: &mut Cursor<'_>) -> Option<String> {
    if !cursor.is_at("<<") {
        return None;
    }
    let (is_dedented, word) = take_heredoc_start(cursor)?;
    let mut lines = Vec::new();
    while !take_heredoc_end(cursor, word) {
        let mut line = String::new();
        loop {
            line.push_str(cursor.take_while(|c| !matches!(c, '\n' | '$' | '%')));
            match cursor.peek()? {
                b'\n' => break,
                _ => line.push_str(dollar(cursor)?),
            }
        }
        cursor.skip(1);
        lines.push(line);
    }
    let indent = if is_dedented { indent(&lines) } else { 0 };
    let mut text = String::new();
    for line in &lines {
        let line = line.strip_suffix('\r').unwrap_or(line);
        text.push_str(line.get(indent..).unwrap_or_default());
        text.push('\n');
    }
    Some(text)
}

/// How many spaces all lines with something in them begin with.
fn indent(lines: &[String]) -> usize {
    let lines = lines.iter().filter(|line| !line.trim().is_empty());
    let spaces = lines.map(|line| line.len() - line.trim_start_matches([' ', '\t']).len());
    spaces.min().unwrap_or(0)
}
