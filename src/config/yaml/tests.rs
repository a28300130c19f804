//! What readers of YAML rely on.

use serde_json::{Value, json};

use super::compose::{compose, value};
use super::lines::Lines;
use super::rules::Rules;
use crate::config::path::{KeyPath, Segment};

/// Line and column from 1, and the message.
fn refused(text: &str, rules: Rules) -> (usize, usize, String) {
    let problem = compose(text, rules).unwrap_err();
    let (line, column) = Lines::new(text).at(problem.bytes.start);
    (line, column, problem.message)
}

#[test]
fn scalars_are_those_of_yaml_1_2() {
    let text =
        "[yes, off, 012, 0o12, 0x1f, -0b1, 1_000, 12:30, 1e3, .5, 2024-01-01, ~, NULL, True]";
    let expected = json!([
        "yes",
        "off",
        "012",
        10,
        31,
        -1,
        "1_000",
        "12:30",
        1000.0,
        0.5,
        "2024-01-01",
        null,
        null,
        true
    ]);
    assert_eq!(value(text), Ok(expected));
    assert_eq!(value("!!str 5"), Ok(json!("5")));
    assert_eq!(
        value("[18446744073709551615, -9223372036854775808]"),
        Ok(json!([u64::MAX, i64::MIN]))
    );
    assert_eq!(value("# nothing\n"), Ok(Value::Null));
    assert_eq!(value("a: |\n  no end"), Ok(json!({"a": "no end"})));
}

#[test]
fn other_programs_files_are_read_as_they_read_them() {
    assert_eq!(value("{1: a, ~: b, 1: c, d: .inf}"), Ok(json!({"1": "c", "~": "b", "d": null})));
    assert_eq!(value("{a: &x {b: 1}, c: {<<: *x}}").unwrap()["c"], json!({"<<": {"b": 1}}));
}

#[test]
fn what_a_configuration_cannot_mean_is_refused_where_it_is() {
    let cases = [
        ("a: 1\nb: 2\na: 3\n", (3, 1, "the key `a` is given twice")),
        ("a: {2: x}", (1, 5, "the key `2` is not text")),
        ("a: !magic {}", (1, 4, "tags (`!magic`) are not supported")),
        ("a: -.inf", (1, 4, "this is not a finite number")),
        ("[18446744073709551616]", (1, 2, "this is not a number of at most 64 bits")),
        ("a: 1\n---\nb: 2\n", (2, 1, "there is more than one document")),
        ("a: &a [*a]", (1, 8, "the alias is inside of what it stands for")),
        ("a: {<<: 1}", (1, 5, "the value of `<<` must be a map or a list of maps")),
    ];
    for (text, (line, column, message)) in cases {
        assert_eq!(refused(text, Rules::STRICT), (line, column, message.to_owned()), "{text}");
    }
}

#[test]
fn a_document_that_doubles_itself_is_refused_before_it_is_built() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..100 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        text += &format!("a{level}: &a{level} [{below}]\n");
    }
    let (line, _, message) = refused(&text, Rules::STRICT);
    assert_eq!((line, message.as_str()), (5, "aliases repeat more than 100000 values"));
    let mut text = format!("a: &a \"{}\"\n", "x".repeat(1 << 20));
    text += &format!("b: [{}]\n", "*a, ".repeat(1000));
    assert_eq!(refused(&text, Rules::STRICT).2, "aliases repeat more than 100000 values");
    let text = format!("{}\"{}\"{}", "&a [".repeat(100), "x".repeat(256 << 10), "]".repeat(100));
    assert_eq!(refused(&text, Rules::PLAIN).2, "anchors keep more than 100000 values");
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    assert_eq!(refused(&deep, Rules::PLAIN).2, "more than 128 levels");
    // Each level is one alias, and none is deep where it is written.
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..200 {
        text += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    assert_eq!(refused(&text, Rules::PLAIN).2, "more than 128 levels");
}

#[test]
fn each_value_knows_its_place() {
    let text = "a:\n  - x\n  - {b: 'ä', c: 2}\nbase: &base {d: 1}\ne: {<<: *base}\n";
    let document = compose(text, Rules::STRICT).unwrap();
    let pointed = |path: KeyPath| &text[document.mark.nearest(&path.0).pointed()];
    let item = KeyPath::of(&["a"]).join([Segment::Index(1)]);
    assert_eq!(pointed(item.key("c")), "c");
    assert_eq!(&text[document.mark.nearest(&item.key("b").0).value.clone()], "'ä'");
    // What is not there is where its surroundings are, and a merged key at its anchor.
    assert_eq!(pointed(KeyPath::of(&["base", "none"])), "base");
    assert_eq!(pointed(KeyPath::of(&["e", "d"])), "d");
}
