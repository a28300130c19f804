//! The end of a console in the middle of a script.

use rhai::{GlobalRuntimeState, Scope};

/// What lines have defined is gone at its end, but for the values of variables that were there before.
pub struct Undo {
    variables: usize,
    functions: usize,
    imports: usize,
}

impl Undo {
    pub fn of(scope: &Scope<'_>, global: &GlobalRuntimeState) -> Undo {
        Undo { variables: scope.len(), functions: global.lib.len(), imports: global.num_imports() }
    }

    pub fn undo(&self, scope: &mut Scope<'_>, global: &mut GlobalRuntimeState) {
        scope.rewind(self.variables);
        global.lib.truncate(self.functions);
        global.truncate_imports(self.imports);
    }
}
