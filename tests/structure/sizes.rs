//! Files and functions that are too long, tests included.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, Signature, TraitItemFn};

use super::tree::Tree;

/// The files with more lines than `most`.
pub fn long_files(tree: &Tree, most: usize) -> Vec<String> {
    let lines = tree.0.iter().map(|(path, text)| (path, text.lines().count()));
    lines.filter(|(_, lines)| *lines > most).map(|(path, lines)| format!("{path}: {lines} lines")).collect()
}

/// The functions with more lines than `most`, from `fn` to the closing brace.
pub fn long_functions(tree: &Tree, most: usize) -> Vec<String> {
    let mut functions = Functions { path: "", most, seen: 0, long: Vec::new() };
    for path in tree.0.keys() {
        functions.path = path;
        functions.visit_file(&tree.parsed(path));
    }
    assert!(functions.seen > 0, "no function was found");
    functions.long
}

struct Functions<'a> {
    path: &'a str,
    most: usize,
    seen: usize,
    long: Vec<String>,
}

impl Functions<'_> {
    fn measure(&mut self, signature: &Signature, block: &Block) {
        let first = signature.span().start().line;
        let lines = block.span().end().line - first + 1;
        self.seen += 1;
        if lines > self.most {
            self.long.push(format!("{}:{first}: `{}` has {lines} lines", self.path, signature.ident));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(block) = &function.default {
            self.measure(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}
