//! The data of a source: it fills a server, or writes a file.

mod backup;
mod big;
mod mixed;
mod rdb_file;
mod rdb_value;
mod small;

pub use backup::backup;
pub use big::{BIG, big};
pub use mixed::mixed;
pub use small::{few_among_many, incompressible, kinds, small};
