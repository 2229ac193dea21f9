//! What the source holds.

mod big;
mod mixed;
mod small;

pub use big::{BIG, big};
pub use mixed::mixed;
pub use small::{few_among_many, incompressible, small};
