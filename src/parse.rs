//! Text to outline, by tree-sitter. The only user of tree-sitter.
//!
//! A [`Parser`] remembers the trees of the files that were edited last, so that the next edit of such
//! a file is parsed incrementally; entries of the old outline that lie wholly before or after the
//! edited bytes are shared, not walked again. Trees are large, so only a few are kept.

use std::sync::Arc;

use tree_sitter::{InputEdit, Node as Syntax, Point, Tree, TreeCursor};
use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

use crate::definition::{
    Base, Branch, Definition, Imported, Kind, Node, Outline, Param, ParamKind, Part, Placed, Top, Trouble,
};

/// Parses texts and remembers the last tree of each.
pub struct Parser {
    inner: tree_sitter::Parser,
    recent: Vec<(Arc<str>, Tree)>,
}

/// How many trees are kept: a person edits a handful of files at a time.
const KEPT_TREES: usize = 6;

impl Default for Parser {
    fn default() -> Self {
        Self::new()
    }
}

impl Parser {
    /// A parser that has seen nothing yet.
    ///
    /// # Panics
    /// If the bundled grammar does not fit the bundled tree-sitter, which the tests rule out.
    pub fn new() -> Parser {
        let mut inner = tree_sitter::Parser::new();
        inner
            .set_language(&tree_sitter_python::LANGUAGE.into())
            .expect("the grammar and the runtime are pinned together");
        Parser {
            inner,
            recent: Vec::new(),
        }
    }

    /// The outline of `text` alone.
    pub fn parse(&mut self, text: &str) -> Outline {
        let text: Arc<str> = Arc::from(text);
        let tree = self.tree(&text, None);
        let outline = build(&text, &tree, None);
        self.remember(text, tree);
        outline
    }

    /// The outline of `text`, given that of an earlier state of the same file.
    pub fn update(&mut self, old: &Outline, text: &str) -> Outline {
        if *old.text == *text {
            return old.clone();
        }
        let text: Arc<str> = Arc::from(text);
        let edit = Edited::between(&old.text, &text);
        let known = self.recent.iter().position(|(seen, _)| Arc::ptr_eq(seen, &old.text));
        let mut before = match known {
            Some(at) => self.recent.remove(at).1,
            None => self.tree(&old.text, None),
        };
        before.edit(&edit.input(&old.text, &text));
        let tree = self.tree(&text, Some(&before));
        let outline = build(&text, &tree, old.trouble.is_none().then_some((old, &edit)));
        self.remember(text, tree);
        outline
    }

    fn tree(&mut self, text: &str, old: Option<&Tree>) -> Tree {
        self.inner.reset();
        self.inner
            .parse(text, old)
            .expect("a parse without a time limit and with a language set always ends in a tree")
    }

    fn remember(&mut self, text: Arc<str>, tree: Tree) {
        self.recent.insert(0, (text, tree));
        self.recent.truncate(KEPT_TREES);
    }
}

/// The one contiguous stretch in which two texts differ.
#[derive(Debug, PartialEq, Eq)]
struct Edited {
    start: usize,
    old_end: usize,
    new_end: usize,
}

impl Edited {
    fn between(old: &str, new: &str) -> Edited {
        let (a, b) = (old.as_bytes(), new.as_bytes());
        let most = a.len().min(b.len());
        let mut start = common_prefix(&a[..most], &b[..most]);
        while !old.is_char_boundary(start) || !new.is_char_boundary(start) {
            start -= 1;
        }
        let rest = most - start;
        let mut tail = common_suffix(&a[a.len() - rest..], &b[b.len() - rest..]);
        while !old.is_char_boundary(a.len() - tail) || !new.is_char_boundary(b.len() - tail) {
            tail -= 1;
        }
        Edited {
            start,
            old_end: a.len() - tail,
            new_end: b.len() - tail,
        }
    }

    fn input(&self, old: &str, new: &str) -> InputEdit {
        InputEdit {
            start_byte: self.start,
            old_end_byte: self.old_end,
            new_end_byte: self.new_end,
            start_position: point(old, self.start),
            old_end_position: point(old, self.old_end),
            new_end_position: point(new, self.new_end),
        }
    }
}

/// Compares in blocks, which the compiler turns into vector instructions.
const BLOCK: usize = 64;

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK)).take_while(|(x, y)| x == y).count();
    let at = blocks * BLOCK;
    at + a[at..].iter().zip(&b[at..]).take_while(|(x, y)| x == y).count()
}

fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.rchunks_exact(BLOCK).zip(b.rchunks_exact(BLOCK)).take_while(|(x, y)| x == y).count();
    let at = blocks * BLOCK;
    let (a, b) = (&a[..a.len() - at], &b[..b.len() - at]);
    at + a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count()
}

fn point(text: &str, byte: usize) -> Point {
    let before = &text.as_bytes()[..byte];
    let row = before.iter().filter(|b| **b == b'\n').count();
    let column = byte - before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    Point { row, column }
}

fn build(text: &Arc<str>, tree: &Tree, old: Option<(&Outline, &Edited)>) -> Outline {
    let root = tree.root_node();
    let trouble = root.has_error().then(|| first_trouble(root));
    let mut tops: Vec<Placed> = Vec::new();
    let mut reuse = old.map(|(outline, edit)| Reuse { outline, edit, at: 0 });
    let mut cursor = root.walk();
    let mut comments: Vec<Syntax> = Vec::new();
    let mut more = cursor.goto_first_child();
    while more {
        let syntax = cursor.node();
        more = cursor.goto_next_sibling();
        if syntax.kind_id() == ids().comment {
            mark_once_behind(&mut tops, &syntax, text);
            comments.push(syntax);
            continue;
        }
        if !syntax.is_named() {
            continue;
        }
        let once = once_above(&comments, &syntax, text);
        comments.clear();
        let start = syntax.start_position();
        // An entry that stands in the middle of a line is indented with what precedes it, so it is no copy.
        let shared = reuse.as_mut().and_then(|reuse| reuse.find(&syntax));
        let top = match shared {
            Some(top) if top.nodes[0].once == once && top.nodes[0].part.col as usize == start.column => top,
            _ => {
                let mut arena = Arena {
                    text,
                    byte: syntax.start_byte(),
                    line: start.row,
                    nodes: Vec::new(),
                };
                let first = tops.is_empty();
                arena.node(syntax, None, first, once);
                Arc::new(Top { nodes: arena.nodes })
            }
        };
        tops.push(Placed {
            top,
            byte: syntax.start_byte() as u32,
            line: start.row as u32,
        });
    }
    Outline {
        text: text.clone(),
        tops,
        trouble,
    }
}

/// Finds the old entry that the new one is a copy of, walking both in step.
struct Reuse<'a> {
    outline: &'a Outline,
    edit: &'a Edited,
    at: usize,
}

impl Reuse<'_> {
    fn find(&mut self, syntax: &Syntax) -> Option<Arc<Top>> {
        let (start, end) = (syntax.start_byte(), syntax.end_byte());
        let was = if end < self.edit.start {
            start
        } else if start > self.edit.new_end {
            start - self.edit.new_end + self.edit.old_end
        } else {
            return None;
        };
        let tops = &self.outline.tops;
        while self.at < tops.len() && (tops[self.at].byte as usize) < was {
            self.at += 1;
        }
        let old = tops.get(self.at)?;
        let node = &old.top.nodes[0];
        let length = (node.part.end - node.part.start) as usize;
        // The first entry may be a docstring, which the same string further down is not.
        let first = self.at == 0 || node.kind == Kind::Docstring;
        (old.byte as usize == was && length == end - start && !first).then(|| old.top.clone())
    }
}

fn first_trouble(root: Syntax) -> Trouble {
    fn find(node: Syntax) -> Option<Syntax> {
        if node.is_error() || node.is_missing() {
            return Some(node);
        }
        let mut cursor = node.walk();
        node.children(&mut cursor).filter(Syntax::has_error).find_map(find)
    }
    let at = find(root).unwrap_or(root).start_position();
    Trouble {
        line: at.row as u32 + 1,
        col: at.column as u32,
    }
}

const ONCE: &str = "reloadr: once";

fn says_once(comment: &Syntax, text: &str) -> bool {
    text[comment.byte_range()].trim_start_matches('#').trim().starts_with(ONCE)
}

/// `# reloadr: once` on lines of its own directly above a statement.
fn once_above(comments: &[Syntax], syntax: &Syntax, text: &str) -> bool {
    let mut line = syntax.start_position().row;
    for comment in comments.iter().rev() {
        if comment.start_position().row + 1 != line {
            return false;
        }
        if says_once(comment, text) && own_line(comment, text) {
            return true;
        }
        line -= 1;
    }
    false
}

fn own_line(comment: &Syntax, text: &str) -> bool {
    let start = comment.start_byte();
    let first = text[..start].rfind('\n').map_or(0, |at| at + 1);
    text[first..start].trim().is_empty()
}

/// `x = connect()  # reloadr: once`
fn mark_once_behind(tops: &mut [Placed], comment: &Syntax, text: &str) {
    if let Some(last) = tops.last_mut()
        && last.line + last.top.nodes[0].end_line == comment.start_position().row as u32
        && says_once(comment, text)
        && !last.top.nodes[0].once
    {
        let mut top = (*last.top).clone();
        top.nodes[0].once = true;
        last.top = Arc::new(top);
    }
}

/// The grammar's numbers for the words that are compared often.
struct Ids {
    comment: u16,
    string: u16,
    line_continuation: u16,
}

fn ids() -> &'static Ids {
    static IDS: std::sync::OnceLock<Ids> = std::sync::OnceLock::new();
    IDS.get_or_init(|| {
        let language: tree_sitter::Language = tree_sitter_python::LANGUAGE.into();
        Ids {
            comment: language.id_for_node_kind("comment", true),
            string: language.id_for_node_kind("string", true),
            line_continuation: language.id_for_node_kind("line_continuation", true),
        }
    })
}

struct Arena<'a> {
    text: &'a str,
    byte: usize,
    line: usize,
    nodes: Vec<Node>,
}

impl Arena<'_> {
    fn word(&self, syntax: Syntax) -> &str {
        &self.text[syntax.byte_range()]
    }

    fn part(&self, syntax: Syntax) -> Part {
        let mut reads = Vec::new();
        collect_reads(syntax, self.text, &mut reads);
        Part {
            fingerprint: fingerprint([syntax], self.text),
            reads,
            ..self.bare(syntax)
        }
    }

    fn bare(&self, syntax: Syntax) -> Part {
        let at = syntax.start_position();
        Part {
            start: (syntax.start_byte() - self.byte) as u32,
            end: (syntax.end_byte() - self.byte) as u32,
            line: (at.row - self.line) as u32,
            col: at.column as u32,
            fingerprint: 0,
            reads: Vec::new(),
        }
    }

    /// Adds the node of a statement and those below it; returns its index.
    fn node(&mut self, syntax: Syntax, parent: Option<(u32, u32)>, first: bool, once: bool) -> u32 {
        let index = self.nodes.len() as u32;
        let kind = kind_of(syntax, first);
        let at = syntax.start_position();
        let mut exact = Xxh3Default::new();
        exact.update(&(at.column as u64).to_le_bytes());
        exact.update(self.text[syntax.byte_range()].as_bytes());
        let mut part = self.bare(syntax);
        part.fingerprint = fingerprint([syntax], self.text);
        self.nodes.push(Node {
            kind,
            parent,
            part,
            end_line: (last_row(syntax) - self.line) as u32,
            exact: exact.digest(),
            name: None,
            binds: Vec::new(),
            definition: None,
            branches: Vec::new(),
            imported: Vec::new(),
            once,
        });
        match kind {
            Kind::Function | Kind::Class => self.definition(index, syntax, kind),
            kind if kind.is_block() => self.block(index, syntax, kind),
            _ => self.statement(index, syntax, kind),
        }
        index
    }

    fn definition(&mut self, index: u32, syntax: Syntax, kind: Kind) {
        let mut definition = Definition::default();
        let mut cursor = syntax.walk();
        let inner = if syntax.kind() == "decorated_definition" {
            for decorator in syntax.named_children(&mut cursor) {
                if decorator.kind() == "decorator"
                    && let Some(expression) = named_child(decorator)
                {
                    definition.decorators.push(self.part(expression));
                }
            }
            syntax.child_by_field_name("definition").unwrap_or(syntax)
        } else {
            syntax
        };
        definition.def_line = (inner.start_position().row - self.line) as u32;
        definition.is_async = inner.child(0).is_some_and(|child| child.kind() == "async");
        definition.type_params = inner.child_by_field_name("type_parameters").map(|params| self.part(params));
        let name = inner.child_by_field_name("name").map_or("", |name| self.word(name));
        let name: Box<str> = name.into();
        let body = inner.child_by_field_name("body");
        if let Some(body) = body {
            definition.body = self.bare(body);
        }
        if kind == Kind::Function {
            self.signature(&mut definition, inner);
            if let Some(body) = body {
                self.function_body(&mut definition, body);
            }
        } else if let Some(bases) = inner.child_by_field_name("superclasses") {
            let mut cursor = bases.walk();
            for argument in bases.named_children(&mut cursor) {
                if argument.kind() == "keyword_argument" {
                    if let (Some(keyword), Some(value)) =
                        (argument.child_by_field_name("name"), argument.child_by_field_name("value"))
                    {
                        definition.bases.push(Base {
                            keyword: Some(self.word(keyword).into()),
                            value: self.part(value),
                        });
                    }
                } else if argument.kind_id() != ids().comment {
                    definition.bases.push(Base {
                        keyword: None,
                        value: self.part(argument),
                    });
                }
            }
        }
        let reads = definition_reads(&definition);
        let node = &mut self.nodes[index as usize];
        node.part.reads = reads;
        node.binds = vec![name.clone()];
        node.name = Some(name);
        node.definition = Some(Box::new(definition));
        if kind == Kind::Class
            && let Some(body) = body
        {
            let suite = self.suite(body, index, 0);
            self.nodes[index as usize].branches.push(Branch {
                label: "body".into(),
                header: None,
                suite,
            });
            self.class_stores(index);
        }
    }

    /// A class's own `self_stores` are those of its methods, whatever block they stand in.
    fn class_stores(&mut self, index: u32) {
        let mut stores: Vec<Box<str>> = Vec::new();
        for node in &self.nodes[index as usize + 1..] {
            let mut parent = node.parent;
            while let Some((above, _)) = parent {
                if self.nodes[above as usize].kind == Kind::Class {
                    if above == index
                        && node.kind == Kind::Function
                        && let Some(definition) = &node.definition
                    {
                        stores.extend(definition.self_stores.iter().cloned());
                    }
                    break;
                }
                parent = self.nodes[above as usize].parent;
            }
        }
        stores.sort();
        stores.dedup();
        if let Some(definition) = &mut self.nodes[index as usize].definition {
            definition.self_stores = stores;
        }
    }

    fn signature(&self, definition: &mut Definition, inner: Syntax) {
        definition.returns = inner.child_by_field_name("return_type").map(|returns| self.part(returns));
        let Some(parameters) = inner.child_by_field_name("parameters") else {
            return;
        };
        let mut kind = ParamKind::Positional;
        let mut cursor = parameters.walk();
        for parameter in parameters.named_children(&mut cursor) {
            let (name, annotation, default) = match parameter.kind() {
                "identifier" | "list_splat_pattern" | "dictionary_splat_pattern" => (Some(parameter), None, None),
                "default_parameter" => (
                    parameter.child_by_field_name("name"),
                    None,
                    parameter.child_by_field_name("value"),
                ),
                "typed_parameter" => (named_child(parameter), parameter.child_by_field_name("type"), None),
                "typed_default_parameter" => (
                    parameter.child_by_field_name("name"),
                    parameter.child_by_field_name("type"),
                    parameter.child_by_field_name("value"),
                ),
                "keyword_separator" => {
                    kind = ParamKind::KeywordOnly;
                    continue;
                }
                "positional_separator" => {
                    for param in &mut definition.params {
                        param.kind = ParamKind::PositionalOnly;
                    }
                    continue;
                }
                _ => continue,
            };
            let Some(name) = name else { continue };
            let this = match name.kind() {
                "list_splat_pattern" => ParamKind::VarPositional,
                "dictionary_splat_pattern" => ParamKind::VarKeyword,
                _ => kind,
            };
            if this == ParamKind::VarPositional {
                kind = ParamKind::KeywordOnly;
            }
            definition.params.push(Param {
                name: self.word(name).trim_start_matches('*').trim().into(),
                kind: this,
                annotation: annotation.map(|part| self.part(part)),
                default: default.map(|part| self.part(part)),
            });
        }
    }

    fn function_body(&self, definition: &mut Definition, body: Syntax) {
        let mut cursor = body.walk();
        let statements: Vec<Syntax> = body
            .named_children(&mut cursor)
            .filter(|child| child.kind_id() != ids().comment)
            .collect();
        let mut rest = statements.as_slice();
        if let Some((first, others)) = statements.split_first()
            && let Some(string) = docstring(*first)
        {
            definition.docstring = Some(self.part(string));
            rest = others;
        }
        definition.body_fingerprint = fingerprint(rest.iter().copied(), self.text);
        let owner = definition.params.first().map(|param| param.name.to_string());
        let mut facts = BodyFacts {
            text: self.text,
            owner: owner.as_deref().unwrap_or("self"),
            stores: Vec::new(),
            has_class: false,
        };
        facts.walk(body);
        facts.stores.sort();
        facts.stores.dedup();
        definition.self_stores = facts.stores;
        definition.has_class = facts.has_class;
    }

    fn suite(&mut self, block: Syntax, parent: u32, branch: u32) -> Vec<u32> {
        let mut suite: Vec<u32> = Vec::new();
        let mut cursor: TreeCursor = block.walk();
        let mut comments: Vec<Syntax> = Vec::new();
        let children: Vec<Syntax> = block.named_children(&mut cursor).collect();
        for child in children {
            if child.kind_id() == ids().comment {
                if let Some(&last) = suite.last()
                    && self.nodes[last as usize].end_line as usize + self.line == child.start_position().row
                    && says_once(&child, self.text)
                {
                    self.nodes[last as usize].once = true;
                }
                comments.push(child);
                continue;
            }
            let once = once_above(&comments, &child, self.text);
            comments.clear();
            let first = suite.is_empty() && self.nodes[parent as usize].kind == Kind::Class;
            let index = self.node(child, Some((parent, branch)), first, once);
            suite.push(index);
        }
        suite
    }

    fn block(&mut self, index: u32, syntax: Syntax, kind: Kind) {
        let add = |arena: &mut Self, label: &str, header: Option<Syntax>, body: Option<Syntax>| {
            let header = header.map(|header| arena.part(header));
            if let Some(header) = &header {
                let reads = header.reads.clone();
                arena.nodes[index as usize].part.reads.extend(reads);
            }
            let number = arena.nodes[index as usize].branches.len() as u32;
            arena.nodes[index as usize].branches.push(Branch {
                label: label.into(),
                header,
                suite: Vec::new(),
            });
            if let Some(body) = body {
                let suite = arena.suite(body, index, number);
                arena.nodes[index as usize].branches[number as usize].suite = suite;
            }
        };
        let field = |name: &str| syntax.child_by_field_name(name);
        let mut binds = Vec::new();
        match kind {
            Kind::If => add(self, "if", field("condition"), field("consequence")),
            Kind::While => add(self, "while", field("condition"), field("body")),
            Kind::Try => add(self, "try", None, field("body")),
            Kind::For => {
                if let Some(left) = field("left") {
                    collect_targets(left, self.text, &mut binds);
                }
                let number = self.nodes[index as usize].branches.len();
                add(self, "for", field("right"), field("body"));
                // The target belongs to the header: `for a in x` is not `for b in x`.
                if let (Some(left), Some(right)) = (field("left"), field("right"))
                    && let Some(header) = &mut self.nodes[index as usize].branches[number].header
                {
                    header.fingerprint = fingerprint([left, right], self.text);
                }
            }
            Kind::With => {
                let mut cursor = syntax.walk();
                let clause = syntax.named_children(&mut cursor).find(|child| child.kind() == "with_clause");
                if let Some(clause) = clause {
                    collect_alias_targets(clause, self.text, &mut binds);
                }
                add(self, "with", clause, field("body"));
            }
            _ => {
                if let Some(subject) = field("subject") {
                    let reads = self.part(subject).reads;
                    self.nodes[index as usize].part.reads.extend(reads);
                }
            }
        }
        let mut cursor = syntax.walk();
        let clauses: Vec<Syntax> = match kind {
            Kind::Match => field("body")
                .map(|body| body.named_children(&mut cursor).collect())
                .unwrap_or_default(),
            _ => syntax.named_children(&mut cursor).collect(),
        };
        for clause in clauses {
            let body = last_block(clause);
            match clause.kind() {
                "elif_clause" => add(self, "elif", clause.child_by_field_name("condition"), body),
                "else_clause" => add(self, "else", None, body),
                "finally_clause" => add(self, "finally", None, body),
                "except_clause" | "except_group_clause" => {
                    let value = clause.child_by_field_name("value").or_else(|| header_of(clause));
                    if let Some(value) = value {
                        collect_alias_targets(value, self.text, &mut binds);
                    }
                    add(self, "except", value, body);
                }
                "case_clause" => {
                    let pattern = named_child(clause);
                    if let Some(pattern) = pattern {
                        collect_captures(pattern, self.text, &mut binds);
                    }
                    add(self, "case", pattern, body);
                }
                _ => {}
            }
        }
        // What the suites bind is bound in this namespace too.
        let mut below: Vec<Box<str>> = binds;
        for branch in &self.nodes[index as usize].branches {
            for &child in &branch.suite {
                below.extend(self.nodes[child as usize].binds.iter().cloned());
            }
        }
        collect_walrus(syntax, self.text, &mut below);
        dedup(&mut below);
        self.nodes[index as usize].binds = below;
    }

    fn statement(&mut self, index: u32, syntax: Syntax, kind: Kind) {
        let mut binds: Vec<Box<str>> = Vec::new();
        let mut imported = Vec::new();
        match kind {
            Kind::Import | Kind::From => {
                imported = imports(syntax, self.text);
                binds = imported
                    .iter()
                    .filter(|import| !import.bound.is_empty())
                    .map(|import| import.bound.clone())
                    .collect();
            }
            Kind::Docstring => binds.push("__doc__".into()),
            _ => collect_bindings(syntax, self.text, &mut binds),
        }
        dedup(&mut binds);
        let mut reads = Vec::new();
        if !matches!(kind, Kind::Import | Kind::From) {
            collect_reads(syntax, self.text, &mut reads);
        }
        let node = &mut self.nodes[index as usize];
        node.binds = binds;
        node.imported = imported;
        node.part.reads = reads;
    }
}

fn dedup(names: &mut Vec<Box<str>>) {
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
}

fn definition_reads(definition: &Definition) -> Vec<Box<str>> {
    let parts = definition
        .decorators
        .iter()
        .chain(&definition.type_params)
        .chain(&definition.returns)
        .chain(definition.params.iter().flat_map(|param| param.annotation.iter().chain(&param.default)))
        .chain(definition.bases.iter().map(|base| &base.value));
    let mut reads: Vec<Box<str>> = parts.flat_map(|part| part.reads.iter().cloned()).collect();
    dedup(&mut reads);
    reads
}

/// The last row that belongs to a node: tree-sitter ends a block at the start of the next token's line
/// when blank lines follow in some positions, and a trailing newline never belongs to a statement.
fn last_row(syntax: Syntax) -> usize {
    let end = syntax.end_position();
    if end.column == 0 && end.row > syntax.start_position().row {
        end.row - 1
    } else {
        end.row
    }
}

fn kind_of(syntax: Syntax, first: bool) -> Kind {
    match syntax.kind() {
        "function_definition" => Kind::Function,
        "class_definition" => Kind::Class,
        "decorated_definition" => match syntax.child_by_field_name("definition") {
            Some(inner) if inner.kind() == "class_definition" => Kind::Class,
            _ => Kind::Function,
        },
        "import_statement" => Kind::Import,
        "import_from_statement" | "future_import_statement" => Kind::From,
        "if_statement" => Kind::If,
        "try_statement" => Kind::Try,
        "with_statement" => Kind::With,
        "for_statement" => Kind::For,
        "while_statement" => Kind::While,
        "match_statement" => Kind::Match,
        "pass_statement" => Kind::Pass,
        "expression_statement" => match named_child(syntax) {
            Some(child) if matches!(child.kind(), "assignment" | "augmented_assignment") => Kind::Assign,
            Some(child) if child.kind() == "ellipsis" => Kind::Pass,
            _ if first && docstring(syntax).is_some() => Kind::Docstring,
            _ => Kind::Statement,
        },
        _ => Kind::Statement,
    }
}

fn named_child<'t>(syntax: Syntax<'t>) -> Option<Syntax<'t>> {
    let mut cursor = syntax.walk();
    syntax.named_children(&mut cursor).find(|child| child.kind_id() != ids().comment)
}

fn last_block<'t>(clause: Syntax<'t>) -> Option<Syntax<'t>> {
    let mut cursor = clause.walk();
    clause.named_children(&mut cursor).filter(|child| child.kind() == "block").last()
}

/// The named child of an `except` clause that is neither its block nor a comment.
fn header_of<'t>(clause: Syntax<'t>) -> Option<Syntax<'t>> {
    let mut cursor = clause.walk();
    clause
        .named_children(&mut cursor)
        .find(|child| child.kind() != "block" && child.kind_id() != ids().comment)
}

/// The string of a docstring statement: a plain literal, not an f-string and not bytes.
fn docstring<'t>(statement: Syntax<'t>) -> Option<Syntax<'t>> {
    if statement.kind() != "expression_statement" || statement.named_child_count() != 1 {
        return None;
    }
    let child = named_child(statement)?;
    (matches!(child.kind(), "string" | "concatenated_string") && !has_interpolation(child)).then_some(child)
}

fn has_interpolation(syntax: Syntax) -> bool {
    let mut cursor = syntax.walk();
    syntax
        .named_children(&mut cursor)
        .any(|child| child.kind() == "interpolation" || has_interpolation(child))
}

fn imports(syntax: Syntax, text: &str) -> Vec<Imported> {
    let word = |node: Syntax| -> Box<str> {
        let raw = &text[node.byte_range()];
        raw.chars().filter(|c| !c.is_whitespace() && *c != '\\').collect::<String>().into()
    };
    let from: Option<Box<str>> = match syntax.kind() {
        "future_import_statement" => Some("__future__".into()),
        "import_from_statement" => syntax.child_by_field_name("module_name").map(word),
        _ => None,
    };
    let mut out = Vec::new();
    let mut cursor = syntax.walk();
    for child in syntax.children_by_field_name("name", &mut cursor) {
        let (name, alias) = match child.kind() {
            "aliased_import" => (
                child.child_by_field_name("name").map(word),
                child.child_by_field_name("alias").map(word),
            ),
            _ => (Some(word(child)), None),
        };
        let Some(name) = name else { continue };
        out.push(match &from {
            Some(module) => Imported {
                module: module.clone(),
                bound: alias.unwrap_or_else(|| name.clone()),
                name,
            },
            None => Imported {
                bound: alias
                    .clone()
                    .unwrap_or_else(|| name.split('.').next().unwrap_or(&name).into()),
                // `import a.b as c` binds a.b itself, `import a.b` binds a.
                name: if alias.is_some() { "as".into() } else { "".into() },
                module: name,
            },
        });
    }
    let mut cursor = syntax.walk();
    if syntax.named_children(&mut cursor).any(|child| child.kind() == "wildcard_import")
        && let Some(module) = from
    {
        out.push(Imported {
            module,
            name: "*".into(),
            bound: "".into(),
        });
    }
    out
}

/// A hash of the syntax: node kinds, nesting and the text of tokens; blind to position, comments and
/// line breaks. Strings count as one token, since the grammar does not cover their text with nodes.
fn fingerprint<'t>(nodes: impl IntoIterator<Item = Syntax<'t>>, text: &str) -> u64 {
    let mut hash = Xxh3Default::new();
    for node in nodes {
        hash_syntax(node, text, &mut hash);
    }
    hash.digest()
}

fn hash_syntax(root: Syntax, text: &str, hash: &mut Xxh3Default) {
    let ids = ids();
    let mut cursor = root.walk();
    let mut depth = 0usize;
    loop {
        let node = cursor.node();
        let id = node.kind_id();
        let skipped = id == ids.comment || id == ids.line_continuation;
        let token = !skipped && (id == ids.string || node.child_count() == 0);
        if !skipped {
            hash.update(&id.to_le_bytes());
            if token {
                hash.update(&(node.end_byte() as u32 - node.start_byte() as u32).to_le_bytes());
                hash.update(text[node.byte_range()].as_bytes());
            } else if cursor.goto_first_child() {
                depth += 1;
                continue;
            }
        }
        while !(depth > 0 && cursor.goto_next_sibling()) {
            if depth == 0 {
                return;
            }
            hash.update(&[0xff, 0xff]);
            cursor.goto_parent();
            depth -= 1;
        }
    }
}

/// The hash of any text, for snapshots.
pub fn hash_text(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

fn each_child<'t>(syntax: Syntax<'t>, mut visit: impl FnMut(Syntax<'t>, Option<&str>)) {
    let mut cursor = syntax.walk();
    if cursor.goto_first_child() {
        loop {
            visit(cursor.node(), cursor.field_name());
            if !cursor.goto_next_sibling() {
                break;
            }
        }
    }
}

/// Names that an expression or statement reads. Names bound by an inner lambda or comprehension are
/// listed as well: taking a dependency that is not there costs a second look, missing one is wrong.
fn collect_reads(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
    fn walk(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
        match syntax.kind() {
            "identifier" => out.push(text[syntax.byte_range()].into()),
            "attribute" => {
                if let Some(object) = syntax.child_by_field_name("object") {
                    if let Some(name) = syntax.child_by_field_name("attribute")
                        && is_dotted(object)
                    {
                        let chain = format!("{}.{}", &text[object.byte_range()], &text[name.byte_range()]);
                        out.push(chain.into());
                    }
                    walk(object, text, out);
                }
            }
            "keyword_argument" => {
                if let Some(value) = syntax.child_by_field_name("value") {
                    walk(value, text, out);
                }
            }
            "assignment" => each_child(syntax, |child, field| {
                if field != Some("left") || child.kind() != "identifier" {
                    walk(child, text, out);
                }
            }),
            _ => each_child(syntax, |child, _| {
                if child.is_named() {
                    walk(child, text, out);
                }
            }),
        }
    }
    walk(syntax, text, out);
    dedup(out);
}

fn is_dotted(syntax: Syntax) -> bool {
    match syntax.kind() {
        "identifier" => true,
        "attribute" => syntax.child_by_field_name("object").is_some_and(is_dotted),
        _ => false,
    }
}

/// Names bound by an assignment target.
fn collect_targets(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
    match syntax.kind() {
        "identifier" => out.push(text[syntax.byte_range()].into()),
        "attribute" | "subscript" => {}
        _ => each_child(syntax, |child, _| {
            if child.is_named() {
                collect_targets(child, text, out);
            }
        }),
    }
}

/// Names after `as`, in a `with` or `except` header.
fn collect_alias_targets(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
    if syntax.kind() == "as_pattern_target" {
        collect_targets(syntax, text, out);
    } else {
        each_child(syntax, |child, _| collect_alias_targets(child, text, out));
    }
}

/// Names captured by a `case` pattern.
fn collect_captures(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
    match syntax.kind() {
        "identifier" => out.push(text[syntax.byte_range()].into()),
        "dotted_name" if syntax.named_child_count() == 1 => {
            let name = &text[syntax.byte_range()];
            if name != "_" {
                out.push(name.into());
            }
        }
        "dotted_name" => {}
        _ => each_child(syntax, |child, _| {
            if child.is_named() {
                collect_captures(child, text, out);
            }
        }),
    }
}

fn collect_walrus(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
    each_child(syntax, |child, _| match child.kind() {
        "function_definition" | "class_definition" | "lambda" => {}
        "named_expression" => {
            if let Some(name) = child.child_by_field_name("name") {
                out.push(text[name.byte_range()].into());
            }
            collect_walrus(child, text, out);
        }
        _ => collect_walrus(child, text, out),
    });
}

/// Names that a simple statement binds.
fn collect_bindings(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
    let mut next = Some(syntax);
    while let Some(node) = next.take() {
        match node.kind() {
            "expression_statement" => next = named_child(node),
            "assignment" | "augmented_assignment" => {
                if let Some(left) = node.child_by_field_name("left") {
                    collect_targets(left, text, out);
                }
                next = node
                    .child_by_field_name("right")
                    .filter(|right| matches!(right.kind(), "assignment" | "augmented_assignment"));
            }
            "type_alias_statement" => {
                if let Some(left) = node.child_by_field_name("left") {
                    let mut inner = left;
                    while let Some(child) = inner.named_child(0) {
                        inner = child;
                    }
                    out.push(text[inner.byte_range()].into());
                }
            }
            "delete_statement" => each_child(node, |child, _| {
                if child.is_named() {
                    collect_targets(child, text, out);
                }
            }),
            _ => {}
        }
    }
    collect_walrus(syntax, text, out);
}

struct BodyFacts<'a> {
    text: &'a str,
    owner: &'a str,
    stores: Vec<Box<str>>,
    has_class: bool,
}

impl BodyFacts<'_> {
    fn walk(&mut self, syntax: Syntax) {
        each_child(syntax, |child, _| {
            match child.kind() {
                "class_definition" => {
                    self.has_class = true;
                    return;
                }
                "assignment" | "augmented_assignment" | "for_statement" | "as_pattern_target" | "delete_statement" => {
                    if let Some(left) = child.child_by_field_name("left") {
                        self.targets(left);
                    } else if child.kind() == "as_pattern_target" {
                        self.targets(child);
                    }
                }
                _ => {}
            }
            self.walk(child);
        });
    }

    fn targets(&mut self, target: Syntax) {
        if target.kind() == "attribute" {
            if let (Some(object), Some(name)) =
                (target.child_by_field_name("object"), target.child_by_field_name("attribute"))
            {
                let object = &self.text[object.byte_range()];
                if object == self.owner || object == "self" {
                    self.stores.push(self.text[name.byte_range()].into());
                }
            }
        } else if target.kind() != "subscript" {
            each_child(target, |child, _| {
                if child.is_named() {
                    self.targets(child);
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(outline: &Outline) -> Vec<String> {
        outline
            .nodes()
            .map(|node| format!("{} {} {}", node.line(), node.node().kind.as_str(), node.qualname()))
            .collect()
    }

    const TEXT: &str = "'''doc'''\nimport a.b, c as d\nfrom . import e\nX = 1\n\n@deco\nclass C(Base, key=1):\n    'doc'\n    y: int = 2\n    def m(self, a, /, b=1, *args: int, k=2, **kw) -> int:\n        'doc'\n        self.z = 1\n\nif X:\n    def f(): pass\nelse:\n    Y = 2  # reloadr: once\n";

    #[test]
    fn outline_lists_every_namespace_member() {
        let outline = Parser::new().parse(TEXT);
        assert_eq!(outline.trouble, None);
        assert_eq!(
            names(&outline),
            [
                "1 docstring ", "2 import ", "3 from ", "4 assignment ", "6 class C", "8 docstring C",
                "9 assignment C", "10 function C.m", "14 if ", "15 function f", "17 assignment "
            ]
        );
        let method = outline.nodes().nth(7).unwrap();
        let definition = method.node().definition.as_ref().unwrap();
        let params: Vec<_> = definition.params.iter().map(|p| (&*p.name, p.kind)).collect();
        use ParamKind::*;
        assert_eq!(
            params,
            [
                ("self", PositionalOnly), ("a", PositionalOnly), ("b", Positional), ("args", VarPositional),
                ("k", KeywordOnly), ("kw", VarKeyword)
            ]
        );
        assert!(outline.nodes().last().unwrap().node().once);
    }

    #[test]
    fn an_update_gives_what_a_fresh_parse_gives() {
        let edits = [
            ("X = 1", "X = 2"), ("'''doc'''\n", ""), ("self.z = 1", "self.z = 2\n        return 3"),
            ("import a.b, c as d\n", "import a.b, c as d\n\n# more\n"), ("key=1", "key='é'"), ("Y = 2", "Y = ("),
        ];
        for (from, to) in edits {
            let mut parser = Parser::new();
            let old = parser.parse(TEXT);
            let text = TEXT.replace(from, to);
            let updated = parser.update(&old, &text);
            let fresh = Parser::new().parse(&text);
            assert_eq!(names(&updated), names(&fresh), "{to}");
            assert_eq!(updated.trouble, fresh.trouble);
            for (a, b) in updated.tops.iter().zip(&fresh.tops) {
                assert_eq!((&a.top, a.byte, a.line), (&b.top, b.byte, b.line), "{to}");
            }
        }
    }

    #[test]
    fn formatting_and_comments_leave_the_fingerprint() {
        let mut parser = Parser::new();
        let a = parser.parse("x = f(1, 2)  # one\n");
        let b = parser.parse("x = f(\n  1,   # two\n  2)\n");
        let c = parser.parse("x = f(1, 3)\n");
        let fp = |o: &Outline| o.tops[0].top.nodes[0].part.fingerprint;
        assert_eq!(fp(&a), fp(&b));
        assert_ne!(fp(&a), fp(&c));
    }
}
