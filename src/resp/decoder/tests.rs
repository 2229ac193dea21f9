//! Replies, wherever the stream is cut, and whatever is sent.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::resp::expected::Opening;

fn encode(reply: &Reply, out: &mut Vec<u8>) {
    let line = |out: &mut Vec<u8>, kind: u8, text: &[u8]| {
        out.push(kind);
        out.extend_from_slice(text);
        out.extend_from_slice(b"\r\n");
    };
    match reply {
        Reply::Status(text) => line(out, b'+', text),
        Reply::Error(text) => line(out, b'-', text),
        Reply::Int(number) => line(out, b':', number.to_string().as_bytes()),
        Reply::Nil => line(out, b'$', b"-1"),
        Reply::Bulk(text) => {
            line(out, b'$', text.len().to_string().as_bytes());
            out.extend_from_slice(text);
            out.extend_from_slice(b"\r\n");
        }
        Reply::Array(replies) => {
            line(out, b'*', replies.len().to_string().as_bytes());
            for reply in replies {
                encode(reply, out);
            }
        }
    }
}

fn replies() -> impl Strategy<Value = Vec<Reply>> {
    let text = || prop::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::from);
    let leaf = prop_oneof![
        "[A-Z ]{0,20}".prop_map(|text| Reply::Status(text.into())),
        "[A-Z ]{0,20}".prop_map(|text| Reply::Error(text.into())),
        any::<i64>().prop_map(Reply::Int),
        text().prop_map(Reply::Bulk),
        Just(Reply::Nil),
    ];
    let reply = leaf.prop_recursive(3, 20, 5, |inner| prop::collection::vec(inner, 0..5).prop_map(Reply::Array));
    prop::collection::vec(reply, 1..8)
}

proptest! {
    #[test]
    fn replies_do_not_depend_on_where_the_stream_is_cut(replies in replies(), cut in 1_usize..20) {
        let mut sent = Vec::new();
        for reply in &replies {
            encode(reply, &mut sent);
        }
        let mut decoder = Decoder::default();
        let mut decoded = Vec::new();
        for piece in sent.chunks(cut) {
            decoder.buffer.extend_from_slice(piece);
            while let Some(reply) = decoder.next_reply().expect("well-formed") {
                decoded.push(reply);
            }
        }
        prop_assert_eq!(decoded, replies);
        prop_assert!(decoder.buffer.is_empty());
    }

    #[test]
    fn no_input_makes_the_decoder_panic(bytes in prop::collection::vec(prop_oneof![Just(b'*'), Just(b'$'), Just(b'\r'), Just(b'\n'), Just(b'1'), any::<u8>()], 0..60)) {
        let mut decoder = Decoder::default();
        decoder.buffer.extend_from_slice(&bytes);
        while let Ok(Some(_)) = decoder.next_reply() {}
    }
}

#[test]
fn usual_replies_are_skipped_but_never_within_a_reply() {
    let mut decoder = Decoder::default();
    decoder.buffer.extend_from_slice(b"+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEU");
    let skipped = [Usual::Queued(1), Usual::Ok, Usual::Queued(2), Usual::Queued(5)].map(|usual| decoder.skip(usual));
    assert_eq!(skipped, [0, 1, 2, 1]);
    assert_eq!(decoder.next_reply(), Ok(None));
    decoder.buffer.extend_from_slice(b"ED\r\n*2\r\n:1\r\n");
    assert_eq!(decoder.skip(Usual::Queued(5)), 1);
    assert_eq!(decoder.next_reply(), Ok(None));
    decoder.buffer.extend_from_slice(b"+QUEUED\r\n");
    assert_eq!(decoder.skip(Usual::Queued(5)), 0);
    let elements = vec![Reply::Int(1), Reply::Status("QUEUED".into())];
    assert_eq!(decoder.next_reply(), Ok(Some(Reply::Array(elements))));
}

#[test]
fn the_opening_of_a_transaction_is_skipped_if_it_is_whole_and_has_the_expected_number() {
    let opening = Opening::of(2).expect("a small transaction");
    for (bytes, skipped) in [
        ("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:7\r\n", 4),
        ("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r", 0),
        ("+OK\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n:7\r\n", 0),
        ("+OK\r\n+QUEUED\r\n+QUEUED\r\n*-1\r\n:7\r\n", 0),
        ("+OK\r\n+QUEUED\r\n*2\r\n:7\r\n:7\r\n", 0),
        ("+QUEUED\r\n+QUEUED\r\n*2\r\n:7\r\n", 0),
    ] {
        let mut decoder = Decoder::default();
        decoder.buffer.extend_from_slice(bytes.as_bytes());
        assert_eq!(decoder.skip(Usual::Opening(opening)), skipped, "{bytes}");
        assert_eq!(decoder.unread(), if skipped > 0 { b":7\r\n" } else { bytes.as_bytes() });
    }
}

#[test]
fn a_huge_length_does_not_reserve_memory() {
    let mut decoder = Decoder::default();
    decoder.buffer.extend_from_slice(b"*1200000\r\n*1200000\r\n$2000000000\r\n");
    assert_eq!(decoder.next_reply(), Ok(None));
    assert!(decoder.buffer.capacity() <= MAX_RESERVED + 64);
}

#[test]
fn an_array_of_more_elements_than_any_page_has_is_refused() {
    let mut decoder = Decoder::default();
    decoder.buffer.extend_from_slice(b"*1200001\r\n");
    assert_eq!(decoder.next_reply(), Err(Malformed("an array that is too long")));
}

fn decoder(longest: usize) -> Decoder {
    Decoder { longest, ..Decoder::default() }
}

#[test]
fn a_bulk_string_that_is_too_long_is_dropped_and_the_next_one_is_decoded() {
    let sent = b"$9\r\nxxxxxxxxx\r\n$8\r\nyyyyyyyy\r\n";
    for cut in 1..sent.len() {
        let (mut decoder, mut replies) = (decoder(8), Vec::new());
        for piece in sent.chunks(cut) {
            decoder.buffer.extend_from_slice(piece);
            while let Some(reply) = decoder.next_reply().expect("well-formed") {
                replies.push(reply);
            }
            assert!(decoder.buffer.len() <= 10 + cut, "{} bytes are kept", decoder.buffer.len());
        }
        let error = Reply::Error("ERR its value of 9 bytes is longer than a reply may be (8)".into());
        assert_eq!(replies, [error, Reply::Bulk("yyyyyyyy".into())]);
    }
}

#[test]
fn a_dropped_bulk_string_must_have_its_length_too() {
    let mut decoder = decoder(8);
    decoder.buffer.extend_from_slice(b"$9\r\nxxxxxxxxxxxx\r\n");
    assert!(decoder.next_reply().is_err());
}

#[test]
fn what_is_sent_without_end_is_an_error() {
    for header in ["$99999999999999\r\n", "*999999999\r\n", "*1\r\n*5000000\r\n"] {
        let mut decoder = Decoder::default();
        decoder.buffer.extend_from_slice(header.as_bytes());
        assert!(decoder.next_reply().is_err(), "{header:?}");
    }
}

#[test]
fn the_elements_of_an_array_are_limited_in_memory() {
    let fits = 1000 / size_of::<Reply>();
    for (elements, is_refused) in [(fits, false), (fits + 1, true)] {
        for header in [format!("*{elements}\r\n"), format!("*1\r\n*{}\r\n", elements - 1)] {
            let mut decoder = decoder(1000);
            decoder.buffer.extend_from_slice(header.as_bytes());
            assert_eq!(decoder.next_reply().is_err(), is_refused, "{header:?}");
        }
    }
}

#[test]
fn the_texts_of_an_array_are_limited_in_memory() {
    for element in
        [[b"$100\r\n", [b'x'; 100].as_slice(), b"\r\n"].concat(), [b"-", [b'x'; 99].as_slice(), b"\r\n"].concat()]
    {
        let mut decoder = decoder(1000);
        decoder.buffer.extend_from_slice(b"*9\r\n");
        let fits = (1000 - 9 * size_of::<Reply>()) / 100;
        for count in 0..=fits {
            decoder.buffer.extend_from_slice(&element);
            assert_eq!(decoder.next_reply().is_err(), count == fits, "{count}");
        }
    }
}

#[test]
fn input_that_is_not_resp_is_an_error() {
    for bytes in [
        "HTTP/1.1 400 Bad Request\r\n",
        "$2\r\nabc\r\n",
        ":x\r\n",
        ":\r\n",
        ":-\r\n",
        ":9223372036854775808\r\n",
        "$-2\r\n",
        "+OK\n",
        "\n",
        "\r\n",
    ] {
        let mut decoder = Decoder::default();
        decoder.buffer.extend_from_slice(bytes.as_bytes());
        assert!(decoder.next_reply().is_err(), "{bytes:?}");
    }
}

#[test]
fn numbers_are_decoded_up_to_their_limits() {
    for value in [0, 7, -1, i64::MAX, i64::MIN] {
        assert_eq!(number(value.to_string().as_bytes()), Ok(value));
    }
}
