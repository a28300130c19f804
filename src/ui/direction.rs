//! Which way something goes between imgctl and a host.

use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Read,
    Sent,
    Compared,
}

impl Direction {
    pub(super) fn word(self) -> &'static str {
        match self {
            Direction::Read => "read",
            Direction::Sent => "sent",
            Direction::Compared => "compared",
        }
    }
}
