//! Tests that only the superuser can run.

/// Whether the superuser runs the test. For another user it fails, unless `MIGRATOR_TEST_WITHOUT_ROOT` is set: then it is
/// left out.
#[track_caller]
#[expect(clippy::print_stderr, reason = "a test that is left out reports that")]
pub fn is_superuser(why: &str) -> bool {
    let is_superuser = rustix::process::geteuid().is_root();
    if !is_superuser {
        let is_left_out = std::env::var_os("MIGRATOR_TEST_WITHOUT_ROOT").is_some();
        assert!(
            is_left_out,
            "only the superuser can run this test: {why} (`MIGRATOR_TEST_WITHOUT_ROOT=1` leaves it out)"
        );
        eprintln!("LEFT OUT: only the superuser can run this test: {why}");
    }
    is_superuser
}
