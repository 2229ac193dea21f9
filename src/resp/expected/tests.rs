use super::*;
use crate::resp::{Framing, Request};

fn status(text: &'static str) -> Reply {
    Reply::Status(text.into())
}

fn error(text: &'static str) -> Reply {
    Reply::Error(text.into())
}

fn bulk(text: &'static str) -> Reply {
    Reply::Bulk(text.into())
}

/// What a request of so many commands expects, and its frame's reply.
fn plain(commands: usize) -> (Expected, Reply) {
    let mut request = Request::default();
    for _ in 0..commands {
        request.command(&[b"RESTORE"]);
    }
    expected(request)
}

/// The same for commands in a transaction.
fn transaction(commands: usize) -> (Expected, Reply) {
    let mut request = Request::default();
    request.transaction(|request| {
        for _ in 0..commands {
            request.command(&[b"DUMP"]);
        }
    });
    expected(request)
}

fn expected(mut request: Request) -> (Expected, Reply) {
    request.frame(Framing::Ping);
    let expected = request.into_parts().2;
    let text = expected.steps.iter().find_map(Step::frame).expect("it ends with a frame").as_bytes().to_vec();
    (expected, Reply::Bulk(text.into()))
}

/// The replies, if every one is at its place.
fn replies((mut expected, frame): (Expected, Reply), sent: Vec<Reply>) -> Result<Vec<Reply>, Shifted> {
    for reply in sent.into_iter().chain([frame]) {
        expected.accept(reply)?;
    }
    assert!(expected.is_complete());
    Ok(expected.into_replies())
}

#[test]
fn a_surplus_reply_is_noticed_at_the_frame() {
    let shifted = replies(plain(2), vec![status("OK"), status("OK"), error("ERR Bad data format")]);
    let message = shifted.expect_err("there are three replies to two commands").to_string();
    assert!(message.starts_with("the error `ERR Bad data format` instead of the reply that ends a pipeline"));
}

#[test]
fn a_missing_reply_is_noticed_when_the_frame_comes_too_early() {
    assert!(replies(plain(2), vec![status("OK")]).is_err());
    assert!(replies(transaction(2), vec![status("OK"), status("QUEUED")]).is_err());
}

#[test]
fn only_the_replies_before_a_frame_are_proven() {
    let (mut expected, frame) = plain(2);
    expected.accept(status("OK")).expect("the first of two");
    assert_eq!((expected.count(), expected.into_framed()), (1, vec![]));
    let (mut expected, _) = plain(1);
    expected.accept(status("OK")).expect("the only one");
    assert!(expected.accept(frame).is_err(), "the frame of another pipeline");
    assert_eq!(expected.into_replies(), [status("OK")]);
}

#[test]
fn a_server_that_is_not_ready_refuses_the_frame_too() {
    let (mut expected, _) = plain(1);
    for reply in [error("BUSY Redis is busy"), error("BUSY Redis is busy")] {
        expected.accept(reply).expect("the reply is at its place");
    }
    assert!(expected.is_complete());
    assert_eq!(expected.into_framed(), []);
}

#[test]
fn a_transaction_returns_the_reply_of_each_command() {
    let executed = Reply::Array(vec![bulk("a"), error("ERR wrong")]);
    let sent = vec![status("OK"), status("QUEUED"), status("QUEUED"), executed];
    assert_eq!(replies(transaction(2), sent), Ok(vec![bulk("a"), error("ERR wrong")]));
}

#[test]
fn queued_commands_that_are_only_counted_are_at_their_places() {
    let (mut expected, frame) = transaction(3);
    assert!(matches!(expected.usual(), Some(Usual::Opening(_))));
    expected.accept(status("OK")).expect("`MULTI`");
    assert_eq!(expected.usual(), Some(Usual::Queued(3)));
    expected.accept_usual(1);
    expected.accept(error("NOPERM key")).expect("the second command");
    assert_eq!(expected.usual(), Some(Usual::Queued(1)));
    expected.accept_usual(1);
    assert_eq!(expected.usual(), None, "`EXEC` is refused");
    let abort = "EXECABORT Transaction discarded because of previous errors.";
    let replies = replies((expected, frame), vec![error(abort)]);
    assert_eq!(replies, Ok(vec![error(abort), error("NOPERM key"), error(abort)]));
}

#[test]
fn the_replies_after_an_opening_that_is_skipped_are_accepted_one_by_one() {
    for count in 1..=4 {
        let (mut expected, frame) = transaction(count);
        let Some(Usual::Opening(opening)) = expected.usual() else { panic!("{:?}", expected.usual()) };
        let of_array = format!("*{count}\r\n");
        assert_eq!(opening.text(), ["+OK\r\n", &"+QUEUED\r\n".repeat(count), &of_array].concat().as_bytes());
        expected.accept_usual(opening.replies());
        assert_eq!(expected.usual(), None);
        let mut executed = vec![bulk("a"); count];
        executed[count - 1] = error("ERR wrong");
        assert_eq!(replies((expected, frame), executed.clone()), Ok(executed));
    }
}

#[test]
fn a_large_transaction_has_no_opening_to_skip() {
    let (expected, _) = transaction(5);
    assert_eq!(expected.usual(), Some(Usual::Ok));
}

#[test]
fn a_surplus_or_missing_reply_of_a_transaction_is_noticed() {
    let right = || vec![status("OK"), status("QUEUED"), status("QUEUED"), Reply::Array(vec![bulk("a"), bulk("b")])];
    for at in 0..4 {
        let (mut missing, mut surplus) = (right(), right());
        missing.remove(at);
        surplus.insert(at, right().remove(at));
        assert!(replies(transaction(2), missing).is_err(), "{at} is missing");
        assert!(replies(transaction(2), surplus).is_err(), "{at} comes twice");
    }
    for array in [vec![bulk("a")], vec![bulk("a"), bulk("b"), bulk("c")]] {
        let sent = vec![status("OK"), status("QUEUED"), status("QUEUED"), Reply::Array(array)];
        assert!(replies(transaction(2), sent).is_err());
    }
}

#[test]
fn a_command_that_was_not_queued_has_its_own_error_and_the_others_that_of_exec() {
    let abort = "EXECABORT Transaction discarded because of previous errors.";
    let sent = vec![status("OK"), status("QUEUED"), error("NOPERM key"), error(abort)];
    assert_eq!(replies(transaction(2), sent), Ok(vec![error(abort), error("NOPERM key")]));
}

#[test]
fn every_command_has_the_reason_why_exec_was_refused() {
    let abort = "EXECABORT Transaction discarded because of: BUSY Redis is busy";
    let sent = vec![status("OK"), status("QUEUED"), status("QUEUED"), error(abort)];
    assert_eq!(replies(transaction(2), sent), Ok(vec![error("BUSY Redis is busy"); 2]));
}

#[test]
fn without_multi_every_command_has_the_error_of_multi() {
    let sent = vec![error("NOPERM multi"), bulk("a"), Reply::Nil, error("ERR EXEC without MULTI")];
    assert_eq!(replies(transaction(2), sent), Ok(vec![error("NOPERM multi"); 2]));
}

#[test]
fn a_command_that_a_proxy_answers_is_left_out_of_the_replies_to_exec() {
    let sent = vec![status("OK"), error("TRYAGAIN"), status("QUEUED"), Reply::Array(vec![bulk("b")])];
    assert_eq!(replies(transaction(2), sent), Ok(vec![error("TRYAGAIN"), bulk("b")]));
}
