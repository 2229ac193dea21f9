//! The binary: runs [`redis_keys_migrator::cli`] and returns its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    redis_keys_migrator::cli::main()
}
