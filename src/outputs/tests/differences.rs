//! Differences files.

use super::*;
use crate::job::{Verify, VerifyMode};

/// A job that is verified.
fn verified(name: &str, log: &Path, differences: &Path) -> Job {
    let verify = Verify { mode: VerifyMode::Full, log: differences.to_owned(), ..Verify::off() };
    Job { verify, ..append(name, log) }
}

fn write_difference(outputs: &Outputs, job: &str, text: &str) {
    outputs.differences.of(job).unwrap().write(text).unwrap();
}

#[test]
fn a_differences_file_is_emptied_once_a_run_and_jobs_share_it() {
    let scene = Scene::new();
    let (log, shared) = (scene.path("a.log"), scene.file("shared.jsonl", "old\n"));
    symlink("shared.jsonl", scene.path("link")).unwrap();
    let jobs = [verified("a", &log, &shared), verified("b", &log, &scene.path("link"))];
    let outputs = open(&jobs, None).unwrap();
    write_difference(&outputs, "a", "a\n");
    write_difference(&outputs, "b", "b\n");
    assert_eq!(scene.content_of(&["shared.jsonl"]), ["a\nb\n"]);
    assert!(!log.exists() && !outputs.logs.has_lines("a"), "a difference is no failed key");
}

#[test]
fn the_first_difference_creates_the_file_for_its_owner_only() {
    let scene = Scene::new();
    let differences = scene.path("new.jsonl");
    let outputs = open(&[verified("a", &scene.path("a.log"), &differences)], None).unwrap();
    assert!(!differences.exists());
    write_difference(&outputs, "a", "line\n");
    assert_eq!(fs::metadata(&differences).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(scene.content(), [("new.jsonl".to_owned(), "line\n".to_owned())]);
}

#[test]
fn only_jobs_that_are_verified_have_a_differences_file_and_a_dry_run_touches_none() {
    let scene = Scene::new();
    let (log, old) = (scene.path("a.log"), scene.file("old.jsonl", "old\n"));
    let verified = verified("a", &log, &old);
    let unverified = Job { verify: Verify { mode: VerifyMode::Off, ..verified.verify.clone() }, ..verified.clone() };
    let open = |job: &Job, dry_run| {
        let inspected = inspect(std::slice::from_ref(job), &[], &[], dry_run).unwrap();
        inspected.open(["a"], &Patience::default()).unwrap().differences.of("a").is_some()
    };
    assert_eq!((open(&unverified, false), open(&verified, true)), (false, false));
    assert_eq!(scene.content_of(&["old.jsonl"]), ["old\n"]);
    assert!(open(&verified, false));
    assert_eq!(scene.content_of(&["old.jsonl"]), [""]);
    let elsewhere = Job { verify: Verify { log: scene.path("no/d.jsonl"), ..Verify::off() }, ..unverified };
    inspect(&[elsewhere], &[], &[], false).unwrap();
}

#[test]
fn a_differences_file_is_no_other_output_and_no_input() {
    let scene = Scene::new();
    let (a, b, in_none) = (scene.path("a"), scene.path("b"), scene.path("no/d"));
    let with_checkpoint = Job { checkpoint: Some(b.clone()), ..verified("a", &a, &b) };
    let input = scene.file("job.toml", "");
    let messages = |jobs: &[Job], report: Option<&Path>| {
        let errors = inspect(jobs, &json(report), &[Input::JobFile(input.clone())], false).unwrap_err();
        let messages = errors.iter().map(|error| error.to_string().replace(scene.dir.path().to_str().unwrap(), "D"));
        messages.collect::<Vec<_>>()
    };
    let found = [
        messages(&[verified("a", &a, &a)], None),
        messages(&[verified("a", &a, &b), append("b", &b)], None),
        messages(&[verified("a", &a, &b)], Some(&b)),
        messages(&[with_checkpoint], None),
        messages(&[verified("a", &a, &input)], None),
        messages(&[verified("a", &a, &in_none), verified("b", &a, &in_none)], None),
    ];
    insta::assert_snapshot!(found.concat().join("\n"), @r"
    the differences file `D/a` (`verify_log` of job `a`) is the same file as the error log `D/a` (`error_log.path` of job `a`); choose another path
    the error log `D/b` (`error_log.path` of job `b`) is the same file as the differences file `D/b` (`verify_log` of job `a`); choose another path
    the report `D/b` (`--report`) is the same file as the differences file `D/b` (`verify_log` of job `a`); choose another path
    the checkpoint `D/b` (`checkpoint` of job `a`) is the same file as the differences file `D/b` (`verify_log` of job `a`); choose another path
    the differences file `D/job.toml` (`verify_log` of job `a`) is the same file as the job file `D/job.toml`; choose another path
    the differences file `D/no/d` (`verify_log` of job `a`) cannot be created: there is no directory `D/no`
    ");
}

#[test]
fn an_error_log_that_became_a_differences_file_since_the_inspection_is_refused() {
    let scene = Scene::new();
    let (log, differences) = (scene.file("a.log", "old\n"), scene.path("link"));
    let jobs = [verified("a", &log, &differences)];
    let inspected = inspect(&jobs, &[], &[], false).unwrap();
    symlink("a.log", &differences).unwrap();
    let error = inspected.open(["a"], &Patience::default()).unwrap_err();
    assert_eq!((error.output.path(), matches!(error.problem, OutputProblem::SameFile(_))), (&differences, true));
    assert_eq!(scene.content_of(&["a.log"]), ["old\n"]);
}

#[test]
fn two_runs_cannot_share_a_differences_file() {
    let scene = Scene::new();
    let differences = scene.path("d.jsonl");
    let first = open(&[verified("a", &scene.path("a.log"), &differences)], None).unwrap();
    let second = [verified("a", &scene.path("b.log"), &differences)];
    assert_eq!(problem(&second, None), OutputProblem::InUse);
    write_difference(&first, "a", "first\n");
    assert_eq!(problem(&second, None), OutputProblem::InUse);
    drop(first);
    open(&second, None).unwrap();
    assert_eq!(scene.content_of(&["d.jsonl"]), [""]);
}

#[test]
fn a_device_takes_errors_and_differences() {
    let null = Path::new("/dev/null");
    let outputs = open(&[verified("a", null, null), verified("b", null, null)], None).unwrap();
    write_difference(&outputs, "b", "{}\n");
    write(&outputs, "b", "one\n");
    assert!(outputs.differences.has_lines("a") && outputs.logs.has_lines("a"));
}

#[test]
fn a_differences_file_with_several_names_is_not_emptied() {
    let scene = Scene::new();
    let differences = scene.file("d.jsonl", "old\n");
    fs::hard_link(&differences, scene.path("other name")).unwrap();
    let found = problem(&[verified("a", &scene.path("a.log"), &differences)], None);
    assert_eq!(
        found.to_string(),
        "has 2 names (hard links), and all of them would be emptied\n  hint: remove it, or choose another path"
    );
    assert_eq!(scene.content_of(&["d.jsonl"]), ["old\n"]);
}
