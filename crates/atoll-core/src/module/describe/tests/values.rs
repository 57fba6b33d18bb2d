//! Values: constants, texts, and the text of what is neither.

use proptest::prelude::*;

use super::good;

fn default(value: &str) -> String {
    let root = good(&format!("variable \"a\" {{\n  default = {value}\n}}\n"));
    let json = root.inputs[0].default.clone().unwrap();
    serde_json::from_str::<serde_json::Value>(&json).expect("defaults are always JSON");
    json
}

#[test]
fn constants_are_json() {
    for (value, expected) in [
        ("7", "7"),
        ("007", "7"),
        ("-0.5e-3 # c", "-0.5e-3"),
        ("- 1E+9", "-1e9"),
        ("true", "true"),
        ("null // c", "null"),
        ("(\"x\")", "\"x\""),
        (
            "\"a\\n\\u00e9\\\"$${b}%%{c}$5 100%\"",
            "\"a\\né\\\"${b}%{c}$5 100%\"",
        ),
        ("[]", "[]"),
        ("[1, /* two */ 2,\n # three\n 3,\n]", "[1,2,3]"),
        ("{}", "{}"),
        (
            "{ a = 1, \"b\" : 2\n (\"c\") = 3 # c\n 4 = {} }",
            r#"{"a":1,"b":2,"c":3,"4":{}}"#,
        ),
        ("<<EOT\n  a\r\n b $${x}\nEOT", "\"  a\\n b ${x}\\n\""),
        ("<<-EOT\n    a\n\n      b\n    EOT\n", "\"a\\n\\n  b\\n\""),
        ("<<EOT\nEOT", "\"\""),
    ] {
        assert_eq!(default(value), expected, "{value}");
    }
}

#[test]
fn the_rest_is_source_text_in_json() {
    for value in [
        "tomap({})",
        "\"a${var.b}\"",
        "[for x in [1] : x]",
        "{ for k, v in {} : k => v }",
        "1 + 1",
        "- x",
        "var.x[0].y",
        "true ? 1 : 2",
        "<<EOT\n${x}\nEOT",
        "\"\\q\"",
        "1.",
        "1e",
        "[1 2]",
        "{ a }",
        "{ a = 1 b = 2 }",
        "provider::x::y(1)",
    ] {
        let json = default(value);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), value);
    }
}

#[test]
fn long_values_are_cut() {
    let long = "é".repeat(super::super::TEXT_BYTES_MAX);
    assert!(default(&format!("\"{long}\"")).len() < super::super::TEXT_BYTES_MAX + 10);
    let root = good(&format!("output \"a\" {{\n description = \"{long}\"\n}}"));
    assert!(root.outputs[0].description.len() <= super::super::TEXT_BYTES_MAX);
    assert!(root.outputs[0].description.ends_with('…'));
}

#[test]
fn line_ends_and_marks_of_other_systems() {
    let text = "\u{feff}variable \"a\" {\r\n  type = object({\r\n    b = string\r\n  })\r\n  description = <<-EOT\r\n    x\r\n    EOT\r\n}\r\n";
    let root = good(text);
    assert_eq!(root.inputs[0].type_, "object({\n    b = string\n  })");
    assert_eq!(root.inputs[0].description, "x\n");
}

#[test]
fn older_ways() {
    let root = good(
        "variable a {\n type = \"string\"\n sensitive = \"true\"\n}\nvariable \"b\" { type = list(string) }\nvariable c {}",
    );
    assert_eq!(root.inputs[0].type_, "string");
    assert!(root.inputs[0].sensitive);
    assert_eq!(root.inputs[1].type_, "list(string)");
    assert_eq!(root.inputs[2].type_, "");
}

proptest! {
    #[test]
    fn json_values_are_constants(text in "\\PC{0,20}", quarters: i32, whole: i64) {
        let json = serde_json::json!({ "t": text, "l": [f64::from(quarters) / 4.0, whole, null, true, { "o": [] }] });
        // Templates are escaped in HCL only.
        let written = json.to_string().replace("${", "$${").replace("%{", "%%{");
        prop_assume!(!text.contains("$${") && !text.contains("%%{"));
        let read: serde_json::Value = serde_json::from_str(&default(&written)).unwrap();
        prop_assert_eq!(read, json);
    }
}
