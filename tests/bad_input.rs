//! What users type, configure, write and leave behind that is wrong: nothing panics, and each message says
//! what is wrong and what to do.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/project.rs"]
mod project;

use project::{Project, Ran};

const CONFIG: &str = "defaults: {cloud: fake, distribution: debian12}\n";

/// An input, the exit status, and two parts of what is said: what is wrong and, where it does not say so
/// itself, the cure.
type Row<'r> = (&'r str, i32, &'r str, &'r str);

/// Runs every row before it fails, so that one run shows all that differ.
fn table(rows: &[Row<'_>], run: impl Fn(&Project, &str) -> Ran) {
    let mut wrong = Vec::new();
    for (input, status, message, cure) in rows {
        let project = Project::new();
        project.write("config.yaml", CONFIG);
        let ran = run(&project, input);
        // The status of a panic is 101, and its words are not for users.
        let panicked = ran.status == 101 || ran.stderr.contains("panicked");
        let says = |text: &str| ran.stderr.contains(text);
        let internal = ["Dynamic", "ImmutableString", "Some(", "Err(", "usize"];
        let is_internal = internal.iter().any(|name| says(name));
        let names = says(&format!("error: {message}"));
        if panicked || is_internal || ran.status != *status || !names || !says(cure) {
            wrong.push(format!("{input:?}: expected {status}, {message:?}, {cure:?}\n{ran}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn on_the_command_line() {
    let rows: &[Row<'_>] = &[
        ("upp", 2, "there is no task `upp`", "did you mean `up`?"),
        ("cloud:", 2, "`cloud:` names no cloud", "write `cloud:NAME`"),
        ("region: up", 2, "`region:` names no region", "write `region:NAME`"),
        ("cloud:fake:x up", 2, "unknown cloud `fake:x`", "did you mean `fake`?"),
        ("up:a,b,c", 2, "up does not take the argument `a`", "usage: up:"),
        ("up:base", 2, "up does not take the argument `base`", "usage: up:base="),
        ("--set a up", 2, "`--set a` has no value", "write --set key=value"),
        ("--set = up", 2, "--set names no key", "write --set key=value"),
        ("--set =b up", 2, "--set names no key", "write --set key=value"),
        ("--set a..b=c up", 2, "--set a..b", "write names with single dots"),
        ("--set [=1 up", 2, "--set [: unknown key [", "use one of: "),
        ("--set ssh=1 up", 2, "--set ssh: ssh: must be a map of settings", ""),
        ("--set ssh.port=99999 up", 2, "--set ssh.port: ssh.port: must be", "from 0 to 65535"),
        ("--set ssh.port=0 up", 2, "--set ssh.port: ssh.port: must be", "from 1 to 65535, not 0"),
        (
            "--set limits.memory=0 up",
            2,
            "--set limits.memory: limits.memory: must be more",
            "512MiB",
        ),
        (
            "--set limits.nope=1 up",
            2,
            "--set limits.nope: unknown key",
            "memory, file, output, reply",
        ),
        ("--set memory=4GiB,cpus up", 2, "--set memory: ", "a size such as 512MiB"),
        ("--output xml up", 2, "invalid value 'xml'", "human, json"),
        ("--on-error never up", 2, "invalid value 'never'", "keep"),
        ("--config nowhere.yaml up", 2, "cannot read nowhere.yaml", "imgctl init"),
        ("--config . up", 2, "cannot read .", "Is a directory"),
        ("--config /dev/zero up", 2, "cannot read /dev/zero", "larger than 16 MiB"),
        ("--state . status", 2, "cannot use . as the state file", "it is a folder"),
        ("--state /dev/zero status", 2, "cannot use /dev/zero as the state file", "regular file"),
        ("--state /nowhere/x status", 2, "cannot use /nowhere/x", "create the folder first"),
        ("--from x up", 2, "no task of this command has a step called `x`", "whole name"),
        ("run", 2, "`imgctl run` needs a script", "pass a script file"),
        ("run nowhere", 2, "cannot read nowhere", "pass the path of a script file"),
        ("run .", 2, "cannot read ", "pass the path of a script file"),
        ("run /dev/zero", 2, "cannot read /dev/zero", "larger than 16 MiB"),
        ("api nothing", 1, "nothing is called `nothing`", "`imgctl api` lists everything"),
        ("list x", 2, "unexpected argument 'x' found", "Usage: imgctl list"),
        ("prune_images:keep=x", 2, "the argument `keep` is `x`", "not a whole number"),
        ("delete_image", 2, "delete_image needs the argument `id`", "usage: delete_image:id"),
        ("up\u{202e}", 2, "there is no task `up`", ""),
        ("=x", 2, "there is no task `=x`", "use one of these tasks"),
    ];
    table(rows, |project, words| project.imgctl(&words.split(' ').collect::<Vec<_>>()));
}

#[test]
fn in_the_configuration() {
    let deep = format!("custom: {}", "[".repeat(100_000));
    let maps = format!("custom: {}", "{a: ".repeat(20_000));
    let rows: &[Row<'_>] = &[
        ("[", 2, "config.yaml is not valid YAML", "unclosed bracket"),
        ("[]", 2, "the top level must be a map of defaults, ssh", ""),
        ("text", 2, "the top level must be a map of defaults, ssh", ""),
        ("a: b: c", 2, "config.yaml is not valid YAML", "mapping values are not allowed"),
        ("a: &x [*x]", 2, "config.yaml is not valid YAML", "inside of what it stands for"),
        ("a: 1\n---\nb: 2", 2, "config.yaml is not valid YAML", "remove the line `---`"),
        (&deep, 2, "config.yaml is not valid YAML", "config.yaml:1"),
        (&maps, 2, "config.yaml is not valid YAML", "more than 128 levels"),
        ("defaults: {cloud: 5}", 2, "defaults.cloud: must be a name", "put it in quotes"),
        ("defaults: {cloud: a, cloud: b}", 2, "config.yaml is not valid", "`cloud` is given twice"),
        ("clouds: {fake: 5}", 2, "clouds.fake: must be a map", ""),
        ("clouds: {fak: {}}", 2, "unknown key clouds.fak", "did you mean `fake`?"),
        ("ssh: {port: x}", 2, "ssh.port: must be a whole number", "from 0 to 65535"),
        ("ssh: {port: 0}", 2, "ssh.port: must be a port from 1 to 65535, not 0", ""),
        ("ssh: {jump: a@b}", 2, "ssh.jump: must be a list, not the text `a@b`", ""),
        ("ssh: {connect_timeout: soon}", 2, "ssh.connect_timeout: `soon`", "90s, 10m or 1h30m"),
        ("defaults: {key_file: '${NOPE'}", 2, "defaults.key_file: has a `${`", "write ${NAME}"),
        ("limits: 5", 2, "limits: must be a map of settings", ""),
        ("limits: {file: 0}", 2, "limits.file: must be more than 0", "512MiB"),
        ("clouds: {local: {memory: 0}}", 2, "clouds.local.memory: must be more than 0", "512MiB"),
        ("clouds: {local: {memory: -1}}", 2, "clouds.local.memory: must be a size", "512MiB"),
        ("clouds: {local: {memory: 1e400}}", 2, "clouds.local.memory: must be a size", "512MiB"),
        (
            "clouds: {local: {memory: 99999999999999999999GiB}}",
            2,
            "clouds.local.memory: must be at most 1PiB",
            "20GiB",
        ),
        ("clouds: {local: {cpus: 0}}", 2, "clouds.local.cpus: must be", "from 1 to 1024, not 0"),
        ("clouds: {local: {cpus: 9999}}", 2, "clouds.local.cpus: must be", "from 1 to 1024"),
        ("clouds: {local: {cpus: 1.5}}", 2, "clouds.local.cpus: must be a whole number", ""),
        ("clouds: {local: {disk: {size: 0}}}", 2, "clouds.local.disk.size: must be more than", ""),
        ("clouds: {local: {start_timeout: -5m}}", 2, "clouds.local.start_timeout: `-5m`", "90s"),
        ("clouds: {ec2: {disk: {size: 0}}}", 2, "clouds.ec2.disk.size: must be more than 0", ""),
        (
            "clouds: {gce: {disk: {size: 9999999EiB}}}",
            2,
            "clouds.gce.disk.size: must be at",
            "1PiB",
        ),
        (
            "clouds: {openstack: {boot_volume: {size: 0}}}",
            2,
            "clouds.openstack.boot_volume.size: must be more than 0",
            "",
        ),
        ("clouds: {local: {base: {url: x}}}", 2, "clouds.local.base: `url` needs `sha256`", ""),
        ("ci_image: {umask: {value: 27}}", 2, "ci_image.umask.value: must be text", "in quotes"),
    ];
    table(rows, |project, yaml| {
        project.write("config.yaml", yaml);
        project.imgctl(&["status"])
    });
}

#[test]
fn in_scripts() {
    let rows: &[Row<'_>] = &[
        ("let", 2, "Expecting name of a variable", "-e:1"),
        ("fn f() { f() } f()", 2, "Stack overflow", "-e:1"),
        ("1/0", 2, "Division by zero", "-e:1"),
        ("9223372036854775807 + 1", 2, "Addition overflow", "-e:1"),
        ("[1][5]", 2, "Array index 5 out of bounds", "only 1 element"),
        ("throw", 1, "the script threw nothing", "say what is wrong"),
        ("throw #{}", 1, "the script threw a map without `message`: {}", ""),
        ("throw #{ code: 5 }", 1, "the script threw a map without `message`", "5"),
        ("1.foo()", 2, "there is no function `foo (a whole number)`", "imgctl api foo"),
        ("step(\"x\", 5)", 2, "there is no function `step (text, a whole number)`", "api step"),
        ("let a = 5; a()", 2, "there is no function `a`", ""),
        ("json::parse(\"{\")", 1, "this is not valid JSON", "line 1 column 1"),
        ("yaml::parse(\"a: b: c\")", 1, "this is not valid YAML", "line 1, column 5"),
        ("template::text(\"{% for\", #{})", 2, "the template text:1 cannot", "unexpected end"),
        ("template::text(\"{{ x }}\", #{})", 2, "the template text:1 cannot", "`x` is undefined"),
        ("regex::test(\"(\", \"\")", 2, "`(` is not a regular expression", "regex::escape"),
        ("time::sleep(-1)", 2, "`-1` is not a duration", "write seconds"),
        ("sleep(-1)", 2, "`-1` is not a duration", "write seconds"),
        ("sleep(1e300)", 2, "`1e300` is not a duration", "write seconds"),
        ("secret::env(\"NOPE\")", 1, "the environment variable NOPE cannot", "export NOPE="),
        ("secret::file(\"/dev/zero\")", 1, "cannot read /dev/zero", "limits.file"),
        ("fs::read(\"/dev/zero\")", 1, "cannot read /dev/zero", "limits.file"),
        ("fs::read(\".\")", 1, "cannot read PROJECT/.", "Is a directory"),
        ("sha256::file(\"/dev/zero\")", 1, "cannot read /dev/zero", "not a regular file"),
        ("template::file(\"/dev/zero\", #{})", 1, "cannot read /dev/zero", "limits.file"),
        ("http::get(\"x\")", 2, "`x` is not an address", "write https://HOST/PATH"),
        ("http::get(\"ftp://127.0.0.1/\")", 3, "GET ftp://127.0.0.1/ failed", "check the address"),
        ("http::get(\"http://127.0.0.1:1/\")", 3, "GET http://127.0.0.1:1/ failed", "refused"),
        (
            "http::request(\"GET\", \"http://127.0.0.1:1/\", #{ headers: #{ a: \"b\\nc\" } })",
            2,
            "the value of the header `a` is not valid",
            "one line",
        ),
        (
            "http::request(\"GET\", \"http://127.0.0.1:1/\", #{ timeout: 1e300 })",
            2,
            "an option of http::request has the wrong type",
            "a duration is seconds",
        ),
        ("local::run([])", 2, "a command has no words", "begin the array with a program"),
        ("local::run(5)", 2, "a command is text or an array of words", "not a whole number"),
        ("local::run(\"yes\")", 1, "`yes` printed more than 16.0 MiB", "limits.output"),
        ("local::run(\"ls\", #{ cwd: \"nope\" })", 1, "cannot run `ls` in ", "change the option"),
        ("local::run(\"ls\", #{ keep: \"x\" })", 2, "an option of local::run has", "512MiB"),
        ("local::run(\"true\", #{ keep: -1 })", 2, "an option of local::run has", "512MiB"),
        ("retry(#{ attempts: -1 }, || 1)", 2, "an option of retry has the wrong", "0 or more"),
        ("import \"nope\" as n;", 2, "cannot read ", "nope.rhai"),
        ("import \"std/nope\" as n;", 2, "there is no module `std/nope`", "import one of"),
        ("ssh::connect(\"\")", 2, "`` is not an address", "write user@host"),
        ("cloud::up(#{ nope: 1 })", 2, "cloud::up has no option `nope`", "use one of: role"),
        ("config::get(\"a..b\")", 2, "`a..b` is not a key", "single dots"),
        ("prompt(\"x\")", 2, "cannot ask \"x\": there is no terminal", "pass the value"),
        ("let x = \"a\"; x.pad(1000000000000, \"b\")", 1, "the script needs more", "limits.memory"),
        ("let x = [1]; x.pad(1000000000000, 0)", 1, "the script needs more", "limits.memory"),
        ("blob(1000000000000)", 1, "the script needs more than", "limits.memory"),
        ("secret::mark(\"x\".pad_x)", 2, "there is no property `pad_x` here", "-e:1"),
    ];
    table(rows, |project, code| project.imgctl(&["run", "-e", code]));
}

#[test]
fn in_the_state_file() {
    let whole = |cloud: &str, port: u32, more: &str| {
        format!(
            "{{\"version\":1,\"run\":\"r\",\"cloud\":\"{cloud}\",\"region\":\"\",\"distribution\":\
             \"debian12\",\"created\":\"x\",\"instances\":{{\"build\":{{\"name\":\"x\",\"ssh_port\":{port},\
             \"username\":\"u\",\"image\":\"i\"}}}}{more}}}"
        )
    };
    let (cloud, port, key) =
        (whole("nope", 22, ""), whole("fake", 99999, ""), whole("fake", 22, ",\"nope\":1"));
    let deep = "[".repeat(100_000);
    let rows: &[Row<'_>] = &[
        ("", 2, "the state file PROJECT/.state.json is broken", "imgctl gc"),
        ("{", 2, "the state file PROJECT/.state.json is broken", "imgctl gc"),
        ("\0", 2, "the state file PROJECT/.state.json is broken", "imgctl gc"),
        (&deep, 2, "the state file PROJECT/.state.json is broken", "imgctl gc"),
        ("[]", 2, "PROJECT/.state.json is not a state file of imgctl", "--state"),
        ("5", 2, "PROJECT/.state.json is not a state file of imgctl", "--state"),
        ("null", 2, "PROJECT/.state.json is not a state file of imgctl", "--state"),
        ("{\"version\": 0}", 2, "PROJECT/.state.json is not a state file", "--state"),
        ("{\"version\": -1}", 2, "PROJECT/.state.json is not a state file", "--state"),
        ("{\"version\": 1e99}", 2, "PROJECT/.state.json is not a state file", "--state"),
        (
            "{\"version\": 99}",
            2,
            "the state file PROJECT/.state.json was written by a newer",
            "use",
        ),
        ("{\"version\": 1}", 2, "the state file PROJECT/.state.json is broken", "field `run`"),
        ("{\"version\": 1, \"run\": 5}", 2, "the state file PROJECT/.state.json is", "at run: "),
        (&cloud, 2, "unknown cloud `nope`", "use one of: local"),
        (&port, 2, "the state file PROJECT/.state.json is broken", "ssh_port"),
        (&key, 2, "the state file PROJECT/.state.json is broken", "unknown field `nope`"),
    ];
    table(rows, |project, text| {
        project.write(".state.json", text);
        let ran = project.imgctl(&["status"]);
        let kept = std::fs::read_to_string(project.path().join(".state.json")).unwrap();
        assert_eq!(kept, text, "a file that cannot be read is not touched");
        ran
    });
}
