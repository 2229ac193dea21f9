//! What commands print.

use clap::{CommandFactory, Parser};
use clap_complete::Shell;
use insta::assert_snapshot;
use tempfile::TempDir;

use crate::cli::args::{Arguments, Command};
use crate::cli::{check, completions, man, show};
use crate::config::{Configuration, KEYS, Request, load};

/// Loads one file with two jobs, and returns a text about it without its folder.
fn loaded(then: fn(&Configuration) -> String) -> String {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("a.toml");
    let text = "[defaults]\ndestination.url = \"redis://u:s3cr3t@cache/3\"\nsource.host = \"old\"\n[[job]]\nname = \"carts\"\n\
                match = [\"cart:*\", \"basket:*\"]\n\n[[job]]\nname = \"rest\"\nexclude = \"cart:*\"\n";
    std::fs::write(&file, text).unwrap();
    let sets = vec!["job.rest.sleep=0s".to_owned()];
    let environment = vec![("RKM_SOURCE__PORT".into(), "7000".into())];
    let configuration = load(&Request { files: vec![file], sets, environment, ..Request::default() }).unwrap();
    then(&configuration).replace(&format!("{}/", dir.path().display()), "")
}

#[test]
fn the_arguments_are_well_formed() {
    Arguments::command().debug_assert();
}

#[test]
fn options_may_be_repeated_and_global_ones_may_be_anywhere() {
    let words = "x run a.toml --job a --job b --set sleep=1s --set job.a.match=x=y -vv --color never --progress none";
    let parsed = Arguments::parse_from(words.split(' '));
    assert_eq!(parsed.global.verbose, 2);
    let Command::Run(options) = parsed.command else { panic!("not `run`") };
    assert_eq!(options.jobs.jobs, ["a", "b"]);
    assert_eq!(options.jobs.sets, ["sleep=1s", "job.a.match=x=y"]);
}

#[test]
fn show_prints_each_value_and_its_origin() {
    assert_snapshot!(loaded(show::text));
}

#[test]
fn check_names_the_files_and_counts_their_jobs() {
    assert_snapshot!(loaded(check::confirmation), @r"
        a.toml: 2 jobs
        configuration is valid
    ");
}

#[test]
fn the_manual_names_every_command_option_and_variable() {
    let program = Arguments::command();
    let page = |command: Option<&str>| man::page(command).replace('\\', "");
    let whole = page(None);
    for command in program.get_subcommands().filter(|command| !command.is_hide_set()) {
        let name = command.get_name();
        assert!(whole.contains(&format!("redis-keys-migrator-{name}(1)")), "{name}");
        let page = page(Some(name));
        assert!(page.contains(&format!("redis-keys-migrator-{name}")), "{page}");
        for long in command.get_arguments().filter_map(clap::Arg::get_long) {
            assert!(page.contains(&format!("--{long}")), "{long}");
        }
        assert!(Arguments::try_parse_from(["x", "man", name]).is_ok(), "{name}");
    }
    for variable in KEYS.iter().filter_map(crate::config::ConfigKey::variable) {
        assert!(whole.contains(&variable), "{variable}");
    }
}

#[test]
fn static_completions_know_every_command() {
    for shell in [Shell::Elvish, Shell::PowerShell] {
        let text = completions::script(shell);
        for command in Arguments::command().get_subcommands() {
            assert!(text.contains(command.get_name()), "{shell}: {}", command.get_name());
        }
    }
}
