//! Where a value ends.
//!
//! Each type's layout is data: a list of [`LayoutStep`]s that says what follows what. A [`LayoutWalk`] goes over
//! a value along its layout, in pieces as they arrive, without making anything of it. What walks is
//! one small interpreter; nesting is bounded by the layouts, not by the bytes.

mod table;
mod walk;

use table::layout_of;
pub(crate) use table::{KEY_META, LayoutStep, MODULE_AUX};
pub use walk::LayoutWalk;
