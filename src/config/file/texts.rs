//! The texts of files, each read once: a pipe can be read only once, and a file may change meanwhile.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::Text;
use crate::config::fault::Fault;

/// The texts of the files that were read, or why they cannot be.
#[derive(Default)]
pub struct Texts(RefCell<HashMap<PathBuf, Known>>);

type Known = Result<Rc<Text>, Box<Fault>>;

impl Texts {
    /// The text of a file.
    pub(in crate::config) fn read(&self, path: &Path) -> Known {
        let mut known = self.0.borrow_mut();
        known.entry(path.to_owned()).or_insert_with(|| Text::read(path).map(Rc::new)).clone()
    }
}
