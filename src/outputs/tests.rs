//! Outputs as real files.

mod differences;

use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, CWD, FileType, Mode};
use tempfile::TempDir;

use super::*;
use crate::job::{Job, LogMode, samples};

struct Scene {
    dir: TempDir,
}

impl Scene {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn fifo(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        path
    }

    /// The files of the directory, each with its content.
    fn content(&self) -> Vec<(String, String)> {
        let entries = fs::read_dir(self.dir.path()).unwrap().map(Result::unwrap);
        let mut all: Vec<_> = entries
            .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
            .collect();
        all.sort();
        all
    }

    fn content_of<const N: usize>(&self, names: &[&str; N]) -> [String; N] {
        names.map(|name| fs::read_to_string(self.path(name)).unwrap())
    }
}

fn overwrite(name: &str, path: &Path) -> Job {
    samples::job(name, path, LogMode::Overwrite)
}

fn append(name: &str, path: &Path) -> Job {
    samples::job(name, path, LogMode::Append)
}

fn json(report: Option<&Path>) -> Vec<(ReportFormat, PathBuf)> {
    report.map(|path| (ReportFormat::Json, path.to_owned())).into_iter().collect()
}

fn problem(jobs: &[Job], report: Option<&Path>) -> OutputProblem {
    let mut errors = inspect(jobs, &json(report), &[], false).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0).problem
}

fn open(jobs: &[Job], report: Option<&Path>) -> Result<Outputs, OutputError> {
    inspect(jobs, &json(report), &[], false)
        .unwrap()
        .open(jobs.iter().map(|job| job.name.as_str()), &Patience::default())
}

fn write(outputs: &Outputs, job: &str, text: &str) {
    outputs.logs.of(job).unwrap().write(text).unwrap();
}

/// Opens a FIFO for reading before it has a writer.
fn read_only_without_waiting(fifo: &Path) -> File {
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    File::options().read(true).custom_flags(flags).open(fifo).unwrap()
}

#[test]
fn an_inspection_changes_nothing() {
    let scene = Scene::new();
    let old = scene.file("old.log", "old\n");
    symlink("elsewhere.log", scene.path("link")).unwrap();
    let jobs = [overwrite("a", &old), overwrite("b", &scene.path("new.log")), overwrite("c", &scene.path("link"))];
    inspect(&jobs, &json(Some(&scene.path("report.json"))), &[], false).unwrap();
    fs::remove_file(scene.path("link")).unwrap();
    assert_eq!(scene.content(), [("old.log".to_owned(), "old\n".to_owned())]);
}

#[test]
fn all_problems_are_reported_at_once() {
    let scene = Scene::new();
    UnixListener::bind(scene.path("socket")).unwrap();
    let jobs = [
        overwrite("a", scene.dir.path()),
        overwrite("b", &scene.path("no/b.log")),
        overwrite("c", &scene.path("no/b.log")),
        overwrite("d", &scene.path("socket")),
        overwrite("e", &scene.path("good.log")),
    ];
    let errors = inspect(&jobs, &json(Some(&scene.path("good.log"))), &[], false).unwrap_err();
    let messages: Vec<_> =
        errors.iter().map(|error| error.to_string().replace(scene.dir.path().to_str().unwrap(), "D")).collect();
    assert_eq!(
        messages,
        [
            "the error log `D` (`error_log.path` of job `a`) is a directory, but must be a file",
            "the error log `D/no/b.log` (`error_log.path` of job `b`) cannot be created: there is no directory `D/no`",
            "the error log `D/socket` (`error_log.path` of job `d`) is a socket, but must be a file",
            "the report `D/good.log` (`--report`) is the same file as the error log `D/good.log` \
             (`error_log.path` of job `e`); choose another path",
        ]
    );
}

#[test]
fn a_directory_or_file_without_write_permission_is_refused() {
    let scene = Scene::new();
    let closed = scene.path("closed");
    fs::create_dir(&closed).unwrap();
    let file = scene.file("read-only.log", "");
    fs::set_permissions(&closed, Permissions::from_mode(0o555)).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o444)).unwrap();
    if rustix::fs::access(&closed, Access::WRITE_OK).is_ok() {
        // The superuser may write everywhere, so nothing is refused.
        return;
    }
    let in_closed = problem(&[overwrite("a", &closed.join("a.log"))], None);
    assert!(matches!(in_closed, OutputProblem::ParentNotWritable { .. }), "{in_closed}");
    let read_only = problem(&[overwrite("a", &file)], None);
    assert!(matches!(read_only, OutputProblem::System(_)), "{read_only}");
}

#[test]
fn a_report_that_leads_to_a_log_is_refused_through_links_too() {
    let scene = Scene::new();
    let log = scene.file("a.log", "");
    symlink("a.log", scene.path("soft")).unwrap();
    fs::hard_link(&log, scene.path("hard")).unwrap();
    for report in ["a.log", "soft", "hard"] {
        let found = problem(&[append("a", &log)], Some(&scene.path(report)));
        assert!(matches!(found, OutputProblem::SameFile(_)), "{report}: {found}");
    }
}

#[test]
fn an_output_that_leads_to_an_input_is_refused_through_links_too() {
    let scene = Scene::new();
    let jobs = scene.file("jobs.toml", "");
    let inputs = [Input::JobFile(jobs.clone()), Input::PasswordFile(scene.file("secret", ""))];
    symlink("secret", scene.path("soft")).unwrap();
    fs::hard_link(&jobs, scene.path("hard")).unwrap();
    for (name, input) in [("jobs.toml", 0), ("hard", 0), ("secret", 1), ("soft", 1)] {
        let path = scene.path(name);
        let (log, other) = ([append("a", &path)], [append("a", &scene.path("a.log"))]);
        let as_log = inspect(&log, &[], &inputs, true).unwrap_err().remove(0);
        let as_report = inspect(&other, &json(Some(&path)), &inputs, true).unwrap_err().remove(0);
        for problem in [as_log.problem, as_report.problem] {
            assert_eq!(problem, OutputProblem::Input(inputs[input].clone()), "{name}");
        }
    }
}

#[test]
fn an_input_that_is_a_device_or_does_not_exist_rules_out_no_output() {
    let scene = Scene::new();
    let log = scene.path("a.log");
    let inputs = [Input::PasswordFile("/dev/null".into()), Input::JobFile(log.clone())];
    inspect(&[append("a", &log)], &json(Some(Path::new("/dev/null"))), &inputs, false).unwrap();
}

#[test]
fn a_log_or_report_that_contains_keys_is_created_for_its_owner_only() {
    let scene = Scene::new();
    let jobs = [overwrite("a", &scene.path("new.log")), overwrite("b", &scene.file("old.log", ""))];
    fs::set_permissions(scene.path("old.log"), Permissions::from_mode(0o644)).unwrap();
    let reports = [(ReportFormat::Json, "json"), (ReportFormat::Markdown, "md"), (ReportFormat::Junit, "xml")];
    let reports = reports.map(|(format, name)| (format, scene.path(name)));
    let inspected = inspect(&jobs, &reports, &[], false).unwrap();
    let outputs = inspected.open(["a", "b"], &Patience::default()).unwrap();
    assert!(!scene.path("new.log").exists(), "the first line creates it");
    write(&outputs, "a", "line\n");
    let mode = |name| fs::metadata(scene.path(name)).unwrap().permissions().mode() & 0o777;
    let by_umask = fs::metadata(scene.file("plain", "")).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("new.log"), mode("old.log"), mode("json")), (0o600, 0o644, 0o600));
    assert_eq!((mode("md"), mode("xml")), (by_umask, by_umask));
}

#[test]
fn overwrite_empties_once_a_run_and_append_never() {
    let scene = Scene::new();
    let (shared, kept) = (scene.file("shared.log", "old\n"), scene.file("kept.log", "old\n"));
    symlink("shared.log", scene.path("link")).unwrap();
    let jobs = [
        overwrite("a", &shared),
        append("b", &kept),
        overwrite("c", &shared),
        overwrite("d", &scene.path("link")),
        overwrite("e", &kept),
    ];
    let outputs = open(&jobs, None).unwrap();
    for job in ["a", "b", "c", "d", "e"] {
        write(&outputs, job, &format!("{job}\n"));
    }
    assert_eq!(fs::read_to_string(shared).unwrap(), "a\nc\nd\n");
    assert_eq!(fs::read_to_string(kept).unwrap(), "old\nb\ne\n");
}

#[test]
fn two_paths_to_one_missing_file_share_it_once_it_is_created() {
    let scene = Scene::new();
    symlink("new.log", scene.path("link")).unwrap();
    let jobs = [overwrite("a", &scene.path("link")), overwrite("b", &scene.path("new.log"))];
    let outputs = open(&jobs, None).unwrap();
    write(&outputs, "a", "a\n");
    write(&outputs, "b", "b\n");
    assert!(scene.path("link").is_symlink());
    assert_eq!(fs::read_to_string(scene.path("new.log")).unwrap(), "a\nb\n");
}

#[test]
fn logs_of_a_dry_run_and_of_jobs_that_are_not_run_are_not_touched() {
    let scene = Scene::new();
    let jobs = [overwrite("a", &scene.file("a.log", "old")), overwrite("b", &scene.path("b.log"))];
    let report = scene.path("report.json");
    let open = |jobs_to_run: &[&str], dry_run| {
        let inspected = inspect(&jobs, &json(Some(&report)), &[], dry_run).unwrap();
        inspected.open(jobs_to_run.iter().copied(), &Patience::default()).unwrap();
    };
    open(&["a", "b"], true);
    open(&[], false);
    let expected = [("a.log".to_owned(), "old".to_owned()), ("report.json".to_owned(), String::new())];
    assert_eq!(scene.content(), expected);
}

#[test]
fn two_runs_cannot_share_a_log_or_a_report() {
    let scene = Scene::new();
    let (log, report) = (scene.path("a.log"), scene.path("report.json"));
    let jobs = [append("a", &log)];
    let first = open(&jobs, Some(&report)).unwrap();
    assert!(!log.exists());
    assert_eq!(problem(&jobs, None), OutputProblem::InUse);
    write(&first, "a", "first\n");
    assert_eq!(problem(&jobs, None), OutputProblem::InUse);
    assert_eq!(problem(&[append("a", &scene.path("other.log"))], Some(&report)), OutputProblem::InUse);
    inspect(&jobs, &[], &[], true).unwrap();
    drop(first);
    open(&jobs, Some(&report)).unwrap();
    assert_eq!(fs::read_to_string(log).unwrap(), "first\n");
}

#[test]
fn if_a_log_is_locked_between_inspection_and_opening_no_file_loses_its_content() {
    let scene = Scene::new();
    let jobs = [overwrite("a", &scene.file("a.log", "old a")), overwrite("b", &scene.file("b.log", "old b"))];
    let inspected = inspect(&jobs, &[], &[], false).unwrap();
    let other = File::open(scene.path("b.log")).unwrap();
    other.lock().unwrap();
    let error = inspected.open(["a", "b"], &Patience::default()).unwrap_err();
    assert_eq!((error.output.path(), error.problem), (&scene.path("b.log"), OutputProblem::InUse));
    assert_eq!(fs::read_to_string(scene.path("a.log")).unwrap(), "old a");
}

#[test]
fn a_log_with_several_names_is_not_emptied_and_can_be_appended_to() {
    let scene = Scene::new();
    let log = scene.file("a.log", "old\n");
    fs::hard_link(&log, scene.path("other name")).unwrap();
    let found = problem(&[overwrite("a", &log)], None);
    assert_eq!(found, OutputProblem::SeveralNames { names: 2, can_append: true });
    assert_eq!(fs::read_to_string(&log).unwrap(), "old\n");
    write(&open(&[append("a", &log)], None).unwrap(), "a", "new\n");
    assert_eq!(fs::read_to_string(scene.path("other name")).unwrap(), "old\nnew\n");
}

#[test]
fn devices_are_written_to_and_shared() {
    let null = Path::new("/dev/null");
    let jobs = [overwrite("a", null), append("b", null)];
    let outputs = open(&jobs, Some(null)).unwrap();
    write(&outputs, "a", "one\n");
    outputs.reports[0].1.write("{}\n").unwrap();
}

#[test]
fn a_fifo_with_a_reader_is_written_to_by_all_its_jobs() {
    let scene = Scene::new();
    let fifo = scene.fifo("fifo");
    let jobs = [overwrite("a", &fifo), append("b", &fifo)];
    let mut reader = read_only_without_waiting(&fifo);
    let outputs = open(&jobs, None).unwrap();
    write(&outputs, "a", "one\n");
    write(&outputs, "b", "two\n");
    drop(outputs);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "one\ntwo\n");
}

#[test]
fn a_fifo_without_a_reader_is_refused_and_no_file_loses_its_content() {
    let scene = Scene::new();
    let (plain, fifo) = (scene.file("plain.log", "old"), scene.fifo("fifo"));
    for (jobs, report) in [
        (vec![overwrite("plain", &plain), overwrite("a", &fifo)], None),
        (vec![overwrite("plain", &plain)], Some(fifo.as_path())),
    ] {
        let error = open(&jobs, report).unwrap_err();
        assert_eq!((error.output.path(), &error.problem), (&fifo, &OutputProblem::NoReader));
        assert!(error.to_string().ends_with("is a FIFO without a reader\n  hint: start its reader before the run"));
    }
    assert_eq!(fs::read_to_string(plain).unwrap(), "old");
}
