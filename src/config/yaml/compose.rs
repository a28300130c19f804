//! The walk over the parser's events.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde_json::{Map, Value};

use super::marks::{Below, Document, Mark};
use super::merge;
use super::problem::Problem;
use super::rules::Rules;
use super::scalar::{self, Unreadable};

/// What the handle `!!` stands for.
const CORE: &str = "tag:yaml.org,2002:";

/// Levels of lists and maps.
const DEEPEST: usize = 128;

/// Values that aliases may add to a document, and that are kept for them: more than any configuration needs, and few enough
/// that a document that doubles itself with every line is refused at once. A long text counts as several.
const MOST_COPIES: usize = 100_000;

/// Bytes of a text that count as one more value.
const LONG: usize = 256;

/// The value of any one document, read as YAML 1.2 is by other programs.
pub fn value(text: &str) -> Result<Value, Problem> {
    compose(text, Rules::PLAIN).map(|document| document.value)
}

/// The one document of a text. An empty text is null.
pub fn compose(text: &str, rules: Rules) -> Result<Document, Problem> {
    // The last line of a block is read as every other YAML library reads it.
    let options = granit_parser::options! { block_scalar_eof_without_line_feed: true };
    let parser = Parser::new_from_str_with_options(text, options);
    let mut composer =
        Composer { parser, rules, anchors: HashMap::new(), copies: 0, kept: 0, end: text.len() };
    composer.document().map_err(|problem| problem.with_usual_cure(text))
}

struct Composer<'t> {
    parser: Parser<'t, StrInput<'t>>,
    rules: Rules,
    /// By the parser's number. One is here once its value is complete.
    anchors: HashMap<usize, Node>,
    /// How many values aliases have added.
    copies: usize,
    /// How many values `anchors` has: each is there once for every anchor around it.
    kept: usize,
    /// The length of the text.
    end: usize,
}

/// A value that has been read.
#[derive(Clone)]
struct Node {
    value: Value,
    mark: Mark,
    /// A scalar as it is written, without quotes and escapes.
    written: Option<String>,
    /// Values in it, itself included.
    size: usize,
    /// Levels in it.
    height: usize,
}

impl Node {
    fn scalar(value: Value, written: Option<String>, bytes: Range<usize>) -> Node {
        let mark = Mark { key: None, value: bytes, below: Below::Nothing };
        let size = 1 + written.as_ref().map_or(0, String::len) / LONG;
        Node { value, mark, written, size, height: 0 }
    }
}

impl<'t> Composer<'t> {
    fn document(&mut self) -> Result<Document, Problem> {
        let mut root = None;
        loop {
            let (event, bytes) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(..) if root.is_some() => {
                    return Err(Problem::new("there is more than one document", bytes)
                        .hint("remove the line `---` and what follows it"));
                }
                Event::DocumentStart(..) => {
                    let first = self.next()?;
                    // A document of comments only.
                    root = Some(match first.0 {
                        Event::DocumentEnd => Node::scalar(Value::Null, None, first.1),
                        event => self.node(event, first.1, 0)?,
                    });
                }
                _ => {}
            }
        }
        let root = root.unwrap_or_else(|| Node::scalar(Value::Null, None, 0..0));
        Ok(Document { value: root.value, mark: root.mark })
    }

    fn next(&mut self) -> Result<(Event<'t>, Range<usize>), Problem> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, bytes(&span))),
            Some(Err(error)) => Err(broken(&error, self.end)),
            None => Ok((Event::StreamEnd, self.end..self.end)),
        }
    }

    fn node(&mut self, event: Event<'t>, at: Range<usize>, depth: usize) -> Result<Node, Problem> {
        let (node, anchor) = match event {
            Event::Alias(id) => return self.alias(id, at, depth),
            Event::Scalar(text, style, anchor, tag) => {
                (self.scalar(text, style, tag.as_deref(), at)?, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                known_tag(tag.as_deref(), &at)?;
                (self.list(at, depth + 1)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                known_tag(tag.as_deref(), &at)?;
                (self.map(at, depth + 1)?, anchor)
            }
            _ => return Err(Problem::new("a value is missing", at)),
        };
        if anchor != 0 {
            self.kept = self.kept.saturating_add(node.size);
            if self.kept > MOST_COPIES {
                let message = format!("anchors keep more than {MOST_COPIES} values");
                let start = node.mark.value.start;
                return Err(Problem::new(message, start..start));
            }
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn alias(&mut self, id: usize, at: Range<usize>, depth: usize) -> Result<Node, Problem> {
        let Some(node) = self.anchors.get(&id) else {
            return Err(Problem::new("the alias is inside of what it stands for", at));
        };
        self.copies = self.copies.saturating_add(node.size);
        if self.copies > MOST_COPIES {
            return Err(Problem::new(format!("aliases repeat more than {MOST_COPIES} values"), at));
        }
        deep(depth + node.height, &at)?;
        Ok(node.clone())
    }

    fn scalar(
        &self,
        text: Cow<'t, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        at: Range<usize>,
    ) -> Result<Node, Problem> {
        known_tag(tag, &at)?;
        let core = tag.filter(|tag| tag.handle() == CORE).map(Tag::suffix);
        // Without the value, which may be a secret.
        let not = |what: &str| Problem::new(format!("this is not {what}"), at.clone());
        let plain = style == ScalarStyle::Plain;
        if !self.rules.typed {
            let null = plain && scalar::is_null(&text) && core.is_none_or(|tag| tag == "null");
            let value = if null { Value::Null } else { Value::from(&*text) };
            return Ok(Node::scalar(value, Some(text.into_owned()), at));
        }
        let value = match scalar::read(&text, plain, core) {
            Ok(value) => value,
            Err(Unreadable::Infinite) if !self.rules.strict => Value::Null,
            Err(Unreadable::Infinite) => return Err(not("a finite number")),
            Err(Unreadable::TooLong) => return Err(not("a number of at most 64 bits")),
            Err(Unreadable::Tagged(type_)) => return Err(not(type_)),
        };
        Ok(Node::scalar(value, Some(text.into_owned()), at))
    }

    fn list(&mut self, start: Range<usize>, depth: usize) -> Result<Node, Problem> {
        deep(depth, &start)?;
        let (mut values, mut marks, mut size, mut height) = (Vec::new(), Vec::new(), 1, 1);
        loop {
            let (event, at) = self.next()?;
            if event == Event::SequenceEnd {
                let mark =
                    Mark { key: None, value: start.start..at.end, below: Below::Items(marks) };
                return Ok(Node { value: values.into(), mark, written: None, size, height });
            }
            let node = self.node(event, at, depth)?;
            size += node.size;
            height = height.max(node.height + 1);
            values.push(node.value);
            marks.push(node.mark);
        }
    }

    fn map(&mut self, start: Range<usize>, depth: usize) -> Result<Node, Problem> {
        deep(depth, &start)?;
        let (mut map, mut marks) = (Map::new(), HashMap::new());
        let (mut size, mut height) = (1, 1);
        loop {
            let (event, at) = self.next()?;
            if event == Event::MappingEnd {
                if self.rules.merge_keys {
                    merge::apply(&mut map, &mut marks)?;
                }
                let mark =
                    Mark { key: None, value: start.start..at.end, below: Below::Entries(marks) };
                return Ok(Node { value: map.into(), mark, written: None, size, height });
            }
            let key = self.key(event, at.clone(), depth)?;
            if self.rules.strict && map.contains_key(&key) {
                return Err(Problem::new(format!("the key `{key}` is given twice"), at));
            }
            let (event, value_at) = self.next()?;
            let mut node = self.node(event, value_at, depth)?;
            size += node.size + 1 + key.len() / LONG;
            height = height.max(node.height + 1);
            node.mark.key = Some(at);
            marks.insert(key.clone(), node.mark);
            map.insert(key, node.value);
        }
    }

    fn key(&mut self, event: Event<'t>, at: Range<usize>, depth: usize) -> Result<String, Problem> {
        if let (false, Event::Scalar(text, _, 0, _)) = (self.rules.strict, &event) {
            return Ok(text.to_string());
        }
        let node = self.node(event, at.clone(), depth)?;
        match (node.value, node.written) {
            (Value::String(key), _) => Ok(key),
            (_, Some(written)) if !self.rules.strict => Ok(written),
            (_, Some(written)) => Err(Problem::new(format!("the key `{written}` is not text"), at)
                .hint("put the key in quotes")),
            (_, None) => Err(Problem::new("a list or a map cannot be a key", at)),
        }
    }
}

/// Where a value is, with its tag.
fn bytes(span: &Span) -> Range<usize> {
    let bytes = span.byte_range().unwrap_or_default();
    let tag = span.tag_start().and_then(|tag| tag.byte_offset());
    tag.unwrap_or(bytes.start)..bytes.end
}

fn broken(error: &ScanError, end: usize) -> Problem {
    let at = error.marker().byte_offset().unwrap_or(end);
    Problem::new(error.kind().to_string(), at..at)
}

fn deep(depth: usize, at: &Range<usize>) -> Result<(), Problem> {
    match depth > DEEPEST {
        true => Err(Problem::new(format!("more than {DEEPEST} levels"), at.clone())),
        false => Ok(()),
    }
}

/// The tags of YAML itself (`!!str`, `!!binary`) say what a value is; others (`!name`) are for one
/// program's own types, which this one has none of.
fn known_tag(tag: Option<&Tag>, at: &Range<usize>) -> Result<(), Problem> {
    match tag {
        Some(tag) if tag.handle() != CORE && tag.original() != "!" => {
            Err(Problem::new(format!("tags (`{}`) are not supported", tag.original()), at.clone()))
        }
        _ => Ok(()),
    }
}
