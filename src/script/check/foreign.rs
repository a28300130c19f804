//! Words and signs that other languages have where this one has something else, and how it is written here.

pub const BLOCK: &str = "a block belongs to `if`, `for`, `while`, `fn` or a closure; a call is written `name(…)`, and \
                         settings stand in config.yaml";

pub const BRACES: &str = "a block stands in braces: `if x { … }`";

pub const CLOSURE: &str = "a closure is written `|x| x + 1`";

const CATCH: &str = "write `catch (error) { … }`";

const COMMENT: &str = "a comment begins with `//`";

pub const FOR: &str = "write `for item in list { … }`, or `for n in 0..3 { … }`";

pub const FUNCTION: &str = "a function is written `fn name(a, b) { … }`";

const MAP: &str =
    "there are no classes: a map has values and functions, `#{ name: \"a\", size: 1 }`";

pub const MODULE: &str = "a module is imported by its path: `import \"std/package\" as package;`";

const REGULAR: &str = "write `regex::test(pattern, text)`, or `regex::find(pattern, text)`";

/// Of a text that begins as a program for another one does.
pub const OTHER_PROGRAM: &str = "the first line names another program, and imgctl runs scripts of Rhai: copy this file to a \
     host by `host.put`, and run it there by `host.run`";

pub const YAML: &str = "this is YAML: a script is lines such as `host.run(\"uptime\");`, and \
                        settings stand in config.yaml";

const TYPE: &str = "write `type_of(x) == \"string\"`";

/// Words behind which a parser gives up.
const BEHIND: &[(&str, &str)] = &[
    ("catch", CATCH),
    ("class", MAP),
    ("def", FUNCTION),
    ("delete", "a key is removed by `map.remove(\"key\")`"),
    ("each", FOR),
    ("elif", "write `else if`"),
    ("elseif", "write `else if`"),
    ("elsif", "write `else if`"),
    ("enum", MAP),
    ("foreach", FOR),
    ("forEach", FOR),
    ("from", MODULE),
    ("func", FUNCTION),
    ("function", FUNCTION),
    ("interface", MAP),
    ("lambda", CLOSURE),
    ("mut", "leave `mut` out: what `let` declares can be changed"),
    ("not", "write `!` for `not`"),
    ("struct", MAP),
    ("sub", FUNCTION),
    ("typeof", TYPE),
    ("unless", "write `if !condition { … }`"),
    ("use", MODULE),
];

/// Words and signs at which it gives up.
const AT: &[(&str, &str)] = &[
    ("=>", CLOSURE),
    ("and", "write `&&` for `and`"),
    ("do", BRACES),
    ("except", CATCH),
    ("finally", "there is no `finally`: repeat in `catch` what must be done anyway"),
    ("instanceof", TYPE),
    ("is", "values are compared by `==`, and nothing is `()`: `x == ()`"),
    ("isinstance", TYPE),
    ("not", "write `!` for `not`"),
    ("or", "write `||` for `or`"),
    ("rescue", CATCH),
    ("then", BRACES),
];

/// Signs that no value and no operator is written with.
const SIGNS: &[(&str, &str)] = &[
    ("#", COMMENT),
    ("#!", COMMENT),
    ("$", "a variable has no sign before its name; in backticks its value is `${name}`"),
    ("++", "write `x += 1`"),
    ("--", "write `x -= 1`"),
    ("/", "a pattern is text: `regex::test(\"a.c\", text)`"),
    ("->", "a case is written `1 => …`, a closure `|x| x + 1`, a function `fn name(a, b) { … }`"),
    ("...", "a range is written `0..3`, or `0..=3` with its end"),
    (":=", "a variable is declared by `let x = 1;`"),
    ("<>", "values differ by `a != b`"),
    ("<<", "text of several lines stands between backticks"),
    ("?", "write `if condition { a } else { b }`: it has a value"),
    ("@", "leave it out: a task is a file, and a step is `step(\"name\", || …)`"),
    ("|>", "a function is called on a value by `value.name()`"),
];

/// Words of the language, or kept by it for later, where it has no place for them.
const KEPT: &[(&str, &str)] = &[
    ("async", "leave the word out: a call ends when its work is done"),
    ("await", "leave the word out: a call ends when its work is done"),
    ("case", "write `switch value { 1 => …, _ => … }`"),
    ("catch", "write `try { … } catch (error) { … }`"),
    ("default", "the last case is `_ => …`"),
    ("else", "write it behind the closing brace: `if x { … } else { … }`"),
    ("fn", "a function without a name is written `|x| x + 1`"),
    ("match", "write `switch value { 1 => …, _ => … }`"),
    ("nil", "nothing is written `()`"),
    ("null", "nothing is written `()`"),
    ("public", "leave the word out: other files can call every function that is not `private`"),
    ("static", "leave the word out, or write `const NAME = …;`"),
    ("until", "write `while !condition { … }`"),
    ("use", MODULE),
    ("var", "a variable is declared by `let`"),
    ("void", FUNCTION),
    ("with", "options are a map: `host.run(\"make\", #{ cwd: \"/srv\" })`"),
];

fn of(table: &'static [(&str, &str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == word).map(|(_, cure)| *cure)
}

/// What to write where a parser gave up behind this word.
pub fn behind(word: &str) -> Option<&'static str> {
    of(BEHIND, word)
}

/// What to write where it gave up at this word or sign.
pub fn at(word: &str) -> Option<&'static str> {
    of(AT, word)
}

pub fn sign(sign: &str) -> Option<&'static str> {
    of(SIGNS, sign)
}

/// A word that no name can be.
pub fn kept(word: &str) -> Option<&'static str> {
    of(KEPT, word)
}

/// A word that no name can be, as a method; `=~` is the operator of that.
pub fn kept_method(word: &str) -> Option<&'static str> {
    ["match", "=~"].contains(&word).then_some(REGULAR)
}
