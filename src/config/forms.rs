//! What the texts and numbers of settings look like in the JSON Schema, where their own types do not say it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// A type that stands for a form: `#[schemars(with = "super::forms::Size")]`.
macro_rules! form {
    ($(#[$doc:meta])* $name:ident, $shown:literal, $schema:tt) => {
        $(#[$doc])*
        pub struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $shown.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

form!(
    /// `512MiB`, or a number of bytes.
    Size, "size", {
        "type": ["integer", "string"],
        "minimum": 1,
        "pattern": r"^\s*[0-9]+(\.[0-9]*)?\s*([kKmMgGtTpPeE][iI]?)?[bB]?\s*$",
        "examples": ["512MiB", "20GiB"],
    }
);

form!(
    /// `90s`, `10m`, `1h30m`. What else can be written is left to the reader.
    Time, "time", {
        "type": "string",
        "pattern": "[0-9]",
        "examples": ["90s", "10m", "1h30m"],
    }
);

form!(
    /// A port of a machine.
    Port, "port", {"type": "integer", "minimum": 1, "maximum": 65535}
);

form!(
    /// A whole number, 1 or more.
    Positive, "positive", {"type": "integer", "minimum": 1}
);

form!(
    /// As many as `sizes::cpus` accepts.
    Processors, "processors", {"type": "integer", "minimum": 1, "maximum": 1024}
);

form!(
    /// A time, or by cloud a time each.
    Deprecation, "deprecation", {
        "type": ["string", "object"],
        "pattern": "^$|[0-9]",
        "propertyNames": {"enum": (super::cloud_name::names())},
        "additionalProperties": {"type": "string", "pattern": "^$|[0-9]"},
        "examples": ["30d", "12h"],
    }
);
