//! Constants, as JSON.

use super::cursor::Cursor;
use super::scan::NESTING_MAX;
use super::text;

/// The JSON text of an expression that is a constant: no templates, operations, functions or references.
pub(in super::super) fn constant(expression: &str) -> Option<String> {
    let mut reader = Reader {
        cursor: Cursor::new(expression),
        json: String::new(),
    };
    reader.value(0)?;
    reader.skip_blank()?;
    reader.cursor.peek().is_none().then_some(reader.json)
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    json: String,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<()> {
        if depth >= NESTING_MAX {
            return None;
        }
        self.skip_blank()?;
        match self.cursor.peek()? {
            b'"' | b'<' => {
                let text = text::literal(&mut self.cursor)?;
                self.push_text(&text)
            }
            b'[' => self.list(depth),
            b'{' => self.object(depth),
            b'(' => {
                self.cursor.skip(1);
                self.value(depth + 1)?;
                self.skip_blank()?;
                self.cursor.take(")").then_some(())
            }
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.keyword(),
        }
    }

    fn keyword(&mut self) -> Option<()> {
        let word = self.cursor.identifier();
        if !matches!(word, "true" | "false" | "null") {
            return None;
        }
        self.json.push_str(word);
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        if self.cursor.take("-") {
            self.json.push('-');
            self.cursor.skip_spaces().ok()?;
        }
        let digits = self.cursor.take_while(|c| c.is_ascii_digit());
        if digits.is_empty() {
            return None;
        }
        // JSON wants no zeros before other digits.
        match digits.trim_start_matches('0') {
            "" => self.json.push('0'),
            digits => self.json.push_str(digits),
        }
        if self.cursor.take(".") {
            self.json.push('.');
            self.digits()?;
        }
        if self.cursor.take("e") || self.cursor.take("E") {
            self.json.push('e');
            if self.cursor.take("-") {
                self.json.push('-');
            } else {
                self.cursor.take("+");
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let digits = self.cursor.take_while(|c| c.is_ascii_digit());
        self.json.push_str(digits);
        (!digits.is_empty()).then_some(())
    }

    fn list(&mut self, depth: usize) -> Option<()> {
        self.cursor.skip(1);
        self.json.push('[');
        let mut is_first = true;
        loop {
            self.skip_blank()?;
            if self.cursor.take("]") {
                self.json.push(']');
                return Some(());
            }
            self.separate(&mut is_first);
            self.value(depth + 1)?;
            self.skip_blank()?;
            if !self.cursor.take(",") && !self.cursor.is_at("]") {
                return None;
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        self.cursor.skip(1);
        self.json.push('{');
        let mut is_first = true;
        loop {
            self.skip_blank()?;
            if self.cursor.take("}") {
                self.json.push('}');
                return Some(());
            }
            self.separate(&mut is_first);
            self.key()?;
            self.skip_blank()?;
            if !self.cursor.take("=") && !self.cursor.take(":") {
                return None;
            }
            self.json.push(':');
            self.value(depth + 1)?;
            self.cursor.skip_spaces().ok()?;
            let is_separated = self.cursor.take(",")
                || matches!(self.cursor.peek(), Some(b'\n' | b'}'))
                || self.cursor.is_at_line_comment();
            if !is_separated {
                return None;
            }
        }
    }

    fn key(&mut self) -> Option<()> {
        if self.cursor.peek() == Some(b'"') {
            let key = text::literal(&mut self.cursor)?;
            return self.push_text(&key);
        }
        let is_in_parentheses = self.cursor.take("(");
        if is_in_parentheses {
            self.skip_blank()?;
            let key = text::literal(&mut self.cursor)?;
            self.push_text(&key)?;
            self.skip_blank()?;
            return self.cursor.take(")").then_some(());
        }
        // Numbers are keys as well.
        let key = match self.cursor.identifier() {
            "" => self.cursor.take_while(|c| c.is_ascii_digit()),
            key => key,
        };
        if key.is_empty() {
            return None;
        }
        self.push_text(key)
    }

    fn separate(&mut self, is_first: &mut bool) {
        if !*is_first {
            self.json.push(',');
        }
        *is_first = false;
    }

    fn push_text(&mut self, text: &str) -> Option<()> {
        self.json.push_str(&serde_json::to_string(text).ok()?);
        Some(())
    }

    fn skip_blank(&mut self) -> Option<()> {
        self.cursor.skip_blank().ok()
    }
}
