//! What a plan says, and what cannot be planned.

use serde_json::{Value, json};

use crate::project;

const LISTS: [&str; 6] =
    ["--cloud", "ec2,fake", "--region", "us-west-2,north-1", "--distribution", "debian12"];

fn plan(words: &[&str]) -> Value {
    let project = project("matrix: {jobs_per_cloud: {fake: 1}}\ncustom: {a: \"${MIRROR}\"}\n");
    let ran = project.imgctl(&[words, &["--plan", "json"]].concat()).succeeds().calls_nothing();
    assert!(!project.path().join(".imgctl").exists());
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn json_says_what_each_job_does() {
    let words = [&["up", "ssh:ls -l"][..], &LISTS, &["--set", "ssh.port=22", "--fresh"]].concat();
    let plan = plan(&words);
    assert_eq!(plan["version"], 1);
    assert_eq!(plan["words"], json!(["up", "ssh:ls -l"]));
    assert_eq!(plan["options"], json!(["--set", "ssh.port=22", "--fresh"]));
    let jobs = plan["combinations"].as_array().unwrap();
    let names: Vec<_> = jobs.iter().map(|job| job["combination"].as_str().unwrap()).collect();
    let all = ["ec2/us-west-2/debian12", "fake/us-west-2/debian12", "fake/north-1/debian12"];
    assert_eq!(names, all);
    assert_eq!(jobs[0]["name"], "ec2-us-west-2-debian12");
    assert_eq!(jobs[0]["folder"], "ec2_us-west-2_debian12");
    let command = ["imgctl", "--set", "ssh.port=22", "--fresh", "--combination", all[0]];
    assert_eq!(jobs[0]["command"], json!([&command[..], &["up", "ssh:ls -l"]].concat()));
    // One after the other.
    assert_eq!((&jobs[1]["lane"], &jobs[2]["lane"]), (&json!(1), &json!(1)));
    assert_eq!(plan["clouds"][1]["at_once"], 1);
    let variables = plan["clouds"][0]["environment"].as_array().unwrap();
    let variables: Vec<_> = variables.iter().map(|it| it["name"].as_str().unwrap()).collect();
    let expected = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "MIRROR"];
    assert_eq!(variables, expected);
    assert_eq!(plan["collect"], json!(["imgctl", "matrix", "collect", "--expect", all.join(",")]));
    assert_eq!(plan["manifest"], "images.json");
}

#[test]
fn one_combination_can_be_planned_too() {
    let plan = plan(&["up"]);
    assert_eq!(plan["combinations"][0]["combination"], "fake/debian12");
    assert_eq!(plan["combinations"].as_array().unwrap().len(), 1);
}

#[test]
fn what_a_job_cannot_do_is_told() {
    let project = project("matrix: {region: [a, b]}\n");
    let plan = |words: &[&str]| project.imgctl(&[&["bake", "--plan", "github"], words].concat());
    project.imgctl(&["bake", "--plan", "travis"]).fails(2).says("github").says("kubernetes");
    plan(&["--on-error", "ask"]).fails(2).says("cannot ask");
    plan(&["--report", "r.html"]).fails(2).hints("matrix collect");
    let secret = "clouds.gce.credentials.private_key=abc";
    plan(&["--set", secret]).fails(2).says("would write a secret").hints("${NAME}");
    let nowhere = ["up", "--cloud", "ec2", "--distribution", "debian12", "--plan", "json"];
    project.imgctl(&nowhere).fails(2).says("no region is set for ec2/debian12");
    plan(&["--jobs", "0"]).fails(2);
    plan(&["--fail-fast"]).succeeds().says("fail-fast: true");
    let ran = project.imgctl(&["bake", "--plan", "kubernetes", "--jobs", "1"]).succeeds();
    ran.says("kubernetes starts all Jobs at once");
}

#[test]
fn values_that_look_like_options_stay_values() {
    let project = project("");
    project.write("-vars.yaml", "a: 1\n");
    let words = ["up", "--vars=-vars.yaml", "--from=-first", "--plan", "json"];
    let ran = project.imgctl(&words).succeeds();
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(plan["options"], json!(["--vars=-vars.yaml", "--from=-first"]));
    // A comma would make two of it.
    let project = self::project("matrix: {region: [\"a,b\"]}\n");
    let ran = project.imgctl(&["bake", "--plan", "github"]).fails(2);
    ran.says("`a,b` cannot be planned").hints("without a comma");
}

#[test]
fn a_project_has_templates_of_its_own() {
    let project = project("matrix: {region: [a, b]}\n");
    project.write("plans/gitlab.yml", "[% for job in combinations %][[ job.name ]];[% endfor %]");
    let ran = project.imgctl(&["bake", "--plan", "gitlab"]).succeeds();
    assert_eq!(ran.stdout, "fake-a-debian12;fake-b-debian12;\n");
    project.write("plans/gitlab.yml", "\n[[ nothing ]]");
    project
        .imgctl(&["bake", "--plan", "gitlab"])
        .fails(2)
        .says("plans/gitlab.yml:2")
        .hints("--plan json");
}
