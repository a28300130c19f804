//! JUnit XML, read by a parser that others wrote.

use std::process::Command;

use serde_json::Value;

use crate::beds::bed;
use crate::project::Project;
use crate::site::{failing, hides_the_secret, read, run_failing};

/// The suites as junitparser reads them.
fn parsed(project: &Project, name: &str) -> Vec<Value> {
    let program = "
import json, sys
from junitparser import JUnitXml
suites = []
for suite in JUnitXml.fromfile(sys.argv[1]):
    cases = [dict(name=case.name, classname=case.classname, time=case.time, out=case.system_out,
        results=[dict(kind=type(result).__name__, message=result.message, type=result.type,
            text=result.text) for result in case.result]) for case in suite]
    suites.append(dict(name=suite.name, tests=suite.tests, failures=suite.failures,
        skipped=suite.skipped, cases=cases,
        properties={one.name: one.value for one in suite.properties()}))
print(json.dumps(suites))
";
    let python = bed("junit").join("bin/python");
    let path = project.path().join(name);
    let output = Command::new(python).arg("-c").arg(program).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn cases(suites: &[Value]) -> Vec<&Value> {
    suites.iter().flat_map(|suite| suite["cases"].as_array().unwrap()).collect()
}

#[test]
fn each_check_is_a_test_case_of_its_item_and_instance() {
    let project = Project::new();
    project.imgctl(&["up", "bootstrap"]).succeeds();
    project.imgctl(&["tests", "--junit", "j.xml"]).succeeds();
    let suites = parsed(&project, "j.xml");
    let [suite] = &suites[..] else { panic!("{suites:?}") };
    assert!(suite["name"].as_str().unwrap().starts_with("tests on build (i-"), "{suite}");
    assert_eq!(suite["failures"], 0);
    assert_eq!(suite["properties"]["cloud"], "fake");
    assert_eq!(suite["properties"]["distribution"], "debian12");
    assert!(suite["properties"]["run"].as_str().unwrap().len() > 8);
    assert!(suite["properties"]["instance.build"].as_str().unwrap().starts_with("i-"));
    let cases = cases(&suites);
    assert!(cases.len() > 8, "{cases:?}");
    let nginx = cases.iter().find(|case| case["classname"] == "tests.nginx").unwrap();
    assert!(nginx["time"].is_number(), "{nginx}");
    let skipped = cases.iter().filter(|case| case["results"][0]["kind"] == "Skipped");
    assert_eq!(Value::from(skipped.count()), suite["skipped"]);
    assert!(suite["skipped"].as_u64() > Some(2), "{suite}");
}

#[test]
fn a_check_that_fails_is_a_test_case_that_fails_and_the_others_are_there() {
    let project = Project::new();
    project.imgctl(&["up", "bootstrap"]).succeeds();
    let answers = "- {command: \"systemctl list-units --state=failed\", stdout: \"a.service x\"}\n";
    let project = project.answer(answers);
    project.imgctl(&["tests", "--junit", "j.xml"]).fails(1).says("1 of ");
    let suites = parsed(&project, "j.xml");
    let failed: Vec<_> =
        cases(&suites).into_iter().filter(|case| case["results"][0]["kind"] == "Failure").collect();
    let [case] = &failed[..] else { panic!("{failed:?}") };
    assert_eq!(case["name"], "no unit has failed");
    assert_eq!(case["results"][0]["message"], "wanted none, found a.service");
    assert_eq!(suites[0]["failures"], 1);
}

#[test]
fn a_step_that_fails_is_a_test_case_with_what_it_printed() {
    let project = failing();
    run_failing(&project, &["--junit", "j.xml"]);
    let text = read(&project, "j.xml");
    hides_the_secret(&text);
    let suites = parsed(&project, "j.xml");
    let failed: Vec<_> =
        cases(&suites).into_iter().filter(|case| case["results"][0]["kind"] == "Failure").collect();
    let [case] = &failed[..] else { panic!("{failed:?}") };
    assert_eq!(case["name"], "install <b>\"the\" agent</b> & more | it's `x`");
    assert_eq!(case["classname"], "site.steps");
    assert_eq!(case["results"][0]["type"], "command_failed");
    let told = case["results"][0]["text"].as_str().unwrap();
    assert!(told.contains("exited with status 3") && told.contains("site.rhai:7"), "{told}");
    let printed = case["out"].as_str().unwrap();
    assert!(printed.contains("]]> & &amp;") && printed.contains("red red end"), "{printed}");
}

#[test]
fn what_fails_outside_of_steps_and_before_tasks_is_a_test_case_too() {
    let project = Project::new();
    project.write("scripts/fail.rhai", "//! Fail.\nthrow \"no\";\n");
    project.write(
        "scripts/caught.rhai",
        "//! Catch.\ntry { step(\"one\", || throw \"no\"); } catch {}\n",
    );
    project.imgctl(&["fail", "--junit", "j.xml"]).fails(1);
    assert_eq!(parsed(&project, "j.xml")[0]["cases"][0]["name"], "fail");
    project.imgctl(&["nothing", "--junit", "j.xml"]).fails(2);
    let before = parsed(&project, "j.xml");
    assert_eq!(before[0]["cases"][0]["results"][0]["type"], "usage", "{before:?}");
    project.imgctl(&["caught", "--junit", "j.xml"]).succeeds();
    assert_eq!(parsed(&project, "j.xml")[0]["failures"], 1);
}

/// Two characters are no text to any XML parser, which would read nothing of the file.
#[test]
fn what_is_no_character_of_xml_is_left_out() {
    let project = Project::new();
    let code = "log::check(#{ what: \"odd \\x01\\ufffe<&> ]]>\", ok: false, why: \"\\uffff no\\x0b\" });\n";
    project.write("scripts/odd.rhai", code);
    project.imgctl(&["odd", "--junit", "j.xml"]).succeeds();
    let suites = parsed(&project, "j.xml");
    let all = cases(&suites);
    let case = all.iter().find(|case| case["name"].as_str().unwrap().starts_with("odd ")).unwrap();
    assert_eq!(case["results"][0]["message"], " no", "{case}");
    assert!(case["name"].as_str().unwrap().ends_with("<&> ]]>"), "{case}");
}
