use proptest::prelude::*;

use super::*;

fn refused(text: &str) -> String {
    check(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn keys_stand_once() {
    assert_eq!(
        check(br#"{"a":{"a":1},"b":[{"a":1},{"a":2}],"c":null,"d":-1.5e3,"e":true}"#),
        Ok(())
    );
    assert!(refused(r#"{"a":1,"a":1}"#).contains("\"a\" stands twice"));
    assert!(refused(r#"{"x":[{"a":1,"\u0061":2}]}"#).contains("twice"));
    assert!(refused(r#"{"":1,"":2}"#).contains("twice"));
    let long = "k".repeat(1 << 16);
    assert!(refused(&format!(r#"{{"{long}":1,"{long}":2}}"#)).len() < 200);
}

#[test]
fn keys_that_go_takes_for_others_are_refused() {
    for text in [
        r#"{"Layers":[]}"#,
        r#"{"layers":[],"LAYERS":[]}"#,
        r#"{"manife\u017fts":[]}"#,
        r#"{"config":{"Digest":1}}"#,
        r#"{"layers":[{"Size":1}]}"#,
        r#"{"manifests":[{"platform":{"OS":"linux"}}]}"#,
    ] {
        assert!(refused(text).contains("by case alone"), "{text}");
    }
    // Annotations are a map, whose keys Go tells apart.
    let fine = r#"{"annotations":{"layers":"","Layers":""},"x":{"Digest":1},"config":{"annotations":{"Size":""}}}"#;
    assert_eq!(check(fine.as_bytes()), Ok(()));
}

#[test]
fn depth_has_an_end() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(check(nested(JSON_DEPTH_MAX).as_bytes()), Ok(()));
    assert!(refused(&nested(JSON_DEPTH_MAX + 1)).contains("deeper"));
    assert!(refused(&nested(1 << 20)).contains("deeper"));
    assert!(refused(&"{\"a\":".repeat(1 << 20)).contains("deeper"));
}

#[test]
fn what_is_no_json_is_refused() {
    for bytes in [
        &b""[..],
        b" ",
        b"{} {}",
        b"{}x",
        b"{",
        b"{\"a\":1,}",
        b"{a:1}",
        b"{'a':1}",
        b"nul",
        b"01",
        b"1e999",
        b"{\"a\":NaN}",
        b"// c\n{}",
        b"\xef\xbb\xbf{}",
        b"{\"\xff\":1}",
        b"{\"a\":\"\xff\"}",
        b"\"\\ud800\"",
        b"\"a\nb\"",
        b"{}\0",
    ] {
        assert!(check(bytes).is_err(), "{}", bytes.escape_ascii());
    }
}

proptest! {
    #[test]
    fn anything_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = check(&bytes);
    }

    #[test]
    fn what_passes_is_json(text in r#"[\[\]{}:,"a1\\ ]{0,30}"#) {
        if check(text.as_bytes()).is_ok() {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        }
    }
}
