//! What would change anything but the value is refused, with the place, and the text stays.

use std::path::Path;

use imgctl::dictionary::{Dictionary, Follow, Format};

/// The file's name, its text, the path, what the error says and the place that it or its hint names.
const REFUSED: &[(&str, &str, &str, &str, &str)] = &[
    ("f.yaml", "a: &x 1\nb: *x\n", "b", "the alias `*x`", "f.yaml:2"),
    ("f.yaml", "a: &x 1\nb: *x\n", "b", "the alias `*x`", "f.yaml:1"),
    ("f.yaml", "a: &x {c: 1}\nb: *x\n", "b.c", "the alias `*x`", "f.yaml:2"),
    ("f.yaml", "a: &x {c: 1}\nb: *x\n", "b.d", "the alias `*x`", "f.yaml:2"),
    ("f.yaml", "a: &x {c: 1}\nb:\n  <<: *x\n  d: 2\n", "b.c", "the merge key `<<`", "f.yaml:3"),
    ("f.yaml", "a: &x {c: 1}\nb:\n  <<: [*x]\n", "b.c", "the merge key `<<`", "f.yaml:1"),
    ("f.yaml", "a:\n  b: [1, 2]\n", "a.b", "`a.b` is a list, not a value", "f.yaml:2"),
    ("f.yaml", "a:\n  b:\n    c: 1\n", "a.b", "`a.b` is a map, not a value", "f.yaml:3"),
    ("f.yaml", "a:\n  b: 1\n", "a.b.c", "`a.b` is a value, not a map", "f.yaml:2"),
    ("f.yaml", "a:\n  - b: 1\n", "a.b", "`a` is a list, not a map", "f.yaml:2"),
    ("f.yaml", "a:\n  b: 1\n", "a[0]", "`a` is a map, not a list", "f.yaml:2"),
    ("f.yaml", "a: 1\nb: 1\na: 2\n", "a", "the key `a` twice", "f.yaml:3"),
    ("f.yaml", "a: {2: x, \"2\": y}\n", "a.2", "the key `2` twice", "f.yaml:1"),
    ("f.yaml", "a:\n- {n: 1}\n- {n: 1}\n", "a[n=1].b", "2 items of `a` match [n=1]", "f.yaml:3"),
    ("f.yaml", "a:\n- {n: 1}\n- {n: 1}\n", "a[n=2].b", "no item [n=2] among its 2", "f.yaml:2"),
    ("f.yaml", "a: [1]\n", "a[1]", "no item [1] among its 1", "f.yaml:1"),
    ("f.yaml", "a: 1\n", "b[0].c", "items of lists are not added", "f.yaml:1"),
    ("f.yaml", "a: |\n  one\n  two\n", "a", "a block of text", "f.yaml:2"),
    ("f.yaml", "a: |\n  one\n", "a", "a block of text", "f.yaml:2"),
    ("f.yaml", "a: !vault x\n", "a", "the tag `!vault`", "f.yaml:1"),
    ("f.yaml", "a: !!int 1\n", "a", "the tag `!!int`", "f.yaml:1"),
    ("f.yaml", "a: 1\n---\na: 2\n", "a", "several documents", "f.yaml:3"),
    ("f.yaml", "a: 1\n---\nb: 2\n", "c", "several documents", "f.yaml:3"),
    ("f.yaml", "just text\n", "a", "the document is a value", "f.yaml:1"),
    ("f.yaml", "- 1\n", "a", "the document is a list", "f.yaml:1"),
    ("f.json", "{\"a\": {\"b\": []}}", "a.b", "is a list, not a value", "f.json:1"),
    ("f.json", "{\"a\": 1, \"a\": 2}", "a", "the key `a` twice", "f.json:1"),
    ("f.tfvars", "a = \"${b}\"\n", "a", "the value is an expression", "f.tfvars:1"),
    ("f.tfvars", "a = { b = var.c }\n", "a.b", "the value is an expression", "f.tfvars:1"),
    ("f.hcl", "b {\n  c = \"1\"\n}\n", "b.c", "`b` is a block, not a map", "f.hcl:1"),
    ("f.hcl", "a = 1\nb \"x\" {\n}\nb \"y\" {\n}\n", "b.x", "`b` is a block", "f.hcl:2"),
    ("f.hcl", "b {\n}\n", "b", "the value is a block", "f.hcl:1"),
    ("f.tfvars", "a = var.x\n", "a.b", "`a` is an expression, not a map", "f.tfvars:1"),
    ("f.toml", "t = { a.b = 1 }\n", "t.a.c", "would change more", "f.toml:1"),
    ("f.toml", "[[t]]\nn = 1\n[t.a.b]\nc = 1\n", "t[0].a.d", "no header of its own", "f.toml:3"),
    ("f.yaml", "a: \"{{ ami_x }}\"\n", "a", "the template `{{…}}`", "f.yaml:1"),
    ("f.yaml", "a: 'ami-{{ x }}'\n", "a", "the template `{{…}}`", "f.yaml:1"),
    ("f.yaml", "b: 1\na: {{ .Values.x }}\n", "a", "`a` is the template `{{…}}`", "f.yaml:2"),
    ("f.yaml", "a: {{ .Values.x }}\n", "a.b", "`a` is the template `{{…}}`", "f.yaml:1"),
    ("f.yaml", "a: \"{{ images }}\"\n", "a.b", "`a` is the template `{{…}}`", "f.yaml:1"),
    ("f.yaml", "a: >-\n  {{ ami_x }}\n", "a", "the template `{{…}}`", "f.yaml:2"),
    ("f.yaml", "a: <%= ami %>\n", "a", "the template `<%…%>`", "f.yaml:1"),
    ("f.yaml", "a: ${AMI:-ami-1}\n", "a", "the template `${…}`", "f.yaml:1"),
    ("f.yaml", "a: !ref x\n", "a", "the tag `!ref`", "f.yaml:1"),
    ("f.json", "{\"a\": \"{{user `ami`}}\"}", "a", "the template `{{…}}`", "f.json:1"),
    ("f.json", "{\"a\": \"${var.ami}\"}", "a", "the template `${…}`", "f.json:1"),
    ("f.toml", "a = \"{{ x }}\"\n", "a", "the template `{{…}}`", "f.toml:1"),
    ("f.tfvars", "a = \"$${b}\"\n", "a", "the template `${…}`", "f.tfvars:1"),
    ("f.env", "A=ami-$B\n", "A", "the template `$NAME`", "f.env:1"),
    ("f.env", "A=\"${B:-c}\"\n", "A", "the template `${…}`", "f.env:1"),
    ("f.env", "A=1\nA=2\n", "A", "the key `A` twice", "f.env:2"),
    ("f.env", "A=1\n", "A.b", "`A` is a value, not a map", "f.env:1"),
];

/// The file's name, its text and where it stops being of its format.
const BROKEN: &[(&str, &str, &str)] = &[
    ("f.yaml", "a: 1\nb: [1,\n", "f.yaml:2:4"),
    ("f.yaml", "a:\n\tb: 1\n", "f.yaml:2:2"),
    ("f.yaml", "a: *nowhere\n", "f.yaml:1:4"),
    ("f.yaml", "a: \"x\n", "f.yaml:1:4"),
    ("f.json", "{\"a\": 1,}", "f.json:1:9"),
    ("f.json", "// c\n{}", "f.json:1:1"),
    ("f.json", "", "f.json:1:1"),
    ("f.tfvars", "a = 1\nb = = 2\n", "f.tfvars:2:5"),
    ("f.toml", "a = 1\na = 2\n", "f.toml:2:1"),
    ("f.env", "A=1\noops\n", "f.env:2:1"),
];

pub fn open(name: &str, text: &str) -> imgctl::Result<Dictionary> {
    Dictionary::read(name, Format::of(Path::new(name), None).unwrap(), text.to_owned())
}

#[test]
fn what_would_change_anything_else_is_refused() {
    let mut wrong = Vec::new();
    for (name, text, path, says, place) in REFUSED {
        let mut dictionary = open(name, text).unwrap();
        let outcome = dictionary.set(path, "ami-0new", Follow::Own);
        assert_eq!(dictionary.text(), *text, "{path} in {text:?}");
        let Err(error) = outcome else {
            wrong.push(format!("{path} in {text:?} is not refused"));
            continue;
        };
        let shown = format!(
            "{error} | {} | {}",
            error.place().map(ToString::to_string).unwrap_or_default(),
            error.hint_text().unwrap_or_default()
        );
        if !shown.contains(says) || !shown.contains(place) || error.hint_text().is_none() {
            wrong.push(format!("{path} in {text:?}: no {says:?} with {place} in: {shown}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_that_does_not_parse_is_refused_with_its_line_and_column() {
    let mut wrong = Vec::new();
    for (name, text, expected) in BROKEN {
        let Err(error) = open(name, text) else {
            wrong.push(format!("{text:?} is read"));
            continue;
        };
        let place = error.place().map(ToString::to_string).unwrap_or_default();
        if place != *expected || !error.message().contains("is not valid") {
            wrong.push(format!("{text:?}: {place} in place of {expected}: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_anchor_is_changed_for_all_if_told_so() {
    let text =
        "images:\n  usw: &ami \"old\"  # by all\nagent: {ami: *ami}\nmap: &m {a: x}\nof: *m\n";
    let mut dictionary = open("f.yaml", text).unwrap();
    assert!(dictionary.set("agent.ami", "new", Follow::Anchors).unwrap());
    assert!(dictionary.set("of.a", "z", Follow::Anchors).unwrap());
    let expected = text.replace("old", "new").replace("a: x", "a: z");
    assert_eq!(dictionary.text(), expected);
    assert_eq!(dictionary.get("agent.ami").unwrap().as_deref(), Some("new"));
}

/// What the file says already is no change, however it says it.
#[test]
fn a_value_that_is_there_needs_no_change() {
    for (text, path) in [
        ("a: &x new\nb: *x\n", "a"),
        ("a: &x new\nb: *x\n", "b"),
        ("a: &x {c: new}\nb: {<<: *x}\n", "b.c"),
        // A key of the map's own is read in place of the merged one.
        ("a: &x {c: new}\nb: {<<: *x, c: 1}\n", "a.c"),
    ] {
        assert!(!open("f.yaml", text).unwrap().set(path, "new", Follow::Own).unwrap(), "{text}");
    }
    let mut dictionary = open("f.yaml", "a: &x {c: 1}\nb: {<<: *x, c: 2}\n").unwrap();
    assert!(dictionary.set("a.c", "new", Follow::Own).unwrap());
    assert_eq!(dictionary.text(), "a: &x {c: new}\nb: {<<: *x, c: 2}\n");
}

#[test]
fn values_are_read_behind_aliases_and_merge_keys() {
    let text = "b: &b {ami: one, n: ~}\nc: {<<: *b, d: 2}\ne: *b\nf: [&x {k: v}, *x]\n";
    let dictionary = open("f.yaml", text).unwrap();
    let get = |path: &str| dictionary.get(path).unwrap();
    assert_eq!(get("c.ami").as_deref(), Some("one"));
    assert_eq!(get("e.ami").as_deref(), Some("one"));
    assert_eq!(get("f[1].k").as_deref(), Some("v"));
    assert_eq!((get("b.n"), get("nothing.here"), get("c.x")), (None, None, None));
    assert!(dictionary.get("f").is_err());
}

#[test]
fn a_value_that_is_no_id_is_refused() {
    let mut dictionary = open("f.yaml", "a: 1\n").unwrap();
    for value in ["", "a\nb", "a\rb", "a\0"] {
        assert!(dictionary.set("a", value, Follow::Own).is_err(), "{value:?}");
    }
}
