//! HCL as Terraform's `.tfvars` have it: attributes, objects, lists and literals; blocks are only known by name.

use std::collections::BTreeSet;
use std::ops::Range;

use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Block, Structure};
use hcl_edit::{Decorated, Ident, Span};

use super::refusal::Refusal;
use crate::config::yaml::outline::{Entry, Kind, Layout, Node, Style};

/// The attributes of a text as one map. Blocks are no values: nothing is read from them, and their names are taken.
///
/// # Errors
/// What is not HCL.
pub fn read(text: &str) -> Result<Node, Refusal> {
    // A byte order mark is kept, and the parser knows none. Blanks of its length leave all places as they are.
    let unmarked = text.strip_prefix('\u{feff}').map(|rest| format!("   {rest}"));
    let body =
        hcl_edit::parser::parse_body(unmarked.as_deref().unwrap_or(text)).map_err(|error| {
            let at = error.location().offset();
            Refusal::new(error.message().trim(), at..at)
        })?;
    let mut blocks = BTreeSet::new();
    let entries = body.iter().filter_map(|structure| match structure {
        Structure::Attribute(attribute) => {
            Some(Entry { key: name(&attribute.key), value: value(text, &attribute.value) })
        }
        // Several may have one name.
        Structure::Block(block) => {
            blocks.insert(block.ident.as_str()).then(|| self::block(text, block))
        }
    });
    Ok(node(0..text.len(), Kind::Map(entries.collect(), Layout::Block)))
}

fn name(ident: &Decorated<Ident>) -> Node {
    node(ident.span().unwrap_or_default(), Kind::Scalar(ident.to_string(), Style::Plain))
}

/// A name that stands for a block: what is in it is no value of the file.
fn block(text: &str, block: &Block) -> Entry {
    let key = name(&block.ident);
    let bytes = key.end()..block.span().map_or(key.end(), |span| span.end);
    let written = text.get(bytes.clone()).unwrap_or_default().to_owned();
    let tag = Some(("a block".to_owned(), bytes.clone()));
    let kind = Kind::Scalar(written, Style::Block);
    Entry { key, value: Node { bytes, anchor: None, tag, kind } }
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
            let entries = object.iter().map(|(key, item)| {
                let key = match key {
                    ObjectKey::Ident(ident) => name(ident),
                    ObjectKey::Expression(name) => value(text, name),
                };
                Entry { key, value: value(text, item.expr()) }
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
