//! What is on the page.

use crate::project::Project;
use crate::site::{OUTPUT, failing, hides_the_secret, read, run_failing};

#[test]
fn the_failing_step_is_open_with_its_error_and_what_was_printed() {
    let project = failing();
    run_failing(&project, &["--report", "r.html"]);
    let page = read(&project, "r.html");
    hides_the_secret(&page);
    let escaped = OUTPUT.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let escaped = escaped.replace('"', "&quot;").replace("</", "&#x2f;");
    let plain = |text: &str| text.replace("&#x2f;", "/").replace("&#x27;", "'");
    let page = plain(&page);
    assert!(page.contains(&plain(&escaped)), "{escaped}\n{page}");
    // Open are the step that failed and its command.
    assert_eq!(page.matches("\" open>").count(), 2, "{page}");
    assert!(page.contains("class=\"step failed d1 at\" open>"), "{page}");
    for text in [
        "Failed at step “install &lt;b&gt;&quot;the&quot; agent&lt;/b&gt; &amp; more",
        "exited with status 3",
        "scripts/site.rhai:7",
        "the instance is kept",
        "no space left",
        "red red end",
        "imgctl up site --report r.html",
        "debian12",
    ] {
        assert!(page.contains(text), "{text}\n{page}");
    }
    for text in ["<script>alert", "<img", "<b>\"the", "\u{7}", "\u{1b}", "\0", "\u{b}"] {
        assert!(!page.contains(text), "{text:?}\n{page}");
    }
}

#[test]
fn a_bake_shows_its_image_its_checks_and_every_task() {
    let project = Project::new();
    project.imgctl(&["bake", "--report", "r.html"]).succeeds();
    let page = read(&project, "r.html");
    let image = project.images().pop_first().unwrap();
    for text in [
        &format!("data-copy=\"{image}\""),
        "Done in ",
        "verify_image",
        "no unit has failed",
        "tests on build (i-",
        "tests on verify (i-",
        "switched off in ci_image",
        "class=\"wait",
    ] {
        let is_wait = text.contains("wait");
        assert!(is_wait || page.contains(text), "{text}\n{page}");
    }
    assert!(!page.contains("What went wrong"), "{page}");
}

#[test]
fn a_step_that_is_not_repeated_says_so() {
    let project = failing();
    run_failing(&project, &[]);
    run_failing(&project, &["--report", "r.html", "--junit", "j.xml"]);
    assert!(read(&project, "r.html").contains("done before"));
    assert!(read(&project, "j.xml").contains("<skipped message=\"done before\"/>"));
}

/// With `-v` JSON has the same begin and end that the page is made of.
#[test]
fn ids_connect_what_begins_with_what_ends_and_with_what_it_is_in() {
    let project = failing();
    let words = ["--output", "json", "-v", "up", "site"];
    let ran = project.imgctl_with_setup(&words, |command| {
        command.env("TOKEN", "other-secret");
    });
    let events: Vec<serde_json::Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let one = |name: &str, key: &str, value: &str| {
        let found = events.iter().find(|event| event["event"] == name && event[key] == value);
        found.unwrap_or_else(|| panic!("no {name} of {value}\n{}", ran.stdout)).clone()
    };
    let task = one("task_started", "task", "site");
    let ends = |id: &serde_json::Value| {
        events.iter().rfind(|event| event["id"] == *id).map(|event| event["event"].clone())
    };
    assert_eq!(ends(&task["id"]), Some("task_finished".into()));
    for side in ["left", "right"] {
        let step = one("step_started", "step", side);
        assert_eq!(step["within"], task["id"]);
        assert_eq!(ends(&step["id"]), Some("step_finished".into()));
        let command = one("command_started", "command", &format!("fetch {side}"));
        assert_eq!(command["within"], step["id"]);
        let printed = events.iter().find(|event| event["within"] == command["id"]).unwrap();
        assert_eq!((&printed["event"], &printed["line"]), (&"output".into(), &"fetched".into()));
    }
    let subject = one("subject", "cloud", "fake");
    assert_eq!(subject["distribution"], "debian12");
}
