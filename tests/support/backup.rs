//! Sources that are files: saved by a server, or made by hand.

use std::fs;
use std::io::{PipeReader, Write};
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Ran, Scene};

/// The name of the file that jobs read.
const BACKUP: &str = "backup.rdb";

impl Scene {
    /// Saves the data of the source as `backup.rdb`, and returns the bytes of the file.
    pub fn save(&self) -> Vec<u8> {
        let bytes = fs::read(self.source.save()).expect("the server wrote this file");
        self.backup(&bytes);
        bytes
    }

    /// Writes `backup.rdb`.
    pub fn backup(&self, bytes: &[u8]) -> &Self {
        fs::write(self.folder().join(BACKUP), bytes).expect("a file in our own folder");
        self
    }

    /// Writes `job.toml`: one job called `all`, from `backup.rdb`, without sleep, with these further lines.
    pub fn backup_job(&self, lines: &str) -> &Self {
        let sleep = if lines.contains("sleep") { "" } else { "sleep = \"0s\"\n" };
        let retry = self.retry_line("destination.retry").unwrap_or_default();
        let rdb = if lines.contains("rdb =") { String::new() } else { format!("source.rdb = \"{BACKUP}\"\n") };
        self.file(
            "job.toml",
            &format!(
                "[[job]]\nname = \"all\"\ndestination.host = \"127.0.0.1\"\ndestination.port = {{DESTINATION_PORT}}\n\
                 {retry}\n{rdb}{sleep}{lines}\n"
            ),
        )
    }

    /// Writes `job.toml` (see [`Scene::backup_job`]), runs it, and reports to `report.json`.
    pub fn run_backup(&self, lines: &str) -> Ran {
        self.backup_job(lines).run(&["run", "job.toml", "--report", "report.json"])
    }
}

/// Compresses bytes with gzip.
pub fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).expect("writing to memory cannot fail");
    packed.finish().expect("writing to memory cannot fail")
}

/// A pipe that returns these bytes and then ends.
pub fn piped(bytes: Vec<u8>) -> PipeReader {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    // The reader may close the pipe early. If it should not, the test notices.
    thread::spawn(move || drop(writer.write_all(&bytes)));
    reader
}
