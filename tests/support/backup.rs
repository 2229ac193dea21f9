//! Sources that are files: what a server saved, or what was put together by hand.

use std::fs;
use std::io::{PipeReader, Write};
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Ran, Scene};

/// What the file is called that jobs are run from.
const BACKUP: &str = "backup.rdb";

impl Scene {
    /// Has the source save what it holds as `backup.rdb`, and returns the bytes of that.
    pub fn save(&self) -> Vec<u8> {
        let bytes = fs::read(self.source.save()).expect("what was saved can be read");
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
        let rdb = if lines.contains("rdb =") { String::new() } else { format!("source.rdb = \"{BACKUP}\"\n") };
        self.file(
            "job.toml",
            &format!(
                "[[job]]\nname = \"all\"\ndestination.host = \"127.0.0.1\"\ndestination.port = {{DESTINATION_PORT}}\n\
                 {rdb}{sleep}{lines}\n"
            ),
        )
    }

    /// Writes `job.toml` (see [`Scene::backup_job`]), runs it, and reports to `report.json`.
    pub fn run_backup(&self, lines: &str) -> Ran {
        self.backup_job(lines).run(&["run", "job.toml", "--report", "report.json"])
    }
}

/// Bytes, packed by gzip.
pub fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).expect("memory takes everything");
    packed.finish().expect("memory takes everything")
}

/// A pipe that these bytes come out of, and then its end.
pub fn piped(bytes: Vec<u8>) -> PipeReader {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    // Whoever reads may go away before the end: that is for the test to see.
    thread::spawn(move || drop(writer.write_all(&bytes)));
    reader
}
