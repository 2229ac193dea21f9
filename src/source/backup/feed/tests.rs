use std::collections::BTreeSet;

use proptest::prelude::*;
use tokio::sync::mpsc;

use super::*;
use crate::version::Flavour;

const FUNCTION: [u8; 3] = [0xf5, 1, b'f'];

/// Reads a file from a byte on: its pages, each with the number of keys that were skipped before.
fn read(records: &[u8], databases: &Databases, from: u64) -> Vec<(Page, u64)> {
    let bytes = [b"REDIS0010", records, &[0xff, 0, 0, 0, 0, 0, 0, 0, 0]].concat();
    let size = bytes.len() as u64;
    let (batches, mut read) = mpsc::channel(10_000);
    let reader = FileReader {
        path: BackupPath::StandardInput,
        reader: Reader::new(Box::new(std::io::Cursor::new(bytes))),
        read: Arc::new(AtomicU64::new(size)),
        lane: 0,
        origin: Origin::of_file(Flavour::Redis),
        sizes: Some(Sizes { before: 0, all: size }),
        databases: databases.clone(),
        from,
        read_ahead: ReadAhead::new(),
        is_last: true,
        slots: ClusterSlots::default(),
        notes: Notes::default(),
        batches,
    };
    reader.run(None, None);
    let next = || match read.try_recv().ok()? {
        Batch::Page(page, skipped) => {
            let offset = self::offset(&page);
            assert!(offset > from || page.share <= Some(share(offset, size)));
            assert!(offset <= from || page.share == Some(share(offset, size)));
            Some((page, skipped))
        }
        Batch::End => None,
        Batch::Damaged(_, error) => panic!("{error}"),
    };
    std::iter::from_fn(next).collect()
}

fn offset(page: &Page) -> u64 {
    let Position::Offset(offset) = page.reached else { panic!("{:?}", page.reached) };
    offset
}

/// The number of keys in each page, of keys passed over, and the position.
fn pages(keys: usize, databases: &Databases, from: u64) -> Vec<(usize, u64, u64)> {
    let read = read(&[0, 1, b'k', 1, b'v'].repeat(keys), databases, from);
    read.into_iter().map(|(page, _)| (page.keys.len(), page.passed_over, offset(&page))).collect()
}

#[test]
fn a_page_reports_the_decoded_bytes_and_not_the_buffered_ones() {
    let pages = pages(2 * FILE_PAGE_KEYS + 1, &Databases::All, 0);
    assert_eq!(pages, [(1000, 0, 9 + 5000), (1000, 0, 9 + 10_000), (1, 0, 9 + 10_014)]);
}

#[test]
fn pages_are_sent_while_keys_of_other_databases_are_passed_over() {
    let pages = pages(2 * FILE_PAGE_KEYS + 1, &Databases::One(7), 0);
    assert_eq!(pages, [(0, 1000, 9 + 5000), (0, 1000, 9 + 10_000), (0, 1, 9 + 10_014)]);
}

#[test]
fn pages_are_sent_while_keys_are_skipped_and_none_reports_less_than_where_the_walk_began() {
    let from = 9 + 5 * 2500;
    let pages = pages(3 * FILE_PAGE_KEYS, &Databases::All, from);
    assert_eq!(pages, [(0, 0, from), (0, 0, from), (500, 0, 9 + 15_009)]);
}

#[test]
#[should_panic(expected = "no record ends at byte 12, where the walk continues")]
fn a_position_inside_of_a_key_is_an_error() {
    pages(2, &Databases::All, 12);
}

/// The databases and names of keys.
fn names(pages: &[(Page, u64)]) -> Vec<(u16, Vec<u8>)> {
    let keys = pages.iter().flat_map(|(page, _)| &page.keys);
    keys.map(|key| (key.db, key.key.as_bytes().to_vec())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_walk_that_continues_returns_the_keys_after_its_position_and_all_libraries(
        databases in prop::collection::vec((0_u8..4, 0_u16..2500), 1..6),
        is_one in any::<bool>(),
        stop in any::<prop::sample::Index>(),
    ) {
        let mut records = Vec::new();
        for (number, (db, keys)) in databases.iter().enumerate() {
            records.extend(FUNCTION);
            records.extend([0xfe, *db]);
            for key in 0..*keys {
                let name = format!("{number}:{key}");
                records.extend([0, u8::try_from(name.len()).expect("short")]);
                records.extend(name.as_bytes());
                records.extend([1, b'v']);
            }
        }
        let moved = if is_one { Databases::One(1) } else { Databases::All };
        let all = read(&records, &moved, 0);
        let (before, after) = all.split_at(stop.index(all.len()) + 1);
        let from = before.last().map(|(page, _)| offset(page)).expect("it has a page");
        let resumed = read(&records, &moved, from);
        prop_assert_eq!(names(&resumed), names(after));
        prop_assert_eq!(names(&all).into_iter().collect::<BTreeSet<_>>().len(), names(&all).len());
        let is_read = |page: &Page| page.keys.iter().all(|key| key.value.as_ref().is_some_and(|it| it.value.bytes() > 0));
        prop_assert!(resumed.iter().all(|(page, _)| is_read(page) && offset(page) >= from));
        let skipped: u64 = resumed.iter().map(|(_, skipped)| skipped).sum();
        prop_assert_eq!(skipped, names(before).len() as u64);
        let passed_over = |pages: &[(Page, u64)]| pages.iter().map(|(page, _)| page.passed_over).sum::<u64>();
        prop_assert_eq!(passed_over(&resumed), passed_over(after));
        let libraries = |pages: &[(Page, u64)]| pages.iter().map(|(page, _)| page.libraries.len()).sum::<usize>();
        prop_assert_eq!(libraries(&resumed), databases.len());
    }
}
