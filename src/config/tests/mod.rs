//! Whole loads: files, variables and options to jobs, or to faults.

mod faults;
mod layers;
mod names;
mod passwords;
mod scene;
mod schema;
mod script;

use scene::Scene;
