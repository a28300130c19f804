//! Values whose names, or whose first letters, say that they are secret.

use std::ops::Range;
use std::sync::LazyLock;

use regex_lite::Regex;

use super::value::{self, Between};
use super::word;

/// Parts of names.
const WORDS: &str = "secret|token|passw(?:or)?d|passphrase|passcode|api[-_]?key|access[-_]?key|\
     private[-_]?key|client[-_]?key|account[-_]?key|auth[-_]?key|credential|saml[-_]?response|\
     pwd|signature|assertion";

/// These are words of messages, too: `PASS: first.sh`. Their values stand behind `=` or in JSON.
const ASSIGNED: [&str; 4] = ["pwd", "pass", "signature", "assertion"];

/// The forms in which they stand.
struct Forms {
    /// `password=…`, `"SecretAccessKey": …`
    named: Regex,
    /// `--token …`
    option: Regex,
    /// `password …`, `Bearer …`
    spoken: Regex,
    /// Whole, or their first group.
    others: Vec<Regex>,
}

static FORMS: LazyLock<Option<Forms>> = LazyLock::new(|| {
    let compile = |pattern: &str| Regex::new(pattern).ok();
    let named = format!(
        r#"(?i)([a-z0-9_.-]*(?:{WORDS})[a-z0-9_.-]*|[a-z0-9_.-]*pass)(\\*["'])?[ \t]*(=>|[:=])"#
    );
    let option = format!(r"(?i)(?:^|\s)--?[a-z0-9-]*(?:{WORDS}|pass)[a-z0-9-]*[ \t]+(\S+)");
    let element = format!(r"(?i)<[a-z0-9_:]*(?:{WORDS})[a-z0-9_]*>\s*([^<]+)<");
    let spoken = r"(?i)\b(?:password|passwd|passphrase|secret|token|bearer|basic)[ \t]+(\S{6,})";
    let others = [
        element.as_str(),
        // A private key, also one that is cut off.
        r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----(?:.*?-----END [A-Z0-9 ]*-----|.*)",
        r"(?im)\b(?:proxy-)?authorization\\*['\x22]?[ \t]*[:=][ \t]*([^\r\n]+)",
        r"(?im)\b(?:set-)?cookie\\*['\x22]?[ \t]*:[ \t]*([^\r\n]+)",
        r"://[^\s/:@]*:([^\s@]+)@",
        r"(?:^|\s)(?:-u|--user|--proxy-user)[ =]?[^\s:]+:(\S+)",
        r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}",
        r"\bgh[a-z]_[A-Za-z0-9]{8,}",
        r"github_pat_[A-Za-z0-9_]{8,}",
        r"\bgl(?:pat|ptt|rt|dt|cbt|soat)-[A-Za-z0-9_-]{16,}",
        r"\bya29\.[A-Za-z0-9_.-]+",
        r"GOCSPX-[A-Za-z0-9_-]+",
        r"\bAIza[A-Za-z0-9_-]{20,}",
        r"\b1//[A-Za-z0-9_-]{16,}",
        r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*",
        r"\bxox[a-z]-[A-Za-z0-9-]{8,}",
        r"\bsk-[A-Za-z0-9_-]{16,}",
        r"\bhv[a-z]\.[A-Za-z0-9_-]{8,}",
        r"AGE-SECRET-KEY-[A-Z0-9]+",
    ];
    Some(Forms {
        named: compile(&named)?,
        option: compile(&option)?,
        spoken: compile(spoken)?,
        others: others.into_iter().map(compile).collect::<Option<_>>()?,
    })
});

/// Adds them all.
pub fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let Some(forms) = &*FORMS else {
        // Without the patterns nothing is known to be harmless.
        found.push(0..text.len());
        return;
    };
    for form in forms.named.captures_iter(text) {
        let (Some(whole), Some(name), Some(sign)) = (form.get(0), form.get(1), form.get(3)) else {
            continue;
        };
        let between = match sign.as_str() {
            _ if form.get(2).is_some() => Between::Json,
            ":" => Between::Colon,
            _ => Between::Equals,
        };
        let is_word = ASSIGNED.iter().any(|word| ends_with(name.as_str(), word));
        if !(is_word && between == Between::Colon) {
            found.extend(value::after(text, whole.end(), between, name.as_str()));
        }
    }
    let words = |form: &Regex, is_secret: &dyn Fn(&str) -> bool| -> Vec<Range<usize>> {
        let words = form.captures_iter(text).filter_map(|form| form.get(1));
        words.filter(|word| is_secret(word.as_str())).map(|word| word.range()).collect()
    };
    found.extend(words(&forms.option, &|word| {
        !word.starts_with(['-', '<', '['])
            && !value::is_told(word)
            && (word.len() > 3 || word::is_odd(word))
    }));
    found.extend(words(&forms.spoken, &|word| {
        let has = |test: fn(&char) -> bool| word.chars().any(|c| test(&c));
        has(char::is_ascii_digit) && has(char::is_ascii_alphabetic) && !word::is_path(word)
    }));
    for form in &forms.others {
        let all = form.captures_iter(text);
        found.extend(all.filter_map(|all| Some(all.get(1).or(all.get(0))?.range())));
    }
}

fn ends_with(name: &str, end: &str) -> bool {
    let start = name.len().checked_sub(end.len());
    start.and_then(|start| name.get(start..)).is_some_and(|it| it.eq_ignore_ascii_case(end))
}
