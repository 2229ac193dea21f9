//! The lines of a list of keys.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Take};

use crate::budget::LIST_LINE_BYTES;
use crate::error::KeyListError;
use crate::job::KeyList;

/// Some editors put it at the beginning of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of an open list, as far as it was written when it was opened.
pub struct ListFile<'a> {
    list: &'a KeyList,
    reader: Take<BufReader<File>>,
    size: u64,
    /// How many bytes have been read, with those before the start.
    read: u64,
    /// The number of the last line; `None` if the file was not read from its start.
    number: Option<u64>,
    line: Vec<u8>,
}

impl<'a> ListFile<'a> {
    /// Opens a list; `from` is a position between two lines.
    pub fn open(list: &'a KeyList, from: u64) -> Result<Self, KeyListError> {
        let opened = open(list, from).map_err(|problem| KeyListError { list: list.clone(), line: None, problem });
        opened.map(|(file, size)| Self {
            list,
            reader: BufReader::new(file).take(size.saturating_sub(from)),
            size,
            read: from,
            number: (from == 0).then_some(0),
            line: Vec::new(),
        })
    }

    /// The next line that is not empty, without its end; `None` at the end of the file.
    pub fn next_line(&mut self) -> Result<Option<&[u8]>, KeyListError> {
        loop {
            self.line.clear();
            let is_first = self.read == 0;
            let read = self.reader.by_ref().take(LIST_LINE_BYTES as u64 + 1).read_until(b'\n', &mut self.line);
            let read = read.map_err(|error| self.error(None, format!("cannot be read: {error}")))?;
            self.read += read as u64;
            self.number = self.number.map(|number| number + 1);
            if read == 0 {
                return Ok(None);
            }
            let ended = self.line.pop_if(|byte| *byte == b'\n').is_some();
            if !ended && self.line.len() > LIST_LINE_BYTES {
                return Err(self.line_error(format!("the line is longer than {} MiB", LIST_LINE_BYTES >> 20)));
            }
            self.line.pop_if(|byte| *byte == b'\r');
            if is_first && self.line.starts_with(BYTE_ORDER_MARK) {
                self.line.drain(..BYTE_ORDER_MARK.len());
            }
            if !self.line.is_empty() {
                return Ok(Some(&self.line));
            }
        }
    }

    /// The end of the last line.
    pub fn position(&self) -> u64 {
        self.read
    }

    /// How much of the file has been read, 0–1.
    #[expect(clippy::cast_precision_loss, reason = "a share is only displayed")]
    pub fn share(&self) -> f64 {
        if self.size == 0 { 1.0 } else { self.read as f64 / self.size as f64 }
    }

    /// An error of the last line.
    pub fn line_error(&self, problem: String) -> KeyListError {
        match self.number {
            Some(number) => self.error(Some(number), problem),
            None => self.error(None, format!("cannot be read before byte {}: {problem}", self.read)),
        }
    }

    fn error(&self, line: Option<u64>, problem: String) -> KeyListError {
        KeyListError { list: self.list.clone(), line, problem }
    }
}

/// The file, and its size.
fn open(list: &KeyList, from: u64) -> Result<(File, u64), String> {
    let unopened = |error: io::Error| format!("cannot be opened: {error}");
    // A FIFO would wait for its writer.
    let metadata = std::fs::metadata(&list.path).map_err(unopened)?;
    if !metadata.is_file() {
        return Err("is not a regular file, but must be one, because it is read twice".to_owned());
    }
    let mut file = File::open(&list.path).map_err(unopened)?;
    let size = file.metadata().map_err(unopened)?.len();
    file.seek(SeekFrom::Start(from)).map_err(unopened)?;
    Ok((file, size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::ListLines;

    fn list(text: &[u8]) -> (tempfile::NamedTempFile, KeyList) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let list = KeyList { path: file.path().to_owned(), lines: ListLines::Names };
        (file, list)
    }

    fn lines(list: &KeyList, from: u64) -> Vec<(String, u64)> {
        let mut file = ListFile::open(list, from).unwrap();
        let mut lines = Vec::new();
        while let Some(line) = file.next_line().unwrap() {
            let line = String::from_utf8_lossy(line).into_owned();
            lines.push((line, file.position()));
        }
        assert!((file.share() - 1.0).abs() < f64::EPSILON);
        lines
    }

    #[test]
    fn lines_end_with_lf_or_crlf_and_empty_ones_are_skipped() {
        let (_file, list) = list(b"\xef\xbb\xbfa\n\r\n\n b \r\nc");
        assert_eq!(lines(&list, 0), [("a".to_owned(), 5), (" b ".to_owned(), 13), ("c".to_owned(), 14)]);
        assert_eq!(lines(&list, 5), [(" b ".to_owned(), 13), ("c".to_owned(), 14)]);
    }

    #[test]
    fn a_file_without_ends_of_lines_does_not_fill_the_memory() {
        let (file, list) = list(b"a\n");
        file.as_file().set_len(LIST_LINE_BYTES as u64 * 3).unwrap();
        let mut lines = ListFile::open(&list, 0).unwrap();
        assert_eq!(lines.next_line(), Ok(Some(&b"a"[..])));
        let error = lines.next_line().unwrap_err();
        assert_eq!(error.to_string(), format!("{}:2: the line is longer than 16 MiB", list.path.display()));
    }

    #[test]
    fn only_a_regular_file_is_a_list() {
        let list = |path: &str| KeyList { path: path.into(), lines: ListLines::Names };
        let error = |path: &str| ListFile::open(&list(path), 0).err().map(|error| error.to_string());
        for path in ["/dev/null", "/"] {
            let expected = "is not a regular file, but must be one, because it is read twice";
            assert_eq!(error(path), Some(format!("the list of keys `{path}` {expected}")));
        }
        let missing = "the list of keys `/nowhere/keys` cannot be opened: No such file or directory (os error 2)";
        assert_eq!(error("/nowhere/keys").as_deref(), Some(missing));
    }
}
