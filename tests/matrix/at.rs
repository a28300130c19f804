//! `cloud::at`: work in several places within one script.

use crate::{project, read};

#[test]
fn a_script_works_in_several_places_side_by_side() {
    let project = project("");
    let script = "//! All.
let made = parallel([\"north-1\", \"south-1\"], |region| {
    cloud::at(#{ region: region }, || {
        task::run(\"up\");
        let host = cloud::host();
        step(\"mark\", || host.run(\"touch marked\"));
        task::run(\"create_image\");
        let image = cloud::newest_image();
        cloud::destroy();
        `${cloud::region()} ${image.id}`
    })
});
print(made.len());
print(cloud::region() == \"\");
";
    project.write("scripts/all.rhai", script);
    let ran = project.imgctl(&["all"]).succeeds();
    assert_eq!(project.images().len(), 2, "{ran}");
    assert!(project.debris().is_empty(), "{ran}");
    assert!(ran.stdout.ends_with("2\ntrue\n"), "{ran}");
    for region in ["north-1", "south-1"] {
        let log = read(&project, &format!("fake/{region}/debian12"), "log");
        assert!(log.contains("mark"), "{log}");
    }
    // Nothing happened at the place that was chosen.
    assert!(!project.path().join(".state.json").exists());
}

#[test]
fn the_place_that_is_chosen_keeps_its_state() {
    let project = project("");
    project.imgctl(&["up"]).succeeds();
    let code = "cloud::at(#{ distribution: \"debian12\" }, || cloud::destroy())";
    project.imgctl(&["run", "-e", code]).succeeds();
    assert!(project.debris().is_empty());
}

#[test]
fn a_failure_in_a_place_is_the_failure_of_the_script() {
    let project = project("");
    let code = "cloud::at(#{ region: \"x\" }, || { cloud::up(); cloud::host().run(\"false\"); })";
    project.imgctl(&["run", "-e", code]).fails(1).says("false");
    project.imgctl(&["--state", ".imgctl/fake_x_debian12/state.json", "destroy"]).succeeds();
    assert!(project.debris().is_empty());
    let code = "try { cloud::at(#{ region: \"x\" }, || throw \"no\") } catch (e) { print(e) }";
    project.imgctl(&["run", "-e", code]).succeeds().says("no");
}

#[test]
fn mistakes_are_told() {
    let project = project("");
    for (code, says) in [
        ("cloud::at(#{}, || 1)", "cloud::at names no place"),
        ("cloud::at(#{ zone: \"x\" }, || 1)", "cloud::at has no option `zone`"),
        (
            "cloud::at(#{ cloud: \"nowhere\" }, || 1)",
            "the option `cloud` of cloud::at cannot be `nowhere`",
        ),
        ("cloud::at(#{ cloud: \"local\", region: \"x\" }, || 1)", "cloud local has no regions"),
    ] {
        let ran = project.imgctl(&["run", "-e", code]);
        assert_ne!(ran.status, 0, "{ran}");
        ran.says(says);
    }
    assert!(!project.path().join(".imgctl").exists());
}
