//! What objects and lists are made of.

use std::borrow::Cow;

use super::super::expression::Expression;
use super::block::Attribute;
use super::cursor::Cursor;
use super::scan::{Lines, expression};
use super::text;

/// The members of an object that is written out. Those that can't be told are left out.
pub(in super::super) fn members(object: &str) -> Vec<Attribute<'_>> {
    let mut cursor = Cursor::new(object);
    let mut members = Vec::new();
    if cursor.take("{") {
        while let Some(member) = member(&mut cursor) {
            members.push(member);
        }
    }
    members
}

fn member<'a>(cursor: &mut Cursor<'a>) -> Option<Attribute<'a>> {
    cursor.skip_blank().ok()?;
    let name = match cursor.peek()? {
        b'"' => Cow::Owned(text::quoted(cursor)?),
        _ => Cow::Borrowed(cursor.identifier()),
    };
    cursor.skip_spaces().ok()?;
    if name.is_empty() || !(cursor.take("=") || cursor.take(":")) {
        return None;
    }
    cursor.skip_spaces().ok()?;
    let value = Expression::Hcl(expression(cursor, Lines::End).ok()?);
    cursor.take(",");
    Some(Attribute { name, value })
}

/// The elements of a list that is written out.
pub(in super::super) fn elements(list: &str) -> Vec<&str> {
    let mut cursor = Cursor::new(list);
    let mut elements = Vec::new();
    if cursor.take("[") {
        while let Some(element) = element(&mut cursor) {
            elements.push(element);
        }
    }
    elements
}

fn element<'a>(cursor: &mut Cursor<'a>) -> Option<&'a str> {
    cursor.skip_blank().ok()?;
    let element = expression(cursor, Lines::Continue).ok()?;
    cursor.take(",");
    (!element.is_empty()).then_some(element)
}
