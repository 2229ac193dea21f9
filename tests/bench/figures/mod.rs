//! The results: figures with their spread, as a table and as JSON, and compared with earlier ones.

mod figure;
mod results;
mod screen;
mod table;

pub use figure::{Figure, Unit};
pub use results::{Chapter, Findings, Results};
pub use screen::{print, report};
