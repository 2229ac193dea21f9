//! `check`: reports every fault in the files.

use super::args::CheckArguments;
use super::findings::Findings;
use super::{Exit, connect, jobs, output_dir, run};
use crate::config::{Configuration, Request, Secrets, load, profile_names};
use crate::event::{Event, Listener, Warning};
use crate::job::{Job, VerifyMode};
use crate::outputs::{self, CheckpointFile};
use crate::report::Screen;
use crate::runner::{self, CheckpointError, CheckpointProblem, Checkpoints, Resume, Walk};

/// Reports every fault, also of the files that a run would write. With `--connect`, also examines the source and destination
/// of every job. Returns the text to print and the exit code.
pub fn check(options: &CheckArguments, screen: &Screen) -> (String, Exit) {
    let mut findings = Findings::new(options.format);
    let (text, exit) = results(options, screen, &mut findings);
    let exit = if options.deny_warnings { exit.or_worse(findings.deny_warnings()) } else { exit };
    (findings.printed(text, exit), exit)
}

fn results(options: &CheckArguments, screen: &Screen, findings: &mut Findings) -> (String, Exit) {
    // A connection needs the passwords.
    let secrets = if options.connect { Secrets::Read } else { Secrets::Warn };
    let mut request = jobs::request(&options.jobs, secrets);
    let profiles = if options.all_profiles { profile_names(&request) } else { Vec::new() };
    if profiles.is_empty() {
        return check_one(&request, options, screen, findings);
    }
    let (mut texts, mut exit) = (String::new(), Exit::Success);
    for profile in profiles {
        findings.begin(&profile);
        texts.extend(["profile `", &profile, "`:\n"]);
        request.profile = Some(profile);
        let (text, of_profile) = check_one(&request, options, screen, findings);
        texts += &text;
        exit = exit.or_worse(of_profile);
    }
    (texts, exit)
}

fn check_one(request: &Request, options: &CheckArguments, screen: &Screen, findings: &mut Findings) -> (String, Exit) {
    jobs::log_project(request);
    let configuration = match load(request) {
        Ok(configuration) => configuration,
        Err(faults) => {
            faults.iter().for_each(|fault| findings.fault(fault));
            return (String::new(), Exit::Usage);
        }
    };
    findings.warnings(&configuration);
    jobs::log_ignored(&configuration);
    let confirmation = confirmation(&configuration);
    let of_outputs = inspect_outputs(&configuration, options, findings);
    let jobs: Vec<Job> = configuration.jobs.iter().map(|checked| checked.job.clone()).collect();
    let of_lists = runner::check_key_lists(&jobs).map_or_else(|errors| findings.lists(&errors), |()| Exit::Success);
    let (of_files, exit) =
        if options.connect { connect::connect(jobs, screen, findings) } else { (String::new(), Exit::Success) };
    let exit = exit.or_worse(of_outputs).or_worse(of_lists);
    (of_files + if exit == Exit::Success { &confirmation } else { "" }, exit)
}

/// Inspects the files that a run would write. Another run may be using them.
fn inspect_outputs(configuration: &Configuration, options: &CheckArguments, findings: &mut Findings) -> Exit {
    let mut reports = options.reports.files();
    let mut jobs: Vec<Job> = configuration.jobs.iter().map(|checked| checked.job.clone()).collect();
    let mut exit = Exit::Success;
    if let Some(folder) = &options.reports.output_dir {
        output_dir::move_into(folder, &mut jobs, &mut reports);
        if !folder.exists() {
            exit = output_dir::check(folder).map_or_else(|error| findings.errors(&[error]), |()| exit);
            jobs.retain(|job| !job.error_log.path.starts_with(folder));
            for job in &mut jobs {
                job.checkpoint = job.checkpoint.take().filter(|path| !path.starts_with(folder));
                if job.verify.log.starts_with(folder) {
                    job.verify.mode = VerifyMode::Off;
                }
            }
            reports.retain(|(_, path)| !path.starts_with(folder));
        }
    }
    match outputs::inspect(&jobs, &reports, &run::inputs(configuration), true) {
        Ok(inspected) => exit.or_worse(check_checkpoints(inspected.checkpoints, &jobs, findings)),
        Err(errors) => exit.or_worse(findings.errors(&errors)),
    }
}

/// Reads the checkpoints. An unfinished run is only a warning: it can be continued.
fn check_checkpoints(files: Vec<CheckpointFile>, jobs: &[Job], findings: &mut Findings) -> Exit {
    let errors = Checkpoints::<Walk>::open(files, jobs, Resume::No, false).err().unwrap_or_default();
    let (unfinished, wrong): (Vec<_>, Vec<_>) =
        errors.into_iter().partition(|error| matches!(error.problem, CheckpointProblem::Unfinished { .. }));
    for CheckpointError { job, path, problem } in unfinished {
        let message = format!("the checkpoint `{}` {problem}", path.display());
        // The listener only collects or logs.
        let _ = findings.hear(&Event::Warned(&Warning { job: Some(job), message }));
    }
    if wrong.is_empty() { Exit::Success } else { findings.errors(&wrong) }
}

/// Confirms that the configuration is valid. Lists the files, each with the number of its selected jobs.
pub(super) fn confirmation(configuration: &Configuration) -> String {
    let in_words = |count| if count == 1 { "1 job".to_owned() } else { format!("{count} jobs") };
    let lines: Vec<String> = configuration
        .jobs_by_file()
        .map(|(path, count)| format!("{}: {}\n", path.display(), in_words(count)))
        .collect();
    if lines.is_empty() {
        return "one job from variables and options, without a file\nconfiguration is valid\n".to_owned();
    }
    format!("{}configuration is valid\n", lines.concat())
}
