//! Replies, and the services' forms of errors.

use serde_json::{Value, json};

pub struct Reply {
    pub status: u16,
    pub body: Value,
    pub headers: Vec<(&'static str, String)>,
}

impl Reply {
    pub fn new(status: u16, body: Value) -> Reply {
        Reply { status, body, headers: Vec::new() }
    }

    pub fn ok(body: Value) -> Reply {
        Reply::new(200, body)
    }

    pub fn nothing(status: u16) -> Reply {
        Reply::new(status, Value::Null)
    }

    /// `kind` is nova's name for it: `forbidden`, `conflictingRequest`.
    pub fn error(status: u16, kind: &str, message: &str) -> Reply {
        Reply::new(status, json!({kind: {"message": message, "code": status}}))
    }

    pub fn not_found(message: &str) -> Reply {
        Reply::error(404, "itemNotFound", message)
    }

    pub fn conflict(message: &str) -> Reply {
        Reply::error(409, "conflictingRequest", message)
    }
}
