//! Syntax trees, so that no text is parsed twice, and what else scripts of a process share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rhai::{AST, Engine, ParseError};

use super::checked::Checked;
use super::shared_modules::SharedModules;
use super::shipped::Source;
use super::texts::Texts;
use super::turns::Turns;

/// The trees of all scripts and modules of a process, as they are written: nothing is optimised away.
#[derive(Default)]
pub struct Trees {
    trees: Mutex<HashMap<String, Kept>>,
    pub texts: Texts,
    pub modules: SharedModules,
    pub checked: Checked,
    /// Scripts are compiled and checked in turns.
    pub turns: Turns,
}

struct Kept {
    text: Arc<str>,
    ast: Arc<AST>,
    /// The same, to be run.
    optimized: Option<Arc<AST>>,
}

impl Trees {
    /// The tree of exactly this text.
    #[must_use]
    pub fn known(&self, source: &Source) -> Option<Arc<AST>> {
        let kept = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(&source.name).filter(|it| *it.text == *source.text);
        found.map(|it| it.ast.clone())
    }

    /// A tree of exactly this text to run, made by `optimize` where it was not made before. None: the text is not
    /// known. Trees of what runs share their functions, which are most of their memory.
    pub fn optimized(
        &self,
        source: &Source,
        optimize: impl FnOnce(&AST) -> AST,
    ) -> Option<Arc<AST>> {
        let mut trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = trees.get_mut(&source.name).filter(|it| *it.text == *source.text)?;
        let (ast, optimized) = (&kept.ast, &mut kept.optimized);
        Some(optimized.get_or_insert_with(|| Arc::new(optimize(ast))).clone())
    }

    /// As [`Trees::known`]; it is read first where it is not known yet. `engine` leaves trees as they
    /// are written ([`super::check::lenient`]).
    pub fn read(&self, engine: &Engine, source: &Source) -> Result<Arc<AST>, ParseError> {
        if let Some(ast) = self.known(source) {
            return Ok(ast);
        }
        let mut ast = engine.compile(&source.text)?;
        ast.set_source(&source.name);
        let ast = Arc::new(ast);
        let kept = Kept { text: self.texts.of(source), ast: ast.clone(), optimized: None };
        self.trees.lock().unwrap_or_else(PoisonError::into_inner).insert(source.name.clone(), kept);
        Ok(ast)
    }
}
