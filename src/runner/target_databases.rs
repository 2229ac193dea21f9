//! Checks that source and destination have the databases of a job.

use super::opened::OpenDestination;
use crate::error::{EndpointError, EndpointProblem};
use crate::job::Job;
use crate::source::{Node, Source};

/// Checks that a server that keys are read from has the databases of a job, and that the destination has one for each.
pub async fn check(job: &Job, source: &Node, destination: &OpenDestination) -> Result<(), EndpointError> {
    if !job.has_several_databases() {
        // Both are connected to it.
        return Ok(());
    }
    source.check_databases().await?;
    for size in source.databases().await? {
        open_target(job, destination, size.db).await?;
    }
    Ok(())
}

/// Checks that the destination has a database for keys of this database of the source.
pub async fn open_target(job: &Job, destination: &OpenDestination, source_db: u16) -> Result<(), EndpointError> {
    match job.destination.db.of(source_db) {
        Some(db) => destination.open_database(db).await,
        None => Err(destination.problem(EndpointProblem::UnmappedDatabase(source_db))),
    }
}
