//! Replies as EC2 writes them: lists consist of `item` elements; errors have a form of their own.

use std::fmt::Write;

use super::world::Tags;

pub enum Xml {
    /// The element is omitted.
    Nothing,
    Text(String),
    Fields(Fields),
    Items(Vec<Xml>),
}

pub type Fields = Vec<(&'static str, Xml)>;

/// The result of a request.
pub type Reply = Result<Fields, Refusal>;

/// An error of EC2.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub message: String,
}

impl Refusal {
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Refusal {
        Refusal { status, code: code.to_owned(), message: message.into() }
    }

    /// Most of EC2's errors are status 400.
    pub fn client<T>(code: &str, message: impl Into<String>) -> Result<T, Refusal> {
        Err(Refusal::new(400, code, message))
    }
}

impl From<String> for Xml {
    fn from(text: String) -> Xml {
        Xml::Text(text)
    }
}

impl From<&str> for Xml {
    fn from(text: &str) -> Xml {
        Xml::Text(text.to_owned())
    }
}

impl From<bool> for Xml {
    fn from(value: bool) -> Xml {
        Xml::Text(value.to_string())
    }
}

impl From<u64> for Xml {
    fn from(value: u64) -> Xml {
        Xml::Text(value.to_string())
    }
}

impl From<Option<String>> for Xml {
    fn from(text: Option<String>) -> Xml {
        text.map_or(Xml::Nothing, Xml::Text)
    }
}

impl From<&Tags> for Xml {
    fn from(tags: &Tags) -> Xml {
        let tag = |(key, value): (&String, &String)| {
            Xml::Fields(vec![("key", key.clone().into()), ("value", value.clone().into())])
        };
        Xml::Items(tags.iter().map(tag).collect())
    }
}

/// `<return>true</return>`: the request was carried out.
pub fn done() -> Reply {
    Ok(vec![("return", true.into())])
}

pub fn response(action: &str, fields: Fields) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    write!(out, "<{action}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">").unwrap();
    // Other services have the request's id after the result.
    if !fields.iter().any(|(name, _)| name.ends_with("Result")) {
        out.push_str("<requestId>11111111-2222-3333-4444-555555555555</requestId>");
    }
    fields.iter().for_each(|(name, value)| element(&mut out, name, value));
    write!(out, "</{action}Response>").unwrap();
    out
}

pub fn errors(refusal: &Refusal) -> String {
    let mut out =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>");
    element(&mut out, "Code", &refusal.code.as_str().into());
    element(&mut out, "Message", &refusal.message.as_str().into());
    out.push_str(
        "</Error></Errors><RequestID>11111111-2222-3333-4444-555555555555</RequestID></Response>",
    );
    out
}

fn element(out: &mut String, name: &str, value: &Xml) {
    if matches!(value, Xml::Nothing) {
        return;
    }
    write!(out, "<{name}>").unwrap();
    match value {
        Xml::Nothing => {}
        Xml::Text(text) => {
            out.push_str(&text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
        }
        Xml::Fields(fields) => fields.iter().for_each(|(name, value)| element(out, name, value)),
        Xml::Items(items) => items.iter().for_each(|item| element(out, "item", item)),
    }
    write!(out, "</{name}>").unwrap();
}
