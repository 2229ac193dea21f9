//! The checkpoints of the jobs of a run.

use insta::assert_snapshot;

use super::scene::Scene;

#[test]
fn two_jobs_with_one_checkpoint_are_refused_and_both_are_named() {
    let jobs = "[defaults]\ndestination.host = \"b\"\nsource.host = \"x\"\ncheckpoint = \"PATH\"\n[[job]]\nname = \"a\"\n\
                [[job]]\nname = \"b\"\n";
    let scene = |path: &str| Scene::new().file("a.toml", jobs.replace("PATH", path));
    assert_snapshot!(scene("x.json").faults(), @r"
    a.toml:4: job `b`: `checkpoint` is `x.json`, which is also the checkpoint of job `a`
      hint: each job needs a file of its own: `{job}` in the path is the name of the job
    ");
    let paths: Vec<_> = scene("c/{job}.json").loads().into_jobs().into_iter().map(|job| job.checkpoint).collect();
    assert_eq!(paths, [Some("c/a.json".into()), Some("c/b.json".into())]);
    let disabled = Scene::new().file("a.toml", jobs.replace("PATH", "x") + "enabled = false\n");
    assert_eq!(disabled.loads().jobs.len(), 2);
}
