//! Prepared `RESTORE`s: the time that the destination alone needs for the payloads of an RDB file.
//!
//! The file is read and every command is encoded beforehand, into a second file that is in the system's memory then.
//! The time is that of one thread that sends these bytes on one connection, and of another that counts the replies:
//! nothing is parsed or computed, and the destination waits for neither (its main thread was busy for 97 % of the
//! time). The commands and payloads are those of the program.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use redis_keys_migrator::rdb::{KeyRecord, Reader, Record, Value};
use redis_keys_migrator::resp::Request;

use crate::fault::Fault;
use crate::server::Server;

/// Bytes that are written or read at once.
const CHUNK: usize = 1 << 20;
/// The reply to a `RESTORE` that succeeded.
const OK: &[u8] = b"+OK\r\n";
/// More than any reply should take.
const PATIENCE: Duration = Duration::from_mins(1);

/// The commands, in a file.
pub struct PreparedRestores {
    path: PathBuf,
    commands: u64,
}

impl PreparedRestores {
    /// Makes the commands for all keys of an RDB file, and writes them into a file beside it.
    pub fn of(backup: &Path) -> Result<Self, Fault> {
        let path = backup.with_extension("restores");
        let commands = prepare(backup, &path).map_err(|error| Fault::File { path: path.clone(), error })?;
        Ok(Self { path, commands })
    }

    /// Sends them all. Returns the seconds from the first byte sent to the last reply read.
    pub fn send(&self, destination: &Server) -> Result<f64, Fault> {
        self.exchange(destination.port).map_err(|error| Fault::Refused { who: "the prepared RESTOREs", error })
    }

    fn exchange(&self, port: u16) -> io::Result<f64> {
        let mut commands = File::open(&self.path)?;
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        thread::scope(|scope| {
            let started = Instant::now();
            let sender = scope.spawn(|| io::copy(&mut commands, &mut &stream));
            let answered = expect_oks(&stream, self.commands);
            let seconds = started.elapsed().as_secs_f64();
            if answered.is_err() {
                // The sender may wait for a server that waits for the reader.
                stream.shutdown(Shutdown::Both)?;
            }
            let sent = sender.join().expect("sending does not panic");
            answered.and(sent).map(|_| seconds)
        })
    }
}

/// Writes the commands, and returns their number.
fn prepare(backup: &Path, path: &Path) -> io::Result<u64> {
    let mut to = BufWriter::with_capacity(CHUNK, File::create(path)?);
    let mut commands = 0;
    for record in Reader::new(File::open(backup)?) {
        let Record::Key(KeyRecord { key, expires_at, value: Value::Payload(payload), .. }) =
            record.map_err(io::Error::other)?
        else {
            continue;
        };
        let mut request = Request::default();
        request.begin(5).argument(b"RESTORE").argument(key.as_bytes());
        request.number(expires_at.unwrap_or(0)).payload(&payload).argument(b"ABSTTL");
        for part in request.into_parts().0 {
            to.write_all(&part)?;
        }
        commands += 1;
    }
    to.into_inner()?.sync_all()?;
    Ok(commands)
}

/// Reads so many replies. They must all be the same, so that they need not be parsed.
fn expect_oks(mut stream: &TcpStream, answers: u64) -> io::Result<()> {
    let wanted = OK.repeat(CHUNK / OK.len());
    let mut chunk = vec![0; wanted.len() - OK.len()];
    let (mut missing, mut begun) = (answers * OK.len() as u64, 0);
    while missing > 0 {
        let count = stream.read(&mut chunk)?;
        let read = &chunk[..count];
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if *read != wanted[begun..begun + count] {
            return Err(io::Error::other(refusal(read)));
        }
        begun = (begun + count) % OK.len();
        missing = missing.saturating_sub(count as u64);
    }
    Ok(())
}

/// The first reply that is different.
fn refusal(read: &[u8]) -> String {
    let at = read.iter().position(|byte| *byte == b'-').unwrap_or(0);
    let line = read[at..].split(|byte| *byte == b'\r').next().unwrap_or_default();
    String::from_utf8_lossy(line).into_owned()
}
