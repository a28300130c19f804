//! Reports of what was done: a page, JUnit XML, and a job summary for GitHub. They are made of the same events
//! that are shown, kept while the work goes on and written at its end.

mod bounds;
mod destination;
mod junit;
mod kept;
mod page;
mod record;
pub(super) mod recorder;
mod rows;
mod source;
mod summary;
mod times;
mod words;
mod writer;

pub use recorder::{Ended, How};
pub use source::Facts;
pub use writer::Reports;
