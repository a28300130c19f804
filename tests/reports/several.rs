//! The reports of several combinations.

use std::process::Command;

use crate::beds::bed;
use crate::browser::Browser;
use crate::project::Project;
use crate::site::read;

const SCRIPT: &str = "//! Set up.
let host = cloud::host();
step(\"first\", || host.run(\"true\"));
step(\"go <b>\", || if cloud::region() == \"b-1\" { host.run(\"break\") } else { host.run(\"true\") });
";

/// Two combinations, of which one has failed.
fn failed() -> Project {
    let rule = "- {command: \"^break\", status: 3, stdout: \"no space <i>left\"}\n";
    let project = Project::new().answer(rule);
    project.write("scripts/site.rhai", SCRIPT);
    let text = read(&project, "config.yaml");
    project.write(
        "config.yaml",
        &format!("{text}matrix: {{region: [a-1, b-1], distribution: [debian12]}}\n"),
    );
    let summary = project.path().join("summary.md");
    let words = ["--matrix", "up", "site", "--report", "r.html", "--junit", "j.xml"];
    let ran = project.imgctl_with_setup(&words, |command| {
        command.env("GITHUB_STEP_SUMMARY", summary);
    });
    ran.fails(1);
    project
}

#[test]
fn one_page_shows_every_combination_and_where_one_failed() {
    let project = failed();
    let page = read(&project, "r.html");
    for text in [
        "Failed in 1 of 2 combinations, 1 are done",
        "no space &lt;i&gt;left",
        "Show it in the timeline",
        "go &lt;b&gt;",
    ] {
        assert!(page.contains(text), "{text}\n{page}");
    }
    let Some(mut browser) = Browser::start() else { return };
    browser.size(1280, 900);
    browser.open(&project.path().join("r.html"));
    let bars = "[...document.querySelectorAll('.combination > summary .bar')].map(bar => bar.getBoundingClientRect().width > 1)";
    assert_eq!(browser.ask(bars), serde_json::json!([true, true]));
    // Folded is what went well; links lead into what did not.
    let open = "[...document.querySelectorAll('.combination')].map(one => one.open)";
    assert_eq!(browser.ask(open), serde_json::json!([false, true]));
    let leads = "[...document.querySelectorAll('a')].every(a => document.querySelector(a.getAttribute('href')))";
    assert_eq!(browser.ask(leads), true);
    browser.ask("document.querySelectorAll('details').forEach(one => one.open = true)");
    for width in [360, 768, 1280] {
        browser.size(width, 900);
        assert_eq!(browser.ask("document.documentElement.scrollWidth"), width);
    }
    assert!(browser.requests.iter().all(|url| url.ends_with("/r.html") || url == "data:,"));
    assert_eq!(browser.complaints, Vec::<String>::new());
}

#[test]
fn junit_has_a_suite_for_each_and_is_what_jenkins_accepts() {
    let project = failed();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reports/junit-10.xsd");
    let program = "
import sys
from lxml import etree
document = etree.parse(sys.argv[1])
# The count of the whole is newer than the schema; readers pass over it.
del document.getroot().attrib['skipped']
etree.XMLSchema(etree.parse(sys.argv[2])).assertValid(document)
suites = document.getroot().findall('testsuite')
assert [suite.get('name') for suite in suites] == ['fake/a-1/debian12', 'fake/b-1/debian12']
assert [suite.get('failures') for suite in suites] == ['0', '1']
";
    let python = bed("documents").join("bin/python");
    let path = project.path().join("j.xml");
    let output =
        Command::new(python).arg("-c").arg(program).arg(path).arg(schema).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_summary_has_a_row_for_each_and_the_error_of_the_one_that_failed() {
    let text = read(&failed(), "summary.md");
    assert!(text.contains("| combination | result | image | time |"), "{text}");
    assert!(text.contains("**failed** at site: go"), "{text}");
    assert!(text.contains("no space &lt;i&gt;left"), "{text}");
}

/// What is done stays so, and the report says it.
#[test]
fn a_report_of_what_was_continued_tells_of_what_was_done_before() {
    let project = failed();
    project.write("answers.yaml", "[]");
    let text = "- {command: \"^break\", stdout: \"\"}\n";
    project.write("answers.yaml", text);
    let words = ["--matrix", "up", "site", "--report", "r.html"];
    project.imgctl(&words).succeeds();
    let page = read(&project, "r.html");
    assert!(page.contains("done before") && page.contains("2 combinations done in"), "{page}");
}
