//! The items of a container that is written as one string.

use crate::payload::container::{IntSet, Listpack, Ziplist};
use crate::payload::{Cursor, Fault, Item};

/// A kind of container.
#[derive(Clone, Copy, Debug)]
pub(super) enum Container {
    IntSet,
    Listpack,
    Ziplist,
}

/// The reader of one of them.
enum Items<'a> {
    IntSet(IntSet<'a>),
    Listpack(Listpack<'a>),
    Ziplist(Ziplist<'a>),
}

impl<'a> Items<'a> {
    fn next_item(&mut self) -> Result<Option<Item<'a>>, Fault> {
        match self {
            Self::IntSet(numbers) => Ok(numbers.next().map(Item::Int)),
            Self::Listpack(items) => items.next_item(),
            Self::Ziplist(items) => items.next_item(),
        }
    }
}

/// Reads a string that holds a container, and passes on its items, `N` at a time.
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
    let Some(first) = items.next_item()? else { return Ok(None) };
    let mut group = [const { Item::Int(0) }; N];
    group[0] = first;
    for place in &mut group[1..] {
        *place = items.next_item()?.ok_or(Fault::corrupt(0, "a container ends in the middle of a member"))?;
    }
    Ok(Some(group))
}
