//! Where a value ends.
//!
//! Each type's layout is data: a list of [`LayoutStep`]s that says what follows what. A [`LayoutWalk`] goes over
//! a value along its layout, in pieces as they arrive, without making anything of it. What walks is
//! one small interpreter; nesting is bounded by the layouts, not by the bytes.

mod step;
mod table;
mod walk;

pub use step::LayoutStep;
pub use table::{KEY_META, MODULE_AUX, layout_of};
pub use walk::LayoutWalk;
