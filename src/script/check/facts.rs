//! `host.os`: its keys, and what their values are compared with.

use rhai::{BinaryExpr, Expr, FnCallExpr, Position};

use super::file::File;
use super::held::first;
use super::kind::Kind;
use crate::run::access::facts::family_of;
use crate::script::api::known::FACTS;

impl File<'_, '_> {
    /// `host.os.key`; whether there is such a fact, all of which are text.
    pub fn key_of_facts(&mut self, of: &Kind, chain: &BinaryExpr) -> bool {
        let Expr::Property(property, _) = &chain.lhs else { return false };
        if of.as_deref() != Some("Host") || property.2 != "os" {
            return false;
        }
        let Some((key, position)) = first(chain) else { return false };
        let is_known = FACTS.contains(&key);
        if !is_known {
            let keys = FACTS.map(str::to_owned);
            self.no_key("`host.os`", key, &keys, position);
        }
        is_known
    }

    /// `host.os.family == "ubuntu"`, or `in` a list of such names: a distribution is no family, and no fact has
    /// capital letters.
    pub fn compared_fact(&mut self, call: &FnCallExpr) {
        let (fact, names): (&str, Vec<&Expr>) = match (call.name.as_str(), call.args.as_slice()) {
            ("==" | "!=", [one, other]) => match (fact(one), fact(other)) {
                (Some(fact), _) => (fact, vec![other]),
                (_, Some(fact)) => (fact, vec![one]),
                _ => return,
            },
            // How the engine reads `item in list`.
            ("contains", [Expr::Array(items, _), item]) => match fact(item) {
                Some(fact) => (fact, items.iter().collect()),
                None => return,
            },
            _ => return,
        };
        for name in names {
            if let Expr::StringConstant(name, position) = name {
                self.never_that_fact(fact, name, *position);
            }
        }
    }

    fn never_that_fact(&mut self, fact: &str, name: &str, position: Position) {
        let (message, hint) = if fact == "family"
            && let Some(family) = family_of(name).filter(|family| *family != name)
        {
            (
                format!("no host has the family `{name}`: it is a distribution of `{family}`"),
                format!("compare `host.os.id`, or the family with \"{family}\""),
            )
        } else if let Some((_, kernel)) =
            ARCHITECTURES.iter().find(|(other, _)| fact == "arch" && *other == name)
        {
            (
                format!("no host has the architecture `{name}`: it is called `{kernel}` there"),
                format!("compare it with \"{kernel}\""),
            )
        } else if fact != "version" && name.contains(char::is_uppercase) {
            (
                format!("`host.os.{fact}` has no capital letters, so it is never `{name}`"),
                format!("compare it with \"{}\"", name.to_lowercase()),
            )
        } else {
            return;
        };
        self.warn("never_equal", message, Some(hint), position);
    }
}

/// What others call the architectures of `uname -m`.
const ARCHITECTURES: &[(&str, &str)] =
    &[("amd64", "x86_64"), ("arm64", "aarch64"), ("x64", "x86_64"), ("x86-64", "x86_64")];

/// Which of them is asked in `….os.family`.
fn fact(expression: &Expr) -> Option<&str> {
    let Expr::Dot(chain, ..) = expression else { return None };
    let Expr::Dot(next, ..) = &chain.rhs else { return None };
    match (&next.lhs, &next.rhs) {
        (Expr::Property(os, _), Expr::Property(fact, _)) if os.2 == "os" => {
            FACTS.into_iter().find(|it| fact.2 == *it)
        }
        _ => None,
    }
}
