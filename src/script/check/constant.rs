//! What cannot be changed: constants, and properties that can only be read.

use rhai::{Expr, FnCallExpr, Position};

use super::file::File;
use super::kind;
use super::scope::What;
use super::values::shown;
use crate::{Code, Error};

impl File<'_, '_> {
    /// `CONSTANT.push(1)`: a method of the language that returns nothing is there for what it changes.
    pub fn changed_constant(&mut self, of: &Expr, call: &FnCallExpr, position: Position) {
        let Expr::Variable(variable, ..) = of else { return };
        if !variable.2.is_empty()
            || self.trying > 0
            || self.module.functions.contains_key(&*call.name)
        {
            return;
        }
        let Some(entry) = self.scope.variable(&variable.1) else { return };
        let kind = entry.kind.clone();
        if entry.what != What::Constant
            || !["array", "map", "string"].contains(&kind.as_deref().unwrap_or_default())
        {
            return;
        }
        let count = call.args.len() + 1;
        let all = self.checker.known.plain(&call.name).iter();
        let mut all = all
            .filter(|it| it.kinds.len() == count)
            .filter(|it| it.kinds.first().is_some_and(|first| kind::fits(&kind, first)))
            .peekable();
        let changes = all.peek().is_some()
            && all.all(|it| it.is_of_language && it.changes_first && it.returns_nothing());
        if changes {
            let error =
                Error::new(Code::Script, format!("`{}` would change a constant", call.name))
                    .hint("keep the value in a variable: `let copy = CONSTANT;`");
            self.error("constant", &error, position);
        }
    }

    /// `CONSTANT.key = 1`. It is told within `try` as well: where the engine has put in the constant's value, it
    /// cannot go on.
    fn part_of_constant(&mut self, target: &Expr) {
        let Some(owner) = owner(target) else { return };
        let (name, position) = match owner {
            Expr::Variable(variable, _, position) => (variable.1.to_string(), *position),
            _ => return,
        };
        let Some(entry) = self.entry_of(owner).filter(|it| it.what == What::Constant) else {
            return;
        };
        entry.map = None;
        let error = Error::new(Code::Script, format!("this would change the constant `{name}`"))
            .hint("keep the value in a variable: `let copy = CONSTANT;`");
        self.error("constant", &error, position);
    }

    /// What is assigned to. `host.name = "x"`: the type has the property, and nothing that sets it.
    pub fn target(&mut self, target: &Expr) {
        self.part_of_constant(target);
        let Expr::Dot(chain, ..) = target else {
            self.expression(target);
            return;
        };
        let Expr::Property(property, position) = &chain.rhs else {
            self.expression(target);
            return;
        };
        let of = self.expression(&chain.lhs);
        let name = property.2.as_str();
        self.property(&of, name, *position);
        let Some(kind) = of.as_deref().filter(|it| *it != "map") else { return };
        let known = &self.checker.known;
        let has = known.properties.get(name).into_iter().flatten().any(|it| it.of == of);
        let setters = known.plain(&format!("set${name}"));
        let is_set =
            setters.iter().any(|it| it.kinds.first().is_some_and(|it| kind::fits(&of, it)));
        if has && !is_set && self.trying == 0 {
            let message = format!("the property `{name}` of {} can only be read", shown(kind));
            let error = Error::new(Code::Script, message)
                .hint("keep a value of your own in a variable: `let value = …;`");
            self.error("constant", &error, *position);
        }
    }
}

/// The variable of which a part is assigned to.
fn owner(target: &Expr) -> Option<&Expr> {
    match target {
        Expr::Variable(..) => Some(target),
        Expr::Dot(chain, ..) | Expr::Index(chain, ..) => owner(&chain.lhs),
        _ => None,
    }
}
