//! Finding the end of a value.
//!
//! The layout of each type is data: a list of [`LayoutStep`]s. A [`LayoutWalk`] goes over a value along its layout, in
//! pieces as they arrive, without decoding it. Nesting is bounded by the layouts, not by the bytes.

mod table;
mod walk;

use table::layout_of;
pub(crate) use table::{KEY_META, LayoutStep, MODULE_AUX};
pub use walk::LayoutWalk;
pub(crate) use walk::Route;
