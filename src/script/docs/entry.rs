//! What the reference says of one function.

/// One function, getter or method as scripts see it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// `cloud`, `std/package`, or `host` for functions without a namespace.
    pub section: String,
    /// `cloud::up(options)`, `host.os`.
    pub signature: String,
    pub name: String,
    /// The doc comment as Markdown.
    pub text: String,
    pub form: Form,
    /// Those that are written in the parentheses.
    pub parameters: Vec<Parameter>,
    /// The value before the dot, of methods and properties.
    pub of: Option<Parameter>,
    /// Rhai's name of the type. None: it may be any.
    pub returns: Option<String>,
}

impl Entry {
    /// The same function for other types.
    pub fn takes_also(&mut self, other: &Entry) {
        let own = self.parameters.iter_mut().chain(self.of.as_mut());
        for (own, other) in own.zip(other.parameters.iter().chain(other.of.as_ref())) {
            let new = other.kinds.iter().filter(|kind| !own.kinds.contains(kind));
            let new: Vec<String> = new.cloned().collect();
            own.kinds.extend(new);
        }
        if self.returns != other.returns {
            self.returns = None;
        }
    }

    /// Whether it is called by the name of its section, `cloud::up`.
    #[must_use]
    pub fn is_of_namespace(&self) -> bool {
        self.signature.split('(').next().is_some_and(|path| path.contains("::"))
    }
}

/// How it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    Function,
    Method,
    Property,
}

impl Form {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Form::Function => "function",
            Form::Method => "method",
            Form::Property => "property",
        }
    }
}

/// A parameter, with Rhai's names of the types that it takes. None: any.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parameter {
    pub name: String,
    pub kinds: Vec<String>,
}
