//! Whom an image was offered to: channels, shares and the end of the offer.

use serde_json::Value;

use super::images;
use crate::project::Project;

/// A project with two images, and their ids.
fn with_two() -> (Project, [String; 2]) {
    let project = Project::new();
    let made = ["first", "second"].map(|name| {
        let create = format!("create_image:name={name}");
        let ran = project.imgctl(&["up", &create]).succeeds();
        ran.announced().into_iter().next().unwrap()
    });
    (project, made)
}

fn promote(project: &Project, id: &str) {
    project.imgctl(&[&format!("promote:id={id},force=true")]).succeeds();
}

/// Channel and whether it has left it, of each promotion of an image.
fn promotions(image: &Value) -> Vec<(String, bool)> {
    let all = image["channels"].as_array().into_iter().flatten();
    let told = all.map(|it| {
        assert!(it["at"].as_str().unwrap().starts_with("20"), "{image:#}");
        (it["channel"].as_str().unwrap().to_owned(), it.get("until").is_some())
    });
    told.collect()
}

fn stable(has_left: bool) -> (String, bool) {
    ("debian12/stable".to_owned(), has_left)
}

#[test]
fn promotions_shares_and_dates_are_listed() {
    let (project, [first, second]) = with_two();
    promote(&project, &first);
    promote(&project, &second);
    // Nothing is new.
    promote(&project, &second);
    let listed = images(&project);
    assert_eq!(promotions(&listed[0]), [stable(true)]);
    assert_eq!(promotions(&listed[1]), [stable(false)]);
    promote(&project, &first);
    let listed = images(&project);
    assert_eq!(promotions(&listed[0]), [stable(true), stable(false)]);
    assert_eq!(promotions(&listed[1]), [stable(true)]);

    for accounts in ["1111", "2222 1111"] {
        project.imgctl(&[&format!("share_image:{second},accounts={accounts}")]).succeeds();
    }
    project.imgctl(&[&format!("deprecate_image:{second},at=2031-01-31")]).succeeds();
    let listed = images(&project);
    assert_eq!(listed[1]["shared"], serde_json::json!({"accounts": ["1111", "2222"]}));
    assert_eq!(listed[1]["deprecated"], "2031-01-31T00:00:00Z");
    assert_eq!(listed[0].get("shared"), None);
    // Scripts read it, and cannot write it.
    let read = format!("print(manifest::image(\"{second}\").deprecated)");
    assert_eq!(project.imgctl(&["run", "-e", &read]).succeeds().stdout, "2031-01-31T00:00:00Z\n");
    let wrong = format!("manifest::add(\"{second}\", #{{ channels: [] }})");
    project.imgctl(&["run", "-e", &wrong]).fails(2).says("written by imgctl");
}

#[test]
fn a_dry_run_lists_nothing() {
    let (project, [first, _]) = with_two();
    let before = images(&project);
    for words in [
        format!("promote:id={first},force=true"),
        format!("share_image:{first},accounts=1111"),
        format!("deprecate_image:{first}"),
    ] {
        project.imgctl(&["--dry-run", &words]).succeeds();
        assert_eq!(images(&project), before);
    }
}

/// The cloud was told, and the process ended: the same command lists it.
#[test]
fn what_a_killed_command_did_is_listed_by_the_next_one() {
    let (project, [first, second]) = with_two();
    promote(&project, &first);
    let words = format!("promote:id={second},force=true");
    let share = format!("share_image:{second},accounts=1111");
    let deprecate = format!("deprecate_image:{second},at=2031-01-31");
    for (words, last) in [
        (&words, "cloud untag image"),
        (&share, "cloud share image"),
        (&deprecate, "cloud deprecate image"),
    ] {
        let number = {
            let trial = Project::new();
            for name in ["world.json", ".state.json", "images.json"] {
                std::fs::copy(project.path().join(name), trial.path().join(name)).unwrap();
            }
            let calls = trial.imgctl(&[words]).succeeds().calls;
            let at = calls.iter().rposition(|call| call.starts_with(last));
            at.unwrap_or_else(|| panic!("{calls:?}")) + 1
        };
        let ran = project.imgctl_with("kill_after", number, &[words]);
        assert_ne!(ran.status, 0, "{ran}");
        project.imgctl(&[words]).succeeds();
    }
    let listed = images(&project);
    assert_eq!(promotions(&listed[0]), [stable(true)]);
    assert_eq!(promotions(&listed[1]), [stable(false)]);
    assert_eq!(listed[1]["shared"]["accounts"][0], "1111");
    assert_eq!(listed[1]["deprecated"], "2031-01-31T00:00:00Z");
}

#[test]
fn a_manifest_that_is_broken_is_told_before_the_cloud_is_changed() {
    let (project, [first, _]) = with_two();
    project.write("images.json", "{");
    let before = project.world();
    for words in [
        format!("promote:id={first},force=true"),
        format!("share_image:{first},accounts=1111"),
        format!("deprecate_image:{first}"),
    ] {
        let ran = project.imgctl(&[&words]);
        assert_ne!(ran.status, 0, "{ran}");
        ran.says("the manifest");
        assert_eq!(project.world(), before, "{words}");
    }
}
