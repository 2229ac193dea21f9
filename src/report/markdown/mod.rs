//! The summary as GitHub-flavoured Markdown.

mod escape;
mod listener;
mod text;

pub use listener::MarkdownReport;
