//! What people write who know other languages and tools, and how it is written here.

/// Functions without a namespace.
const FUNCTIONS: &[(&str, &str)] = &[
    ("abort", "throw \"…\""),
    ("cd", "host.run(…, #{ cwd: \"…\" })"),
    ("die", "throw \"…\""),
    ("echo", "print(…)"),
    ("exec", "local::run(…)"),
    ("fail", "throw \"…\""),
    ("float", "parse_float(…)"),
    ("format", "the text in backticks: `version ${x}`"),
    ("getenv", "env::get(…)"),
    ("info", "log::info(…)"),
    ("input", "prompt(\"…\")"),
    ("int", "parse_int(…)"),
    ("log", "log::info(…)"),
    ("open", "fs::read(…)"),
    ("panic", "throw \"…\""),
    ("printf", "print(`…${x}…`)"),
    ("println", "print(…)"),
    ("puts", "print(…)"),
    ("quit", "exit()"),
    ("raise", "throw \"…\""),
    ("require", "import \"…\" as name;"),
    ("shell", "local::run(…)"),
    ("str", "to_string(…)"),
    ("system", "local::run(…)"),
    ("wait", "time::sleep(…)"),
    ("warn", "log::warn(…)"),
];

/// Those of a namespace.
const NAMESPACED: &[(&str, &str)] = &[
    ("args::get", "let given = args::parse([\"needed\"], #{ other: 1 }); then given.needed"),
    ("env::set", "the option `env` of a command: #{ env: #{ NAME: \"value\" } }"),
    ("fs::copy", "local::run([\"cp\", from, to])"),
    ("fs::delete", "fs::remove(…)"),
    ("fs::mkdir", "fs::make_folder(…)"),
    ("http::post", "http::request(\"POST\", address, #{ body: … })"),
    ("http::put", "http::request(\"PUT\", address, #{ body: … })"),
    ("json::decode", "json::parse(…)"),
    ("json::dumps", "json::text(…)"),
    ("json::encode", "json::text(…)"),
    ("json::load", "json::parse(fs::read(…))"),
    ("json::loads", "json::parse(…)"),
    ("json::stringify", "json::text(…)"),
    ("json::to_text", "json::text(…)"),
    ("log::error", "log::warn(…), or throw \"…\" to fail"),
    ("log::print", "print(…)"),
    ("regex::captures", "regex::find(…)"),
    ("regex::matches", "regex::test(…)"),
    ("yaml::dump", "yaml::text(…)"),
    ("yaml::load", "yaml::parse(…)"),
    ("yaml::safe_load", "yaml::parse(…)"),
];

/// Variables.
const VARIABLES: &[(&str, &str)] = &[
    ("ENV", "env::get(\"NAME\")"),
    ("False", "false"),
    ("Math", "x.floor(), x.round(), max(a, b) or min(a, b)"),
    ("None", "()"),
    ("True", "true"),
    ("args", "let given = args::parse([\"needed\"], #{ other: 1 }); then given.needed"),
    ("argv", "args::positional()"),
    ("config", "config::get(\"vars.name\")"),
    ("console", "print(…), or log::info(…)"),
    ("env", "env::get(\"NAME\")"),
    ("logger", "log::info(…)"),
    ("logging", "log::info(…)"),
    ("os", "host.os of a host, env::get(\"NAME\"), local::run(…), or fs:: for files"),
    ("process", "env::get(\"NAME\"), or task::exit(1)"),
    ("subprocess", "local::run(…)"),
    ("sys", "args::positional(), or task::exit(1)"),
    ("__name__", "nothing of the kind: a script begins with its first line"),
    ("undefined", "()"),
];

/// Methods, by what they are called on; for `""` by anything.
const METHODS: &[(&str, &str, &str)] = &[
    ("array", "add", ".push(…)"),
    ("array", "any", ".some(…)"),
    ("array", "collect", ".map(…)"),
    ("array", "each", "for item in list { … }"),
    ("array", "forEach", "for item in list { … }"),
    ("array", "includes", ".contains(…)"),
    ("array", "query", "parallel(hosts, |host| host.query(…))"),
    ("array", "run", "parallel(hosts, |host| host.run(…))"),
    ("array", "select", ".filter(…)"),
    ("array", "sudo", "parallel(hosts, |host| host.sudo(…))"),
    ("", "count", ".len()"),
    ("", "size", ".len()"),
    ("Host", "append", "file::line(host, path, text), with `import \"std/file\" as file;`"),
    ("Host", "cd", ".run(…, #{ cwd: \"…\" })"),
    ("Host", "chmod", ".write(path, text, #{ mode: \"0755\" }), or .sudo(\"chmod …\")"),
    ("Host", "cmd", ".run(…)"),
    ("Host", "command", ".run(…)"),
    ("Host", "copy", ".put(…)"),
    ("Host", "delete", "file::absent(host, path), with `import \"std/file\" as file;`"),
    ("Host", "download", ".get(…)"),
    ("Host", "exec", ".run(…)"),
    ("Host", "execute", ".run(…)"),
    ("Host", "fetch", ".get(…)"),
    ("Host", "file_exists", ".exists(…)"),
    ("Host", "install", "package::install(host, names), with `import \"std/package\" as package;`"),
    ("Host", "hostname", ".name"),
    ("Host", "local", "local::run(…)"),
    ("Host", "remove", "file::absent(host, path), with `import \"std/file\" as file;`"),
    ("Host", "rm", "file::absent(host, path), with `import \"std/file\" as file;`"),
    ("Host", "script", ".run(fs::read(path))"),
    ("Host", "upload", ".put(…)"),
    ("map", "containsKey", ".contains(…)"),
    ("map", "has", ".contains(…)"),
    ("map", "has_key", ".contains(…)"),
    ("map", "items", "for key in map.keys() { … map[key] … }"),
    ("string", "downcase", ".to_lower()"),
    ("string", "format", "the text in backticks: `version ${x}`"),
    ("string", "includes", ".contains(…)"),
    ("string", "lines", ".split(\"\\n\")"),
    ("string", "lower", ".to_lower()"),
    ("string", "matches", "regex::test(pattern, text)"),
    ("string", "strip", ".trim(); on a line of its own"),
    ("string", "toLowerCase", ".to_lower()"),
    ("string", "toUpperCase", ".to_upper()"),
    ("string", "to_i", "parse_int(text)"),
    ("string", "to_int", "parse_int(text)"),
    ("string", "upcase", ".to_upper()"),
    ("string", "upper", ".to_upper()"),
];

/// Properties, by what has them.
const PROPERTIES: &[(&str, &str, &str)] = &[
    ("CommandResult", "code", ".status"),
    ("CommandResult", "error", ".stderr"),
    ("CommandResult", "exit_code", ".status"),
    ("CommandResult", "failed", "!result.ok"),
    ("CommandResult", "out", ".stdout"),
    ("CommandResult", "output", ".stdout"),
    ("CommandResult", "rc", ".status"),
    ("CommandResult", "return_code", ".status"),
    ("CommandResult", "returncode", ".status"),
    ("CommandResult", "succeeded", ".ok"),
    ("CommandResult", "success", ".ok"),
    ("Host", "distribution", ".os.id"),
    ("Host", "host", ".address"),
    ("Host", "hostname", ".name"),
    ("Host", "ip", ".address"),
];

/// The hint for a function that does not exist; of a namespace it has that before it.
#[must_use]
pub fn function(name: &str) -> Option<String> {
    let found = FUNCTIONS.iter().chain(NAMESPACED).find(|(known, _)| *known == name);
    found.map(|(_, cure)| format!("write {cure}"))
}

/// The hint for a variable that does not exist.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    let found = VARIABLES.iter().find(|(known, _)| *known == name);
    found.map(|(_, cure)| format!("write {cure}"))
}

/// The hint for a method that values of this type do not have.
#[must_use]
pub fn method(of: &str, name: &str) -> Option<String> {
    let is = |&&(known, word, _): &&(&str, &str, &str)| {
        word == name && (known == of || known.is_empty())
    };
    METHODS.iter().find(is).map(|(.., cure)| format!("write {cure}"))
}

/// The hint for a property that values of this type do not have.
#[must_use]
pub fn property(of: &str, name: &str) -> Option<String> {
    let is = |&&(known, word, _): &&(&str, &str, &str)| word == name && known == of;
    PROPERTIES.iter().find(is).map(|(.., cure)| format!("write {cure}"))
}
