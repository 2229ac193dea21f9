//! The checkpoints of runs, as real files.

use std::fs::{self, TryLockError};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::samples::{Walk, fingerprint, job, record, walk};
use crate::job::{Glob, Job};
use crate::outputs::{self, CheckpointFile, OutputProblem};
use crate::runner::checkpoint::{Checkpoints, Resume, State};

struct Scene(TempDir);

impl Scene {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn open(&self, jobs: &[Job], resume: Resume, discard: bool) -> Result<Checkpoints<Walk>, Vec<String>> {
        let opened = Checkpoints::open(files(jobs).unwrap(), jobs, resume, discard);
        let folder = self.0.path().display().to_string();
        opened.map_err(|errors| errors.iter().map(|error| error.to_string().replace(&folder, "D")).collect())
    }

    /// The names in the folder.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn files(jobs: &[Job]) -> Result<Vec<CheckpointFile>, Vec<OutputProblem>> {
    let inspected = outputs::inspect(jobs, &[], &[], false);
    inspected.map(|inspected| inspected.checkpoints).map_err(|errors| errors.into_iter().map(|it| it.problem).collect())
}

fn begin(checkpoints: &mut Checkpoints<Walk>, job: &Job) {
    let checkpoint = checkpoints.of(&job.name).unwrap();
    checkpoint.begin(fingerprint(job), 0, &Walk::default()).unwrap();
}

#[test]
fn a_job_that_ends_early_leaves_its_record_and_the_next_run_is_refused_or_continues() {
    let scene = Scene::new();
    let jobs = [job("carts", &scene.path("carts.json"))];
    let mut first = scene.open(&jobs, Resume::No, false).unwrap();
    assert!(first.of("carts").unwrap().found().is_none());
    begin(&mut first, &jobs[0]);
    let checkpoint = first.of("carts").unwrap();
    checkpoint.record(5, &walk(1));
    checkpoint.finish(State::Stopped, 7, &walk(2)).unwrap();
    drop(first);
    let mode = fs::metadata(scene.path("carts.json")).unwrap().permissions().mode() & 0o777;
    assert_eq!((scene.names(), mode), (vec!["carts.json".to_owned()], 0o600));

    let refused = scene.open(&jobs, Resume::No, false).unwrap_err();
    assert_eq!(refused.len(), 1);
    let (start, end) = refused[0].split_once("written at ").unwrap();
    assert_eq!(start, "the checkpoint `D/carts.json` of job `carts` belongs to a run that has not finished (");
    let ways =
        ", after 7 keys)\n  hint: `--resume` continues that run; `--discard-checkpoint` starts from the beginning";
    assert!(end.ends_with(ways), "{end}");

    let mut resumed = scene.open(&jobs, Resume::Yes, false).unwrap();
    let found = resumed.of("carts").unwrap().found().unwrap();
    assert_eq!((found.state, found.keys, &found.walk), (State::Stopped, 7, &walk(2)));
    drop(resumed);
    assert!(scene.open(&jobs, Resume::No, true).unwrap().of("carts").unwrap().found().is_none());
    assert_eq!(scene.names(), ["carts.json"], "it is replaced when the job begins");
}

#[test]
fn when_every_job_is_finished_the_files_are_not_needed() {
    let scene = Scene::new();
    let jobs = [job("a", &scene.path("a.json")), job("b", &scene.path("b.json"))];
    let mut run = scene.open(&jobs, Resume::No, false).unwrap();
    begin(&mut run, &jobs[0]);
    run.of("a").unwrap().finish(State::Finished, 1, &walk(0)).unwrap();
    drop(run);
    let refused = scene.open(&jobs, Resume::No, false).unwrap_err();
    assert!(refused[0].contains("`D/a.json` of job `a` belongs to a run that has not finished"), "{refused:?}");

    let mut run = scene.open(&jobs, Resume::Yes, false).unwrap();
    assert_eq!(run.of("a").unwrap().found().unwrap().state, State::Finished);
    begin(&mut run, &jobs[1]);
    run.of("b").unwrap().finish(State::Finished, 1, &walk(0)).unwrap();
    drop(run);
    // Killed before it removed the files.
    let mut run = scene.open(&jobs, Resume::No, false).unwrap();
    run.remove().unwrap();
    assert!(scene.names().is_empty());
}

#[test]
fn with_strict_a_changed_job_is_refused() {
    let scene = Scene::new();
    let mut jobs = [job("carts", &scene.path("c"))];
    fs::write(scene.path("c"), record(walk(1)).to_bytes()).unwrap();
    scene.open(&jobs, Resume::Strict, false).unwrap();
    jobs[0].selection.exclude = vec![Glob::new("x*")];
    scene.open(&jobs, Resume::Yes, false).unwrap();
    let refused = scene.open(&jobs, Resume::Strict, false).unwrap_err();
    let expected = "the checkpoint `D/c` of job `carts` does not fit: `exclude` is `[\"x*\"]`, before `[]`\n  hint: `--resume` \
                    starts from the beginning then; `--resume=strict` refuses that";
    assert_eq!(refused, [expected]);
}

#[test]
fn a_record_of_another_job_and_a_foreign_file_are_never_overwritten() {
    let scene = Scene::new();
    let jobs = [job("other", &scene.path("c"))];
    fs::write(scene.path("c"), record(walk(1)).to_bytes()).unwrap();
    let refused = scene.open(&jobs, Resume::Yes, false).unwrap_err();
    assert!(refused[0].contains("of job `other` belongs to job `carts`\n  hint: "), "{refused:?}");
    fs::write(scene.path("c"), "my notes").unwrap();
    for discard in [false, true] {
        let refused = scene.open(&jobs, Resume::No, discard).unwrap_err();
        assert!(refused[0].contains("is not a checkpoint, and is not overwritten"), "{refused:?}");
    }
    fs::write(scene.path("c"), "{\"redis-keys-migrator checkpoint\":1,").unwrap();
    scene.open(&jobs, Resume::No, true).unwrap();
}

#[test]
fn two_runs_cannot_have_one_checkpoint_before_its_file_exists_while_it_is_replaced_and_after_it_is_removed() {
    let scene = Scene::new();
    let jobs = [job("carts", &scene.path("c"))];
    let in_use = || assert_eq!(files(&jobs).unwrap_err(), [OutputProblem::InUse]);
    let mut run = scene.open(&jobs, Resume::No, false).unwrap();
    in_use();
    begin(&mut run, &jobs[0]);
    in_use();
    run.of("carts").unwrap().finish(State::Finished, 1, &walk(0)).unwrap();
    in_use();
    run.remove().unwrap();
    in_use();
    drop(run);
    files(&jobs).unwrap();
}

#[test]
fn a_run_of_another_machine_is_noticed_by_its_file() {
    let scene = Scene::new();
    let jobs = [job("carts", &scene.path("c"))];
    let mut run = scene.open(&jobs, Resume::No, false).unwrap();
    fs::write(scene.path("c"), "theirs").unwrap();
    let begun = run.of("carts").unwrap().begin(fingerprint(&jobs[0]), 0, &walk(0));
    assert!(begun.unwrap_err().to_string().ends_with("/c: it is in use by another run"));
    assert_eq!(fs::read_to_string(scene.path("c")).unwrap(), "theirs");
    assert_eq!(scene.names(), ["c"], "no temporary file is left");
    drop(run);
    let locked = fs::File::open(scene.path("c")).unwrap();
    locked.lock().unwrap();
    assert_eq!(files(&jobs).unwrap_err(), [OutputProblem::InUse]);
}

#[test]
fn each_file_with_a_record_is_locked_for_other_machines() {
    let scene = Scene::new();
    let jobs = [job("carts", &scene.path("c"))];
    let mut run = scene.open(&jobs, Resume::No, false).unwrap();
    let is_locked = || matches!(fs::File::open(scene.path("c")).unwrap().try_lock(), Err(TryLockError::WouldBlock));
    begin(&mut run, &jobs[0]);
    assert!(is_locked());
    for keys in 0..5 {
        run.of("carts").unwrap().record(keys, &walk(0));
        std::thread::sleep(Duration::from_millis(5));
        assert!(is_locked());
    }
    run.of("carts").unwrap().finish(State::Stopped, 9, &walk(0)).unwrap();
    assert!(is_locked());
    drop(run);
    assert!(!is_locked());
    // A run that continues locks the file before it writes.
    let run = scene.open(&jobs, Resume::Yes, false).unwrap();
    assert!(is_locked());
    drop(run);
}

#[test]
fn a_record_that_cannot_be_written_leaves_the_old_one_and_is_reported_once() {
    let scene = Scene::new();
    fs::create_dir(scene.path("folder")).unwrap();
    let jobs = [job("carts", &scene.path("folder/c"))];
    let mut run = scene.open(&jobs, Resume::No, false).unwrap();
    begin(&mut run, &jobs[0]);
    let checkpoint = run.of("carts").unwrap();
    assert_eq!(checkpoint.news(), None);
    fs::rename(scene.path("folder"), scene.path("moved")).unwrap();
    fs::remove_dir_all(scene.path("moved")).unwrap();
    let mut news = Vec::new();
    for keys in 0..20 {
        checkpoint.record(keys, &walk(0));
        std::thread::sleep(Duration::from_millis(5));
        news.extend(checkpoint.news());
    }
    assert_eq!(news.len(), 1, "{news:?}");
    assert!(news[0].contains("cannot be written: No such file or directory"), "{news:?}");
    let ended = checkpoint.finish(State::Stopped, 9, &walk(0)).unwrap_err();
    assert!(ended.to_string().contains("folder/c cannot be written: No such file"), "{ended}");
}

#[test]
fn only_a_file_in_a_folder_that_permits_new_files_can_be_a_checkpoint() {
    let scene = Scene::new();
    fs::write(scene.path("file"), "").unwrap();
    std::os::unix::fs::symlink("file", scene.path("link")).unwrap();
    let problem = |path: &Path| files(&[job("a", path)]).unwrap_err().remove(0).to_string();
    assert_eq!(
        problem(&scene.path("link")),
        "is a symbolic link, but must be a file, because it is replaced as a whole"
    );
    assert_eq!(problem(scene.0.path()), "is a directory, but must be a file");
    assert_eq!(problem(Path::new("/dev/null")), "is a device or a FIFO, but must be a file");
    assert!(problem(&scene.path("none/c")).starts_with("cannot be created: there is no directory"));
    let same = files(&[job("a", &scene.path("file")), job("b", &scene.path("./file"))]).unwrap_err();
    assert!(same[0].to_string().starts_with("is the same file as the checkpoint `"), "{same:?}");
}
