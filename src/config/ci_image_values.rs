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

pub static FORMS: [Form; 10] = [
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
];

static PATTERNS: LazyLock<Vec<Option<Regex>>> =
    LazyLock::new(|| FORMS.iter().map(|form| Regex::new(form.pattern).ok()).collect());

/// Finds values that cannot be meant, in settings of `ci_image`. One with variables is judged by the library.
pub fn check(settings: &Value, path: &KeyPath, mistakes: &mut Vec<Mistake>) {
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
            Value::Array(items) => items
                .iter()
                .enumerate()
                .for_each(|(at, item)| judge(item, here.join([Segment::Index(at)]))),
            value => judge(value, here),
        }
    }
}
