//! The walk over a list.

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::file::ListFile;
use super::line::{ListedKey, Listing};
use crate::budget::{FILE_PAGE_KEYS, PAGE_BYTES};
use crate::error::{KeyListError, Stop};
use crate::source::{Lane, Page, Position, SourceKey};

/// Returns the keys of a list in their order, in pages.
pub struct ListLane<'a> {
    listing: Listing<'a>,
    /// The position in the file at which the walk begins.
    from: u64,
    /// Opened by the first page.
    file: Option<ListFile<'a>>,
}

impl<'a> ListLane<'a> {
    pub fn new(listing: Listing<'a>, from: u64) -> Self {
        Self { listing, from, file: None }
    }

    fn page(&mut self) -> Result<Option<Page>, KeyListError> {
        let Self { listing, from, file } = self;
        let file = match file {
            Some(file) => file,
            None => file.insert(ListFile::open(listing.list, *from)?),
        };
        let (mut keys, mut bytes) = (Vec::new(), 0);
        while keys.len() < FILE_PAGE_KEYS
            && bytes < PAGE_BYTES
            && let Some(line) = file.next_line()?
        {
            match listing.key(line) {
                Ok(None) => {}
                Ok(Some(ListedKey { db, key })) => {
                    bytes += key.as_bytes().len();
                    keys.push(SourceKey { db, key, value: None });
                }
                Err(problem) => return Err(file.line_error(problem)),
            }
        }
        let (reached, share) = (Position::Offset(file.position()), Some(file.share()));
        Ok((!keys.is_empty()).then(|| Page { reached, keys, share, ..Page::default() }))
    }
}

impl Lane for ListLane<'_> {
    fn next_page(&mut self) -> LocalBoxFuture<'_, Result<Option<Page>, Stop>> {
        async { self.page().map_err(Stop::KeyList) }.boxed_local()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Databases, KeyList, ListLines};

    fn pages(list: &KeyList, from: u64) -> Vec<Page> {
        let mut lane = ListLane::new(Listing { list, job: "a", databases: &Databases::One(3) }, from);
        std::iter::from_fn(|| lane.page().unwrap()).collect()
    }

    fn names(pages: &[Page]) -> Vec<String> {
        pages.iter().flat_map(|page| &page.keys).map(|key| key.key.to_string()).collect()
    }

    #[test]
    fn a_walk_continues_at_the_end_of_each_page() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let lines: Vec<String> = (0..3500).map(|number| format!("key:{number}\n\n")).collect();
        std::fs::write(file.path(), lines.concat()).unwrap();
        let list = KeyList { path: file.path().to_owned(), lines: ListLines::Names };
        let all = pages(&list, 0);
        assert_eq!(all.iter().map(|page| page.keys.len()).collect::<Vec<_>>(), [1000, 1000, 1000, 500]);
        assert!(all.iter().all(|page| page.keys.iter().all(|key| key.db == 3)));
        for (done, page) in (1..).zip(&all) {
            let Position::Offset(reached) = page.reached else { panic!("a position in a file") };
            assert_eq!(names(&pages(&list, reached)), names(&all[done..]));
        }
        assert_eq!(all[3].share, Some(1.0));
    }
}
