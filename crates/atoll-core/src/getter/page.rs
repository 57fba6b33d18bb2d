//! Pages that say where a package is: `<meta name="terraform-get" content="…">` in their head.
//!
//! Only as much of HTML is read as it takes to tell a tag from a comment, a script and a quoted text. Who reads a page by
//! different rules could be shown another address, so what is unclear ends the search.

/// How much of a page is looked at, in bytes: its head comes first.
pub const PAGE_BYTES_MAX: usize = 256 << 10;

/// The name that the tag has, in this spelling alone: go-getter knows no other.
const NAME: &str = "terraform-get";
/// What stands in these is text, whatever it looks like.
const RAW: [&str; 5] = ["script", "style", "title", "textarea", "noframes"];

/// The address in the head of a page. The first tag with one counts.
pub fn find_in_page(page: &[u8]) -> Option<String> {
    let page = String::from_utf8_lossy(page.get(..PAGE_BYTES_MAX).unwrap_or(page));
    let mut reader = Reader { rest: &page };
    loop {
        match reader.tag()? {
            Tag::Close(name) if name.eq_ignore_ascii_case("head") => return None,
            Tag::Open(name) if name.eq_ignore_ascii_case("body") => return None,
            Tag::Open(name) if name.eq_ignore_ascii_case("meta") => {
                let meta = reader.meta()?;
                let content = meta.content.as_deref().map(str::trim).unwrap_or_default();
                if meta.name.as_deref() == Some(NAME) && !content.is_empty() {
                    return Some(content.to_owned());
                }
            }
            Tag::Open(name) => {
                while let Part::Attribute(..) = reader.part()? {}
                if RAW.iter().any(|raw| name.eq_ignore_ascii_case(raw)) {
                    reader.skip_raw(name)?;
                }
            }
            Tag::Close(_) => {}
        }
    }
}

enum Tag<'a> {
    /// Its attributes come next.
    Open(&'a str),
    Close(&'a str),
}

#[derive(Default)]
struct Meta {
    name: Option<String>,
    content: Option<String>,
}

/// What comes next in a tag.
enum Part<'a> {
    Attribute(&'a str, &'a str),
    End,
}

/// What is left of a page. All its methods are `None` where the page ends too early.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// The next tag, behind text and comments.
    fn tag(&mut self) -> Option<Tag<'a>> {
        loop {
            self.skip_behind("<")?;
            if let Some(rest) = self.rest.strip_prefix("!--") {
                // `<!-->` is a whole comment, so its dashes may be those of the end.
                self.rest = rest;
                if !self.take(">") && !self.take("->") {
                    self.skip_behind("-->")?;
                }
            } else if self.rest.starts_with(['!', '?']) {
                self.skip_behind(">")?;
            } else if let Some(rest) = self.rest.strip_prefix('/') {
                self.rest = rest;
                let name = self.name();
                self.skip_behind(">")?;
                return Some(Tag::Close(name));
            } else if self
                .rest
                .starts_with(|char: char| char.is_ascii_alphabetic())
            {
                return Some(Tag::Open(self.name()));
            }
        }
    }

    fn meta(&mut self) -> Option<Meta> {
        let mut meta = Meta::default();
        while let Part::Attribute(name, value) = self.part()? {
            let field = match name {
                name if name.eq_ignore_ascii_case("name") => &mut meta.name,
                name if name.eq_ignore_ascii_case("content") => &mut meta.content,
                _ => continue,
            };
            // Of several the first counts.
            field.get_or_insert_with(|| unescape(value));
        }
        Some(meta)
    }

    /// The next attribute of a tag, or the tag's end, which is taken.
    fn part(&mut self) -> Option<Part<'a>> {
        let is_between = |char: char| is_space(char) || char == '/';
        self.rest = self.rest.trim_start_matches(is_between);
        if self.take(">") {
            return Some(Part::End);
        }
        // A name may begin with an equals sign, and with nothing else that ends it.
        let begin = self.rest.chars().next()?.len_utf8();
        let is_end = |char: char| is_between(char) || matches!(char, '=' | '>');
        let end = self.rest.get(begin..)?.find(is_end)? + begin;
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start_matches(is_space);
        let value = if self.take("=") { self.value()? } else { "" };
        Some(Part::Attribute(name, value))
    }

    fn value(&mut self) -> Option<&'a str> {
        self.rest = self.rest.trim_start_matches(is_space);
        let quote = ["\"", "'"].into_iter().find(|quote| self.take(quote));
        let (value, rest) = if let Some(quote) = quote {
            self.rest.split_once(quote)?
        } else {
            let is_end = |char: char| is_space(char) || char == '>';
            self.rest.split_at(self.rest.find(is_end)?)
        };
        self.rest = rest;
        Some(value)
    }

    /// Skips the text of an element that has no tags in it, up to its end.
    fn skip_raw(&mut self, name: &str) -> Option<()> {
        loop {
            self.skip_behind("</")?;
            if self.name().eq_ignore_ascii_case(name) {
                return self.skip_behind(">");
            }
        }
    }

    fn name(&mut self) -> &'a str {
        let is_end = |char: char| is_space(char) || matches!(char, '/' | '>');
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        name
    }

    fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn skip_behind(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.split_once(text)?.1;
        Some(())
    }
}

fn is_space(char: char) -> bool {
    char.is_ascii_whitespace()
}

/// A value with its references replaced: those to characters that addresses have, by name or number. Others stay.
fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut parts = value.split('&');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let reference = part.split_once(';');
        let found = reference.and_then(|(name, rest)| Some((referred(name)?, rest)));
        if let Some((char, rest)) = found {
            text.push(char);
            text.push_str(rest);
        } else {
            text.push('&');
            text.push_str(part);
        }
    }
    text
}

fn referred(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "lt" => Some('<'),
        "gt" => Some('>'),
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => digits.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(page: &str) -> Option<String> {
        find_in_page(page.as_bytes())
    }

    #[test]
    fn the_tag_is_found_however_it_is_written() {
        for page in [
            r#"<html><head><meta name="terraform-get" content="X"></head></html>"#,
            "<!DOCTYPE html>\n<HTML>\n<HEAD lang=en>\n<META CONTENT='X' NAME='terraform-get' />",
            "<meta name=terraform-get content=X>",
            "<meta\n\tdata-x name = terraform-get\n content = \"X\"/>",
            r#"<?xml version="1.0"?><head><meta name="terraform-get" content=" X "/>"#,
            r#"<head><meta charset="utf-8"><meta name="go-import" content="Y"><meta name="terraform-get" content="X">"#,
            r#"<title><meta name="terraform-get" content="Y"></title><meta name="terraform-get" content="X">"#,
            r#"<script>"</head><body>" < 1</script ><meta name="terraform-get" content="X">"#,
            r#"<style></stylex></STYLE><meta name="terraform-get" content="X">"#,
            r#"<!-- <meta name="terraform-get" content="Y"> --><meta name="terraform-get" content="X">"#,
            r#"<!--><meta name="terraform-get" content="X">"#,
            r#"<!---><meta name="terraform-get" content="X">"#,
            r#"<link title="</head><body>"><meta name="terraform-get" content="X"><meta name="terraform-get" content="Y">"#,
            r#"<meta name="terraform-get" name="other" content="X" content="Y">"#,
            r#"<meta name="terraform-get" content=""><meta name="terraform-get" content="X">"#,
            r#"a < b <1> <> <meta =y name="terraform-get" content="X" z>"#,
            "<meta name=\"terraform-get\" content=\"&#88;\">",
            "\u{feff}<meta name=\"terraform-get\" content=\"&#x58;\">",
        ] {
            assert_eq!(found(page).as_deref(), Some("X"), "{page}");
        }
    }

    #[test]
    fn what_is_no_such_tag_is_not_found() {
        for page in [
            "",
            "Please log in",
            "<html><head><title>Log in</title></head><body>Please</body></html>",
            r#"<head></head><meta name="terraform-get" content="X">"#,
            r#"<body><meta name="terraform-get" content="X">"#,
            r#"<BODY class="x"><meta name="terraform-get" content="X">"#,
            r#"<!-- <meta name="terraform-get" content="X"> "#,
            r#"<script><meta name="terraform-get" content="X"></script"#,
            r#"<link title='<meta name="terraform-get" content="X">'>"#,
            r#"<metadata name="terraform-get" content="X">"#,
            r#"<meta name="Terraform-Get" content="X">"#,
            r#"<meta name="terraform-get">"#,
            r#"<meta name="terraform-get" content="X"#,
            r#"<meta name="terraform-get" content="X""#,
            r#"<meta property="terraform-get" content="X">"#,
            r#"{"meta": "terraform-get", "content": "X"}"#,
        ] {
            assert_eq!(found(page), None, "{page}");
        }
    }

    #[test]
    fn references_in_a_value_are_replaced_where_they_are_some() {
        for (value, expected) in [
            ("https://h/a?b=1&amp;c=2", "https://h/a?b=1&c=2"),
            (
                "https://h/a?b=1&ref=2;&copy=3&",
                "https://h/a?b=1&ref=2;&copy=3&",
            ),
            ("&lt;&gt;&quot;&apos;&#39;", "<>\"''"),
            ("&#x110000;&#-1;&#;&;&amp", "&#x110000;&#-1;&#;&;&amp"),
        ] {
            let page = format!("<meta content=\"{value}\" name=terraform-get>");
            assert_eq!(found(&page).as_deref(), Some(expected));
        }
    }

    #[test]
    fn only_the_beginning_of_a_page_is_read() {
        let tag = r#"<meta name="terraform-get" content="X">"#;
        let fits = " ".repeat(PAGE_BYTES_MAX - tag.len());
        assert_eq!(found(&format!("{fits}{tag}")).as_deref(), Some("X"));
        assert_eq!(found(&format!("{fits} {tag}")), None);
        // Each opens something that never ends.
        for hostile in [
            "<",
            "<!--",
            "<a ",
            "<a b=\"",
            "</",
            "<script></",
            "<a\u{e9}",
            "&",
            "<meta name=",
        ] {
            assert_eq!(found(&hostile.repeat(PAGE_BYTES_MAX / hostile.len())), None);
        }
    }

    proptest! {
        #[test]
        fn no_page_makes_it_panic(page in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = find_in_page(&page);
        }

        #[test]
        fn no_markup_makes_it_panic(page in r#"(<|</|<!--|-->|meta |script|head|body|name=|content=|terraform-get|["' =/>&;]|é){0,30}"#) {
            let _ = find_in_page(page.as_bytes());
        }

        #[test]
        fn an_address_comes_as_it_was_written(
            before in r#"(<link a="b>">|<!-- > -->|text|<p x='</head>'>|<script>i<b</script>){0,4}"#,
            address in r"[a-z:/.?=_-]{1,40}",
            quote in "[\"']",
        ) {
            let page = format!("{before}<mEtA content={quote}{address}{quote} name={quote}terraform-get{quote}>");
            prop_assert_eq!(find_in_page(page.as_bytes()), Some(address));
        }
    }
}
