//! Functions that are given to others: how many arguments they get there.

use rhai::{AST, Expr, FnCallExpr, FnPtr, Position, ScriptFuncDef, Shared, Stmt};

use super::file::File;
use super::kind::Kind;
use super::statement::is_closure;
use crate::script::api::known::CALLED_WITH;
use crate::{Code, Error};

/// Methods of lists and maps that call a function with a value and its index, or with a key and its value.
/// They may bind the value to `this` instead, so that fewer parameters do as well.
const FOR_EACH_ITEM: &[&str] =
    &["all", "filter", "find", "find_map", "for_each", "index_of", "map", "retain", "some"];

impl<'c> File<'c, '_> {
    /// The function of a closure that is written here.
    pub fn closure_of(&self, expression: &Expr) -> Option<&'c Shared<ScriptFuncDef>> {
        match expression {
            Expr::DynamicConstant(value, _) => {
                let pointer = value.read_lock::<FnPtr>()?;
                let ast: &'c AST = self.ast;
                let mut all = ast.iter_fn_def();
                all.find(|it| it.name == pointer.fn_name() && super::module::is_closure(it))
            }
            // What it captures stands before its own parameters.
            Expr::Stmt(block) if is_closure(expression) => match block.statements() {
                [_, Stmt::Expr(inner), ..] => self.closure_of(inner),
                _ => None,
            },
            Expr::FnCall(call, _) if call.name == "curry" => self.closure_of(call.args.first()?),
            _ => None,
        }
    }

    /// The number of parameters of a closure that is written here or in a variable, or of a function that is named.
    pub fn closure_parameters(&mut self, expression: &Expr) -> Option<usize> {
        match expression {
            Expr::Variable(variable, ..) if variable.2.is_empty() => {
                match self.scope.variable(&variable.1) {
                    Some(entry) => entry.parameters,
                    None => self.only_count(&variable.1),
                }
            }
            Expr::FnCall(call, _) if call.name == "Fn" => match call.args.as_slice() {
                [Expr::StringConstant(name, _)] => self.only_count(name),
                _ => None,
            },
            Expr::DynamicConstant(..) => Some(self.closure_of(expression)?.params.len()),
            // What it captures stands before its own parameters.
            Expr::Stmt(block) if is_closure(expression) => match block.statements() {
                [_, Stmt::Expr(inner), ..] => self.closure_parameters(inner),
                _ => None,
            },
            Expr::FnCall(call, _) if call.name == "curry" => {
                let (first, captured) = call.args.split_first()?;
                self.closure_parameters(first)?.checked_sub(captured.len())
            }
            _ => None,
        }
    }

    /// The number of arguments that a function of the script takes, if there is one of that name only.
    fn only_count(&self, name: &str) -> Option<usize> {
        match self.module.functions.get(name)?.as_slice() {
            [only] => Some(only.parameters.len()),
            _ => None,
        }
    }

    /// Closures among the arguments of a native function that calls them.
    pub fn called_back(&mut self, name: &str, arguments: &[Expr], is_method: bool) {
        if self.trying > 0 {
            return;
        }
        for argument in arguments {
            if is_method && name == "for_each" {
                self.index_for_item(argument);
            }
            if !is_method && name == "parallel" && arguments.len() == 1 {
                if let Expr::Array(items, _) = argument {
                    items.iter().for_each(|it| self.gets(name, it, 0, 0));
                }
                continue;
            }
            let given = CALLED_WITH.iter().find(|(of, _)| *of == name && !is_method);
            match given {
                Some((_, count)) => self.gets(name, argument, *count, *count),
                None if is_method && FOR_EACH_ITEM.contains(&name) => {
                    self.gets(name, argument, 0, 2)
                }
                None => {}
            }
        }
    }

    /// `f.call(…)` of a closure in a variable.
    pub fn called_by_name(&mut self, of: &Expr, call: &FnCallExpr, position: Position) {
        let Expr::Variable(variable, ..) = of else { return };
        if call.name != "call" || !variable.2.is_empty() || self.trying > 0 {
            return;
        }
        // A value may call a function that it is given: the value is `this` there.
        if call.args.first().is_some_and(|it| !super::pure::is_written_out(it)) {
            return;
        }
        let name = variable.1.as_str();
        let parameters = self.scope.variable(name).and_then(|entry| entry.parameters);
        if let Some(parameters) = parameters.filter(|it| *it != call.args.len()) {
            self.wrong_count(name, call.args.len(), vec![parameters], &[], position);
        }
    }

    /// A value that is not a function is called.
    pub fn no_function(&mut self, of: &Kind, position: Position) {
        let may_be_one = of.as_deref().is_none_or(|kind| ["Fn", "map", "()"].contains(&kind));
        if may_be_one || self.trying > 0 {
            return;
        }
        let found = super::values::shown(of.as_deref().unwrap_or_default());
        let error = Error::new(Code::Script, format!("a function is needed here, not {found}"))
            .hint("a closure is written so: `|x| x + 1`");
        self.error("wrong_type", &error, position);
    }

    fn gets(&mut self, name: &str, argument: &Expr, least: usize, most: usize) {
        let Some(parameters) = self.closure_parameters(argument) else { return };
        if (least..=most).contains(&parameters) {
            return;
        }
        let gets = match most {
            0 => "none",
            1 => "one",
            _ => "at most two",
        };
        let takes = match parameters {
            1 => "1 argument".to_owned(),
            count => format!("{count} arguments"),
        };
        let written = match most {
            0 => "|| …",
            1 => "|item| …",
            _ => "|value| … or |value, index| …",
        };
        let message = format!("the function that `{name}` calls takes {takes}, and gets {gets}");
        let error = Error::new(Code::Script, message).hint(format!("write {written}"));
        self.error("wrong_count", &error, argument.position());
    }
}
