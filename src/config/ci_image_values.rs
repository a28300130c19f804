//! Which values of the CI image can be meant where their type does not tell: those that the library would refuse
//! once the instance runs.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::Value;

use super::expand::has_variables;
use super::mistake::Mistake;
use super::path::{KeyPath, Segment};

/// A setting, or each item of a list of them.
pub struct Form {
    /// Of the item of `ci_image` and its setting.
    pub path: [&'static str; 2],
    /// A regular expression, also for JSON Schema.
    pub pattern: &'static str,
    /// What it must be, in words.
    pub words: &'static str,
}

const fn form(path: [&'static str; 2], pattern: &'static str, words: &'static str) -> Form {
    Form { path, pattern, words }
}

/// As `useradd` and `groupadd` take it.
const NAME: &str = "^[A-Za-z_][A-Za-z0-9_.-]{0,31}$";
const NAME_WORDS: &str =
    "up to 32 letters, digits, dots, hyphens and underscores, beginning with a letter";

/// As std/package takes it.
const PACKAGE: &str = "^(@.+|[^-@\\s]([^\\s]*[^-\\s])?)$";
const PACKAGE_WORDS: &str =
    "the name of one package, such as git, curl=7.88* or, on the Red Hat family, @development";

const ADDRESS: &str = "^([A-Za-z][A-Za-z0-9+.-]*://\\S+)?$";
const ADDRESS_WORDS: &str = "an address such as https://mirror.example.org";

/// As std/python_package takes it.
const PYTHON_PACKAGE: &str = "^[^-/][^/]*( @ .+)?$";
const PYTHON_PACKAGE_WORDS: &str = "a package of Python: name, name==1.2 or name @ https://…";

/// As it stands in the names of files; empty where none is needed.
const VERSION: &str = "^([A-Za-z0-9][A-Za-z0-9._+-]*)?$";

pub static FORMS: [Form; 36] = [
    form(["packages", "debian"], PACKAGE, PACKAGE_WORDS),
    form(["packages", "redhat"], PACKAGE, PACKAGE_WORDS),
    form(["packages", "more"], PACKAGE, PACKAGE_WORDS),
    form(["packages", "without"], PACKAGE, PACKAGE_WORDS),
    form(["docker", "packages"], PACKAGE, PACKAGE_WORDS),
    form(
        ["docker_images", "names"],
        "^[^-\\s]\\S*$",
        "the name of an image such as busybox:latest",
    ),
    form(
        ["known_hosts", "lines"],
        "^\\s*(@\\S+\\s+)?\\S+\\s+(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+\\s+AAAA[A-Za-z0-9+/]{40,}=*(\\s.*)?$",
        "names, type and key of a server, as ssh-keyscan prints them",
    ),
    form(["python", "tools"], PYTHON_PACKAGE, PYTHON_PACKAGE_WORDS),
    form(["python", "cache"], PYTHON_PACKAGE, PYTHON_PACKAGE_WORDS),
    form(["python", "index"], ADDRESS, ADDRESS_WORDS),
    form(["gems", "source"], ADDRESS, ADDRESS_WORDS),
    form(["git", "url"], ADDRESS, ADDRESS_WORDS),
    form(["repositories", "archive"], ADDRESS, ADDRESS_WORDS),
    form(["repositories", "epel_url"], ADDRESS, ADDRESS_WORDS),
    form(["user", "name"], NAME, NAME_WORDS),
    form(["slave_config", "group"], NAME, NAME_WORDS),
    form(["clock", "servers"], "^[A-Za-z0-9.:-]+$", "the name or address of a server"),
    form(["docker", "mirrors"], "^https?://", "an address that begins with https:// or http://"),
    form(
        ["docker", "insecure"],
        "^[^/]+(/[0-9]{1,3})?$",
        "HOST:PORT or a range of addresses, without http://",
    ),
    form(
        ["ssh_key", "file"],
        "^[A-Za-z0-9_][A-Za-z0-9_.-]*$",
        "the name of a file without its folder, of letters, digits, dots, hyphens and underscores",
    ),
    form(["path", "folders"], "^/[^:\"$`\\\\\\n]*$", "a folder that begins with a slash"),
    form(["pypy", "source"], "^(auto|distribution|tarball)$", "auto, distribution or tarball"),
    form(["umask", "value"], "^0?[0-7]{3}$", "octal text such as \"022\""),
    form(["clock", "program"], "^(chrony|timesyncd|ntp)?$", "chrony, timesyncd or ntp"),
    form(["selinux", "mode"], "^(enforcing|permissive)$", "enforcing or permissive"),
    form(["firewall", "program"], "^(firewalld|ufw|nftables)?$", "firewalld, ufw or nftables"),
    form(
        ["firewall", "ports"],
        "^([0-9]{1,5}(-[0-9]{1,5})?(/(tcp|udp))?|[A-Za-z][A-Za-z0-9_.+-]*)$",
        "\"80/tcp\", \"6000-6010/udp\", \"8080\", or the name of a service such as http",
    ),
    form(["docker", "source"], "^(docker|distribution)$", "docker or distribution"),
    form(["ssh_key", "type"], "^(ed25519|rsa|ecdsa)$", "ed25519, rsa or ecdsa"),
    form(["java", "source"], "^(auto|distribution|temurin)$", "auto, distribution or temurin"),
    form(["slave_config", "mode"], "^[0-7]{3,4}$", "octal text such as \"2770\""),
    form(["git", "sha256"], "^([0-9A-Fa-f]{64})?$", "64 hexadecimal digits"),
    form(["git", "version"], VERSION, "a version such as 2.47.1"),
    form(["pypy", "version"], VERSION, "a version such as 7.3.17"),
    form(["pypy", "python"], VERSION, "a version such as 3.10"),
    form(
        ["python", "interpreter"],
        "^[A-Za-z0-9_/][A-Za-z0-9_./+-]*$",
        "a program such as python3, or its path",
    ),
];

static PATTERNS: LazyLock<Vec<Option<Regex>>> =
    LazyLock::new(|| FORMS.iter().map(|form| Regex::new(form.pattern).ok()).collect());

/// The settings of which each item is judged.
fn is_list(shape: &Value, path: [&str; 2]) -> bool {
    let [item, setting] = path;
    shape.get(item).and_then(|item| item.get(setting)).is_some_and(Value::is_array)
}

/// Finds values that cannot be meant, in settings of `ci_image`. One with variables is judged by the library.
pub fn check(settings: &Value, shape: &Value, path: &KeyPath, mistakes: &mut Vec<Mistake>) {
    for (form, pattern) in FORMS.iter().zip(&*PATTERNS) {
        let [item, setting] = form.path;
        let Some(value) = settings.get(item).and_then(|item| item.get(setting)) else { continue };
        let here = path.key(item).key(setting);
        let mut judge = |value: &Value, here: KeyPath| {
            let Some(text) = value.as_str().filter(|text| !has_variables(text)) else { return };
            if pattern.as_ref().is_some_and(|pattern| !pattern.is_match(text)) {
                let shown = text.escape_debug();
                let message = format!("must be {}, not \"{shown}\"", form.words);
                mistakes.push(Mistake::new(here, &message));
            }
        };
        match value {
            // That it is no list is told already.
            Value::String(_) if is_list(shape, form.path) => {}
            Value::Array(items) => items
                .iter()
                .enumerate()
                .for_each(|(at, item)| judge(item, here.join([Segment::Index(at)]))),
            value => judge(value, here),
        }
    }
}
