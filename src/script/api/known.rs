//! What `imgctl check` and editors know of functions and values besides their declarations.

/// Namespaces whose functions only compute: a call whose result nobody uses is a line without effect.
pub const WITHOUT_EFFECTS: &[&str] = &["base64", "json", "path", "regex", "sha256", "time", "yaml"];

/// The keys of `host.os`.
pub const FACTS: [&str; 4] = ["id", "version", "family", "arch"];

/// How many arguments the closures get that these functions call.
pub const CALLED_WITH: &[(&str, usize)] = &[
    ("assert_throws", 0),
    ("branch::check", 1),
    ("branch::edit", 1),
    ("cloud::at", 0),
    ("parallel", 1),
    ("retry", 0),
    ("state::alone", 0),
    ("step", 0),
];
