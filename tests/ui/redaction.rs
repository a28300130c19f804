//! Secrets reach nobody, in whatever form they are shown.

use imgctl::Error;
use imgctl::report::{Level, Report, Stream};

use super::{image, json, plain};

const SECRET: &str = r#"p@ss wörd/'1&2$"<x\>?~"#;

/// Made with other programs: base64, Python's urllib, json, html and shlex, bash.
const FORMS: [(&str, &str); 19] = [
    (r##"p@ss wörd/'1&2$"<x\>?~"##, "***"),
    ("cEBzcyB3w7ZyZC8nMSYyJCI8eFw+P34=", "***"),
    ("cEBzcyB3w7ZyZC8nMSYyJCI8eFw-P34=", "***"),
    ("cEBzcyB3w7ZyZC8nMSYyJCI8eFw+P34", "***"),
    // With a newline at its end, with `user:` before it, in the middle of something.
    ("cEBzcyB3w7ZyZC8nMSYyJCI8eFw+P34K", "***K"),
    ("dXNlcjpwQHNzIHfDtnJkLycxJjIkIjx4XD4/fg==", "dXNlcjp***g=="),
    ("YWJwQHNzIHfDtnJkLycxJjIkIjx4XD4/fnh5eg==", "YWJ***nh5eg=="),
    ("p%40ss%20w%C3%B6rd%2F%271%262%24%22%3Cx%5C%3E%3F~", "***"),
    ("p%40ss%20w%C3%B6rd/%271%262%24%22%3Cx%5C%3E%3F~", "***"),
    ("p%40ss+w%C3%B6rd%2F%271%262%24%22%3Cx%5C%3E%3F~", "***"),
    ("p%40ss%20w%c3%b6rd%2f%271%262%24%22%3cx%5c%3e%3f~", "***"),
    (r##""p@ss wörd/'1&2$\"<x\\>?~""##, "\"***\""),
    (r##""p@ss w\u00f6rd/'1&2$\"<x\\>?~""##, "\"***\""),
    (r##"'p@ss wörd/'"'"'1&2$"<x\>?~'"##, "'***'"),
    (r##"p@ss\ wörd/\'1\&2\$\"\<x\\\>\?~"##, "***"),
    (r##"p@ss wörd/&#x27;1&amp;2$&quot;&lt;x\&gt;?~"##, "***"),
    ("704073732077c3b672642f2731263224223c785c3e3f7e", "***"),
    ("704073732077C3B672642F2731263224223C785C3E3F7E", "***"),
    (r##"+ : 'p@ss wörd/'\''1&2$"<x\>?~'"##, "+ : '***'"),
];

#[test]
fn a_secret_is_hidden_in_every_common_form() {
    let session = plain();
    session.ui.secrets().add(SECRET);
    for (form, expected) in FORMS {
        assert_eq!(session.ui.secrets().redact(form), expected, "of {form}");
        let around = session.ui.secrets().redact(&format!("a {form} b {form}"));
        assert_eq!(around, format!("a {expected} b {expected}"));
    }
}

#[test]
fn secrets_reach_no_kind_of_output() {
    for session in [plain(), json()] {
        let ui = &session.ui;
        ui.secrets().add("hunter22");
        let text = "it is hunter22!";
        ui.task_started(text);
        ui.task_finished(text, 1.0, false);
        ui.step_started(text, text);
        ui.step_finished(text, 1.0, true);
        ui.step_skipped(text, text);
        ui.step_failed(text);
        ui.log(Level::Warning, text);
        ui.output(text, Stream::Stderr, text);
        ui.output("h", Stream::Stderr, "hun\u{1b}[31mter\u{0}22");
        ui.print(text);
        ui.print(text);
        ui.created_image(&image(text, text));
        ui.table("images", &["ID"], &[vec![text.to_owned()]]);
        ui.error(&Error::failed(text).cause(text).hint(text).at(text));
        let shown = [session.stdout.text(), session.stderr.text()].concat();
        assert!(!shown.contains("hunter"), "{shown}");
        assert!(shown.matches("it is ***!").count() >= 15, "{shown}");
    }
}

#[test]
fn a_secret_of_several_lines_is_hidden_line_by_line() {
    let session = plain();
    let secrets = session.ui.secrets();
    let key = "-----BEGIN KEY-----\nb3BlbnNzaC1rZXkabcdef\nMIGkAgEBBDCxyz/123+=\nend\n-----END KEY-----\n";
    secrets.add(key);
    assert_eq!(secrets.redact(key), "***");
    assert_eq!(secrets.redact("x b3BlbnNzaC1rZXkabcdef y"), "x *** y");
    assert_eq!(secrets.redact("  MIGkAgEBBDCxyz/123+="), "  ***");
    assert_eq!(secrets.redact("the end"), "the end");
    let inline = key.replace('\n', "\\n");
    assert_eq!(secrets.redact(&format!("\"{inline}\"")), "\"***\"");
    let wrapped = "LS0tLS1CRUdJTiBLRVktLS0tLQpiM0JsYm5OemFDMXJaWGthYmNkZWYKTUlHa0FnRUJCREN4\neXovMTIzKz0KZW5kCi0tLS0tRU5EIEtFWS0tLS0tCg==";
    assert_eq!(secrets.redact(wrapped), "***\n***", "as base64 wraps it");
}

#[test]
fn a_secret_wrapped_over_two_lines_is_hidden() {
    let session = plain();
    let secrets = session.ui.secrets();
    secrets.add("correct-horse-battery-staple");
    assert_eq!(secrets.redact("token: correct-horse-bat"), "token: ***");
    assert_eq!(secrets.redact("tery-staple is the token"), "*** is the token");
    assert_eq!(secrets.redact("t-horse-batter"), "***");
    assert_eq!(secrets.redact("correct answer"), "correct answer");
    assert_eq!(secrets.redact("a staple and a battery"), "a staple and a battery");
}

#[test]
fn short_secrets_are_hidden_as_words_and_blank_ones_ignored() {
    let session = plain();
    let secrets = session.ui.secrets();
    secrets.add("");
    secrets.add(" \n");
    assert_eq!(secrets.redact("a  b\n"), "a  b\n");
    secrets.add("ab");
    assert_eq!(secrets.redact("table ab, -p=ab abc xab"), "table ***, -p=*** abc xab");
    secrets.add("tool");
    assert_eq!(secrets.redact("stools"), "s***s");
}

#[test]
fn redaction_cuts_at_character_boundaries() {
    let session = plain();
    let secrets = session.ui.secrets();
    secrets.add("ÄÖÜäöüßÄÖÜäöüß");
    secrets.add("日本語のとても長い秘密の言葉です");
    for text in ["ÄÖÜäöüß", "x日本語のと", "い秘密の言葉ですx", "ÜäöüßÄÖÜä", "é", "Äöü日本"]
    {
        let shown = secrets.redact(text);
        assert!(shown.len() <= text.len() + 6, "{shown}");
    }
    assert_eq!(secrets.redact("wert=ÄÖÜäöüßÄÖÜäöüß."), "wert=***.");
    assert_eq!(secrets.redact("日本語のとても長い秘密"), "***");
}
