//! HCL as Terraform's `.tfvars` have it: attributes, objects, lists and literals.

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::Structure;

use super::refusal::Refusal;
use crate::config::yaml::outline::{Entry, Kind, Layout, Node, Style};

/// The attributes of a text as one map. Blocks are no values: they are left out.
///
/// # Errors
/// What is not HCL.
pub fn read(text: &str) -> Result<Node, Refusal> {
    let body = hcl_edit::parser::parse_body(text).map_err(|error| {
        let at = error.location().offset();
        Refusal::new(error.message().trim(), at..at)
    })?;
    let attributes = body.iter().filter_map(|structure| match structure {
        Structure::Attribute(attribute) => Some(attribute),
        Structure::Block(_) => None,
    });
    let entries = attributes.map(|attribute| {
        let key = attribute.key.span().unwrap_or_default();
        let key = node(key, Kind::Scalar(attribute.key.to_string(), Style::Plain));
        Entry { key, value: value(text, &attribute.value) }
    });
    Ok(node(0..text.len(), Kind::Map(entries.collect(), Layout::Block)))
}

fn node(bytes: Range<usize>, kind: Kind) -> Node {
    Node { bytes, anchor: None, tag: None, kind }
}

fn value(text: &str, expression: &Expression) -> Node {
    let bytes = expression.span().unwrap_or_default();
    let written = || text.get(bytes.clone()).unwrap_or_default().to_owned();
    let kind = match expression {
        Expression::String(value) => Kind::Scalar(value.to_string(), Style::Double),
        Expression::Number(_) | Expression::Bool(_) | Expression::Null(_) => {
            Kind::Scalar(written(), Style::Plain)
        }
        Expression::Array(items) => {
            Kind::List(items.iter().map(|item| value(text, item)).collect(), Layout::Flow)
        }
        Expression::Object(object) => {
            let entries = object.iter().map(|(name, item)| {
                let name = match name {
                    ObjectKey::Ident(name) => {
                        let kind = Kind::Scalar(name.to_string(), Style::Plain);
                        node(name.span().unwrap_or_default(), kind)
                    }
                    ObjectKey::Expression(name) => value(text, name),
                };
                Entry { key: name, value: value(text, item.expr()) }
            });
            Kind::Map(entries.collect(), Layout::Flow)
        }
        _ => {
            let kind = Kind::Scalar(written(), Style::Plain);
            let tag = Some(("an expression".to_owned(), bytes.clone()));
            return Node { bytes, anchor: None, tag, kind };
        }
    };
    node(bytes, kind)
}
