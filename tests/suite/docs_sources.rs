//! The texts of the program's own sources: string literals, doc comments and snapshots.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};
use syn::Lit;

use crate::docs::{files, root};

/// The string literals and doc comments of the production code, each with its file and line.
#[derive(Default)]
pub struct Sources {
    pub texts: Vec<(String, String)>,
    pub files: usize,
}

impl Sources {
    /// Follows the modules from the crate's root. What stands under `#[cfg(test)]` is left out.
    pub fn read() -> Self {
        let mut sources = Self::default();
        for name in ["src/main.rs", "src/lib.rs"] {
            sources.file(&root().join(name));
        }
        sources
    }

    fn file(&mut self, path: &Path) {
        self.files += 1;
        self.tokens(tokens_of(path), path);
    }

    fn tokens(&mut self, tokens: TokenStream, path: &Path) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let (mut rest, mut is_comment) = (tokens.as_slice(), false);
        while let Some((first, others)) = rest.split_first() {
            let continues = is_comment;
            is_comment = false;
            rest = others;
            if let Some((attribute, others)) = attribute(first, others) {
                let written = attribute.to_string();
                is_comment = written.starts_with("doc =");
                rest = if written == "cfg (test)" { after_item(others) } else { others };
                let texts = texts(attribute);
                match self.texts.last_mut().filter(|_| is_comment && continues) {
                    // A phrase may go on in the next line of a comment.
                    Some((_, comment)) => comment.extend(["\n", &texts.concat()]),
                    None => self.add(path, first, texts),
                }
            } else if let (TokenTree::Ident(word), [TokenTree::Ident(name), TokenTree::Punct(end), ..]) =
                (first, others)
                && *word == "mod"
                && end.as_char() == ';'
            {
                self.file(&module(path, &name.to_string()));
            } else if let TokenTree::Group(group) = first {
                self.tokens(group.stream(), path);
            } else if let TokenTree::Literal(literal) = first {
                self.add(path, first, value(literal));
            }
        }
    }

    fn add(&mut self, path: &Path, at: &TokenTree, texts: impl IntoIterator<Item = String>) {
        let place = format!("{}:{}", path.display(), at.span().start().line);
        self.texts.extend(texts.into_iter().map(|text| (place.clone(), text)));
    }
}

/// The snapshots of messages: those in files of their own, and those that stand in the tests.
pub fn snapshots() -> Vec<(String, String)> {
    let read = |path: PathBuf| (path.display().to_string(), fs::read_to_string(path).expect("a snapshot"));
    let mut found: Vec<(String, String)> = files("src", "snap").into_iter().map(read).collect();
    for path in files("src", "rs") {
        inline_snapshots(tokens_of(&path), &path, &mut found);
    }
    found
}

fn inline_snapshots(tokens: TokenStream, path: &Path, found: &mut Vec<(String, String)>) {
    let mut is_snapshot = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) if is_snapshot => {
                let place = format!("{}:{}", path.display(), group.span().start().line);
                found.extend(texts(group.stream()).into_iter().map(|text| (place.clone(), text)));
            }
            TokenTree::Group(group) => inline_snapshots(group.stream(), path, found),
            TokenTree::Ident(name) => is_snapshot = name == "assert_snapshot",
            _ => {}
        }
    }
}

fn tokens_of(path: &Path) -> TokenStream {
    fs::read_to_string(path).expect("a source").parse().expect("Rust")
}

/// The content of an attribute, if one begins here, and what follows it.
fn attribute<'a>(first: &TokenTree, others: &'a [TokenTree]) -> Option<(TokenStream, &'a [TokenTree])> {
    let is = |token: &TokenTree, mark| matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark);
    let others = if others.first().is_some_and(|second| is(second, '!')) { &others[1..] } else { others };
    match others {
        [TokenTree::Group(group), others @ ..] if is(first, '#') && group.delimiter() == Delimiter::Bracket => {
            Some((group.stream(), others))
        }
        _ => None,
    }
}

/// What follows the first item: it ends with a semicolon or with a block.
fn after_item(tokens: &[TokenTree]) -> &[TokenTree] {
    let is_end = |token: &TokenTree| match token {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    };
    tokens.iter().position(is_end).map_or(&[], |end| &tokens[end + 1..])
}

/// Every string literal, at any depth.
fn texts(tokens: TokenStream) -> Vec<String> {
    let of_token = |token| match token {
        TokenTree::Group(group) => texts(group.stream()),
        TokenTree::Literal(literal) => value(&literal).into_iter().collect(),
        _ => Vec::new(),
    };
    tokens.into_iter().flat_map(of_token).collect()
}

fn value(literal: &Literal) -> Option<String> {
    match Lit::new(literal.clone()) {
        Lit::Str(text) => Some(text.value()),
        _ => None,
    }
}

/// The file of a module that is declared in another file.
fn module(parent: &Path, name: &str) -> PathBuf {
    let folder = parent.parent().expect("a file is in a folder");
    let stem = parent.file_stem().and_then(|stem| stem.to_str()).expect("a source has a name");
    let folder = if ["lib", "main", "mod"].contains(&stem) { folder.to_owned() } else { folder.join(stem) };
    let file = folder.join(format!("{name}.rs"));
    if file.is_file() { file } else { folder.join(name).join("mod.rs") }
}
