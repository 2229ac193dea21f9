//! The arguments of commands that print or write texts of the program.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use super::schema::SchemaKind;

/// Options of `init`.
#[derive(Args)]
pub struct InitArguments {
    /// Directory of the project; it is created if it is missing
    #[arg(value_name = "DIR", default_value = ".", value_hint = clap::ValueHint::DirPath)]
    pub dir: PathBuf,
}

/// Options of `schema`.
#[derive(Args)]
pub struct SchemaArguments {
    /// File that the schema describes
    #[arg(value_name = "KIND", default_value = "job")]
    pub kind: SchemaKind,
}

/// Options of `__complete`.
#[derive(Args)]
pub struct CompleteArguments {
    /// Which of the words is completed; the first has the index 0
    #[arg(value_name = "INDEX")]
    pub index: usize,
    /// The command line, with the quotes of the shell
    #[arg(value_name = "WORD", last = true)]
    pub words: Vec<OsString>,
}

/// Options of `completions`.
#[derive(Args)]
pub struct CompletionsArguments {
    /// Shell that will use the completions
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// Options of `man`.
#[derive(Args)]
pub struct ManArguments {
    /// Command that the page describes; if it is missing, the page describes the program
    #[arg(value_name = "COMMAND", value_parser = ["run", "verify", "retry", "migrate", "check", "show", "init", "schema", "completions", "man"])]
    pub command: Option<String>,
}
