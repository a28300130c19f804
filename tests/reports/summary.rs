//! The job summary that GitHub shows.

use crate::project::{Project, Ran};
use crate::site::{SECRET, failing, hides_the_secret, read};

fn with_summary(project: &Project, words: &[&str], path: &str) -> Ran {
    let path = project.path().join(path);
    project.imgctl_with_setup(words, |command| {
        command.env("GITHUB_STEP_SUMMARY", path).env("TOKEN", SECRET);
    })
}

#[test]
fn the_summary_tells_the_result_the_steps_and_the_error_and_breaks_nothing() {
    let project = failing();
    project.write("summary.md", "from an earlier step\n");
    with_summary(&project, &["up", "site"], "summary.md").fails(1);
    let text = read(&project, "summary.md");
    assert!(text.starts_with("from an earlier step\n### ❌ imgctl failed at step"), "{text}");
    hides_the_secret(&text);
    for part in ["| step | result | time |", "**failed**", "no space left", "</pre>\n</details>"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    // Of HTML there is what imgctl writes; no cell has a bar or a backquote of its own.
    let (before, rest) = text.split_once("</summary>\n\n<pre>").unwrap();
    let (_, after) = rest.split_once("</pre>").unwrap();
    for part in ["<script", "<b>", "<img", "`"] {
        assert!(!before.contains(part) && !after.contains(part), "{part}\n{text}");
    }
    assert!(!rest.contains("<script"), "{text}");
    assert_eq!(text.matches("</details>").count(), 1, "{text}");
    assert_eq!(text.matches("</pre>").count(), 1, "{text}");
    for row in text.lines().filter(|line| line.starts_with("| ")) {
        assert_eq!(row.matches('|').count(), 4, "{row}");
    }
}

#[test]
fn images_are_in_the_summary_and_a_look_has_none() {
    let project = Project::new();
    with_summary(&project, &["up", "create_image"], "summary.md").succeeds();
    let image = project.images().pop_first().unwrap();
    let text = read(&project, "summary.md");
    assert!(text.contains(&format!("<code>{image}</code>")), "{text}");
    with_summary(&project, &["status"], "other.md").succeeds();
    assert!(!project.path().join("other.md").exists());
}

#[test]
fn a_summary_that_cannot_be_written_is_a_warning() {
    let project = Project::new();
    let ran = with_summary(&project, &["up", "bootstrap"], "nowhere/summary.md").succeeds();
    ran.says("cannot add to the job summary");
}

/// Of more than 1 MiB from one step GitHub shows nothing.
#[test]
fn a_summary_ends_where_github_would_show_nothing_of_it() {
    const MOST: usize = 1000 << 10;
    for (left, is_added) in [(900, true), (20, false)] {
        let project = failing();
        project.write("summary.md", &"x".repeat(MOST - left));
        let ran = with_summary(&project, &["up", "site"], "summary.md").fails(1);
        let text = read(&project, "summary.md");
        assert!(text.len() <= MOST, "{}", text.len());
        let added = text.trim_start_matches('x');
        assert_eq!(added.is_empty(), !is_added, "{added}");
        if is_added {
            assert!(added.starts_with("### ❌ imgctl failed"), "{added}");
            assert!(added.trim_end().ends_with("writes all of it to a page._"), "{added}");
            assert_eq!(added.matches("<pre>").count(), added.matches("</pre>").count(), "{added}");
        } else {
            ran.says("cannot add to the job summary").says("1 MiB");
        }
    }
}
