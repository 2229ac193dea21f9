//! The modules of a crate, what each defines, and where a path leads.

use std::collections::BTreeMap;

use syn::{Attribute, Item, UseTree, Visibility};

use super::tree::Tree;

/// The name by which `main.rs` and tests know the library.
const LIBRARY: &str = "redis_keys_migrator";
/// The most re-exports that are followed one after the other. More of them mean a circle of names.
const LONGEST_CHAIN: usize = 20;

/// The path of a module from the crate's root, which is the empty path.
type ModulePath = Vec<String>;

/// All production modules.
pub struct CrateMap {
    modules: BTreeMap<ModulePath, Module>,
    /// Each production file, parsed, with the module that it holds.
    pub parsed: Vec<(ModulePath, String, syn::File)>,
}

struct Module {
    file: String,
    /// Items that are defined in the module.
    items: Vec<String>,
    /// Imported names, and the paths that they stand for.
    imports: Vec<(String, Vec<String>)>,
    globs: Vec<Vec<String>>,
}

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    /// To an item, which this file defines.
    Item(String),
    /// To a module as such.
    Module(Vec<String>),
}

/// One name that a `use` imports.
pub struct Leaf {
    /// The path in full; without the `*` of a glob.
    pub path: Vec<String>,
    /// The name that it gets; `None` for a glob.
    pub name: Option<String>,
    /// Its place.
    pub line: usize,
}

impl CrateMap {
    /// Follows the `mod` declarations from `lib.rs` and `main.rs`. Modules under `#[cfg(test)]` are left out.
    pub fn of(tree: &Tree) -> Self {
        let mut map = Self { modules: BTreeMap::new(), parsed: Vec::new() };
        map.add_file(tree, Vec::new(), "lib.rs".to_owned(), "");
        if tree.0.contains_key("main.rs") {
            map.add_file(tree, vec!["main".to_owned()], "main.rs".to_owned(), "main/");
        }
        map
    }

    /// The production files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.parsed.iter().map(|(_, file, _)| file.as_str())
    }

    /// The file of a module.
    pub fn file_of(&self, module: &[String]) -> &str {
        &self.modules[module].file
    }

    /// Where a path in a module leads. `Ok(None)` is another crate, or a local name.
    ///
    /// An error is a path of this crate that leads nowhere.
    pub fn resolve(&self, at: &[String], path: &[String]) -> Result<Option<Target>, String> {
        let target = self.follow(at, path, LONGEST_CHAIN);
        let is_ours = matches!(path.first().map(String::as_str), Some("crate" | "self" | "super"));
        if target.is_none() && is_ours { Err(path.join("::")) } else { Ok(target) }
    }

    fn follow(&self, at: &[String], path: &[String], chain: usize) -> Option<Target> {
        let chain = chain.checked_sub(1)?;
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" | LIBRARY => self.descend(&[], rest, chain),
            "self" => self.descend(at, rest, chain),
            "super" => self.descend(at.split_last()?.1, rest, chain),
            _ => self.descend(at, path, chain),
        }
    }

    /// Where a path leads from a module.
    fn descend(&self, module: &[String], path: &[String], chain: usize) -> Option<Target> {
        let Some((first, rest)) = path.split_first() else { return Some(Target::Module(module.to_vec())) };
        if first == "super" {
            return self.descend(module.split_last()?.1, rest, chain);
        }
        let here = self.modules.get(module)?;
        let child = [module, std::slice::from_ref(first)].concat();
        // A module and an item may have the same name, but only a module contains other items.
        if !rest.is_empty() && self.modules.contains_key(&child) {
            return self.descend(&child, rest, chain);
        }
        if here.items.contains(first) {
            return Some(Target::Item(here.file.clone()));
        }
        if let Some((_, import)) = here.imports.iter().find(|(name, _)| name == first) {
            return match self.follow(module, import, chain)? {
                Target::Module(imported) => self.descend(&imported, rest, chain),
                item @ Target::Item(_) => Some(item),
            };
        }
        if self.modules.contains_key(&child) {
            return Some(Target::Module(child));
        }
        self.descend_by_glob(module, here, path, chain)
    }

    fn descend_by_glob(&self, module: &[String], here: &Module, path: &[String], chain: usize) -> Option<Target> {
        let chain = chain.checked_sub(1)?;
        here.globs.iter().find_map(|glob| match self.follow(module, glob, chain)? {
            Target::Module(imported) => self.descend(&imported, path, chain),
            Target::Item(_) => None,
        })
    }

    fn add_file(&mut self, tree: &Tree, module: ModulePath, file: String, folder: &str) {
        let parsed = tree.parsed(&file);
        self.add_module(tree, &module, &file, &parsed.items, folder);
        self.parsed.push((module, file, parsed));
    }

    fn add_module(&mut self, tree: &Tree, path: &[String], file: &str, items: &[Item], folder: &str) {
        let mut module = Module { file: file.to_owned(), items: Vec::new(), imports: Vec::new(), globs: Vec::new() };
        for item in items.iter().filter(|item| !is_test(attributes(item))) {
            match item {
                Item::Use(item) => {
                    for leaf in leaves(&item.tree) {
                        match leaf.name {
                            Some(name) => module.imports.push((name, leaf.path)),
                            None => module.globs.push(leaf.path),
                        }
                    }
                }
                Item::Mod(child) => {
                    let name = child.ident.to_string();
                    let child_path = [path, std::slice::from_ref(&name)].concat();
                    let child_folder = format!("{folder}{name}/");
                    match &child.content {
                        Some((_, items)) => self.add_module(tree, &child_path, file, items, &child_folder),
                        None => self.add_file(tree, child_path, declared(tree, folder, &name), &child_folder),
                    }
                }
                item => module.items.extend(name_of(item)),
            }
        }
        self.modules.insert(path.to_vec(), module);
    }
}

/// The file of `mod name;`.
fn declared(tree: &Tree, folder: &str, name: &str) -> String {
    let files = [format!("{folder}{name}.rs"), format!("{folder}{name}/mod.rs")];
    let found = files.iter().find(|file| tree.0.contains_key(*file));
    found.unwrap_or_else(|| panic!("there is neither {} nor {}", files[0], files[1])).clone()
}

/// Every name that a `use` imports.
pub fn leaves(tree: &UseTree) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    add_leaves(&mut leaves, &[], tree);
    leaves
}

fn add_leaves(leaves: &mut Vec<Leaf>, before: &[String], tree: &UseTree) {
    let path_to = |name: &syn::Ident| [before, &[name.to_string()]].concat();
    match tree {
        UseTree::Path(path) => add_leaves(leaves, &path_to(&path.ident), &path.tree),
        UseTree::Group(group) => group.items.iter().for_each(|tree| add_leaves(leaves, before, tree)),
        UseTree::Glob(glob) => {
            let line = glob.star_token.spans[0].start().line;
            leaves.push(Leaf { path: before.to_vec(), name: None, line });
        }
        UseTree::Name(name) => {
            // `use a::b::{self, C}` imports `b`.
            let path = if name.ident == "self" { before.to_vec() } else { path_to(&name.ident) };
            let last = path.last().cloned();
            leaves.push(Leaf { path, name: last, line: name.ident.span().start().line });
        }
        UseTree::Rename(rename) => {
            let path = if rename.ident == "self" { before.to_vec() } else { path_to(&rename.ident) };
            let line = rename.ident.span().start().line;
            leaves.push(Leaf { path, name: Some(rename.rename.to_string()), line });
        }
    }
}

/// Whether something is compiled for tests only.
pub fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

/// The attributes of an item.
pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The name that an item defines.
fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// Whether a `use` re-exports names, like `pub use` and `pub(crate) use`.
pub fn is_re_export(visibility: &Visibility) -> bool {
    !matches!(visibility, Visibility::Inherited)
}
