//! Values that another program fills in. Who put a template there wants its result, so an id in its place
//! would cut what it is made of off from its use.

use super::format::Format;
use super::refusal::Refusal;
use crate::config::yaml::outline::{Entry, Kind, Layout, Node, Style};

/// Marks around what is filled in.
pub type Marks = (&'static str, &'static str);

/// Jinja (Ansible), Go templates (Helm, Packer), GitHub's expressions, references of CloudFormation.
pub const BRACES: Marks = ("{{", "}}");

/// Marks of other templates; an id or the name of an image has none of them.
const MARKS: [Marks; 13] = [
    BRACES,
    ("{%", "%}"),
    ("{#", "#}"),
    // ERB, EJS.
    ("<%", "%>"),
    // Terraform, Packer, Jenkins' configuration as code, compose files, shells.
    ("${", "}"),
    ("%{", "}"),
    ("#{", "}"),
    ("$(", ")"),
    ("$[", "]"),
    // Python's configparser.
    ("%(", ")s"),
    // Concourse, CircleCI, Nomad.
    ("((", "))"),
    ("<<", ">>"),
    ("[[", "]]"),
];

/// `$NAME`.
const VARIABLE: Marks = ("$", "");
/// `` `command` `` in a file that a shell reads.
const COMMAND: Marks = ("`", "`");

/// The marks in a text that is, or contains, a template.
pub fn marks(text: &str) -> Option<Marks> {
    let encloses = |(open, close): &Marks| {
        text.split_once(open).is_some_and(|(_, inside)| inside.contains(close))
    };
    let name = text.strip_prefix('$').unwrap_or_default();
    let is_variable = starts_name(name) && name.chars().all(is_part_of_name);
    MARKS.into_iter().find(encloses).or(is_variable.then_some(VARIABLE))
}

/// The same for a value as this format reads it.
pub fn marks_as_written(text: &str, format: Format, node: &Node) -> Option<Marks> {
    let Kind::Scalar(value, style) = &node.kind else { return None };
    if format != Format::Dotenv {
        return marks(value);
    }
    match style {
        // A shell takes these as they are; other programs may still fill them in.
        Style::Single => marks(value).filter(|marks| !marks.0.starts_with('$')),
        _ => expanded(text.get(node.bytes.clone()).unwrap_or_default()).or_else(|| {
            // A dollar sign behind a backslash is one.
            marks(value).filter(|marks| !marks.0.starts_with('$'))
        }),
    }
}

/// What a shell would put something else for: `$NAME`, `${NAME}`, `$(command)`, `` `command` ``.
fn expanded(written: &str) -> Option<Marks> {
    let mut rest = written;
    while let Some(at) = rest.find(['\\', '$', '`']) {
        let (mark, after) = rest.get(at..).unwrap_or_default().split_at(1);
        match mark {
            "\\" => {
                let mut characters = after.chars();
                characters.next();
                rest = characters.as_str();
            }
            "`" => return Some(COMMAND),
            _ if after.starts_with('{') => return Some(("${", "}")),
            _ if after.starts_with('(') => return Some(("$(", ")")),
            _ if starts_name(after) => return Some(VARIABLE),
            _ => rest = after,
        }
    }
    None
}

fn starts_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

fn is_part_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// `{{ .Values.ami }}` without quotes, which is a map with a map as its key to a reader of YAML.
pub fn is_between_braces(node: &Node) -> bool {
    let Kind::Map(entries, Layout::Flow) = &node.kind else { return false };
    let is_map = |entry: &Entry| matches!(entry.key.kind, Kind::Map(_, Layout::Flow));
    matches!(&entries[..], [only] if is_map(only) && only.value.is_left_out())
}

/// `what` begins the sentence.
pub fn refusal(what: &str, (open, close): Marks, node: &Node) -> Refusal {
    let shown = if close.is_empty() { format!("{open}NAME") } else { format!("{open}…{close}") };
    let why = format!("{what} is the template `{shown}`, which another program fills in");
    Refusal::new(why, node.bytes.start..node.bytes.start)
        .other(node.start())
        .hint("change the value that it takes, or replace the template by hand with an id: {place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_told_from_texts() {
        let templates = [
            "{{ ami_x }}",
            "ami-{{ x }}",
            "{{resolve:ssm:/a/b}}",
            "{% if a %}b{% endif %}",
            "<%= ami %>",
            "${var.ami}",
            "${{ vars.AMI }}",
            "$AMI",
            "$(AMI)",
            "%{ if a }b%{ endif }",
            "%(ami)s",
            "((ami))",
            "<< parameters.ami >>",
            "[[ ami ]]",
            "#{ami}",
        ];
        for text in templates {
            assert!(marks(text).is_some(), "{text}");
        }
        let texts =
            ["ami-0abc", "CentOS 7 (PVHVM)", "a $b", "$", "$5", "{a}", "a{{b", "100%", "[x]", ""];
        for text in texts {
            assert_eq!(marks(text), None, "{text}");
        }
    }

    #[test]
    fn a_shell_expands_what_is_neither_escaped_nor_in_single_quotes() {
        let of = |text: &str| {
            let root = super::super::dotenv::read(text).unwrap();
            marks_as_written(text, Format::Dotenv, &root.entries()[0].value).map(|marks| marks.0)
        };
        assert_eq!(of("A=$B"), Some("$"));
        assert_eq!(of("A=x-$B"), Some("$"));
        assert_eq!(of("A=\"${B:-c}\""), Some("${"));
        assert_eq!(of("A=\"$(cat b)\""), Some("$("));
        assert_eq!(of("A=`cat b`"), Some("`"));
        assert_eq!(of("A='{{ b }}'"), Some("{{"));
        assert_eq!(of("A='${B}'"), None);
        assert_eq!(of("A=\"\\$B\""), None);
        assert_eq!(of("A=5$"), None);
    }
}
