//! The JSON syntax.

use super::super::*;
use super::module;

fn json(text: &str) -> Part {
    module(&[("main.tf.json", text)]).root
}

#[test]
fn the_same_facts_as_in_hcl() {
    let root = json(
        r#"{
  "//": "a comment",
  "terraform": [
    { "required_version": ">= 1.1", "required_providers": { "aws": { "source": "hashicorp/aws", "version": "~> 5", "configuration_aliases": ["aws.x", "${aws.y}"] } } },
    { "required_providers": [{ "old": "1.0" }], "backend": { "s3": {} } }
  ],
  "variable": {
    "a": { "type": "map(string)", "description": "d", "default": { "k": [1, null] }, "sensitive": true, "nullable": false,
           "validation": [{ "condition": "${var.a != null}", "error_message": "no" }, { "condition": "${true}", "error_message": "${var.x}-y" }] },
    "b": { "//": "nothing" }
  },
  "output": [{ "o": { "value": "${var.a}", "sensitive": true } }, { "p": { "value": 1, "description": "x" } }],
  "resource": { "aws_vpc": { "this": {}, "that": { "provider": "aws.x" } }, "null_resource": [{ "n": [{}, {}] }] },
  "data": { "http": { "h": { "url": "u" } } },
  "module": { "m": { "source": "./m" }, "n": { "source": "a/b/c", "version": "1" } },
  "locals": 7
}"#,
    );
    assert_eq!(root.diagnostics, []);
    assert_eq!(root.required_core, [">= 1.1"]);
    let input = &root.inputs[0];
    assert_eq!(input.type_, "map(string)");
    assert_eq!(input.default.as_deref(), Some(r#"{ "k": [1, null] }"#));
    assert!(input.sensitive && !input.nullable && !input.required);
    assert_eq!(input.validations[0].condition, "var.a != null");
    assert_eq!(input.validations[1].error_message, "${var.x}-y");
    assert!(root.inputs[1].required);
    assert!(root.outputs[0].sensitive);
    assert_eq!(root.outputs[1].description, "x");
    assert_eq!(root.resources.len(), 5);
    let providers: Vec<&str> = root.providers.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(providers, ["aws", "http", "null", "old"]);
    assert_eq!(root.providers[0].configuration_aliases, ["aws.x", "aws.y"]);
    assert_eq!(root.providers[3].version.as_deref(), Some("1.0"));
    assert_eq!(root.module_calls[0].kind, CallSource::Local);
    assert!(matches!(
        root.module_calls[1].kind,
        CallSource::Registry { .. }
    ));
}

#[test]
fn flaws_become_diagnostics() {
    let root = module(&[
        ("a.tf.json", "{\n \"variable\": {\n"),
        ("b.tf", "variable \"b\" {}"),
    ])
    .root;
    assert_eq!(root.inputs.len(), 1);
    assert_eq!(root.diagnostics[0].file, "a.tf.json");
    assert_eq!(root.diagnostics[0].line, Some(3));
    for text in [
        "",
        "7",
        "[7]",
        "{\"variable\": 7}",
        "{\"variable\": {\"a\": \"x\"}}",
        "{\"variable\": {\"\": {}}}",
    ] {
        assert_eq!(json(text).diagnostics.len(), 1, "{text}");
    }
}

#[test]
fn depth_is_no_matter() {
    let deep = |n| format!("{}{}", "[".repeat(n), "]".repeat(n));
    let root = json(&format!(
        "{{\"variable\":{{\"a\":{{\"default\":{},\"type\":{}}}}}}}",
        deep(100),
        deep(20_000)
    ));
    assert!(root.inputs.len() + root.diagnostics.len() > 0);
}
