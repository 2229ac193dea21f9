//! Every import of the production code: `use`, paths in the code, in macros and in the text of attributes.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemUse, Macro, Meta};

use super::crate_map::{self, CrateMap, Target};
use super::edge::Edge;

/// What a crate imports.
#[derive(Default)]
pub struct Imports {
    /// From file to file, each once, with its first line.
    pub edges: Vec<Edge>,
    /// Paths of this crate that lead nowhere, with their places.
    pub unresolved: Vec<String>,
}

impl Imports {
    /// The imports of all production files.
    pub fn of(map: &CrateMap) -> Self {
        let mut imports = Self::default();
        for (module, file, parsed) in &map.parsed {
            let mut reader = Reader { map, module: module.clone(), file, imports: &mut imports };
            reader.visit_file(parsed);
        }
        imports
    }
}

/// Reads one file.
struct Reader<'a> {
    map: &'a CrateMap,
    /// The place of the code that is being read.
    module: Vec<String>,
    file: &'a str,
    imports: &'a mut Imports,
}

impl Reader<'_> {
    fn path(&mut self, path: &[String], line: usize) {
        match self.map.resolve(&self.module, path) {
            // The name of a module alone is not an import. Paths through it are.
            Ok(None | Some(Target::Module(_))) => {}
            Ok(Some(Target::Item(file))) => self.edge(&file, line),
            Err(path) => self.imports.unresolved.push(format!("{}:{line}: `{path}`", self.file)),
        }
    }

    fn glob(&mut self, path: &[String], line: usize) {
        match self.map.resolve(&self.module, path) {
            Ok(None) => {}
            Ok(Some(Target::Item(file))) => self.edge(&file, line),
            Ok(Some(Target::Module(module))) => self.edge(self.map.file_of(&module), line),
            Err(path) => self.imports.unresolved.push(format!("{}:{line}: `{path}::*`", self.file)),
        }
    }

    fn edge(&mut self, to: &str, line: usize) {
        let known = self.imports.edges.iter().any(|edge| edge.from == self.file && edge.to == to);
        if to != self.file && !known {
            self.imports.edges.push(Edge { from: self.file.to_owned(), to: to.to_owned(), line });
        }
    }

    /// Paths in tokens that `syn` does not parse.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        for token in tokens {
            match &token {
                TokenTree::Ident(name) if path.is_empty() || colons == 2 => {
                    path.push(name.to_string());
                    line = name.span().start().line;
                    colons = 0;
                    continue;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() && colons < 2 => {
                    colons += 1;
                    continue;
                }
                _ => {}
            }
            self.token_path(&std::mem::take(&mut path), line);
            colons = 0;
            match token {
                TokenTree::Ident(name) => {
                    path.push(name.to_string());
                    line = name.span().start().line;
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                _ => {}
            }
        }
        self.token_path(&path, line);
    }

    fn token_path(&mut self, path: &[String], line: usize) {
        if path.len() > 1 {
            self.path(path, line);
        }
    }

    /// Paths in the text of attributes, as in `#[serde(serialize_with = "super::as_text")]`.
    fn texts(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.texts(group.stream()),
                TokenTree::Literal(literal) => {
                    let text = syn::parse_str::<syn::LitStr>(&literal.to_string()).map(|text| text.value());
                    if let Ok(path) = text.and_then(|text| syn::parse_str::<syn::Path>(&text)) {
                        self.rust_path(&path, literal.span());
                    }
                }
                _ => {}
            }
        }
    }

    fn rust_path(&mut self, path: &syn::Path, span: Span) {
        if path.leading_colon.is_none() && path.segments.len() > 1 {
            let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.path(&segments, span.start().line);
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if crate_map::is_test(crate_map::attributes(item)) {
            return;
        }
        if let Item::Mod(child) = item {
            self.module.push(child.ident.to_string());
            visit::visit_item(self, item);
            self.module.pop();
        } else {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let is_test = matches!(item, ImplItem::Fn(function) if crate_map::is_test(&function.attrs));
        if !is_test {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let edges_before = self.imports.edges.len();
        for leaf in crate_map::leaves(&item.tree) {
            match leaf.name {
                Some(_) => self.path(&leaf.path, leaf.line),
                None => self.glob(&leaf.path, leaf.line),
            }
        }
        // A `mod.rs` that re-exports items of its own files does not depend on them.
        if crate_map::is_re_export(&item.vis) && self.file.ends_with("mod.rs") {
            let new = self.imports.edges.split_off(edges_before);
            self.imports.edges.extend(new.into_iter().filter(|edge| !edge.is_inside_a_module()));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.rust_path(path, path.span());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        self.tokens(called.tokens.clone());
        visit::visit_macro(self, called);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
            self.texts(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }
}
