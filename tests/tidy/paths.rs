//! What a source file imports, read from its text: every path that leads to another file of its crate.
//!
//! A name that a file only hands on (`pub use desk::Desk;` in a contents page) is no arrow of that file: whoever takes the name
//! from there depends on the file that defines it. So re-exports are followed to their end.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The files of one crate that import others, by path: `booking/src/desk/pile.rs` → the files it names.
pub type Arrows = BTreeMap<String, BTreeSet<String>>;

type Path = Vec<String>;

/// One file as a module: its names, what it brings in by `use`, and all paths in its code.
#[derive(Default)]
struct Module {
    file: String,
    children: Vec<String>,
    defined: BTreeSet<String>,
    /// Name → where it comes from, as written (absolute).
    brought: HashMap<String, Path>,
    /// `use a::b::*`.
    globs: Vec<Path>,
    /// Names that are brought in to be handed on.
    handed_on: Vec<(String, Path)>,
    /// Absolute paths that the code itself takes.
    taken: Vec<Path>,
    words: BTreeMap<String, usize>,
}

/// Reads the arrows between the files of a crate.
///
/// Takes     `src`: the folder with `lib.rs` or `main.rs`, with a slash at its end; `files`: path and text of those under it.
pub fn arrows(src: &str, files: &[(&str, &str)]) -> Arrows {
    let modules: BTreeMap<Path, Module> = files
        .iter()
        .map(|(path, text)| (module_path(&path[src.len()..]), read(module_path(&path[src.len()..]), path, text)))
        .collect();
    let mut arrows = Arrows::new();
    for (here, module) in &modules {
        let used = module.handed_on.iter().filter(|(name, _)| module.words.get(name).is_some_and(|count| *count > 1));
        let named = module.taken.iter().chain(used.map(|(_, path)| path));
        let reached = named.filter_map(|path| resolve(&modules, path, 0)).filter(|to| to != here);
        let to: BTreeSet<String> = reached.filter_map(|to| modules.get(&to)).map(|to| to.file.clone()).collect();
        arrows.insert(module.file.clone(), to.into_iter().filter(|to| *to != module.file).collect());
    }
    arrows
}

/// `desk/pile.rs` → `desk::pile`; contents pages stand for their folder.
fn module_path(path: &str) -> Path {
    let mut parts: Path = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| ["lib", "main", "mod"].contains(&last.as_str())) {
        parts.pop();
    }
    parts
}

/// Follows a path from module to module, through re-exports, to the module that defines its last name.
fn resolve(modules: &BTreeMap<Path, Module>, path: &[String], depth: usize) -> Option<Path> {
    let mut here: Path = Vec::new();
    for (at, part) in path.iter().enumerate() {
        let mut deeper = here.clone();
        deeper.push(part.clone());
        if modules.contains_key(&deeper) {
            here = deeper;
            continue;
        }
        let module = modules.get(&here)?;
        let rest = &path[at + 1..];
        let from = module.brought.get(part).filter(|_| !module.defined.contains(part)).cloned();
        let from = from.or_else(|| glob_with(modules, module, part));
        return match from {
            // sixteen renames of one name is a circle of re-exports, which the compiler refuses
            Some(from) if depth < 16 => resolve(modules, &[from.as_slice(), rest].concat(), depth + 1),
            _ => Some(here),
        };
    }
    Some(here)
}

fn glob_with(modules: &BTreeMap<Path, Module>, module: &Module, name: &str) -> Option<Path> {
    let defines = |path: &&Path| modules.get(*path).is_some_and(|module| module.defined.contains(name));
    let from = module.globs.iter().filter(|_| !module.defined.contains(name)).find(defines)?;
    Some([from.as_slice(), &[name.to_owned()]].concat())
}

fn read(here: Path, file: &str, text: &str) -> Module {
    let tokens = tokens(&without_test_items(&plain(text)));
    let mut module = Module { file: file.to_owned(), ..Module::default() };
    let keywords = ["struct", "enum", "union", "trait", "fn", "type", "const", "static", "macro_rules", "mod"];
    for two in tokens.windows(2).filter(|two| keywords.contains(&two[0].as_str())) {
        module.defined.insert(two[1].clone());
    }
    for three in tokens.windows(3).filter(|three| three[0] == "mod" && three[2] == ";") {
        module.children.push(three[1].clone());
        module.defined.remove(&three[1]);
    }
    for word in tokens.iter().filter(|token| is_word(token)) {
        *module.words.entry(word.clone()).or_default() += 1;
    }
    let mut at = 0;
    let mut code = Vec::new();
    while at < tokens.len() {
        if tokens[at] == "use" {
            let public = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
            at = tree(&tokens, at + 1, &here, Vec::new(), public, &mut module);
        } else {
            code.push(tokens[at].clone());
        }
        at += 1;
    }
    paths(&code, &here, &mut module);
    module
}

/// Reads one tree of a `use`: `a::{b, c as d, e::*}`. Gives the place behind it.
fn tree(tokens: &[String], mut at: usize, here: &[String], mut path: Path, public: bool, module: &mut Module) -> usize {
    while at < tokens.len() {
        match tokens[at].as_str() {
            "::" => {}
            "{" => {
                at += 1;
                while tokens[at] != "}" {
                    at = tree(tokens, at, here, path.clone(), public, module);
                    if tokens[at] == "," {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "*" => {
                if let Some(path) = absolute(&path, here, module) {
                    module.globs.push(path.clone());
                    if !public {
                        module.taken.push(path);
                    }
                }
                return at + 1;
            }
            word if is_word(word) && word != "as" => path.push(word.to_owned()),
            _ => break,
        }
        at += 1;
    }
    let renamed = tokens.get(at).is_some_and(|token| token == "as");
    let name = if renamed { tokens[at + 1].clone() } else { path.last().cloned().unwrap_or_default() };
    let (own, at) = (path.last().is_some_and(|last| last == "self"), if renamed { at + 2 } else { at });
    if own {
        path.pop();
    }
    let name = if own && !renamed { path.last().cloned().unwrap_or_default() } else { name };
    if let Some(path) = absolute(&path, here, module) {
        module.brought.insert(name.clone(), path.clone());
        if public {
            module.handed_on.push((name, path));
        } else {
            module.taken.push(path);
        }
    }
    at
}

/// A written path from the crate's root; `None` for other crates'.
fn absolute(path: &[String], here: &[String], module: &Module) -> Option<Path> {
    let first = path.first()?;
    let (mut base, mut rest) = match first.as_str() {
        "crate" => (Vec::new(), &path[1..]),
        "self" => (here.to_vec(), &path[1..]),
        "super" => (here.to_vec(), path),
        child if module.children.iter().any(|known| known == child) => (here.to_vec(), path),
        _ => return None,
    };
    while rest.first().is_some_and(|part| part == "super") {
        base.pop();
        rest = &rest[1..];
    }
    base.extend_from_slice(rest);
    Some(base)
}

/// Paths in code: `crate::a::b`, `super::b`, `child::b`, and `b::c` where `b` was brought in.
fn paths(code: &[String], here: &[String], module: &mut Module) {
    let mut at = 0;
    while at < code.len() {
        let starts = is_word(&code[at]) && (at == 0 || (code[at - 1] != "::" && code[at - 1] != "."));
        let mut path = vec![code[at].clone()];
        let mut end = at + 1;
        while starts && end + 1 < code.len() && code[end] == "::" && is_word(&code[end + 1]) {
            path.push(code[end + 1].clone());
            end += 2;
        }
        if starts && path.len() > 1 {
            let brought = module.brought.get(&path[0]).map(|from| [from.as_slice(), &path[1..]].concat());
            module.taken.extend(brought.or_else(|| absolute(&path, here, module)));
        }
        at = end;
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            c if c.is_alphanumeric() || c == '_' => rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            c => c.len_utf8(),
        };
        if !c.is_whitespace() {
            tokens.push(rest[..length].to_owned());
        }
        rest = &rest[length..];
    }
    tokens
}

/// Code without comments and without what stands in quotes.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => quoted(rest),
            'r' if (rest.starts_with("r\"") || rest.starts_with("r#")) && !ends_in_word(&out) => raw(rest),
            '\'' => character(rest),
            _ => 0,
        };
        if skipped == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            out.push(' ');
            rest = &rest[skipped..];
        }
    }
    out
}

fn ends_in_word(text: &str) -> bool {
    text.ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// A raw string; 0 for a raw word such as `r#type`.
fn raw(text: &str) -> usize {
    let hashes = text[1..].chars().take_while(|c| *c == '#').count();
    if !text[1 + hashes..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    text[2 + hashes..].find(&end).map_or(text.len(), |at| 2 + hashes + at + end.len())
}

/// A character in quotes; 0 for a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, c))) => text[at + c.len_utf8()..].find('\'').map_or(0, |end| at + c.len_utf8() + end + 1),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

/// Leaves out items that only tests see: a circle that closes through a test is none of the program's.
fn without_test_items(code: &str) -> String {
    let mut out = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..at]);
        rest = behind_item(&rest[at + "#[cfg(test)]".len()..]);
    }
    out + rest
}

fn behind_item(code: &str) -> &str {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return after_braces(&code[at + 1..]),
            '}' => depth -= 1,
            ';' if depth == 0 => return &code[at + 1..],
            _ => {}
        }
    }
    ""
}

/// `use a::{b};` ends behind its semicolon, a function behind its brace.
fn after_braces(code: &str) -> &str {
    code.trim_start().strip_prefix(';').unwrap_or(code)
}
