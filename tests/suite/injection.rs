//! Texts of servers, keys and files reach no output as they are: they cannot control a terminal, forge a line, or change
//! the order in which text is read.

use crate::support::{Answer, Impostor, Ran, Scene, words};

/// What a terminal, a log reader or a person would take for something else.
const EVIL: &str =
    "\x1b[2J\x1b]0;owned\x07\u{9b}31m\u{202e}drowssap\u{2066}\u{2069}\u{200f}\u{61c}\u{2028}\u{2029}\u{85}\x7f\r";
/// The same, as outputs show it.
const SHOWN: &str = "\\u{1b}[2J\\u{1b}]0;owned\\u{7}\\u{9b}31m\\u{202e}drowssap\\u{2066}\\u{2069}\\u{200f}\\u{61c}\\u{2028}\\u{2029}\
                     \\u{85}\\u{7f}\\r";
const LOG: &str = "redis-keys-migrator-error.log";

/// Fails if a text has a character that is not safe.
#[track_caller]
fn is_safe(text: &str) {
    let is_unsafe = |letter: &char| {
        (letter.is_control() && *letter != '\n')
            || matches!(letter, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let found: String = text.chars().filter(is_unsafe).collect();
    assert!(found.is_empty(), "{found:?} in {text:?}");
}

/// Everything that a run has printed and written is safe.
#[track_caller]
fn all_is_safe(scene: &Scene, ran: &Ran) {
    is_safe(&ran.stdout);
    is_safe(&ran.stderr);
    for name in ["report.json", LOG] {
        if scene.folder().join(name).exists() {
            is_safe(&scene.read(name));
        }
    }
}

/// A destination that answers each `RESTORE` of a user's key with this error.
fn refusing(scene: &Scene, error: String) -> Impostor {
    Impostor::before(scene.destination.port(), move |words| match &words[0][..] {
        b"RESTORE" if !words[1].starts_with(b"redis-keys-migrator:") => {
            Answer::Instead(format!("-{error}\r\n").into_bytes())
        }
        _ => Answer::Real,
    })
}

#[test]
fn the_error_of_a_server_is_one_safe_line_in_every_output() {
    let scene = Scene::new();
    scene.source.run(words!["SET", format!("key\n{EVIL}"), "value"]);
    scene.job("");
    let of_one_key = refusing(&scene, format!("ERR {EVIL}\\ \"x\""));
    let of_all_keys = refusing(&scene, format!("MISCONF {EVIL}"));
    for (impostor, code) in [(&of_one_key, 1), (&of_all_keys, 3)] {
        let port = format!("destination.port={}", impostor.port());
        for options in [&["-v"][..], &["--log-format", "json", "-v"]] {
            let ran = scene
                .prepare(&[&["run", "job.toml", "--report", "report.json", "--set", &port], options].concat())
                .run();
            let ran = ran.exits(code);
            scene.destination.run(words!["FLUSHALL"]);
            all_is_safe(&scene, &ran);
            let log = scene.read(LOG);
            // The key that was in flight, and the endpoint.
            assert_eq!(log.lines().count(), if code == 3 { 2 } else { 1 }, "{log}");
            assert!(log.contains(&SHOWN.replace('\\', "\\\\")), "{log}");
            if code == 3 && options[0] == "-v" {
                assert!(ran.stderr.contains(SHOWN) && ran.stdout.contains(SHOWN), "{}{}", ran.stderr, ran.stdout);
                assert_eq!(ran.job("all")["reason"].as_str().expect("a reason").matches(SHOWN).count(), 1);
            }
        }
    }
}

#[test]
fn a_key_is_shown_as_redis_cli_shows_it_in_the_log_and_in_a_dry_run() {
    let scene = Scene::new();
    let name = format!("key\n{EVIL}");
    scene.source.run(words!["SET", name, "value"]);
    let impostor = refusing(&scene, "ERR no".to_owned());
    let ran = scene.job("").prepare_job(&[format!("destination.port={}", impostor.port())]).run().exits(1);
    all_is_safe(&scene, &ran);
    let log = scene.read(LOG);
    assert!(log.contains(r#" key="key\n\x1b[2J\x1b]0;owned\a\xc2\x9b31m\xe2\x80\xaedrowssap"#), "{log}");
}

#[test]
fn a_long_error_is_cut() {
    let scene = Scene::new();
    scene.source.fill(1);
    let impostor = refusing(&scene, format!("ERR begin {} end", "x".repeat(3000)));
    let ran = scene.job("").prepare_job(&[format!("destination.port={}", impostor.port())]).run().exits(1);
    all_is_safe(&scene, &ran);
    let log = scene.read(LOG);
    let said = log.split_once("said=\"").expect("a message").1.trim_end().trim_end_matches('"').to_owned();
    assert_eq!(said.chars().count(), 300, "{said}");
    assert!(said.starts_with("ERR begin xxx") && said.contains("x…x") && said.ends_with("xxx end"), "{said}");
}

#[test]
fn a_type_that_is_no_name_is_refused() {
    let scene = Scene::new();
    scene.source.fill(3);
    let impostor = Impostor::before(scene.source.port(), |words| match &words[0][..] {
        b"TYPE" => Answer::Instead(format!("+{EVIL}\r\n").into_bytes()),
        _ => Answer::Real,
    });
    let port = format!("source.port={}", impostor.port());
    scene.job("");
    let ran = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json", "--set", &port]).exits(3);
    all_is_safe(&scene, &ran);
    assert!(ran.stderr.contains("sent an unexpected reply: "), "{}", ran.stderr);
}

#[test]
fn what_a_server_says_about_itself_is_safe_in_the_report() {
    let scene = Scene::new();
    let impostor = Impostor::before(scene.source.port(), |words| {
        let info = format!(
            "redis_version:7.0.0\nrun_id:{EVIL}\nredis_mode:{EVIL}\nmaxmemory_policy:{EVIL}\nmaxmemory:900000000\n"
        );
        match &words[0][..] {
            b"INFO" => Answer::Instead(format!("${}\r\n{info}\r\n", info.len()).into_bytes()),
            _ => Answer::Real,
        }
    });
    let ran = scene.job("").prepare_job(&[format!("source.port={}", impostor.port())]).run();
    all_is_safe(&scene, &ran);
    assert!(scene.read("report.json").contains("owned"), "{}", scene.read("report.json"));
}

#[test]
fn texts_of_files_and_of_the_command_line_are_safe() {
    let scene = Scene::new();
    let name = format!("{}.toml", EVIL.replace('/', ""));
    let escaped = EVIL.chars().map(|letter| format!("\\u{:04x}", u32::from(letter))).collect::<Vec<_>>().concat();
    let job = "[[job]]\nname = \"all\"\nsource = {SOURCE}\ndestination = {DESTINATION}\nsleep = \"0s\"\n";
    for lines in [
        String::new(),
        format!("match = \"{escaped}\"\n"),
        format!("\"{escaped}\" = 1\n"),
        format!("on_existing = \"{escaped}\"\n"),
        format!("error_log.path = \"{escaped}\"\n"),
        format!("source.password_file = \"{escaped}\"\n"),
        format!("# {EVIL}\nno toml\n"),
    ] {
        scene.file(&name, &format!("{job}{lines}"));
        for arguments in
            [&["check"][..], &["show"], &["run", "--report", "report.json"], &["run", "--log-format", "json"]]
        {
            let arguments = [&arguments[..1], &[name.as_str()], &arguments[1..]].concat();
            let ran = scene.run(&arguments);
            all_is_safe(&scene, &ran);
            assert!(!ran.stdout.is_empty() || !ran.stderr.is_empty(), "{lines}");
        }
    }
}
