//! Names of hashes' fields that a file holds once, and hashes refer to (Redis 8.10, RDB version 15).

use std::collections::HashMap;

/// The templates of a file so far.
#[derive(Debug, Default)]
pub(super) struct Templates {
    by_id: HashMap<u64, Template>,
}

/// The names of some hashes' fields.
#[derive(Debug)]
pub(super) struct Template {
    /// How many.
    pub(super) fields: u64,
    /// Their count and they themselves, as they stand in the file.
    pub(super) names: Vec<u8>,
}

impl Templates {
    pub(super) fn insert(&mut self, id: u64, template: Template) {
        self.by_id.insert(id, template);
    }

    pub(super) fn get(&self, id: u64) -> Option<&Template> {
        self.by_id.get(&id)
    }
}
