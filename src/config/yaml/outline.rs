//! A YAML text as it is written: nothing is resolved, and each part has its bytes.

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput, StructureStyle, Tag};

use super::problem::Problem;

/// Levels of lists and maps.
const DEEPEST: usize = 128;

/// A value as it is written.
#[derive(Debug, Clone)]
pub struct Node {
    /// Without anchor and tag, without white space at the end. Empty: the value is left out.
    pub bytes: Range<usize>,
    pub anchor: Option<Anchor>,
    /// The tag as it is written, `!!str`, and its bytes.
    pub tag: Option<(String, Range<usize>)>,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Unique in the text, unlike the name.
    pub id: usize,
    pub name: String,
    pub bytes: Range<usize>,
}

#[derive(Debug, Clone)]
pub enum Kind {
    /// Its value, without quotes and escapes.
    Scalar(String, Style),
    /// The id of the anchor that is meant.
    Alias(usize),
    /// Each item, and whether they stand between brackets.
    List(Vec<Node>, Layout),
    Map(Vec<Entry>, Layout),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    Single,
    Double,
    /// `|` and `>`.
    Block,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// By lines.
    Block,
    /// By brackets or braces.
    Flow,
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub key: Node,
    pub value: Node,
}

impl Node {
    /// From the anchor or tag on, if there is one.
    pub fn start(&self) -> usize {
        let starts = [self.anchor.as_ref().map(|it| it.bytes.start), self.tag_start()];
        starts.into_iter().flatten().fold(self.bytes.start, usize::min)
    }

    fn tag_start(&self) -> Option<usize> {
        self.tag.as_ref().map(|(_, bytes)| bytes.start)
    }

    /// Past the last byte, which is that of an anchor or tag if the value is left out.
    pub fn end(&self) -> usize {
        let ends = [
            self.anchor.as_ref().map(|it| it.bytes.end),
            self.tag.as_ref().map(|(_, bytes)| bytes.end),
        ];
        ends.into_iter().flatten().fold(self.bytes.end, usize::max)
    }

    pub fn is_left_out(&self) -> bool {
        self.bytes.is_empty() && matches!(self.kind, Kind::Scalar(_, Style::Plain))
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries, _) => entries,
            _ => &[],
        }
    }

    /// The values directly below.
    pub fn children(&self) -> Vec<&Node> {
        match &self.kind {
            Kind::Map(entries, _) => entries.iter().flat_map(|it| [&it.key, &it.value]).collect(),
            Kind::List(items, _) => items.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The value with this anchor, itself or below.
    pub fn anchored(&self, id: usize) -> Option<&Node> {
        match &self.anchor {
            Some(anchor) if anchor.id == id => Some(self),
            _ => self.children().into_iter().find_map(|child| child.anchored(id)),
        }
    }
}

/// The documents of a text, at least one.
///
/// # Errors
/// A text that is not YAML, one with more than 128 levels.
pub fn outline(text: &str) -> Result<Vec<Node>, Problem> {
    let options = granit_parser::options! {
        block_scalar_eof_without_line_feed: true,
        emit_anchor_events: true,
    };
    let parser = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader { parser, ahead: None, text };
    let mut documents = Vec::new();
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => break,
            (Event::DocumentStart(..), span) => {
                let (event, at) = reader.next()?;
                documents.push(match event {
                    Event::DocumentEnd => nothing(bytes(&span).end),
                    event => reader.node(event, &at, 0)?,
                });
            }
            _ => {}
        }
    }
    if documents.is_empty() {
        documents.push(nothing(text.len()));
    }
    Ok(documents)
}

fn nothing(at: usize) -> Node {
    let kind = Kind::Scalar(String::new(), Style::Plain);
    Node { bytes: at..at, anchor: None, tag: None, kind }
}

fn bytes(span: &Span) -> Range<usize> {
    span.byte_range().unwrap_or_default()
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    ahead: Option<(Event<'t>, Span)>,
    text: &'t str,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Problem> {
        if let Some(ahead) = self.ahead.take() {
            return Ok(ahead);
        }
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let at = error.marker().byte_offset().unwrap_or(self.text.len());
                let problem = Problem::new(error.kind().to_string(), at..at);
                Err(problem.with_usual_cure(self.text))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn anchor(&mut self) -> Result<Option<Anchor>, Problem> {
        let (event, span) = self.next()?;
        let Event::Anchor(id, name) = event else {
            self.ahead = Some((event, span));
            return Ok(None);
        };
        Ok(Some(Anchor { id, name: name.into_owned(), bytes: bytes(&span) }))
    }

    fn node(&mut self, event: Event<'t>, span: &Span, depth: usize) -> Result<Node, Problem> {
        let mut at = bytes(span);
        if depth > DEEPEST {
            return Err(Problem::new(format!("more than {DEEPEST} levels"), at));
        }
        let written = |tag: Option<&Tag>| {
            let tag_bytes = span.tag_span().and_then(|it| it.byte_range());
            Some((tag?.original(), tag_bytes?))
        };
        match event {
            Event::Alias(id) => {
                Ok(Node { bytes: at, anchor: None, tag: None, kind: Kind::Alias(id) })
            }
            Event::Scalar(value, style, id, tag) => {
                let anchor = if id == 0 { None } else { self.anchor()? };
                let style = match style {
                    ScalarStyle::SingleQuoted => Style::Single,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                    _ => Style::Plain,
                };
                if !matches!(style, Style::Single | Style::Double) {
                    at.end = self.trimmed(&at);
                }
                let is_left_out = at.is_empty() && style == Style::Plain;
                let value = if is_left_out { String::new() } else { value.into_owned() };
                let tag = written(tag.as_deref());
                Ok(Node { bytes: at, anchor, tag, kind: Kind::Scalar(value, style) })
            }
            Event::SequenceStart(style, id, tag) => {
                let anchor = if id == 0 { None } else { self.anchor()? };
                let mut items: Vec<Node> = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if event == Event::SequenceEnd {
                        at.end = match style {
                            StructureStyle::Flow => bytes(&span).end,
                            StructureStyle::Block => items.last().map_or(at.end, Node::end),
                        };
                        break;
                    }
                    items.push(self.node(event, &span, depth + 1)?);
                }
                let tag = written(tag.as_deref());
                Ok(Node { bytes: at, anchor, tag, kind: Kind::List(items, layout(style)) })
            }
            Event::MappingStart(style, id, tag) => {
                let anchor = if id == 0 { None } else { self.anchor()? };
                let mut entries: Vec<Entry> = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if event == Event::MappingEnd {
                        at.end = match style {
                            StructureStyle::Flow => bytes(&span).end,
                            StructureStyle::Block => {
                                entries.last().map_or(at.end, |entry| self.entry_end(entry))
                            }
                        };
                        break;
                    }
                    let key = self.node(event, &span, depth + 1)?;
                    let (event, span) = self.next()?;
                    let value = self.node(event, &span, depth + 1)?;
                    entries.push(Entry { key, value });
                }
                let tag = written(tag.as_deref());
                Ok(Node { bytes: at, anchor, tag, kind: Kind::Map(entries, layout(style)) })
            }
            _ => Err(Problem::new("a value is missing", at)),
        }
    }

    /// A scalar's bytes may reach over the white space and comments up to what follows.
    fn trimmed(&self, at: &Range<usize>) -> usize {
        let text = self.text.get(at.clone()).unwrap_or_default();
        at.start + text.trim_end().len()
    }

    /// Past the last byte of an entry: that is its colon if the value is left out.
    fn entry_end(&self, entry: &Entry) -> usize {
        entry.value.end().max(colon(self.text, &entry.key).unwrap_or_default())
    }
}

fn layout(style: StructureStyle) -> Layout {
    match style {
        StructureStyle::Flow => Layout::Flow,
        StructureStyle::Block => Layout::Block,
    }
}

/// Past the colon after a key. None: it has none, as in `{key}`.
pub fn colon(text: &str, key: &Node) -> Option<usize> {
    let rest = text.get(key.end()..)?;
    let colon = key.end() + rest.len() - rest.trim_start().len();
    text.get(colon..)?.starts_with(':').then_some(colon + 1)
}
