//! The names that a line of a script can use.

use rhai::Position;

use super::changed::Written;
use super::kind::Kind;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Variable,
    Constant,
    /// A parameter, or a variable of a loop or `catch`: it may be unused.
    Given,
    /// A module, by the name of its text. None: it is chosen when the script runs, or cannot be read.
    Module(Option<String>),
}

#[derive(Clone)]
pub struct Entry {
    pub name: String,
    pub position: Position,
    pub what: What,
    pub kind: Kind,
    /// That of a constant, as far as it is written out.
    pub text: Option<String>,
    /// Those of a loop over a list that is written out, and where they are written.
    pub texts: Vec<(String, Position)>,
    /// The number of arguments that it is called with, if it is a closure that is written out.
    pub parameters: Option<usize>,
    /// The keys that it begins with, if it is a map of which all are known.
    pub keys: Option<Vec<String>>,
    /// If it is a map that is written out, what is in it by now.
    pub map: Option<Written>,
    /// It is what `catch` has caught: an error, or whatever a script has thrown.
    pub is_caught: bool,
    pub used: bool,
}

/// The open blocks, outermost first.
#[derive(Default)]
pub struct Scope {
    blocks: Vec<Vec<Entry>>,
    /// Where the current function begins: it cannot see the variables of what is around it.
    function: usize,
    /// Modules that are imported below the beginning of the current function are not seen by it.
    begins: Option<Position>,
}

impl Scope {
    pub fn open(&mut self) {
        self.blocks.push(Vec::new());
    }

    pub fn close(&mut self) -> Vec<Entry> {
        self.blocks.pop().unwrap_or_default()
    }

    /// Begins a function; the result ends it again.
    pub fn enter(&mut self, begins: Option<Position>) -> (usize, Option<Position>) {
        let outside = (self.function, self.begins);
        self.function = self.blocks.len();
        if begins.is_some() {
            self.begins = begins;
        }
        self.open();
        outside
    }

    pub fn leave(&mut self, outside: (usize, Option<Position>)) -> Vec<Entry> {
        (self.function, self.begins) = outside;
        self.close()
    }

    pub fn declare(&mut self, name: &str, position: Position, what: What, kind: Kind) {
        let entry = Entry {
            name: name.to_owned(),
            position,
            what,
            kind,
            text: None,
            texts: Vec::new(),
            parameters: None,
            keys: None,
            map: None,
            is_caught: false,
            used: false,
        };
        self.add(entry);
    }

    pub fn add(&mut self, entry: Entry) {
        if let Some(block) = self.blocks.last_mut() {
            block.push(entry);
        }
    }

    /// The variable of that name.
    pub fn variable(&mut self, name: &str) -> Option<&mut Entry> {
        let visible = self.blocks.get_mut(self.function..)?;
        visible
            .iter_mut()
            .rev()
            .flat_map(|block| block.iter_mut().rev())
            .find(|entry| entry.name == name && !matches!(entry.what, What::Module(_)))
    }

    /// The module of that name.
    pub fn module(&mut self, name: &str) -> Option<&mut Entry> {
        let (begins, function) = (self.begins, self.function);
        let blocks = self.blocks.iter_mut().enumerate().rev();
        let all = blocks.flat_map(|(at, block)| block.iter_mut().rev().map(move |it| (at, it)));
        let is_visible = |at: usize, entry: &Entry| {
            at >= function || begins.is_none_or(|begins| entry.position < begins)
        };
        let mut all = all.filter(|(_, entry)| matches!(entry.what, What::Module(_)));
        all.find(|(at, entry)| entry.name == name && is_visible(*at, entry)).map(|(_, entry)| entry)
    }

    /// The module that has this name in the innermost block already.
    pub fn module_here(&mut self, name: &str) -> Option<&mut Entry> {
        let block = self.blocks.last_mut()?;
        block.iter_mut().find(|it| it.name == name && matches!(it.what, What::Module(_)))
    }

    /// Whether the script has a variable of that name outside of functions, which these do not see.
    pub fn is_outside(&mut self, name: &str) -> Option<&mut Entry> {
        let outermost = self.blocks.first_mut().filter(|_| self.function > 0)?;
        outermost.iter_mut().rev().find(|it| it.name == name && it.what == What::Variable)
    }

    /// The constant of the script itself that functions read as `global::NAME`.
    pub fn global(&mut self, name: &str) -> Option<&mut Entry> {
        let outermost = self.blocks.first_mut()?;
        let found = outermost.iter_mut().rev().find(|entry| entry.name == name);
        found.filter(|entry| entry.what == What::Constant)
    }

    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let visible = self.blocks.get(self.function..).unwrap_or_default();
        let all = visible.iter().flatten().filter(|it| !matches!(it.what, What::Module(_)));
        all.map(|entry| entry.name.as_str())
    }

    pub fn modules(&self) -> impl Iterator<Item = &str> {
        let all = self.blocks.iter().flatten().filter(|it| matches!(it.what, What::Module(_)));
        all.map(|entry| entry.name.as_str())
    }

    pub fn globals(&self) -> impl Iterator<Item = &str> {
        let all = self.blocks.first().into_iter().flatten();
        all.filter(|it| it.what == What::Constant).map(|entry| entry.name.as_str())
    }
}
