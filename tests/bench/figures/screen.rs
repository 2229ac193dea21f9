//! The output of the bench: results on stdout, everything else on stderr.

use super::Results;
use super::table::table;

/// Reports the progress.
#[expect(clippy::print_stderr, reason = "the bench is a program, and these are its messages")]
pub fn report(text: &str) {
    eprintln!("{text}");
}

/// Prints the table.
#[expect(clippy::print_stdout, reason = "the bench is a program, and these are its results")]
pub fn print(results: &Results, earlier: Option<&Results>) {
    let Results { server, cpus, pairs, quick, .. } = results;
    let word = if *quick { "; quick: shows that the bench works, not how fast anything is" } else { "" };
    println!("{server}; CPUs: {cpus}; interleaved pairs: {pairs}{word}");
    print!("{}", table(results, earlier));
}
