//! What a README says a module is for.

/// The longest description, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 300;

/// How much of a README is looked at, in lines.
const LINES_MAX: usize = 500;

/// How much of a paragraph is looked at, in bytes: more than the longest description, with the addresses of its links.
const PARAGRAPH_BYTES_MAX: usize = 4096;

/// The `description` of the README's front matter, or else its first paragraph of prose.
pub(super) fn description(readme: &str) -> Option<String> {
    let (front, body) = split(readme);
    let described = front.and_then(front_description);
    described
        .or_else(|| first_paragraph(body))
        .map(|text| shorten(&text))
        .filter(|text| !text.is_empty())
}

/// The front matter, between lines of dashes at the very beginning, and the rest.
fn split(readme: &str) -> (Option<&str>, &str) {
    let front = readme
        .strip_prefix("---\n")
        .or_else(|| readme.strip_prefix("---\r\n"));
    let Some(front) = front else {
        return (None, readme);
    };
    let mut offset = 0;
    for line in front.split_inclusive('\n').take(LINES_MAX) {
        if line.trim_end() == "---" {
            let (front, body) = front.split_at_checked(offset).unwrap_or((front, ""));
            return (Some(front), body.strip_prefix(line).unwrap_or(body));
        }
        offset += line.len();
    }
    (None, readme)
}

/// The value of `description:`, on its line or on the indented lines behind it.
fn front_description(front: &str) -> Option<String> {
    let mut lines = front.lines();
    let value = lines.find_map(|line| line.strip_prefix("description:"))?;
    let value = match value.trim() {
        "|" | "|-" | "|+" | ">" | ">-" | ">+" => "",
        value => value,
    };
    let mut text = value.to_owned();
    for line in lines.take_while(|line| line.starts_with([' ', '\t'])) {
        text.push(' ');
        text.push_str(line.trim());
    }
    let text = text.trim();
    let unquoted = ['"', '\'']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    let text = unquoted.unwrap_or(text);
    (!text.is_empty()).then(|| text.to_owned())
}

fn first_paragraph(body: &str) -> Option<String> {
    let mut paragraph = String::new();
    let mut is_code = false;
    let mut is_comment = false;
    let mut lines = body.lines().take(LINES_MAX).peekable();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if line.starts_with("```") || line.starts_with("~~~") {
            is_code = !is_code;
        }
        is_comment |= line.starts_with("<!--");
        let is_underlined = lines.peek().is_some_and(|next| is_underline(next));
        if is_code || is_comment || is_underlined || !is_prose(line) {
            is_comment &= !line.ends_with("-->");
            if paragraph.is_empty() {
                continue;
            }
            break;
        }
        if !paragraph.is_empty() {
            paragraph.push(' ');
        }
        paragraph.push_str(line);
    }
    paragraph.truncate(paragraph.floor_char_boundary(PARAGRAPH_BYTES_MAX));
    (!paragraph.is_empty()).then(|| without_links(&paragraph))
}

/// Neither empty, nor a heading, list, table, badge, quotation or markup.
fn is_prose(line: &str) -> bool {
    let is_list = ["- ", "* ", "+ ", "---", "===", "***", "```", "~~~"]
        .iter()
        .any(|mark| line.starts_with(mark));
    !line.is_empty()
        && !is_list
        && !line.starts_with(['#', '<', '|', '!', '>'])
        && !line.starts_with("[!")
}

fn is_underline(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && (line.bytes().all(|b| b == b'=') || line.bytes().all(|b| b == b'-'))
}

/// Replaces `[text](address)` by the text.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before);
        let link = after
            .split_once("](")
            .and_then(|(text, tail)| Some((text, tail.split_once(')')?.1)))
            .filter(|(text, _)| !text.contains('['));
        if let Some((text, tail)) = link {
            plain.push_str(text);
            rest = tail;
        } else {
            plain.push('[');
            rest = after;
        }
    }
    plain.push_str(rest);
    plain
}

fn shorten(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= DESCRIPTION_CHARS_MAX {
        return text;
    }
    let mut short: String = text.chars().take(DESCRIPTION_CHARS_MAX - 1).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}
