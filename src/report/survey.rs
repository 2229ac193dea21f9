//! The content of a backup, for people.

use std::fmt::Write;

use super::numbers;
use super::summary::columns::{Column, fitted};
use crate::job::Job;
use crate::rdb::Checksum;
use crate::source::backup::{Survey, SurveyedKeys};

/// The width of the table. Programs read it, so it does not depend on the terminal.
const WIDTH: usize = 80;

/// Describes the backup of some jobs: the server that wrote it, and its keys by database and type.
pub fn survey_text(jobs: &[&Job], survey: &Survey) -> String {
    let facts = &survey.facts;
    let checksum = match survey.checksum {
        Checksum::Right => "its checksum is valid",
        Checksum::Off => "it was written without a checksum",
        Checksum::Absent => "files of this version have no checksum",
    };
    let mut text =
        format!("{}: {}: RDB version {} of {}", named(jobs), facts.name, facts.header.version, facts.written_by());
    if let Some(created) = facts.created {
        write!(text, ", created {}", humantime::format_rfc3339_seconds(created))
            .expect("a write to a String cannot fail");
    }
    writeln!(text, "; {checksum}").expect("a write to a String cannot fail");
    if facts.begins_aof {
        writeln!(text, "{}", facts.aof_warning()).expect("a write to a String cannot fail");
    }
    for note in &survey.notes {
        writeln!(text, "{note}").expect("a write to a String cannot fail");
    }
    if survey.libraries > 0 {
        writeln!(text, "function libraries: {}", survey.libraries).expect("a write to a String cannot fail");
    }
    text + &keys(survey)
}

fn named(jobs: &[&Job]) -> String {
    let names: Vec<String> = jobs.iter().map(|job| format!("`{}`", job.name)).collect();
    format!("{} {}", if names.len() == 1 { "job" } else { "jobs" }, names.join(", "))
}

fn keys(survey: &Survey) -> String {
    if survey.keys.is_empty() {
        return "no keys\n".to_owned();
    }
    let mut total = SurveyedKeys::default();
    let mut lines: Vec<(String, &str, SurveyedKeys)> = Vec::new();
    for ((db, type_name), counted) in &survey.keys {
        lines.push((db.to_string(), type_name, *counted));
        total.keys += counted.keys;
        total.expiring += counted.expiring;
        total.expired += counted.expired;
        total.bytes += counted.bytes;
    }
    lines.push(("total".to_owned(), "", total));
    let counts = |title, count: fn(&SurveyedKeys) -> u64| {
        Column::numbers(title, lines.iter().map(|(_, _, counted)| numbers::count(count(counted))))
    };
    let columns = vec![
        Column::names("type", lines.iter().map(|(_, type_name, _)| (*type_name).to_owned())),
        counts("keys", |counted| counted.keys),
        counts("expiring", |counted| counted.expiring),
        counts("expired", |counted| counted.expired),
        Column::numbers("bytes", lines.iter().map(|(_, _, counted)| numbers::bytes(counted.bytes))),
    ];
    fitted(Column::names("database", lines.iter().map(|(db, _, _)| db.clone())), &columns, WIDTH)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::job::Databases;
    use crate::report::samples;

    #[test]
    fn a_survey_names_the_server_that_wrote_the_file_and_counts_its_keys() {
        let job = samples::backup_job("restore", Databases::All);
        let strings = SurveyedKeys { keys: 120, expiring: 40, expired: 2, bytes: 16_000 };
        let hashes = SurveyedKeys { keys: 3, expiring: 0, expired: 0, bytes: 90 };
        let keys = BTreeMap::from([((0, "string".into()), strings), ((11, "hash".into()), hashes)]);
        let survey = Survey {
            facts: samples::backup_facts(),
            keys,
            libraries: 2,
            checksum: Checksum::Right,
            notes: vec!["beware".to_owned()],
        };
        insta::assert_snapshot!(survey_text(&[&job], &survey), @r"
        job `restore`: dump.rdb: RDB version 12 of Redis 8.2.3, created 2026-01-31T12:00:00Z; its checksum is valid
        beware
        function libraries: 2
        database  type    keys  expiring  expired    bytes
        0         string   120        40        2  15.6KiB
        11        hash       3         0        0      90B
        total              123        40        2  15.7KiB
        ");
    }

    #[test]
    fn a_survey_reports_a_file_without_keys() {
        let job = samples::backup_job("restore", Databases::All);
        let other = samples::backup_job("again", Databases::One(0));
        let facts = samples::backup_facts();
        let survey = Survey { facts, keys: BTreeMap::new(), libraries: 0, checksum: Checksum::Off, notes: Vec::new() };
        insta::assert_snapshot!(survey_text(&[&job, &other], &survey), @r"
        jobs `restore`, `again`: dump.rdb: RDB version 12 of Redis 8.2.3, created 2026-01-31T12:00:00Z; it was written without a checksum
        no keys
        ");
    }
}
