//! Texts that commands print, and exit codes.

mod exit;
mod texts;
