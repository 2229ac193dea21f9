//! What the program is compared with.

mod bare_scan;
mod full_sync;
mod limit_probe;
mod prepared_restores;

pub use bare_scan::bare_scan;
pub use full_sync::full_sync;
pub use limit_probe::limit_probe;
pub use prepared_restores::PreparedRestores;
