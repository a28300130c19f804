//! Patterns of the shell and of grep.

/// Whether all of `text` fits a shell pattern in which `*` stands for anything.
pub fn glob(pattern: &str, text: &str) -> bool {
    let parts: Vec<String> = pattern.split('*').map(regex_lite::escape).collect();
    regex(&format!("^(?s:{})$", parts.join(".*"))).is_some_and(|regex| regex.is_match(text))
}

/// None for what is no regular expression.
pub fn regex(pattern: &str) -> Option<regex_lite::Regex> {
    regex_lite::Regex::new(pattern).ok()
}
