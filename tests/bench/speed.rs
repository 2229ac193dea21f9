//! Measures how fast and how gently keys move: starts its own servers, makes its own data, runs
//! baselines and us in turn, and prints a table. README.md beside this file says how to run it.
//!
//! | room | what happens there |
//! |---|---|
//! | `arguments` | the command line |
//! | `scenario` | what is measured, one file each |
//! | `stage` | two servers, and what a run between them cost |
//! | `program`, `baseline` | what runs between them: us, and what we are held against |
//! | `data` | what the source holds |
//! | `figures` | what came of it: spread, table, JSON, changes |

mod arguments;
mod baseline;
mod cpu;
mod data;
mod fault;
mod figures;
mod process;
mod program;
mod scenario;
mod server;
mod setting;
mod stage;
#[expect(dead_code, reason = "tests need more of it than the bench")]
mod support;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use fault::Fault;
use figures::{Findings, Results, tell};
use setting::Setting;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            tell(&format!("error: {fault}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Fault> {
    let setting = Setting::of(arguments)?;
    let earlier = arguments.against.as_deref().map(Results::read).transpose()?;
    let mut results = Results::new(&setting);
    for scenario in arguments.scenarios() {
        let keys = arguments.keys_of(scenario);
        tell(&format!("{}: {keys} keys", scenario.name()));
        match scenario.run(&setting, keys)? {
            Findings::Measured(figures) => results.add(scenario.name(), keys, figures),
            Findings::LeftOut(why) => tell(&format!("{} is left out: {why}", scenario.name())),
        }
    }
    figures::print(&results, earlier.as_ref());
    arguments.json.as_deref().map_or(Ok(()), |path| results.write(path))
}
