//! What one line of a list says.

use super::log_line::LoggedKey;
use crate::entry::Key;
use crate::job::{Databases, KeyList, ListLines};

/// A key that a list names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKey {
    pub db: u16,
    pub key: Key,
}

/// How the lines of a list are read for a job.
#[derive(Clone, Copy)]
pub struct Listing<'a> {
    pub list: &'a KeyList,
    /// The name of the job.
    pub job: &'a str,
    /// The databases that the job reads.
    pub databases: &'a Databases,
}

impl Listing<'_> {
    /// The key of a line; `None` if the line names no key of the job. An error is a sentence.
    pub fn key(&self, line: &[u8]) -> Result<Option<ListedKey>, String> {
        match self.list.lines {
            ListLines::Names => Ok(Some(ListedKey { db: self.databases.first(), key: name(line)? })),
            ListLines::ErrorLog => self.logged(LoggedKey::read(line)?),
        }
    }

    fn logged(&self, LoggedKey { job, db, key }: LoggedKey) -> Result<Option<ListedKey>, String> {
        let Some(key) = key.filter(|_| job == self.job) else { return Ok(None) };
        let Some(db) = db.or(self.databases.only()) else {
            return Err(format!("the line has no `db`, but job `{job}` reads several databases"));
        };
        if !self.databases.contains(db.into()) {
            return Err(format!("the key is in database {db}, but job `{job}` reads {}", self.databases));
        }
        Ok(Some(ListedKey { db, key }))
    }
}

/// A line that begins with `"` is a quoted name. Any other line is the name itself.
fn name(line: &[u8]) -> Result<Key, String> {
    if !line.starts_with(b"\"") {
        return Ok(line.to_vec().into());
    }
    match Key::unquoted(line) {
        Ok((key, after)) if after.trim_ascii().is_empty() => Ok(key),
        Ok(_) => Err("a text follows the quoted name".to_owned()),
        Err(misquoted) => Err(format!("the quoted name {misquoted}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(lines: ListLines, line: &str) -> Result<Option<ListedKey>, String> {
        let list = KeyList { path: "list".into(), lines };
        Listing { list: &list, job: "a", databases: &Databases::of(vec![2, 7]) }.key(line.as_bytes())
    }

    #[test]
    fn a_name_may_be_quoted_or_not() {
        let name = |line| key(ListLines::Names, line).map(|listed| listed.unwrap().key.as_bytes().to_vec());
        assert_eq!(name(r#""a\x00\n\"\\""#), Ok(b"a\0\n\"\\".to_vec()));
        assert_eq!(name(r#""a"  "#), Ok(b"a".to_vec()));
        assert_eq!(name(r#""""#), Ok(Vec::new()));
        assert_eq!(name(r#" a\n "b" "#), Ok(br#" a\n "b" "#.to_vec()));
        assert_eq!(name(r#""a" "b""#), Err("a text follows the quoted name".to_owned()));
        assert_eq!(name(r#""a"#), Err("the quoted name has no closing `\"`".to_owned()));
    }

    #[test]
    fn the_database_of_a_failed_key_is_one_that_the_job_reads() {
        let line = |job: &str, db: &str| format!(r#"T job={job} key="k"{db} type=- side=source server=h said="""#);
        let logged = |job, db| key(ListLines::ErrorLog, &line(job, db));
        assert_eq!(logged("a", " db=7"), Ok(Some(ListedKey { db: 7, key: Key::from(b"k".to_vec()) })));
        assert_eq!(logged("b", " db=3"), Ok(None));
        let expected = "the key is in database 3, but job `a` reads databases 2 and 7";
        assert_eq!(logged("a", " db=3"), Err(expected.to_owned()));
        let expected = "the line has no `db`, but job `a` reads several databases";
        assert_eq!(logged("a", ""), Err(expected.to_owned()));
    }
}
