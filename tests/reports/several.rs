//! The reports of several combinations.

use std::process::Command;

use crate::beds::bed;
use crate::browser::Browser;
use crate::page::CONTRAST;
use crate::project::Project;
use crate::site::{SECRET, hides_the_secret, read};

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
    let program = "
import glob, sys
from lxml import etree
document = etree.parse(sys.argv[1])
# Those that Jenkins' plugin xunit had and has.
schemas = glob.glob(sys.argv[2] + '/sources/*/tests/vendor/jenkins/xunit-plugin/*/junit-10.xsd')
assert len(schemas) == 2, schemas
for schema in schemas:
    etree.XMLSchema(etree.parse(schema)).assertValid(document)
suites = document.getroot().findall('testsuite')
assert [suite.get('name') for suite in suites] == ['fake/a-1/debian12', 'fake/b-1/debian12']
assert [suite.get('failures') for suite in suites] == ['0', '1']
";
    let bed = bed("documents");
    let mut command = Command::new(bed.join("bin/python"));
    command.arg("-c").arg(program).arg(project.path().join("j.xml")).arg(&bed);
    let output = command.output().unwrap();
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
    let text = "- {command: \"^break\", stdout: \"\"}\n";
    project.write("answers.yaml", text);
    let words = ["--matrix", "up", "site", "--report", "r.html"];
    project.imgctl(&words).succeeds();
    let page = read(&project, "r.html");
    assert!(page.contains("done before") && page.contains("2 combinations done in"), "{page}");
}

/// What each has checked and changed, folded where all is well.
#[test]
fn checks_and_packages_of_each_are_on_the_page_for_keyboard_and_phone() {
    let project = Project::new();
    let text = read(&project, "config.yaml");
    let matrix =
        "matrix: {region: [a-1, b-1], distribution: [debian12]}\nimages: {packages: true}\n";
    project.write("config.yaml", &format!("{text}{matrix}"));
    let words = ["--matrix", "up", "bootstrap", "tests", "create_image"];
    let ran = project.imgctl(&[&words[..], &["--report", "r.html"]].concat()).succeeds();
    ran.says("packages since the base image");
    let listed: serde_json::Value = serde_json::from_str(&read(&project, "images.json")).unwrap();
    for image in listed["images"].as_array().unwrap() {
        let added = image["packages"]["added"].as_array().unwrap();
        assert!(added.iter().any(|package| package["name"] == "nginx"), "{image:#}");
    }
    let page = read(&project, "r.html").replace("&#x2f;", "/");
    for text in [
        "<summary>fake/a-1/debian12 <span class=\"note\">",
        "<caption>tests on build (i-",
        "<summary>Added <span",
        "<th scope=\"row\">nginx</th><td>1.0-1</td>",
    ] {
        assert!(page.contains(text), "{text}\n{page}");
    }
    let Some(mut browser) = Browser::start() else { return };
    browser.size(1280, 900);
    browser.open(&project.path().join("r.html"));
    // Where all is well all is folded, and each fold says what is in it.
    let folds = "document.querySelectorAll('.fold, .combination').length";
    let count = browser.ask(folds).as_u64().unwrap();
    assert!(count >= 8, "{count}");
    assert_eq!(browser.ask("document.querySelectorAll('details[open]').length"), 0);
    let mut reached = 0;
    let mut copies = 0;
    for _ in 0..100 {
        browser.press_tab();
        let at = "(() => { const at = document.activeElement; return [at.tagName, \
                  getComputedStyle(at).outlineStyle, at.dataset.copy ? 'copy' : ''].join(' ') })()";
        match browser.ask(at).as_str().unwrap() {
            "SUMMARY solid " => reached += 1,
            "BUTTON solid copy" => copies += 1,
            "A solid " => {}
            other => {
                assert!(other.starts_with("BODY"), "{other}");
                break;
            }
        }
    }
    // Those within a closed fold are reached once it is open.
    let closed =
        "document.querySelectorAll('.combination > summary, section > .fold > summary').length";
    assert_eq!(browser.ask(closed), reached);
    assert_eq!(copies, 2);
    browser.ask("document.querySelectorAll('details').forEach(one => one.open = true)");
    for scheme in ["light", "dark"] {
        browser.media(scheme, "");
        assert_eq!(browser.ask(CONTRAST), serde_json::json!([]), "{scheme}");
    }
    for width in [320, 360, 768, 1280] {
        browser.size(width, 900);
        assert_eq!(browser.ask("document.documentElement.scrollWidth"), width);
        // What a phone has no room for is nothing that one looks for.
        let hidden = "[...document.querySelectorAll('.combinations td, .packages td')]\
                      .filter(cell => cell.textContent.trim() && !cell.getBoundingClientRect().width).length";
        assert_eq!(browser.ask(hidden), 0, "{width}");
    }
    assert!(browser.requests.iter().all(|url| url.ends_with("/r.html") || url == "data:,"));
    assert_eq!(browser.complaints, Vec::<String>::new());
}

/// Also one that became a secret only after it was printed, in another combination.
#[test]
fn no_report_of_several_has_a_secret() {
    let project = Project::new().answer("- {command: \"^break\", status: 3, stdout: \"no\"}\n");
    project.write(
        "scripts/site.rhai",
        "//! Set up.
print(`early ${env::get(\"TOKEN\")}`);
let token = secret::env(\"TOKEN\");
let host = cloud::host();
log::packages(#{ added: [#{ name: `p-${token}`, version: token }], removed: [], changed: [] });
log::check(#{ what: `has ${token}`, ok: false, why: `it says ${token}` });
step(`go ${token}`, || host.run([\"break\", token]));
",
    );
    let text = read(&project, "config.yaml");
    let matrix = "matrix: {region: [a-1, b-1], distribution: [debian12]}\n";
    project.write("config.yaml", &format!("{text}{matrix}"));
    let summary = project.path().join("summary.md");
    let words = ["--matrix", "up", "site", "--report", "r.html", "--junit", "j.xml"];
    let ran = project.imgctl_with_setup(&words, |command| {
        command.env("TOKEN", SECRET).env("GITHUB_STEP_SUMMARY", summary);
    });
    ran.fails(1);
    for name in ["r.html", "j.xml", "summary.md"] {
        hides_the_secret(&read(&project, name));
    }
    assert!(read(&project, "r.html").contains("1 added"));
    assert!(read(&project, "summary.md").contains("1 added"));
}
