//! Whether the tasks of `bake:` are tasks.

use super::bake::KEY;
use super::configuration::Config;
use super::mistake::Mistake;
use super::path::{KeyPath, Segment};
use super::source;
use crate::error::nearest;
use crate::{Error, Result};

const TASKS: &str = "tasks";

impl Config {
    /// What is wrong with the tasks of `bake:`, where these are all tasks that there are.
    ///
    /// # Errors
    /// `Code::Config` for a variable that is not set.
    pub fn mistakes_of_bake(&self, known: &[String]) -> Result<Vec<Error>> {
        let path = KeyPath::of(&[KEY, TASKS]);
        let given = self.get(&path.to_string())?;
        let given = given.as_ref().and_then(|it| it.as_array()).into_iter().flatten();
        let mut found = Vec::new();
        for (index, name) in given.enumerate() {
            let name = name.as_str().unwrap_or_default();
            let path = path.join([Segment::Index(index)]);
            let mistake = if name == KEY {
                Mistake::new(path, "bake cannot run itself").hint("list only what it is to add")
            } else if known.iter().any(|known| known == name) {
                continue;
            } else {
                let mistake = Mistake::new(path, &format!("there is no task `{name}`"));
                match nearest(name, known.iter().map(String::as_str)) {
                    Some(near) => mistake.hint(format!("did you mean `{near}`?")),
                    None => mistake.hint("`imgctl list` lists all tasks"),
                }
            };
            let at = source::find(&self.sources, std::slice::from_ref(&mistake.path));
            found.push(match at.map(|(source, _)| source) {
                Some(source) => source.error(mistake),
                None => Error::config(mistake.message),
            });
        }
        Ok(found)
    }
}
