//! Patterns of the shell and of grep.

/// Whether all of `text` fits a shell pattern in which `*` stands for anything, and `[0-9]` for a digit.
pub fn glob(pattern: &str, text: &str) -> bool {
    let part = |part: &str| regex_lite::escape(part).replace(r"\[0\-9\]", "[0-9]");
    let parts: Vec<String> = pattern.split('*').map(part).collect();
    regex(&format!("^(?s:{})$", parts.join(".*"))).is_some_and(|regex| regex.is_match(text))
}

/// None for what is not a regular expression.
pub fn regex(pattern: &str) -> Option<regex_lite::Regex> {
    regex_lite::Regex::new(pattern).ok()
}
