//! Addresses such as `s3://bucket/key`, which are often given instead of a path.

use std::io;

use crate::error::BackupProblem;
use crate::job::BackupPath;

/// Why a path cannot be opened. An address is not a path, but is often given as one.
pub(super) fn unopened(path: &BackupPath, error: &io::Error) -> BackupProblem {
    let BackupPath::File(file) = path else { return BackupProblem::Unopened(error.to_string()) };
    address_advice(&file.to_string_lossy())
        .map_or_else(|| BackupProblem::Unopened(error.to_string()), BackupProblem::Address)
}

/// How to read from an address such as `s3://bucket/key`; `None` if a path is no address.
fn address_advice(path: &str) -> Option<String> {
    let (scheme, rest) = path.split_once("://")?;
    if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
        return None;
    }
    let command = match scheme.to_ascii_lowercase().as_str() {
        "file" => return Some(format!("write `{rest}`")),
        "s3" => format!("aws s3 cp {path} -"),
        "gs" => format!("gcloud storage cat {path}"),
        "http" | "https" | "ftp" => format!("curl -sSf {path}"),
        "redis" | "rediss" | "unix" | "valkey" | "valkeys" => return Some("use `url` for a server".to_owned()),
        _ => return Some("download the file, or pipe it into `rdb = \"-\"`".to_owned()),
    };
    Some(format!("pipe it into `rdb = \"-\"`: `{command} | redis-keys-migrator run …`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_advice() {
        let advice = |path| address_advice(path);
        for (path, expected) in [
            ("s3://b/k.rdb", "pipe it into `rdb = \"-\"`: `aws s3 cp s3://b/k.rdb - | redis-keys-migrator run …`"),
            ("HTTPS://x/y", "pipe it into `rdb = \"-\"`: `curl -sSf HTTPS://x/y | redis-keys-migrator run …`"),
            ("file:///tmp/x.rdb", "write `/tmp/x.rdb`"),
            ("redis://h:6379/0", "use `url` for a server"),
            ("abfs://x", "download the file, or pipe it into `rdb = \"-\"`"),
        ] {
            assert_eq!(advice(path).as_deref(), Some(expected));
        }
        for path in ["dump.rdb", "/a/b", "://x", "a b://c", "C:\\x"] {
            assert_eq!(advice(path), None, "{path}");
        }
    }
}
