//! The identity of the files that a job reads.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

use super::digest::{bounded, digest};
use crate::job::BackupPath;

/// How much of the beginning and of the end of a file is compared.
const END: u64 = 64 * 1024;

/// The identity of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileIdentity {
    pub name: String,
    /// `None` if it is a pipe or a device, in which no position has a meaning.
    pub content: Option<Content>,
}

/// What is compared of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub size: u64,
    /// The checksum of its beginning and its end.
    pub ends: String,
}

impl FileIdentity {
    /// Reads the beginning and the end of a file.
    pub fn of(path: &BackupPath) -> io::Result<Self> {
        let content = match path {
            BackupPath::File(file) if file.metadata()?.is_file() => Some(content(&mut File::open(file)?)?),
            BackupPath::File(_) | BackupPath::StandardInput => None,
        };
        Ok(Self { name: bounded(&path.to_string()), content })
    }

    /// What differs between this file and what it was `before`; `None` if nothing does.
    pub fn difference(&self, before: &Self) -> Option<String> {
        let name = &self.name;
        if *name != before.name {
            return Some(format!("the file `{name}` is read in place of `{}`", before.name));
        }
        match (&self.content, &before.content) {
            (Some(now), Some(before)) if now == before => None,
            (Some(now), Some(before)) if now.size != before.size => {
                Some(format!("the file `{name}` has {} bytes, before {}", now.size, before.size))
            }
            (Some(_), Some(_)) => Some(format!("the file `{name}` has another content")),
            (None, _) | (_, None) => Some(format!("`{name}` is not a file, so it has no positions")),
        }
    }
}

fn content(file: &mut File) -> io::Result<Content> {
    let (mut bytes, size) = (Vec::new(), file.metadata()?.len());
    file.take(END).read_to_end(&mut bytes)?;
    file.seek(SeekFrom::Start(size.saturating_sub(END)))?;
    file.take(END).read_to_end(&mut bytes)?;
    Ok(Content { size, ends: digest(&bytes) })
}

/// A digest of many files.
pub fn digest_of(files: &[FileIdentity]) -> String {
    digest(serde_json::to_string(files).expect("they are text and numbers").as_bytes())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn identity(path: &Path) -> FileIdentity {
        FileIdentity::of(&BackupPath::File(path.to_owned())).unwrap()
    }

    #[test]
    fn a_file_differs_by_its_size_and_by_its_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dump.rdb");
        let mut bytes = vec![b'x'; 300_000];
        std::fs::write(&path, &bytes).unwrap();
        let (before, name) = (identity(&path), path.display().to_string());
        assert_eq!(identity(&path).difference(&before), None);
        for at in [0, 65_535, 234_464, 299_999] {
            bytes[at] ^= 1;
            std::fs::write(&path, &bytes).unwrap();
            let expected = format!("the file `{name}` has another content");
            assert_eq!(identity(&path).difference(&before), Some(expected), "{at}");
            bytes[at] ^= 1;
        }
        std::fs::write(&path, &bytes[..299_999]).unwrap();
        let expected = format!("the file `{name}` has 299999 bytes, before 300000");
        assert_eq!(identity(&path).difference(&before), Some(expected));
    }

    #[test]
    fn a_short_file_is_compared_as_a_whole_and_a_pipe_always_differs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dump.rdb");
        std::fs::write(&path, "").unwrap();
        assert_eq!(identity(&path).difference(&identity(&path)), None);
        let pipe = FileIdentity::of(&BackupPath::StandardInput).unwrap();
        let expected = "`standard input` is not a file, so it has no positions";
        assert_eq!(pipe.difference(&pipe).as_deref(), Some(expected));
        assert!(FileIdentity::of(&BackupPath::File(folder.path().join("none"))).is_err());
    }
}
