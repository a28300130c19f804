//! Where an event belongs: in which task and step, and on which host.

use serde::Serialize;

/// What a task or a step is, in [`Whereabouts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Task,
    Step,
}

/// Fields that each event has where they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Whereabouts {
    /// The innermost task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The innermost step of that task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The names of all tasks and steps, from outside inwards.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// The name of a host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The role of the run's instance that the host is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The id of that instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}

impl Whereabouts {
    /// Inside a task or step that is here.
    #[must_use]
    pub fn inside(&self, part: Part, name: &str) -> Whereabouts {
        let mut inner = self.clone();
        inner.path.push(name.to_owned());
        match part {
            Part::Task => (inner.task, inner.step) = (Some(name.to_owned()), None),
            Part::Step => inner.step = Some(name.to_owned()),
        }
        inner
    }

    /// Whether it is here, or further inside.
    #[must_use]
    pub fn contains(&self, other: &Whereabouts) -> bool {
        other.path.starts_with(&self.path)
    }
}
