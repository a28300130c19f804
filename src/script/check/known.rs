//! What scripts can call, from the metadata of the engine.

use std::collections::{BTreeMap, BTreeSet};

use rhai::Engine;

use super::kind::{self, Kind};

/// A native function, as it was declared.
pub struct Signature {
    pub names: Vec<String>,
    pub kinds: Vec<Kind>,
    pub returns: Kind,
    /// It may change its first argument.
    pub changes_first: bool,
    /// It belongs to the language, whose functions change at most their first argument.
    pub is_of_language: bool,
}

impl Signature {
    pub fn returns_nothing(&self) -> bool {
        self.returns.as_deref() == Some("()")
    }
}

pub type Functions = BTreeMap<String, Vec<Signature>>;

/// A property of values of one type, and the type of what it gives.
pub struct Property {
    pub of: Kind,
    pub gives: Kind,
}

pub struct Known {
    /// By namespace; `""` is for functions without one.
    pub namespaces: BTreeMap<String, Functions>,
    pub properties: BTreeMap<String, Vec<Property>>,
}

impl Known {
    pub fn new(engine: &Engine) -> Known {
        let mut known = Known { namespaces: BTreeMap::new(), properties: BTreeMap::new() };
        let all = engine.collect_fn_metadata(
            None,
            |info| {
                let about = info.metadata;
                let parameters: Vec<&str> =
                    about.params_info.iter().map(|it| it.as_str()).collect();
                let signature = signature(&parameters, about.num_params, &about.return_type);
                Some((info.namespace.to_string(), about.name.to_string(), signature))
            },
            true,
        );
        let own: BTreeSet<String> = engine
            .collect_fn_metadata(None, |info| Some(info.metadata.name.to_string()), false)
            .into_iter()
            .collect();
        for (namespace, name, mut signature) in all {
            signature.is_of_language = namespace.is_empty() && !own.contains(&name);
            if let Some(property) = name.strip_prefix("get$") {
                let of = signature.kinds.first_mut().and_then(Option::take);
                let all = known.properties.entry(property.to_owned()).or_default();
                all.push(Property { of, gives: signature.returns });
                continue;
            }
            let functions = known.namespaces.entry(namespace).or_default();
            functions.entry(name).or_default().push(signature);
        }
        // The engine tells them in another order each time.
        let all = known.namespaces.values_mut().flat_map(BTreeMap::values_mut);
        all.for_each(|all| all.sort_by(|a, b| (&a.kinds, &a.names).cmp(&(&b.kinds, &b.names))));
        known
    }

    /// The functions of that name without a namespace.
    pub fn plain(&self, name: &str) -> &[Signature] {
        self.namespaces.get("").and_then(|all| all.get(name)).map_or(&[], Vec::as_slice)
    }

    /// The names of properties that values of a type have. None: values of that type have none.
    pub fn properties_of(&self, kind: &str) -> Option<BTreeSet<&str>> {
        let is = |it: &Property| it.of.as_deref() == Some(kind);
        let names = self.properties.iter().filter(|(_, all)| all.iter().any(is));
        let names: BTreeSet<&str> = names.map(|(name, _)| name.as_str()).collect();
        (!names.is_empty()).then_some(names)
    }
}

fn signature(parameters: &[&str], count: usize, returns: &str) -> Signature {
    let pairs = parameters.iter().map(|it| it.split_once(": ").unwrap_or(("", it)));
    let pairs: Vec<(&str, &str)> = pairs.collect();
    let mut kinds: Vec<Kind> = pairs.iter().map(|(_, kind)| kind::declared(kind)).collect();
    kinds.resize(count, None);
    let mut names: Vec<String> = pairs.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.resize(count, String::new());
    Signature {
        names,
        kinds,
        returns: kind::declared(returns),
        changes_first: pairs.first().is_none_or(|(_, kind)| kind.starts_with("&mut")),
        is_of_language: false,
    }
}

/// Names that belong to the language itself: no function is registered for them.
pub fn is_keyword_function(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "print",
        "debug",
        "type_of",
        "eval",
        "Fn",
        "call",
        "curry",
        "is_shared",
        "is_def_var",
        "is_def_fn",
        "import",
        "exit",
    ];
    NAMES.contains(&name)
}

pub fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// How many arguments a function of the language's own takes. None: it is not checked.
pub fn counts_of_keyword(name: &str) -> Option<&'static [usize]> {
    Some(match name {
        "print" | "debug" | "exit" => &[0, 1],
        "type_of" | "is_shared" | "is_def_var" | "eval" | "Fn" => &[1],
        // Also of the functions of a type.
        "is_def_fn" => &[2, 3],
        _ => return None,
    })
}
