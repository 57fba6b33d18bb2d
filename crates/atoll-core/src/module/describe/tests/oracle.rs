//! Agreement with a full parser.

use hcl_edit::Span as _;
use hcl_edit::structure::{Body, Structure};
use proptest::prelude::*;

use super::super::expression::Expression;
use super::super::syntax::{Block, Blocks};
use super::{CODER, VERSIONS, VPC};

fn ours(blocks: &[Block<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    for block in blocks {
        lines.push(format!("{} {:?}", block.kind, block.labels));
        for attribute in &block.attributes {
            let Expression::Hcl(text) = attribute.value else {
                continue;
            };
            lines.push(format!("{} = {text}", attribute.name));
        }
        lines.extend(ours(&block.blocks));
        lines.push("end".to_owned());
    }
    lines
}

fn theirs(body: &Body, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for block in body.blocks() {
        let labels: Vec<&str> = block
            .labels
            .iter()
            .map(hcl_edit::structure::BlockLabel::as_str)
            .collect();
        lines.push(format!("{} {labels:?}", block.ident.as_str()));
        for structure in &block.body {
            if let Structure::Attribute(attribute) = structure {
                let span = attribute.value.span().unwrap();
                lines.push(format!(
                    "{} = {}",
                    attribute.key.as_str(),
                    text.get(span).unwrap()
                ));
            }
        }
        lines.extend(theirs(&block.body, text));
        lines.push("end".to_owned());
    }
    lines
}

/// Where the other parser reads a text, both must read the same.
fn check(text: &str, must_read: bool) {
    let parsed = hcl_edit::parser::parse_body(text);
    let read: Result<Vec<Block<'_>>, _> = Blocks::new(text).collect();
    match (parsed, read) {
        (Ok(parsed), Ok(read)) => assert_eq!(ours(&read), theirs(&parsed, text)),
        (parsed, read) => assert!(!must_read, "{:?} {:?}", parsed.err(), read.err()),
    }
}

#[test]
fn real_files_are_read_alike() {
    for text in [VPC, VERSIONS, CODER] {
        check(text, true);
    }
}

proptest! {
    #[test]
    fn spoilt_files_are_read_alike(
        which in 0..3_usize,
        line in 0..120_usize,
        new in "|[a-z]{1,3}|\\{|\\}|\\[|\\]|\"|\\(|\\)|,|=|\\$\\{|#|//|/\\*|\\*/|<<A|\n|A\n|x = 1\n|b \\{\n|\\\\| ",
        at in 0..80_usize,
    ) {
        let text = [VPC, VERSIONS, CODER][which];
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let line = line % lines.len();
        let old = lines[line];
        let (before, behind) = old.split_at(old.floor_char_boundary(at));
        let changed = format!("{before}{new}{behind}");
        let text: String = lines[..line].concat() + &changed + &lines[line + 1..].concat();
        check(&text, false);
    }
}
