//! The items of a container that is written as one string.

use crate::payload::container::{IntSet, Listpack, Ziplist};
use crate::payload::{Cursor, Fault, Item};

/// Which container it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Container {
    IntSet,
    Listpack,
    Ziplist,
}

/// The items of either.
enum Items<'a> {
    IntSet(IntSet<'a>),
    Listpack(Listpack<'a>),
    Ziplist(Ziplist<'a>),
}

impl<'a> Iterator for Items<'a> {
    type Item = Result<Item<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::IntSet(numbers) => numbers.next().map(|number| Ok(Item::Int(number))),
            Self::Listpack(items) => items.next(),
            Self::Ziplist(items) => items.next(),
        }
    }
}

/// Reads a string that is a container, and hands on its items, `N` at a time.
pub(super) fn items<const N: usize>(
    container: Container,
    cursor: &mut Cursor,
    mut each: impl FnMut([Item; N]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let at = cursor.position();
    let blob = cursor.blob()?;
    let mut read = || {
        let mut items = match container {
            Container::IntSet => Items::IntSet(IntSet::open(&blob)?),
            Container::Listpack => Items::Listpack(Listpack::open(&blob)?),
            Container::Ziplist => Items::Ziplist(Ziplist::open(&blob)?),
        };
        while let Some(group) = group(&mut items)? {
            each(group)?;
        }
        Ok(())
    };
    read().map_err(|fault: Fault| fault.inside(at))
}

/// The next `N` items; `None` at the end.
fn group<'a, const N: usize>(items: &mut Items<'a>) -> Result<Option<[Item<'a>; N]>, Fault> {
    let Some(first) = items.next().transpose()? else { return Ok(None) };
    let mut first = Some(first);
    let mut group = [const { Item::Int(0) }; N];
    for place in &mut group {
        let next = first.take().map(Ok).or_else(|| items.next());
        *place = next.ok_or(Fault::corrupt(0, "a container has an item without its other half"))??;
    }
    Ok(Some(group))
}
