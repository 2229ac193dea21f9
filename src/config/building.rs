//! The job that is made of its merged layers, once no fault is left.

use std::path::PathBuf;

use super::announced;
use super::backup_files::expanded;
use super::databases;
use super::elements::{
    AtLeastOne, Bytes, FilePath, Flag, JobName, LaneCount, Password, Pause, PipelineBatch, RdbPaths, ScanBatch,
    ServerTable, Tags, Timeout, Username,
};
use super::fault::Problem;
use super::location::location;
use super::password;
use super::selecting::{key_list, rename, selection};
use super::stack::Stack;
use crate::error::Side;
use crate::job::{
    Backup, BackupPath, Databases, Destination, Endpoint, ErrorLog, Job, Limits, LogLines, LogMode, OnExisting,
    OnUnsupported, Secret, Server, Source, Tls, Verify, VerifyExtra, VerifyMode,
};

/// What is read from files for an endpoint.
#[derive(Default)]
pub(super) struct FromFiles {
    /// Of [`PASSWORD_FILES`](super::password::PASSWORD_FILES).
    pub passwords: [Option<Secret>; 2],
    pub tls: Option<Tls>,
    pub sentinel_tls: Option<Tls>,
}

/// Makes the job. Its files have been read.
pub(super) fn checked(stack: &Stack, [source_file, destination_file]: [FromFiles; 2]) -> Result<Job, Problem> {
    let (databases, target) = databases::databases(stack)?;
    let first = target.for_source(&databases).first();
    let source = source(stack, databases, source_file)?;
    // Without effect on a file, which is a warning.
    let source_latency = stack.optional::<Timeout>("max_source_latency")?.filter(|_| source.server().is_some());
    Ok(Job {
        name: stack.required::<JobName>("name")?.0,
        enabled: stack.required::<Flag>("enabled")?,
        tags: stack.optional::<Tags>("tags")?.unwrap_or_default(),
        destination: Destination { db: target, endpoint: endpoint(stack, Side::Destination, first, destination_file)? },
        selection: selection(stack)?,
        keys_from: key_list(stack)?,
        rename: rename(stack)?,
        scan_batch_size: stack.required::<ScanBatch>("scan_batch_size")?,
        lanes: stack.required::<LaneCount>("lanes")?,
        pipeline_batch_size: stack.required::<PipelineBatch>("pipeline_batch_size")?,
        max_processed_existing_keys: stack.required::<AtLeastOne>("max_processed_existing_keys")?,
        sleep: stack.required::<Pause>("sleep")?,
        limits: Limits {
            keys_per_second: stack.optional::<AtLeastOne>("max_keys_per_second")?,
            bytes_per_second: stack.optional::<Bytes>("max_bytes_per_second")?,
            source_latency,
        },
        max_errored_keys: stack.required::<AtLeastOne>("max_errored_keys")?,
        min_keys: stack.optional::<AtLeastOne>("min_keys")?,
        on_existing: stack.required::<OnExisting>("on_existing")?,
        on_unsupported: stack.required::<OnUnsupported>("on_unsupported")?,
        functions: stack.required::<Flag>("functions")?,
        share_walk: stack.required::<Flag>("share_walk")?,
        error_log: error_log(stack)?,
        checkpoint: stack.optional::<FilePath>("checkpoint")?.map(|path| of_job(stack, path)).transpose()?,
        verify: verify(stack, &source)?,
        source,
    })
}

fn error_log(stack: &Stack) -> Result<ErrorLog, Problem> {
    let path = of_job(stack, stack.required::<FilePath>("error_log.path")?)?;
    let format = stack.required::<LogLines>("error_log.format")?;
    Ok(ErrorLog { path, mode: stack.required::<LogMode>("error_log.mode")?, format })
}

fn verify(stack: &Stack, source: &Source) -> Result<Verify, Problem> {
    let mode = stack.required::<VerifyMode>("verify")?;
    let is_read_once = source.backup().is_some_and(|backup| backup.files.contains(&BackupPath::StandardInput));
    if mode != VerifyMode::Off && is_read_once {
        let reason =
            "must be \"off\", because standard input (`source.rdb`) can be read only once: verify a file".to_owned();
        return Err(Problem::Refused { key: "verify".to_owned(), reason });
    }
    Ok(Verify {
        mode,
        extra: stack.required::<VerifyExtra>("verify_extra")?,
        tolerance: stack.optional::<Pause>("verify_tolerance")?,
        log: of_job(stack, stack.required::<FilePath>("verify_log")?)?,
        log_mode: LogMode::Overwrite,
    })
}

/// A path in which `{job}` is replaced by the name of the job.
fn of_job(stack: &Stack, path: PathBuf) -> Result<PathBuf, Problem> {
    let name = stack.required::<JobName>("name")?.0;
    Ok(path.to_str().map(|text| text.replace("{job}", &name).into()).unwrap_or(path))
}

fn source(stack: &Stack, db: Databases, from_files: FromFiles) -> Result<Source, Problem> {
    if let Some(texts) = stack.optional::<RdbPaths>("source.rdb")? {
        return Ok(Source::Backup(Backup { files: expanded(texts), db }));
    }
    let endpoint = endpoint(stack, Side::Source, db.first(), from_files)?;
    Ok(Source::Server(Server { db, endpoint }))
}

fn endpoint(stack: &Stack, side: Side, db: u16, from_files: FromFiles) -> Result<Endpoint, Problem> {
    let path = |name: &str| format!("{side}.{name}");
    let FromFiles { passwords: [password, sentinel_password], tls, sentinel_tls } = from_files;
    Ok(Endpoint {
        location: location(stack, side, sentinel_password, sentinel_tls)?,
        is_single: announced::is_single(stack, side)?,
        tls: tls.map(Box::new),
        db,
        username: stack.optional::<Username>(&path("username"))?,
        password: stack.optional::<Password>(&path("password"))?.or(password),
        password_source: password::source(side, stack)?,
        connect_timeout: stack.required::<Timeout>(&path("connect_timeout"))?,
        response_timeout: stack.required::<Timeout>(&path("response_timeout"))?,
        retry: stack.required::<Pause>(&path("retry"))?,
        allow_stale_replica: side == Side::Source && stack.required::<Flag>("source.allow_stale_replica")?,
        server: stack.optional::<ServerTable>(&path("server"))?,
    })
}
