//! Error logs whose path has the name of the job.

use std::fs;

use crate::support::{Scene, poison};

#[test]
fn each_job_has_a_log_of_its_own_if_the_path_has_its_name() {
    let scene = Scene::careful();
    poison(&scene.source, "key:1");
    poison(&scene.source, "key:2");
    let job = |number| format!("[[job]]\nname = \"job-{number}\"\nmatch = \"key:{number}\"\n");
    let defaults = "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\nsleep = \"0s\"\n\
                    error_log.path = \"logs/{job}.log\"\n";
    scene.file("job.toml", &[defaults, &job(1), &job(2)].concat());
    fs::create_dir(scene.folder().join("logs")).expect("a new folder");
    let ran = scene.run(&["run", "job.toml", "--report", "report.json"]).exits(1);
    ran.outcomes("job-1", "failed 1").outcomes("job-2", "failed 1").stderr_has("|logs/job-2.log|");
    for number in [1, 2] {
        let log = scene.read(&format!("logs/job-{number}.log"));
        assert_eq!(log.lines().count(), 1, "{log}");
        assert!(log.contains(&format!("job=job-{number} key=\"key:{number}\" ")), "{log}");
    }
    assert_eq!(fs::read_dir(scene.folder().join("logs")).expect("the folder").count(), 2);
}
