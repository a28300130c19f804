//! Channels: one image each, changed once the new one is everywhere, and back again.

use serde_json::Value;

use crate::echo::Echo;
use crate::stage::{BRANCH, Stage};

const PUBLISH: &[&str] = &["publish:force=true"];
const FAR: &str = "  regions: {fake: [north, south]}\n  accounts: {fake: ['1111']}\n";

/// The regions in which images are in a channel, each with the image's name.
fn holders(stage: &Stage, channel: &str) -> Vec<(String, String)> {
    let world = stage.project.world();
    let images = world["images"].as_object().unwrap().values();
    let held = images.filter(|image| image["tags"]["imgctl-channel"] == channel);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut held: Vec<_> =
        held.map(|image| (text(&image["region"]), text(&image["name"]))).collect();
    held.sort();
    held
}

/// A second image of the project, whose name is this.
fn another(stage: &Stage, name: &str) -> String {
    let create = format!("create_image:name={name}");
    let ran = stage.project.imgctl(&["up", &create]).succeeds();
    ran.announced().into_iter().next().unwrap()
}

#[test]
fn the_channel_moves_to_the_new_image_and_back() {
    let stage = Stage::new("");
    let first = stage.image.clone();
    let place = "tag imgctl-channel=stable of debian12";
    let none_before = format!("{place}: none -> {first}");
    stage.publish(&["--dry-run", "promote:force=true"]).succeeds().says(&none_before);
    assert_eq!(holders(&stage, "stable"), []);
    stage.publish(&["promote:force=true"]).succeeds().says(&none_before);
    stage.publish(&["promote:force=true"]).succeeds().says("already");
    let again = stage.publish(&["--dry-run", "promote:force=true"]).succeeds();
    again.says("already").says("nothing would be changed").never_says("put the image");

    let second = another(&stage, "second");
    let ran = stage.publish(&["promote:force=true"]).succeeds();
    ran.says(&format!("{place}: {first} -> {second}"));
    assert_eq!(holders(&stage, "stable"), [(String::new(), "second".to_owned())]);
    // An image's id may be given by the channel that it is in.
    let ran = stage.publish(&["run", "-e", "print(cloud::image_id(\"channel:stable\"))"]);
    assert_eq!(ran.succeeds().stdout.trim(), second);

    let back = format!("promote:id={first},force=true");
    stage.publish(&[&back]).succeeds().says(&format!("{second} -> {first}"));
    assert_eq!(holders(&stage, "stable").len(), 1);
    // Another channel is another thing, and an image cannot be in both by one tag.
    let beta = format!("promote:id={second},channel=beta,force=true");
    stage.publish(&[&beta]).succeeds();
    let both = format!("promote:id={second},channel=stable,force=true");
    stage.publish(&[&both]).fails(3).says("channel beta").hints("imgctl-channel-{channel}");
    assert_eq!(holders(&stage, "stable").len(), 1);
    let own = "--set=publish.channel_names.fake=imgctl-channel-{channel}";
    stage.publish(&[own, &both]).succeeds();
}

#[test]
fn an_image_of_another_channel_is_told_before_any_is_promoted() {
    let stage = Stage::new("");
    stage.project.imgctl(&["destroy"]).succeeds();
    stage.project.imgctl(&["bake", "--distribution", "debian12,centos7"]).succeeds();
    stage.publish(&["promote"]).succeeds();
    let before = stage.project.world();
    // All are in `stable`, which they would leave.
    for words in [&["--dry-run", "promote:channel=beta"][..], &["promote:channel=beta"]] {
        stage.publish(words).fails(3).says("which it would leave");
        assert_eq!(stage.project.world(), before);
    }
}

/// The images that a matrix has made stay the newest ones when others only look at them.
#[test]
fn a_matrix_that_makes_no_images_is_no_newer_one() {
    let stage = Stage::new("");
    stage.project.imgctl(&["destroy"]).succeeds();
    let both = |words: &[&str]| {
        let lists = ["--distribution", "debian12,centos7"];
        stage.project.imgctl(&[words, &lists].concat()).succeeds()
    };
    both(&["up", "bootstrap", "create_image"]);
    both(&["verify_image"]);
    stage.publish(&["promote"]).succeeds().says("of debian12: none ->").says("of centos7: none ->");
    both(&["promote"]).says("already");
    stage.publish(&["promote"]).succeeds().says("already").never_says("made no image");
}

#[test]
fn what_cannot_be_promoted_is_told_before_anything_is_changed() {
    let stage = Stage::new(FAR);
    let before = stage.project.everything();
    for (words, status, said) in [
        (&["promote"][..], 3, "started and tested"),
        (&["promote:id=img-99,force=true"], 1, "img-99"),
        (&["promote:channel=Very stable,force=true"], 2, "is not the name of a channel"),
        (
            &["--set=clouds.fake.lacks=[promote_image]", "promote:force=true"],
            2,
            "cannot put images into channels",
        ),
        (&["--set=clouds.fake.lacks=[copy_image]", "promote:force=true"], 2, "cannot copy images"),
        (
            &["--set=clouds.fake.lacks=[share_image]", "promote:force=true"],
            2,
            "cannot share images",
        ),
        (
            &[
                "--set=publish.deprecate=30d",
                "--set=clouds.fake.lacks=[deprecate_image_later]",
                "publish:force=true",
            ],
            2,
            "cannot deprecate images at a date to come",
        ),
        (&["--set=publish.deprecate=soon", "publish:force=true"], 2, "write 30d or 12h"),
        (&["run", "-e", "channel::get(\"none/such/thing\")"], 2, "is not the name of a channel"),
        (
            &["run", "-e", "cloud::image_id(\"channel:empty\")"],
            1,
            "no image is in the channel empty",
        ),
    ] {
        stage.publish(words).fails(status).says(said);
        assert_eq!(stage.project.everything(), before, "{words:?}");
    }
    assert_eq!(stage.github.changes(), Vec::<String>::new());
}

/// The world's images by name and region: whether they are in the channel, and have a date.
fn image(stage: &Stage, name: &str, region: &str) -> Option<(bool, bool)> {
    let world = stage.project.world();
    let images = world["images"].as_object().unwrap().values();
    let found = images.clone().find(|image| image["name"] == name && image["region"] == region);
    found.map(|image| (image["tags"]["imgctl-channel"] == "stable", !image["deprecated"].is_null()))
}

/// What a publication starts from, to begin it again and again.
struct Before {
    files: [(&'static str, String); 3],
    commit: String,
}

impl Before {
    fn of(stage: &Stage) -> Before {
        let names = ["world.json", ".state.json", ".imgctl/note-publish.json"];
        let read = |name| (name, std::fs::read_to_string(stage.path(name)).unwrap());
        Before { files: names.map(read), commit: published(stage) }
    }

    fn restore(&self, stage: &Stage) {
        self.files.iter().for_each(|(name, text)| stage.project.write(name, text));
        let branch =
            stage.git("remote.git", &["for-each-ref", "--format=%(refname)", "refs/heads/imgctl"]);
        stage.git("remote.git", &["update-ref", branch.trim(), &self.commit]);
        let _ = std::fs::remove_file(stage.path("told"));
    }
}

/// Whatever call fails or is the last one, the old image is as it was until the new one is everywhere; and the
/// same command brings it to its end, with one message.
#[test]
fn the_old_image_is_left_alone_until_the_new_one_is_everywhere() {
    let settings = "  regions: {fake: [north]}\n  accounts: {fake: ['1111']}\n  channel: stable\n  deprecate: 30d\n  \
                    on_published: {command: \"echo $IMGCTL_PUBLISHED >> told\"}\n";
    let stage = Stage::with("jenkins.images.fake.all-{region}.{distribution}", settings);
    stage.project.imgctl(&["destroy"]).succeeds();
    // The fake cloud's own region has no name.
    let config = std::fs::read_to_string(stage.path("config.yaml")).unwrap();
    let named = config.replace("cloud: fake,", "cloud: fake, region: west,");
    let named = named.replace("{fake: {world", "{fake: {regions: {west: {}, north: {}}, world");
    stage.project.write("config.yaml", &named);
    another(&stage, "old");
    stage.publish(PUBLISH).succeeds();
    stage.git("remote.git", &["update-ref", "refs/heads/main", &published(&stage)]);
    another(&stage, "new");
    let before = Before::of(&stage);

    before.restore(&stage);
    let whole = stage.publish(PUBLISH).succeeds();
    let calls = &whole.calls;
    let shown = calls.join("\n");
    let at = |what: &str| calls.iter().position(|call| call.starts_with(what)).expect(&shown);
    let last = |what: &str| calls.iter().rposition(|call| call.starts_with(what)).expect(&shown);
    assert!(last("cloud copy image") < at("cloud share image"), "{shown}");
    assert!(last("cloud share image") < at("cloud tag image"), "{shown}");
    assert!(last("cloud untag image") < at("cloud deprecate image"), "{shown}");

    let regions = ["west", "north"];
    for fault in ["fail_at", "kill_after"] {
        for number in (1..=calls.len()).filter(|number| calls[number - 1].starts_with("cloud ")) {
            before.restore(&stage);
            let set = format!("--set=clouds.fake.{fault}={number}");
            let broken = stage.publish(&[&set, PUBLISH[0]]);
            let context = format!("{fault} {number}\n{broken}");
            assert_ne!(broken.status, 0, "{context}");
            let is_everywhere = regions.iter().all(|region| image(&stage, "new", region).is_some());
            for region in regions {
                let (held, deprecated) = image(&stage, "old", region).unwrap();
                assert!((held && !deprecated) || is_everywhere, "{region} {context}");
                let new = image(&stage, "new", region).is_some_and(|(held, _)| held);
                assert!(held || new, "no image is in the channel of {region}: {context}");
            }
            let ran = stage.publish(PUBLISH).succeeds();
            for region in regions {
                assert_eq!(image(&stage, "new", region), Some((true, false)), "{context}{ran}");
                assert_eq!(image(&stage, "old", region), Some((false, true)), "{context}{ran}");
            }
            let told = std::fs::read_to_string(stage.path("told")).unwrap();
            assert_eq!(told.lines().count(), 1, "{told}{context}{ran}");
        }
    }
    let told = std::fs::read_to_string(stage.path("told")).unwrap();
    stage.publish(PUBLISH).succeeds();
    assert_eq!(std::fs::read_to_string(stage.path("told")).unwrap(), told);
}

/// The commit of the branch that was pushed.
fn published(stage: &Stage) -> String {
    let all =
        stage.git("remote.git", &["for-each-ref", "--format=%(objectname)", "refs/heads/imgctl"]);
    all.lines().next().unwrap().to_owned()
}

#[test]
fn a_message_that_was_not_sent_is_sent_by_the_same_command() {
    let refusing = Echo::refusing("404 Not Found", "text/plain", "");
    let hook = Echo::saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let stage = Stage::new("  on_published: {command: \"echo $IMGCTL_PUBLISHED >> told\"}\n");
    let to = |echo: &Echo| format!("--set=publish.on_published.webhook={}/hook", echo.url());
    // The pull request is open, and nobody was told.
    stage.publish(&[&to(&refusing), PUBLISH[0]]).fails(3).says("404");
    assert!(!stage.path("told").exists());
    let (changes, branches) = (stage.github.changes(), stage.branches());
    stage.publish(&[&to(&hook), PUBLISH[0]]).succeeds().says("is open already");
    stage.publish(&[&to(&hook), PUBLISH[0]]).succeeds();
    assert_eq!((stage.github.changes(), stage.branches()), (changes, branches));
    let requests = hook.requests();
    assert_eq!(requests.len(), 1, "told once");
    // The message of the first try, with the same delivery, so that a receiver could know it again.
    let delivery = |request: &str| {
        let line = request.lines().find(|line| line.starts_with("x-imgctl-delivery")).unwrap();
        line.to_owned()
    };
    assert_eq!(delivery(&requests[0]), delivery(&refusing.requests()[0]));
    assert!(
        requests[0].contains("pull/1") && requests[0].contains(&stage.image),
        "{}",
        requests[0]
    );
    let told = std::fs::read_to_string(stage.path("told")).unwrap();
    assert_eq!(told.lines().count(), 1);
}

#[test]
fn a_process_that_is_killed_before_it_told_anybody_tells_it_the_next_time() {
    // The command of the first try kills imgctl: it was told, and nothing is known of that. That of the second try
    // is told again; what was known is not.
    let hook = Echo::saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let settings = format!(
        "  on_published: {{webhook: \"{}/hook\", command: \"test -e ready || kill -9 $PPID; echo told >> told\"}}\n",
        hook.url()
    );
    let stage = Stage::new(&settings);
    let ran = stage.publish(PUBLISH);
    assert_eq!(ran.status, 128 + 9, "{ran}");
    assert_eq!(hook.requests().len(), 1);
    stage.project.write("ready", "");
    stage.publish(PUBLISH).succeeds();
    assert_eq!(hook.requests().len(), 1, "what was told is not told again");
    assert!(stage.path("told").exists());
    assert!(stage.dictionary(BRANCH).contains(&stage.image));
}

#[test]
fn an_image_in_a_channel_is_not_pruned() {
    let stage = Stage::new("");
    let old = another(&stage, "agent-20260101-120000");
    stage.publish(&[&format!("promote:id={old},force=true")]).succeeds();
    another(&stage, "agent-20260102-120000");
    let prune = ["prune_images:keep=1,name=agent"];
    stage.publish(&prune).succeeds().says(&old).says("it is in the channel stable");
    // By the settings, where no tag tells it.
    let named = ["--set=publish.channel=stable", prune[0]];
    stage.publish(&named).succeeds().says(&old).says("it is in the channel stable");
    stage.publish(&["promote:force=true"]).succeeds();
    stage.publish(&prune).succeeds().says(&format!("deleted agent-20260101-120000 ({old})"));
}

/// By a tag of any name that `publish.channel_names` gives, and by imgctl's own of any value.
#[test]
fn an_image_in_a_channel_of_another_name_is_neither_pruned_nor_deleted() {
    for called in ["stage-{distribution}-{channel}", "imgctl-channel-{channel}", "imgctl-channel"] {
        let stage = Stage::new("");
        let old = another(&stage, "agent-20260101-120000");
        let called = format!("--set=publish.channel_names.fake={called}");
        let promote = format!("promote:id={old},channel=beta,force=true");
        stage.publish(&[&called, &promote]).succeeds();
        another(&stage, "agent-20260102-120000");
        let ran = stage.publish(&[&called, "prune_images:keep=1,name=agent"]).succeeds();
        ran.says(&old).says("it is in the channel beta").never_says("deleted");
        let delete = format!("delete_image:{old}");
        stage.publish(&[&called, &delete]).fails(3).says("is in the channel beta");
    }
}

/// A script that asks nobody is protected as well.
#[test]
fn a_script_deletes_an_image_in_a_channel_only_by_force() {
    let stage = Stage::new("");
    stage.publish(&["promote:channel=beta,force=true"]).succeeds();
    let own = |options: &str| {
        let text = format!("//! Deletes.\ncloud::delete_image(\"{}\"{options});\n", stage.image);
        stage.project.write("scripts/own.rhai", &text);
        stage.publish(&["own"])
    };
    own("").fails(3).says("is in use").says("channel beta of debian12");
    own(", #{ force: true }").succeeds();
}

#[test]
fn an_image_in_a_channel_is_deleted_only_by_force() {
    let stage = Stage::new("");
    stage.publish(&["promote:force=true"]).succeeds();
    let delete = format!("delete_image:{}", stage.image);
    let refused = format!("image {} is in the channel stable", stage.image);
    stage.publish(&[&delete]).fails(3).says(&refused).hints("force=true");
    stage.publish(&["--dry-run", &delete]).fails(3).says(&refused);
    // Another channel than that of the settings, by the image's tag.
    let other = "--set=publish.channel=beta";
    stage.publish(&[other, &delete]).fails(3).says(&refused);
    assert_eq!(holders(&stage, "stable").len(), 1);
    // The one that replaced it can be asked for; the older one is free.
    let second = another(&stage, "second");
    stage.publish(&["promote:force=true"]).succeeds();
    stage.publish(&[&delete]).succeeds();
    stage.publish(&[&format!("delete_image:{second},force=true")]).succeeds();
    assert_eq!(holders(&stage, "stable"), []);
}
