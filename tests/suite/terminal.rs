//! What a user sees in terminals of several widths.

use crate::support::{Scene, Terminal, failing, words};

const WIDTHS: [usize; 3] = [60, 80, 140];

/// A screen with one blank between words, and with words in place of what changes from run to run.
fn steady(screen: &str) -> String {
    let line = |line: &str| {
        let line = match (line.find('['), line.find(']')) {
            (Some(from), Some(to)) => format!("{}[BAR]{}", &line[..from], &line[to + 1..]),
            _ => line.to_owned(),
        };
        line.split_whitespace().map(word).collect::<Vec<_>>().join(" ") + "\n"
    };
    screen.lines().map(line).collect()
}

fn word(word: &str) -> String {
    let (bare, comma) = word.strip_suffix(',').map_or((word, ""), |bare| (bare, ","));
    let is_number = bare.starts_with(|letter: char| letter.is_ascii_digit());
    let kind = match bare {
        _ if !is_number || bare.contains('/') && !bare.ends_with("B/s") => return word.to_owned(),
        _ if bare.ends_with("B/s") => "RATE",
        _ if bare.ends_with('B') => "SIZE",
        _ if bare.ends_with('%') => "SHARE",
        _ if bare.ends_with(['s', 'm', 'h']) => "TIME",
        _ => "N",
    };
    format!("{kind}{comma}")
}

/// A job that takes seven seconds: some keys exist, the others are copied with pauses. All counts have at most three
/// digits, so that lines are wrapped at the same place in each run.
fn slow(share_walk: bool) -> Scene {
    let scene = Scene::new();
    scene.source.fill(900);
    scene.destination.fill(200);
    let job = |name: &str| {
        format!(
            "[[job]]\nname = \"{name}\"\nsource = {{SOURCE}}\ndestination = {{DESTINATION}}\nscan_batch_size = 20\n\
             pipeline_batch_size = 20\nsleep = \"200ms\"\nshare_walk = {share_walk}\n"
        )
    };
    scene.file("jobs.toml", &format!("{}{}", job("sessions"), job("again")));
    scene
}

/// A job is done, and one with a long name has a failed key. There are few enough keys that the last line fits into each
/// width, however many digits the duration has.
fn failed() -> Scene {
    failing(900, "hashes-with-fields-that-expire-and-that-redis-6-cannot-hold", "hash:1")
}

#[test]
fn the_bar_fits_into_each_width() {
    insta::assert_snapshot!(bars(&slow(false)));
}

#[test]
fn jobs_that_share_a_walk_have_one_bar_which_fits_into_each_width() {
    insta::assert_snapshot!(bars(&slow(true)));
}

/// A bar in each width.
fn bars(scene: &Scene) -> String {
    let mut screens = String::new();
    for width in WIDTHS {
        scene.destination.run(words!["FLUSHALL"]);
        scene.destination.fill(200);
        let terminal = Terminal::start(scene, width, &["run", "jobs.toml", "-q"]);
        let is_complete = |screen: &str| {
            ["% ", " left", " copied", " existing", "held by sleep"].iter().all(|part| screen.contains(part))
                && !screen.contains(" 0B/s")
        };
        let screen = terminal.until("a bar", is_complete);
        screens.extend([format!("{width} columns:\n"), steady(&screen), "\n".to_owned()]);
    }
    screens
}

#[test]
fn the_summary_fits_into_each_width_and_nothing_of_the_bar_is_left() {
    let scene = failed();
    let mut screens = String::new();
    for width in WIDTHS {
        scene.destination.run(words!["FLUSHALL"]);
        let screen = Terminal::start(&scene, width, &["run", "jobs.toml", "-q"]).ended(1);
        screens.extend([format!("{width} columns:\n"), steady(&screen), "\n".to_owned()]);
    }
    insta::assert_snapshot!(screens);
}

#[test]
fn what_failed_is_red_in_a_terminal_unless_colours_are_switched_off() {
    let scene = failed();
    let terminal = Terminal::start(&scene, 140, &["run", "jobs.toml", "-q"]);
    terminal.ended(1);
    let screen = terminal.coloured_screen();
    assert!(
        screen.contains("\x1b[31m!1\x1b[39m") && screen.contains("\x1b[31mfailed\x1b[39m: 2 of 2 jobs done, "),
        "{screen:?}"
    );
    drop(terminal);
    let terminal = Terminal::start(&scene, 140, &["run", "jobs.toml", "-q", "--color", "never"]);
    terminal.ended(1);
    assert!(!terminal.coloured_screen().contains("\x1b["), "{:?}", terminal.coloured_screen());
}

#[test]
fn the_bar_names_the_job_that_runs_and_log_lines_do_not_garble_it() {
    let scene = slow(false);
    let terminal = Terminal::start(&scene, 100, &["run", "jobs.toml", "--set", "job.sessions.match=none"]);
    let screen = terminal.until("the second job", |screen| screen.contains("2/2 again [") && screen.contains("copied"));
    let lines: Vec<&str> = screen.lines().collect();
    let bar = lines.iter().position(|line| line.starts_with("2/2 again ")).expect("a bar");
    assert!(lines[..bar].iter().all(|line| !line.contains("held by")), "{screen}");
    assert!(screen.contains("job `sessions` ended: "), "{screen}");
}
