//! Listpacks with the backward lengths in the other encoding.

use super::{BacklenEncoding, Listpack};
use crate::payload::Fault;

/// The encoding of a listpack; `None` if it has no item of an ambiguous size.
pub(in crate::payload) fn backlen_encoding_of(listpack: &[u8]) -> Result<Option<BacklenEncoding>, Fault> {
    let mut items = Listpack::open(listpack)?;
    while items.next_item()?.is_some() {
        let last = items.last_item();
        if let found @ Some(_) = BacklenEncoding::detect(last.len(), &listpack[last.end..]) {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The same listpack in this encoding.
pub(in crate::payload) fn with_backlen_encoding(listpack: &[u8], into: BacklenEncoding) -> Result<Vec<u8>, Fault> {
    let mut items = Listpack::open(listpack)?;
    let mut out = Vec::with_capacity(listpack.len() + 8);
    out.extend_from_slice(&listpack[..items.position()]);
    while items.next_item()?.is_some() {
        let last = items.last_item();
        out.extend_from_slice(&listpack[last.clone()]);
        into.put_backlen(&mut out, last.len());
    }
    out.extend_from_slice(&listpack[listpack.len() - 1..]);
    let size = u32::try_from(out.len()).map_err(|_| Fault::corrupt(0, "a listpack is longer than it can be"))?;
    out[..4].copy_from_slice(&size.to_le_bytes());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Item;
    use crate::payload::container::backlen::{AMBIGUOUS, SHORTEST_AMBIGUOUS};
    use crate::payload::container::listpack::tests::{listpack_with, read};

    /// Texts of items whose sizes are ambiguous or one off; five bytes of each item are the length of its text.
    fn texts() -> Vec<Vec<u8>> {
        let sizes = AMBIGUOUS[..2].iter().flat_map(|size| [size - 1, *size, size + 1]);
        sizes.map(|size| vec![0; size - 5]).collect()
    }

    #[test]
    fn items_of_ambiguous_sizes_are_read_in_both_encodings() {
        let texts = texts();
        let items: Vec<Item> = texts.iter().map(|text| Item::from(&text[..])).collect();
        let [padded, minimal] = [BacklenEncoding::Padded, BacklenEncoding::Minimal].map(|encoding| {
            let bytes = listpack_with(encoding, &items);
            assert_eq!(read(&bytes).unwrap(), items);
            assert_eq!(backlen_encoding_of(&bytes), Ok(Some(encoding)));
            bytes
        });
        assert_eq!(padded.len(), minimal.len() + 2);
        assert_eq!(with_backlen_encoding(&padded, BacklenEncoding::Minimal).unwrap(), minimal);
        assert_eq!(with_backlen_encoding(&minimal, BacklenEncoding::Padded).unwrap(), padded);
    }

    #[test]
    fn a_listpack_without_such_items_is_the_same_in_both_encodings() {
        let items = [Item::Int(5), Item::from(&[0; 16_377][..])];
        let bytes = listpack_with(BacklenEncoding::Padded, &items);
        assert_eq!(bytes, listpack_with(BacklenEncoding::Minimal, &items));
        assert_eq!(backlen_encoding_of(&bytes), Ok(None));
    }

    #[test]
    fn the_shortest_listpack_with_such_an_item_has_the_stated_length() {
        let text = vec![0; AMBIGUOUS[0] - 5];
        assert_eq!(listpack_with(BacklenEncoding::Minimal, &[Item::from(&text[..])]).len() as u64, SHORTEST_AMBIGUOUS);
    }
}
