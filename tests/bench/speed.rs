//! Measures how fast and how gently keys move: starts its own servers, makes its own data, runs the baselines and the
//! program in turn, and prints a table. README.md describes how to run it.
//!
//! | module | what it contains |
//! |---|---|
//! | `arguments` | the command line |
//! | `scenario` | what is measured, one file each |
//! | `stage`, `cluster` | two servers, and the cost of a run between them; servers that are a cluster |
//! | `program`, `baseline` | what runs between them: the program, and what it is compared with |
//! | `data` | the data of the source |
//! | `figures` | the results: spread, table, JSON, changes |

mod arguments;
mod baseline;
mod cluster;
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
use figures::{Findings, Results, report};
use setting::Setting;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            report(&format!("error: {fault}"));
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
        report(&format!("{}: {keys} keys", scenario.name()));
        match scenario.run(&setting, keys)? {
            Findings::Measured(figures) => results.add(scenario.name(), keys, figures),
            Findings::LeftOut(why) => report(&format!("{} is left out: {why}", scenario.name())),
        }
    }
    figures::print(&results, earlier.as_ref());
    arguments.json.as_deref().map_or(Ok(()), |path| results.write(path))
}
