//! A value on its way into a struct.

use serde_json::Value;

use super::expand::has_variables;
use super::misfit::Misfit;

#[derive(Clone, Copy)]
pub struct Decoder<'v> {
    pub value: &'v Value,
    /// Variables are not filled in: a value with one is neither right nor wrong.
    pub checking: bool,
}

impl<'v> Decoder<'v> {
    pub fn with(self, value: &'v Value) -> Self {
        Decoder { value, ..self }
    }

    /// The value, if it is a text. While checking, one with variables is `Unresolved`.
    pub fn text(self) -> Result<Option<&'v str>, Misfit> {
        match self.value {
            Value::String(text) if self.checking && has_variables(text) => {
                Err(Misfit::unresolved())
            }
            Value::Null if self.checking => Err(Misfit::unresolved()),
            Value::String(text) => Ok(Some(text)),
            _ => Ok(None),
        }
    }
}
