//! Replies that no honest server sends, or not to this command.

use super::Answer;

/// Every hostile reply, with a name. `secret` is what the client has logged in with.
pub fn hostile_replies(secret: &str) -> Vec<(String, Answer)> {
    let mut all: Vec<(String, Answer)> = Vec::new();
    let mut add = |answers: Vec<Answer>| {
        all.extend(answers.into_iter().map(|answer| (name(&answer), answer)));
    };
    add(lengths());
    add(LINES.map(|line| Answer::Instead(line.to_vec())).to_vec());
    add(STRUCTURES.map(|reply| Answer::Instead(reply.to_vec())).to_vec());
    add(floods());
    add(echoes(secret));
    add(vec![
        Answer::Before(b"+OK\r\n".to_vec()),
        Answer::Before(b"$16\r\n0123456789abcdef\r\n".to_vec()),
        Answer::Instead(Vec::new()),
        Answer::Silence(Vec::new()),
        Answer::Silence(b"$100\r\nonly this".to_vec()),
        Answer::Silence(b"*3\r\n:1\r\n".to_vec()),
        Answer::Half,
        Answer::Close(Vec::new()),
        Answer::Close(b"$100\r\nonly this".to_vec()),
        Answer::Close(b"-DENIED go away\r\n".to_vec()),
        Answer::Close(b"-ERR max number of clients reached\r\n".to_vec()),
        Answer::Close(b"\x15\x03\x01\0\x02\x02\x46".to_vec()),
        Answer::Close(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\nno".to_vec()),
    ]);
    all
}

/// Lengths that are huge, negative, or no numbers.
fn lengths() -> Vec<Answer> {
    let lengths = [
        "2147483648",
        "17179869185",
        "9223372036854775807",
        "99999999999999999999",
        "-2",
        "-9223372036854775808",
        "1e3",
        "",
    ];
    let kinds = ["$", "*"].iter().flat_map(|kind| lengths.map(|length| format!("{kind}{length}\r\n")));
    let mut all: Vec<Answer> = kinds.map(|header| Answer::Silence(header.into_bytes())).collect();
    all.extend(
        [":9223372036854775807", ":-9223372036854775808", ":99999999999999999999", ":abc", ":", ":0", ":-1"]
            .map(|number| Answer::Instead(format!("{number}\r\n").into_bytes())),
    );
    all.extend(
        [7, 9, 1000].map(|depth| Answer::Instead(["*1\r\n".repeat(depth), ":1\r\n".to_owned()].concat().into_bytes())),
    );
    all
}

/// States, errors, and lines that are neither.
const LINES: [&[u8]; 32] = [
    b"+\r\n",
    b"-\r\n",
    b"+OK\r\n",
    b"+QUEUED\r\n",
    b"+none\r\n",
    b"+\xff\xfe\r\n",
    b"-ERR \xff\xfe\x1b[2J\x1b]0;owned\x07\r\n",
    b"+a\x1b[31m\xe2\x80\xaeb\r\n",
    b"-ERR a\rerror: forged\xe2\x80\xa8line\xc2\x9b31m\xe2\x81\xa6\r\n",
    b"-LOADING later\r\n",
    b"-BUSY later\r\n",
    b"-TRYAGAIN later\r\n",
    b"-CLUSTERDOWN no\r\n",
    b"-MASTERDOWN no\r\n",
    b"-READONLY no\r\n",
    b"-OOM no\r\n",
    b"-NOPERM no key\r\n",
    b"-NOPERM no command\r\n",
    b"-NOAUTH no\r\n",
    b"-WRONGPASS no\r\n",
    b"-MOVED 1 127.0.0.1:1\r\n",
    b"-ASK 1 127.0.0.1:1\r\n",
    b"-MISCONF no\r\n",
    b"-EXECABORT because of: BUSY no\r\n",
    b"-BUSYKEY no\r\n",
    b"-ERR unknown command\r\n",
    b"OK\r\n",
    b"+OK\n",
    b"\r\n",
    b"\n",
    b"\0\0\0\r\n",
    b"SSH-2.0-OpenSSH_9.2\r\n",
];

/// Values of other types and protocols, and values that make no sense.
const STRUCTURES: [&[u8]; 28] = [
    b"$-1\r\n", b"*-1\r\n", b"$0\r\n\r\n", b"*0\r\n", b"$3\r\n\xff\xfe\x80\r\n", b"$3\r\nabcde\r\n", b"*1\r\n$-1\r\n",
    b"*2\r\n:1\r\n*1\r\n-ERR inner\r\n", b"_\r\n", b"#t\r\n", b",1.5\r\n", b"(123456789012345678901234567890\r\n",
    b"%1\r\n+a\r\n:1\r\n", b"~1\r\n+a\r\n", b">2\r\n+a\r\n+b\r\n", b"=7\r\ntxt:abc\r\n", b"!9\r\nERR hello\r\n",
    b"|1\r\n+a\r\n+b\r\n:1\r\n", b"*2\r\n$1\r\n0\r\n*-1\r\n", b"*2\r\n$20\r\n99999999999999999999\r\n*0\r\n",
    b"*2\r\n$2\r\n-1\r\n*0\r\n", b"*2\r\n:0\r\n*1\r\n:5\r\n", b"*2\r\n$1\r\n7\r\n*1\r\n$3\r\n\xff\x1b\n\r\n", b"*2\r\n$1\r\n0\r\n*3\r\n$1\r\na\r\n",
    b"*2\r\n$20\r\n18446744073709551615\r\n$20\r\n18446744073709551615\r\n", b"*2\r\n$1\r\n0\r\n$7\r\n9999999\r\n",
    b"$168\r\nredis_version:4294967295.4294967295.9\r\nrun_id:\x1b[31m\r\nmaxmemory:18446744073709551615\r\nused_memory:18446744073709551615\r\ndb0:keys=18446744073709551615\r\ndb1:keys=1844674407\r\n",
    b"$13\r\nredis_mode:\r\n\r\n",
];

/// Replies without end.
fn floods() -> Vec<Answer> {
    let flood = |first: &[u8], again: &[u8]| Answer::Flood(first.to_vec(), again.repeat(60_000 / again.len()));
    vec![
        flood(b"", b"+OK\r\n"),
        flood(b"", b"-ERR no\r\n"),
        flood(b"+", b"a"),
        flood(b"-ERR ", b"\x1b[2J"),
        flood(b"$1000000000000\r\n", b"a"),
        flood(b"*4000000\r\n", b"$1\r\na\r\n"),
        flood(b"*4000000\r\n", b"*0\r\n"),
        flood(b"", b"*1\r\n"),
        Answer::Instead([&b"-ERR "[..], &b"x".repeat(60_000), b"\r\n"].concat()),
    ]
}

/// The secret, in replies of each type.
fn echoes(secret: &str) -> Vec<Answer> {
    let line = secret.replace(['\r', '\n'], " ");
    let escaped = secret.escape_default();
    let length = secret.len();
    [
        format!("-ERR you are {line}\r\n"),
        format!("-{line}\r\n"),
        format!("-NOPERM User {escaped} has no permissions to run the 'x' command {line}\r\n"),
        format!("-ERR unknown command 'AUTH', with args beginning with: '{line}' \r\n"),
        format!("+{line}\r\n"),
        format!("${length}\r\n{secret}\r\n"),
        format!("*2\r\n$4\r\nAUTH\r\n${length}\r\n{secret}\r\n"),
        format!("*2\r\n$1\r\n0\r\n*1\r\n${length}\r\n{secret}\r\n"),
    ]
    .into_iter()
    .map(|reply| Answer::Instead(reply.into_bytes()))
    .collect()
}

fn name(answer: &Answer) -> String {
    let shown = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).escape_debug().to_string();
    match answer {
        Answer::Real => "real".to_owned(),
        Answer::Half => "half".to_owned(),
        Answer::Instead(bytes) => format!("instead {}", shown(bytes)),
        Answer::Before(bytes) => format!("before {}", shown(bytes)),
        Answer::Close(bytes) => format!("close {}", shown(bytes)),
        Answer::Silence(bytes) => format!("silence {}", shown(bytes)),
        Answer::Flood(first, again) => format!("flood {}{}", shown(first), shown(again)),
    }
}
