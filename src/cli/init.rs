//! `init`: writes a starter project. Its files are those of the sample in `jobs/ops-repo`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::Exit;
use super::text_args::InitArguments;

const FILES: [(&str, &str); 3] = [
    ("redis-keys-migrator.toml", include_str!("../../jobs/ops-repo/redis-keys-migrator.toml")),
    ("jobs/carts.toml", include_str!("../../jobs/ops-repo/jobs/carts.toml")),
    (".github/workflows/migrate.yml", include_str!("../../jobs/ops-repo/.github/workflows/migrate.yml")),
];

const NEXT: &str = "Change the hosts in the project file and the patterns in the job. Then, in the directory:
  redis-keys-migrator check jobs/*.toml --all-profiles
  redis-keys-migrator run jobs/*.toml --profile staging --dry-run
";

/// Writes the files, and returns their names. Writes nothing if one of them is there.
pub fn init(options: &InitArguments) -> (String, Exit) {
    let paths = FILES.map(|(name, text)| (options.dir.join(name), text));
    let there: Vec<_> = paths.iter().filter(|(path, _)| path.symlink_metadata().is_ok()).collect();
    for (path, _) in &there {
        tracing::error!("`{}` is there already: nothing was written", path.display());
    }
    if !there.is_empty() {
        return (String::new(), Exit::Usage);
    }
    let mut written = String::new();
    for (path, text) in &paths {
        if let Err(error) = write(path, text) {
            tracing::error!("cannot write `{}`: {error}", path.display());
            return (written, Exit::Usage);
        }
        written.extend([&path.display().to_string(), "\n"]);
    }
    (written + NEXT, Exit::Success)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    File::create_new(path)?.write_all(text.as_bytes())
}
