//! One top-level entry: the nodes of a statement and of all namespaces below it.
//!
//! What a node is and which parts it has is told here; what only definitions have is in `definitions`, the suites
//! of blocks are in `blocks`.

use tree_sitter::{Node as Syntax, TreeCursor};

use super::fingerprint::{exact_hash, fingerprint};
use super::imports::imports;
use super::literal::docstring;
use super::marks::Marks;
use super::names::{annotated, collect_bindings, collect_reads, dedup};
use super::tree::{end_of, ids, is_tuple, named_child};
use super::trouble::{has_unknown_names, trouble_at};
use super::whole::whole;
use crate::outline::{Kind, Node, Part, Trouble};

/// How deep namespaces may nest: CPython allows 99 levels of indentation, and a suite on one line below.
const DEEPEST: usize = 100;

/// The nodes of one entry, in the making.
pub(super) struct Arena<'a> {
    pub(super) text: &'a str,
    pub(super) marks: &'a Marks,
    pub(super) byte: usize,
    pub(super) line: usize,
    pub(super) nodes: Vec<Node>,
    /// What CPython must be asked about, though the grammar sees no error.
    pub(super) trouble: Option<Trouble>,
}

impl Arena<'_> {
    pub(super) fn word(&self, syntax: Syntax) -> &str {
        &self.text[syntax.byte_range()]
    }

    pub(super) fn part(&self, syntax: Syntax) -> Part {
        let mut reads = Vec::new();
        collect_reads(syntax, self.text, &mut reads);
        Part {
            fingerprint: fingerprint([syntax], self.text),
            reads,
            ..self.bare(syntax)
        }
    }

    pub(super) fn bare(&self, syntax: Syntax) -> Part {
        let at = syntax.start_position();
        Part {
            start: (syntax.start_byte() - self.byte) as u32,
            end: (end_of(syntax).byte - self.byte) as u32,
            line: (at.row - self.line) as u32,
            col: at.column as u32,
            fingerprint: 0,
            reads: Vec::new(),
        }
    }

    /// The statements of a block from the first to the last.
    pub(super) fn body(&self, block: Syntax) -> Part {
        let whole = self.bare(block);
        match named_child(block) {
            Some(first) => Part {
                end: whole.end,
                ..self.bare(first)
            },
            None => whole,
        }
    }

    /// Adds the node of a statement and those below it; returns its index.
    pub(super) fn node(
        &mut self,
        syntax: Syntax,
        parent: Option<(u32, u32)>,
        first: bool,
        depth: usize,
    ) -> u32 {
        let index = self.nodes.len() as u32;
        let kind = kind_of(syntax, first, self.text);
        let end = end_of(syntax);
        self.nodes.push(Node {
            kind,
            parent,
            part: self.bare(syntax),
            end_line: (end.row - self.line) as u32,
            exact: exact_hash(
                syntax.start_position().column,
                &self.text[syntax.start_byte()..end.byte],
            ),
            name: None,
            binds: Vec::new(),
            annotates: None,
            definition: None,
            branches: Vec::new(),
            imported: Vec::new(),
            once: false,
        });
        match kind {
            Kind::Function | Kind::Class => self.definition(index, syntax, kind, depth),
            kind if kind.is_block() => self.block(index, syntax, kind, depth),
            _ => self.statement(index, syntax, kind),
        }
        let fingerprint = if kind.is_definition() || kind.is_block() {
            let is_async = syntax.child(0).is_some_and(|child| child.kind() == "async");
            whole(&self.nodes, index, is_async)
        } else {
            fingerprint([syntax], self.text)
        };
        let once = self
            .marks
            .on(&self.nodes[index as usize], self.byte, self.line, self.text);
        let node = &mut self.nodes[index as usize];
        node.part.fingerprint = fingerprint;
        node.once = once;
        index
    }

    pub(super) fn suite(
        &mut self,
        block: Syntax,
        parent: u32,
        branch: u32,
        depth: usize,
    ) -> Vec<u32> {
        let mut suite: Vec<u32> = Vec::new();
        if depth == DEEPEST {
            self.trouble.get_or_insert_with(|| trouble_at(block));
            return suite;
        }
        let column = named_child(block).map_or(0, |first| first.start_position().column);
        let mut cursor: TreeCursor = block.walk();
        for child in block.named_children(&mut cursor) {
            if !ids().says_nothing(child) {
                self.aligned(child, column);
                let first = suite.is_empty() && self.nodes[parent as usize].kind == Kind::Class;
                suite.push(self.node(child, Some((parent, branch)), first, depth + 1));
            }
        }
        suite
    }

    /// A statement or clause that begins a line must stand in its suite's column; the grammar does not mind
    /// where else it stands, and nests it somehow.
    pub(super) fn aligned(&mut self, syntax: Syntax, column: usize) {
        let start = syntax.start_byte();
        let line = &self.text[..start];
        let first = line.rfind('\n').map_or(0, |newline| newline + 1);
        if syntax.start_position().column != column && line[first..].trim().is_empty() {
            self.trouble.get_or_insert_with(|| trouble_at(syntax));
        }
    }

    /// CPython brings names into a normal form (NFKC). For those that need not be in it already it is asked.
    pub(super) fn known_names(&mut self, syntax: Syntax) {
        if self.nodes.iter().any(has_unknown_names) {
            self.trouble.get_or_insert_with(|| trouble_at(syntax));
        }
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
        let annotates = annotated(syntax, self.text);
        let mut reads = Vec::new();
        if !matches!(kind, Kind::Import | Kind::From) {
            collect_reads(syntax, self.text, &mut reads);
        }
        let node = &mut self.nodes[index as usize];
        node.binds = binds;
        node.annotates = annotates;
        node.imported = imported;
        node.part.reads = reads;
    }
}

fn kind_of(syntax: Syntax, first: bool, text: &str) -> Kind {
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
            Some(child) if matches!(child.kind(), "assignment" | "augmented_assignment") => {
                Kind::Assign
            }
            Some(child) if child.kind() == "ellipsis" && !is_tuple(syntax) => Kind::Pass,
            _ if first && docstring(syntax, text).is_some() => Kind::Docstring,
            _ => Kind::Statement,
        },
        _ => Kind::Statement,
    }
}
