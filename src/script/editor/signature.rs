//! The parameters of the call that is typed.

use super::cursor::{Before, Cursor};
use super::desk::{Desk, Script};
use super::outline::{Function, Outline};
use crate::script::docs::Entry;

/// A form of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// `cloud::up(options)`
    pub label: String,
    pub parameters: Vec<String>,
    /// Markdown.
    pub text: String,
}

/// All forms, which of them is most likely meant, and the parameter that is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    pub all: Vec<Signature>,
    pub active: usize,
    pub parameter: usize,
}

impl Desk {
    /// None: the place is in no call, or in one of something unknown.
    #[must_use]
    pub fn signature(&self, script: &Script<'_>, offset: usize) -> Option<Help> {
        let call = Cursor::at(script.text, offset).through?;
        let outline = Outline::of(script.text);
        let name = call.name.as_str();
        let mut all: Vec<Signature> = match &call.before {
            Before::Namespace(namespace) => match outline.import(namespace) {
                Some(import) => {
                    let module = self.imported(script, import)?;
                    let functions = module.outline.functions.iter().filter(|it| !it.is_private);
                    let named = functions.filter(|it| it.name == name);
                    named.map(|it| of_function(it, &format!("{namespace}::"))).collect()
                }
                None => {
                    let all = self.catalogue.of_namespace(namespace);
                    all.filter(|it| it.name == name).map(of_entry).collect()
                }
            },
            Before::Value(value) => {
                let kind = self.values(script.text, &outline).kind(value);
                let all = self.catalogue.members(kind.as_deref());
                all.filter(|it| it.name == name).map(of_method).collect()
            }
            Before::Nothing => {
                let own = outline.functions.iter().filter(|it| it.name == name);
                let own: Vec<Signature> = own.map(|it| of_function(it, "")).collect();
                let all = self.catalogue.functions().filter(|it| it.name == name);
                if own.is_empty() { all.map(of_entry).collect() } else { own }
            }
        };
        all.sort_by_key(|it| it.parameters.len());
        all.dedup_by(|again, first| again.label == first.label);
        let fits = |it: &Signature| it.parameters.len() > call.argument;
        let active = all.iter().position(fits).unwrap_or(all.len().saturating_sub(1));
        (!all.is_empty()).then_some(Help { all, active, parameter: call.argument })
    }
}

fn of_function(function: &Function, before: &str) -> Signature {
    Signature {
        label: format!("{before}{}", function.signature()),
        parameters: function.parameters.clone(),
        text: function.text.clone(),
    }
}

fn of_entry(entry: &Entry) -> Signature {
    Signature {
        label: entry.signature.clone(),
        parameters: entry.parameters.iter().map(|it| it.name.clone()).collect(),
        text: entry.text.clone(),
    }
}

/// A function of the language, which is documented as such, takes the value before the dot first.
fn of_method(entry: &Entry) -> Signature {
    let signature = of_entry(entry);
    let (None, Some((first, rest))) = (&entry.of, signature.parameters.split_first()) else {
        return signature;
    };
    let label = format!("{first}.{}({})", entry.name, rest.join(", "));
    Signature { label, parameters: rest.to_vec(), ..signature }
}
