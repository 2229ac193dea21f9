//! The pages: README, those for operators in `jobs/`, those for developers in `tests/`. Other modules check them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A page of the documentation.
pub struct Page {
    /// Its path from the repository's root, as in `jobs/guide.md`.
    pub name: String,
    /// Its Markdown.
    pub text: String,
}

/// A fenced block.
pub struct Block {
    /// The name of its page.
    pub page: String,
    /// The comment on the line before it, if there is one.
    pub label: String,
    /// The word after the fence.
    pub language: String,
    /// What it contains.
    pub text: String,
}

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder of the repository that have this extension, in order.
pub fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let (mut folders, mut found) = (vec![root().join(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the repository") {
            let path = entry.expect("a file").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no {extension} in {folder}");
    found
}

/// Every page.
pub fn pages() -> Vec<Page> {
    let mut paths = vec![root().join("README.md")];
    paths.extend(files("jobs", "md"));
    paths.extend(files("tests", "md"));
    assert!(paths.len() >= 8, "pages are missing: {paths:?}");
    paths.iter().map(|path| read(path)).collect()
}

/// One page.
pub fn page(name: &str) -> Page {
    read(&root().join(name))
}

fn read(path: &Path) -> Page {
    let name = path.strip_prefix(root()).expect("a path of the repository").display().to_string();
    Page { text: fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}")), name }
}

/// The blocks of all pages.
pub fn blocks() -> Vec<Block> {
    let blocks: Vec<Block> = pages().iter().flat_map(Page::blocks).collect();
    assert!(blocks.len() > 30, "only {} blocks", blocks.len());
    blocks
}

impl Page {
    /// Its fenced blocks, without the indentation that a list gives them.
    pub fn blocks(&self) -> Vec<Block> {
        let mut lines = self.text.lines();
        let (mut blocks, mut before) = (Vec::new(), "");
        while let Some(line) = lines.next() {
            if let Some(language) = line.trim_start().strip_prefix("```") {
                let indent = line.len() - line.trim_start().len();
                let inside = lines.by_ref().take_while(|line| line.trim() != "```");
                let text: String =
                    inside.map(|line| line.get(indent..).unwrap_or_default().to_owned() + "\n").collect();
                let label = before.trim().strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"));
                let (label, page) = (label.unwrap_or_default().to_owned(), self.name.clone());
                blocks.push(Block { page, label, language: language.into(), text });
            }
            before = line;
        }
        blocks
    }

    /// Its lines outside of fenced blocks.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let mut inside = false;
        self.text.lines().filter(move |line| {
            let fence = line.trim_start().starts_with("```");
            inside ^= fence;
            !inside && !fence
        })
    }

    /// Its text without generated parts and shown outputs, and these alone.
    pub fn written_and_generated(&self) -> (String, String) {
        let (mut written, mut generated, mut until) = (String::new(), String::new(), None);
        for line in self.text.lines() {
            let trimmed = line.trim();
            match until {
                None if trimmed.starts_with("<!-- ") && trimmed.contains(": generated") => until = Some("<!-- end -->"),
                None if trimmed == "```console" => until = Some("```"),
                Some(end) if trimmed == end => until = None,
                None => written.extend([line, "\n"]),
                Some(_) => generated.extend([line, "\n"]),
            }
        }
        assert_eq!(until, None, "{}: a part has no end", self.name);
        (written, generated)
    }
}

/// The lines of a part of a help text, such as `Commands:`.
pub fn help_part<'h>(help: &'h str, title: &str) -> impl Iterator<Item = &'h str> {
    help.lines().skip_while(move |line| *line != title).skip(1).take_while(|line| !line.is_empty())
}

/// The commands that the program's help lists, without `help` itself.
pub fn commands(help: &str) -> Vec<&str> {
    // A line that continues a description is indented by more.
    let names = help_part(help, "Commands:").filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let commands: Vec<&str> = names.filter(|name| !["", "help"].contains(name)).collect();
    assert!(commands.len() >= 8, "{help}");
    commands
}

/// Whether parts are renewed rather than checked.
pub fn renews() -> bool {
    std::env::var_os("UPDATE_EXPECTED").is_some()
}

/// Replaces a part of a page. In one step, because other tests read it at the same time.
pub fn renew(name: &str, old: &str, new: &str) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let (path, text) = (root().join(name), page(name).text);
    assert_eq!(text.matches(old).count(), 1, "{name}: what is renewed must be there once:\n{old}");
    let renewed = path.with_extension("md.new");
    fs::write(&renewed, text.replacen(old, new, 1)).expect("a file beside the page");
    fs::rename(&renewed, path).expect("the page can be renewed");
}

/// Checks what is between `<!-- name: generated… -->` and `<!-- end -->`, on every page that has it, or renews it.
#[track_caller]
pub fn expect_generated(name: &str, expected: &str) {
    let start = format!("<!-- {name}: generated");
    let with_part: Vec<Page> = pages().into_iter().filter(|page| page.text.contains(&start)).collect();
    assert!(!with_part.is_empty(), "no page has the part `{name}`");
    for Page { name: page, text } in with_part {
        let from = text.find(&start).expect("the page has it");
        let end = from + text[from..].find("<!-- end -->").expect("a part has an end");
        let (comment, part) = text[from..end].split_once('\n').expect("a comment ends its line");
        if renews() {
            renew(&page, &format!("{comment}\n{part}<!-- end -->"), &format!("{comment}\n{expected}<!-- end -->"));
        } else {
            let stale = format!("{page}: part `{name}` is not what the program prints; UPDATE_EXPECTED=1 renews it");
            assert_eq!(part, expected, "{stale}");
        }
    }
}
