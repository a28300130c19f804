//! The types of arguments, where these and those that a function takes are known.

use rhai::{FnCallExpr, Position};

use super::begin::begin_of;
use super::file::File;
use super::kind::{self, Kind};
use super::known::Signature;
use super::module::ScriptFunction;
use super::otherwise;
use super::values::shown;
use crate::script::api::option_maps;
use crate::{Code, Error};

impl File<'_, '_> {
    /// Tells of an argument that is no host where one is needed.
    pub fn host_arguments(
        &mut self,
        shown_name: &str,
        function: &ScriptFunction,
        call: &FnCallExpr,
        kinds: &[Kind],
    ) {
        if self.trying > 0 {
            return;
        }
        for at in &function.hosts {
            let (Some(Some(given)), Some(argument)) = (kinds.get(*at), call.args.get(*at)) else {
                continue;
            };
            // A function may ask whether it was given one.
            if given == "Host" || given == "()" {
                continue;
            }
            let parameter = function.parameters.get(*at).map_or("", String::as_str);
            let message = format!(
                "argument {} (`{parameter}`) of `{shown_name}` is {}",
                at + 1,
                shown(given)
            );
            let error = Error::new(Code::Script, message)
                .hint("pass a host, such as that of `cloud::host()`");
            self.error("wrong_type", &error, begin_of(argument));
        }
    }

    /// Tells of an argument of a type that no function of that name takes there. `first` is 1 if the
    /// first one is written before the dot.
    #[expect(clippy::too_many_arguments, reason = "each says another thing about one call")]
    pub fn arguments(
        &mut self,
        shown_name: &str,
        namespace: &str,
        name: &str,
        kinds: &[Kind],
        places: &[Position],
        first: usize,
        position: Position,
    ) {
        if self.trying > 0 || self.module.functions.contains_key(name) && namespace.is_empty() {
            return;
        }
        let Some(all) = self.checker.known.namespaces.get(namespace).and_then(|it| it.get(name))
        else {
            return;
        };
        let all: Vec<&Signature> = all.iter().filter(|it| it.kinds.len() == kinds.len()).collect();
        let matching = |it: &Signature| {
            it.kinds
                .iter()
                .zip(kinds)
                .take_while(|(wanted, given)| kind::fits(given, wanted))
                .count()
        };
        let Some(best) = all.iter().max_by_key(|it| matching(it)) else { return };
        let at = matching(best);
        let (Some(Some(given)), true) = (kinds.get(at), at >= first) else { return };
        // What else may stand there, where the arguments before are the same.
        let mut wanted: Vec<&str> = all
            .iter()
            .filter(|it| matching(it) == at)
            .filter_map(|it| it.kinds[at].as_deref())
            .map(shown)
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let number = at + 1 - first;
        let parameter = best.names.get(at).filter(|it| !it.is_empty());
        let parameter_name = parameter.cloned();
        let parameter = parameter.map(|it| format!(" (`{it}`)")).unwrap_or_default();
        let message = format!("argument {number}{parameter} of `{shown_name}` is {}", shown(given));
        let place = places.get(at).copied().filter(|it| !it.is_none()).unwrap_or(position);
        let hint = match (option_maps::of(shown_name), parameter_name) {
            (Some(reader), Some(name)) if name == reader.parameter => {
                format!("pass a map, which may have: {}", (reader.fields)().join(", "))
            }
            _ => match otherwise::function(shown_name) {
                Some(hint) => hint,
                None => format!("pass {}", wanted.join(" or ")),
            },
        };
        self.error("wrong_type", &Error::new(Code::Script, message).hint(hint), place);
    }
}
