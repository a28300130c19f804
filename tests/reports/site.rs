//! A project whose task fails in a way that is hard to report.

use crate::project::Project;

pub const SECRET: &str = "hunter2-Zürich+/=?&";

/// What the failing command prints.
pub const OUTPUT: &str = "<script>alert(1)</script> </details></pre> | `x` \"quoted\" ]]> & &amp;";

const ANSWERS: &str = r#"
- {command: "^install-agent", status: 3, stdout: "begin\n<script>alert(1)</script> </details></pre> | `x` \"quoted\" ]]> & &amp;\nred \u001b[31mred\u0007\u0000\u000b end", stderr: "no space left"}
- {command: "^fetch", stdout: "fetched"}
- {command: "^leak", stdout: "the token is hunter2-Zürich+/=?& and aHVudGVyMi1aw7xyaWNoKy89PyY= here"}
"#;

const SCRIPT: &str = r#"//! Set up the site.
let host = cloud::host();
let token = secret::env("TOKEN");
step("fetch the tools", || host.run("fetch --all"));
step(`leak ${token}`, || host.run(["leak", token]));
parallel(["left", "right"], |name| step(name, || { time::sleep("1.1s"); host.run("fetch " + name); }));
step("install <b>\"the\" agent</b> & more | it's `x`", || host.sudo("install-agent '</code><img src=x onerror=alert(1)>'"));
"#;

/// A project where `site` fails after some steps.
pub fn failing() -> Project {
    let project = Project::new().answer(ANSWERS);
    project.write("scripts/site.rhai", SCRIPT);
    project
}

/// `up site` with more words: it has failed.
pub fn run_failing(project: &Project, words: &[&str]) {
    let words = [&["up", "site"], words].concat();
    let ran = project.imgctl_with_setup(&words, |command| {
        command.env("TOKEN", SECRET);
    });
    ran.fails(1);
}

pub fn read(project: &Project, name: &str) -> String {
    std::fs::read_to_string(project.path().join(name)).unwrap()
}

/// No form of the secret is in the text.
pub fn hides_the_secret(text: &str) {
    for form in ["hunter2", "aHVudGVy", "Zürich", "Z&#"] {
        assert!(!text.contains(form), "{form} is in\n{text}");
    }
    assert!(text.contains("***") || text.contains("&#42;&#42;&#42;"), "{text}");
}
