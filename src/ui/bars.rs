//! How a spinner and a bar look.

use std::time::Duration;

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::human::Marks;
use super::narrow::Narrow;

/// A total above this counts bytes: no other total is that large.
const BYTES: u64 = 64 * 1024;

pub fn on_stderr() -> MultiProgress {
    let terminal = Term::buffered_stderr();
    MultiProgress::with_draw_target(match terminal.is_term() {
        true => ProgressDrawTarget::term_like_with_hz(Box::new(Narrow::new(terminal)), 10),
        false => ProgressDrawTarget::hidden(),
    })
}

/// A spinner for an activity that has lasted this long.
pub fn add(bars: &MultiProgress, marks: &Marks, lasted: Duration) -> ProgressBar {
    let bar = bars.add(ProgressBar::no_length().with_elapsed(lasted));
    bar.set_style(style("  {spinner} {wide_msg} {elapsed}", marks));
    bar
}

pub fn update(
    bar: &ProgressBar,
    marks: &Marks,
    what: String,
    done: Option<u64>,
    total: Option<u64>,
) {
    if let (Some(done), Some(total)) = (done, total) {
        if bar.length() != Some(total) {
            let counts = if total > BYTES {
                "{bytes}/{total_bytes} {bytes_per_sec} {eta}"
            } else {
                "{pos}/{len} {elapsed}"
            };
            bar.set_style(style(&format!("  {{spinner}} {{msg}} {{wide_bar}} {counts}"), marks));
            bar.set_length(total);
        }
        bar.set_position(done);
    }
    bar.set_message(what);
    bar.tick();
}

pub fn remove(bars: &MultiProgress, bar: &ProgressBar) {
    bar.finish_and_clear();
    bars.remove(bar);
}

fn style(template: &str, marks: &Marks) -> ProgressStyle {
    #[expect(clippy::expect_used, reason = "the templates are the constants above")]
    let style = ProgressStyle::with_template(template).expect("a valid template");
    style.tick_chars(marks.spinner).progress_chars(marks.bar)
}
