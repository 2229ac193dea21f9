//! The command that continues a run.

use std::ffi::OsString;
use std::path::Path;

use crate::config::masked_setting;

/// The command line of this run with `--resume`, quoted for a shell. What may be a secret is `***`.
pub fn resume_command(words: impl IntoIterator<Item = OsString>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let mut shown: Vec<String> = Vec::with_capacity(words.len() + 1);
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    for (at, word) in words.iter().enumerate() {
        if at == end {
            shown.push("--resume".to_owned());
        }
        if at > end || (word != "--discard-checkpoint" && !is_resume(word)) {
            shown.push(masked(word, at));
        }
    }
    if end == words.len() {
        shown.push("--resume".to_owned());
    }
    if let Some(strict) = words[..end].iter().rfind(|word| is_resume(word))
        && let Some(resume) = shown.iter_mut().find(|word| *word == "--resume")
    {
        resume.clone_from(strict);
    }
    let quoted: Vec<_> = shown.iter().map(|word| shlex::try_quote(word).unwrap_or_else(|_| "***".into())).collect();
    quoted.join(" ")
}

fn is_resume(word: &str) -> bool {
    word == "--resume" || word.starts_with("--resume=")
}

/// The program and files that exist are shown as they are.
fn masked(word: &str, at: usize) -> String {
    if at == 0 || Path::new(word).exists() {
        return word.to_owned();
    }
    match word.strip_prefix("--set=") {
        Some(setting) => format!("--set={}", masked_setting(setting)),
        None => masked_setting(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_resumes(words: &str, expected: &str) {
        let words = shlex::split(words).unwrap().into_iter().map(OsString::from);
        assert_eq!(resume_command(words), expected);
    }

    #[test]
    fn the_command_is_that_of_the_run_with_resume_once() {
        assert_resumes("rkm run a.toml", "rkm run a.toml --resume");
        assert_resumes("rkm run --resume a.toml", "rkm run a.toml --resume");
        assert_resumes("rkm run --resume=strict a.toml", "rkm run a.toml '--resume=strict'");
        assert_resumes("rkm run --discard-checkpoint -- -a.toml", "rkm run --resume -- -a.toml");
        assert_resumes(
            "/opt/rkm run 'my jobs.toml' --job 'eu-*' --set sleep=0s --set 'match=[\"a b\"]'",
            "/opt/rkm run 'my jobs.toml' --job 'eu-*' --set 'sleep=0s' --set 'match=[\"a b\"]' --resume",
        );
    }

    #[test]
    fn what_may_be_a_secret_is_hidden() {
        for (word, shown) in [
            ("source.password=s3cr3t", "'source.password=***'"),
            ("job.a.destination.sentinel_password=s3cr3t", "'job.a.destination.sentinel_password=***'"),
            ("source.url=redis://u:s3cr3t@h/3", "'source.url=***'"),
            ("source={ host = \"h\", password = \"s3cr3t\" }", "'source=***'"),
            ("source.username=s3cr3t", "'source.username=***'"),
            ("source.password_command=[\"echo\", \"s3cr3t\"]", "'source.password_command=***'"),
            ("source.password_file=s3cr3t", "'source.password_file=***'"),
            ("source.password_file=/run/secrets/redis", "'source.password_file=/run/secrets/redis'"),
            ("source.url=redis://h/3", "'source.url=redis://h/3'"),
        ] {
            let expected = format!("rkm run a.toml --set {shown} --resume");
            let words = ["rkm", "run", "a.toml", "--set", word].map(OsString::from);
            assert_eq!(resume_command(words), expected);
            let words = ["rkm", "run", "a.toml", &format!("--set={word}")].map(OsString::from);
            assert!(!resume_command(words).contains("s3cr3t"), "{word}");
        }
        assert_resumes("rkm migrate redis://:s3cr3t@a redis://b", "rkm migrate '***' redis://b --resume");
    }
}
