//! `breakpoint()`: a console in the middle of a script.

use rhai::{Dynamic, EvalAltResult, EvalContext, Locked, Position, Shared};

use super::conversation::{Conversation, Leave, Where};
use super::evaluate::Place;
use super::tools::Tools;
use super::undo::Undo;
use crate::report::{Level, Report};
use crate::script::errors::{Fallible, OrThrow, again, place};
use crate::script::running::Script;

/// Opens a console where the script is, if somebody is there, and does what they want then.
pub fn stop(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    tools: Tools,
    at: Position,
) -> Fallible<()> {
    let tag = context.tag().clone();
    let Some(script) = tag.try_cast::<Script>() else { return Ok(()) };
    let (run, ui) = (&script.run, &script.run.ui);
    let file = context.source().unwrap_or(&script.source_name).to_owned();
    let here = place(&file, at).map_or(file, |place| place.to_string());
    if !ui.interactive() {
        ui.log(
            Level::Warning,
            &format!("{here}: breakpoint() is passed over: no terminal to ask at"),
        );
        return Ok(());
    }
    let is_within = context.debugger().is_some_and(|debugger| debugger.state().is_bool());
    if is_within {
        ui.log(Level::Warning, &format!("{here}: breakpoint() is passed over: a console is open"));
        return Ok(());
    }
    let leave = ui.alone_at_terminal(|| {
        // Whoever had the terminal before may have ended the run.
        run.watch.check()?;
        ui.log(
            Level::Info,
            &format!("{here}: breakpoint. `:continue` or Ctrl-D goes on, `:quit` ends, `:help`"),
        );
        let in_step = script.reads.has_step();
        let mut console = Conversation::open(&script, Where::Breakpoint { in_step }, tools)?;
        converse(context, &mut console)
    });
    match leave.or_throw()? {
        Leave::Continue => Ok(()),
        Leave::Exit => Err(Box::new(EvalAltResult::Exit(Dynamic::UNIT, at))),
        Leave::Retry => Err(again()),
        Leave::Quit => {
            run.watch.cancel.cancel();
            Err(Box::new(EvalAltResult::ErrorTerminated(Dynamic::UNIT, at)))
        }
    }
}

fn converse(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    console: &mut Conversation,
) -> crate::Result<Leave> {
    // The context lends either of the two, and lines need both.
    let mut global = context.global_runtime_state().clone();
    global.debugger_mut().set_state(true);
    // Constants of lines that were typed are not the script's.
    global.constants = global.constants.as_ref().and_then(|constants| {
        let own = constants.read().ok()?.clone();
        Some(Shared::new(Locked::new(own)))
    });
    let undo = Undo::of(context.scope(), &global);
    let mut place = Place { scope: context.scope_mut(), global: &mut global };
    let leave = console.hold(&mut place, |_, _| Ok(()));
    undo.undo(place.scope, place.global);
    leave
}
