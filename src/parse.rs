//! Text to outline, by tree-sitter. The only user of tree-sitter.
//!
//! When a text is an edit of one that has an outline, only the top-level entries that the edit touches are
//! parsed again, as a text of their own; the others are shared. Where that does not parse by itself, the
//! whole text is parsed. No tree is kept: trees are large, and tree-sitter's own way of parsing an edited
//! text again costs a look at every top-level node, and all that lies between two edits.

use std::collections::HashSet;
use std::sync::Arc;

use tree_sitter::{Node as Syntax, Tree, TreeCursor};
use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

use crate::definition::{
    Base, Branch, Definition, Imported, Kind, Maker, Node, Outline, Param, ParamKind, Part, Placed,
    Top, Trouble,
};
use crate::hunks::{Hunk, Touched, common_prefix, common_suffix, hunks, touched};

/// Parses texts.
pub struct Parser {
    inner: tree_sitter::Parser,
}

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
        #[expect(clippy::disallowed_methods, reason = "this is the only user")]
        let mut inner = tree_sitter::Parser::new();
        inner
            .set_language(&tree_sitter_python::LANGUAGE.into())
            .expect("the grammar and the runtime are pinned together");
        Parser { inner }
    }

    /// The outline of `text` alone.
    pub fn parse(&mut self, text: impl Into<Arc<str>>) -> Outline {
        self.whole(text.into(), None)
    }

    /// The outline of `text`, given that of an earlier state of the same file.
    pub fn update(&mut self, old: &Outline, text: impl Into<Arc<str>>) -> Outline {
        let text = text.into();
        let hunks = hunks(&old.text, &text);
        if hunks.is_empty() {
            return old.clone();
        }
        if old.trouble.is_some() || old.maker != Maker::Grammar {
            return self.whole(text, None);
        }
        if let Some(tops) = self.patched(old, &text, &hunks) {
            return Outline {
                text,
                tops,
                trouble: None,
                maker: Maker::Grammar,
            };
        }
        let edit = Edited::between(&old.text, &text);
        self.whole(text, Some((old, &edit)))
    }

    fn whole(&mut self, text: Arc<str>, old: Option<(&Outline, &Edited)>) -> Outline {
        match self.tree(&text) {
            Ok(tree) => build(&text, &tree, old, true),
            Err(trouble) => Outline {
                text,
                tops: Vec::new(),
                trouble: Some(trouble),
                maker: Maker::Grammar,
            },
        }
    }

    /// The entries of `text`, those that an edit touched made anew; None if these cannot be parsed alone.
    fn patched(&mut self, old: &Outline, text: &str, hunks: &[Hunk]) -> Option<Vec<Placed>> {
        let touched = touched(old, hunks);
        let mut tops: Vec<Placed> = Vec::with_capacity(old.tops.len() + 8);
        let (mut next, mut bytes, mut lines) = (0, 0i64, 0i64);
        for each in &touched {
            moved(&old.tops[next..each.entries.start], bytes, lines, &mut tops);
            let made = self.piece(old, text, each)?;
            let line = (i64::from(first_line(old, each)) + lines) as u32;
            tops.extend(made.into_iter().map(|place| Placed {
                byte: place.byte + each.new.start as u32,
                line: place.line + line,
                ..place
            }));
            next = each.entries.end;
            bytes = each.new.end as i64 - each.old.end as i64;
            lines += newlines(&text[each.new.clone()]) as i64
                - newlines(&old.text[each.old.clone()]) as i64;
        }
        moved(&old.tops[next..], bytes, lines, &mut tops);
        Some(tops)
    }

    fn piece(&mut self, old: &Outline, text: &str, touched: &Touched) -> Option<Vec<Placed>> {
        let (first, last) = (
            touched.entries.start == 0,
            touched.entries.end == old.tops.len(),
        );
        let piece = &text[touched.new.clone()];
        if !last && piece.trim_end_matches('\n').ends_with('\\') {
            return None;
        }
        let tree = self.tree(piece).ok()?;
        if tree.root_node().has_error() {
            return None;
        }
        let made = build(&Arc::from(piece), &tree, None, first);
        // Without a first entry another one becomes it; a mark at the end is about the entry below.
        let end = made.tops.last().map_or(0, |place| {
            (place.byte + place.top.nodes[0].part.end) as usize
        });
        let below = piece[end..].split_once('\n').map_or("", |(_, rest)| rest);
        let complete = last || !(below.contains(ONCE) || first && made.tops.is_empty());
        (made.trouble.is_none() && complete).then_some(made.tops)
    }

    /// The syntax tree, unless the text is indented deeper than the grammar can follow.
    fn tree(&mut self, text: &str) -> Result<Tree, Trouble> {
        if let Some(trouble) = deep_indentation(text) {
            return Err(trouble);
        }
        self.inner.reset();
        Ok(self
            .inner
            .parse(text, None)
            .expect("a parse without a time limit and with a language set always ends in a tree"))
    }
}

/// How many different indentations a text may have: CPython allows no more above one another.
const INDENTATIONS: usize = 100;

/// Where a text has more than that. The grammar's scanner keeps the levels that are open in a buffer and writes
/// past its end when there are some four hundred. Open levels grow, so there are never more of them than there
/// are different widths in the whole text, whatever the scanner takes for a string or a bracket, and that is
/// quickly counted. What has as many widths without being as deep is outlined by CPython like any other text
/// that the grammar does not know.
fn deep_indentation(text: &str) -> Option<Trouble> {
    let mut widths: HashSet<u16> = HashSet::from([0]);
    let (mut last, mut below) = (0, Indentation::default());
    for line in text.split('\n').rev() {
        below = Indentation::of(line.as_bytes(), below);
        if below.width != last && widths.insert(below.width) && widths.len() > INDENTATIONS {
            let blank = |line: &str| line.len() - line.trim_start().len();
            let lines = text.split('\n').map(blank).enumerate();
            let (row, _) = lines.max_by_key(|(_, blank)| *blank)?;
            let line = row as u32 + 1;
            return Some(Trouble { line, col: 0 });
        }
        last = below.width;
    }
    None
}

/// The blank space that a line begins with, as the grammar's scanner measures it.
#[derive(Clone, Copy, Default)]
struct Indentation {
    /// In columns; too many of them begin again at 0, as in the scanner.
    width: u16,
    /// Whether what stands before does not count.
    afresh: bool,
}

impl Indentation {
    /// `below` is that of the next line, which goes on where nothing but a backslash follows.
    fn of(line: &[u8], below: Indentation) -> Indentation {
        let mut found = Indentation::default();
        for (at, byte) in line.iter().enumerate() {
            match byte {
                b' ' => found.width = found.width.wrapping_add(1),
                b'\t' => found.width = found.width.wrapping_add(8),
                b'\r' | b'\x0c' => {
                    found = Indentation {
                        width: 0,
                        afresh: true,
                    }
                }
                b'\\' if matches!(line[at + 1..], [] | [b'\r']) => {
                    return Indentation {
                        width: below
                            .width
                            .wrapping_add(if below.afresh { 0 } else { found.width }),
                        afresh: found.afresh || below.afresh,
                    };
                }
                _ => break,
            }
        }
        found
    }
}

/// The same entries further up or down.
fn moved(tops: &[Placed], bytes: i64, lines: i64, out: &mut Vec<Placed>) {
    out.extend(tops.iter().map(|place| Placed {
        byte: (i64::from(place.byte) + bytes) as u32,
        line: (i64::from(place.line) + lines) as u32,
        ..place.clone()
    }));
}

/// The line of the old text, from 0, on which these bytes begin.
fn first_line(old: &Outline, touched: &Touched) -> u32 {
    match old.tops.get(touched.entries.start) {
        Some(place) if touched.old.start > 0 => {
            place.line - newlines(&old.text[touched.old.start..place.byte as usize]) as u32
        }
        _ => 0,
    }
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
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
        let mut start = common_prefix(a, b);
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
}

/// `first`: whether the text's first entry is that of the file, and so may be its docstring.
fn build(text: &Arc<str>, tree: &Tree, old: Option<(&Outline, &Edited)>, first: bool) -> Outline {
    let root = tree.root_node();
    let mut trouble = root.has_error().then(|| first_trouble(root));
    let mut tops: Vec<Placed> = Vec::new();
    let mut reuse = old.map(|(outline, edit)| Reuse {
        outline,
        edit,
        at: 0,
    });
    let marks = Marks::of(text, root);
    let mut cursor = root.walk();
    let mut more = cursor.goto_first_child();
    while more {
        let syntax = cursor.node();
        more = cursor.goto_next_sibling();
        if !syntax.is_named() || ids().says_nothing(syntax) {
            continue;
        }
        let (byte, line) = (syntax.start_byte(), syntax.start_position().row);
        let shared = reuse.as_mut().and_then(|reuse| reuse.find(&syntax, text));
        let top = match shared {
            Some(top) if marks.on(&top.nodes[0], byte, line, text) == top.nodes[0].once => top,
            _ => {
                let mut arena = Arena {
                    text,
                    marks: &marks,
                    byte,
                    line,
                    nodes: Vec::new(),
                    trouble: None,
                };
                arena.aligned(syntax, 0);
                arena.node(syntax, None, first && tops.is_empty(), 0);
                arena.known_names(syntax);
                trouble = trouble.or(arena.trouble);
                Arc::new(Top { nodes: arena.nodes })
            }
        };
        tops.push(Placed::new(top, text, byte as u32, line as u32));
    }
    Outline {
        text: text.clone(),
        tops,
        trouble: trouble.or_else(|| odd_indentation(text)),
        maker: Maker::Grammar,
    }
}

/// Blank space before a tab: the grammar takes the tab for eight columns, CPython for as many as are left
/// to the next multiple of eight, so the two may nest the lines differently.
fn odd_indentation(text: &str) -> Option<Trouble> {
    let mut from = 0;
    while let Some(found) = text[from..].find(" \t") {
        let at = from + found;
        let first = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        if text[first..at]
            .bytes()
            .all(|byte| matches!(byte, b' ' | b'\t' | b'\x0c'))
        {
            let line = text[..at].matches('\n').count() as u32 + 1;
            return Some(Trouble { line, col: 0 });
        }
        from = at + 1;
    }
    None
}

/// Finds the old entry that the new one is a copy of, walking both in step.
struct Reuse<'a> {
    outline: &'a Outline,
    edit: &'a Edited,
    at: usize,
}

impl Reuse<'_> {
    fn find(&mut self, syntax: &Syntax, text: &str) -> Option<Arc<Top>> {
        let (start, end) = (syntax.start_byte(), end_of(*syntax).byte);
        // What follows on its last line may be a mark.
        let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at);
        let was = if line_end < self.edit.start {
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
        // An entry that stands in the middle of a line is indented with what precedes it, so it is no copy.
        let column = node.part.col as usize == syntax.start_position().column;
        (old.byte as usize == was && length == end - start && column && !first)
            .then(|| old.top.clone())
    }
}

/// Where a statement ends: a block's node goes on over the comments that follow its last statement.
#[derive(Clone, Copy)]
struct End {
    byte: usize,
    row: usize,
}

fn end_of(syntax: Syntax) -> End {
    let ids = ids();
    let mut cursor = syntax.walk();
    let mut node = syntax;
    // Down along the last statement of the last block; a node that holds no block ends where it says.
    while ids.holds_block(node.kind_id()) && cursor.goto_last_child() {
        while !cursor.node().is_named() || ids.says_nothing(cursor.node()) {
            if !cursor.goto_previous_sibling() {
                break;
            }
        }
        node = cursor.node();
    }
    End {
        byte: node.end_byte(),
        row: node.end_position().row,
    }
}

/// What a visitor wants to see next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// What is below.
    Into,
    /// What comes after.
    Over,
    /// Nothing more.
    Stop,
}

/// A node on the way of [`visit`].
struct Seen<'t> {
    node: Syntax<'t>,
    kind: &'t str,
    /// The name of the field it fills.
    field: &'t str,
    /// The kind of the node above; empty for the first.
    parent: &'t str,
}

/// Visits a node and all below it in source order. Without recursion, because text may be nested deeper
/// than any stack.
fn visit<'t>(root: Syntax<'t>, mut see: impl FnMut(&Seen<'t>) -> Step) {
    let mut cursor = root.walk();
    let mut above: Vec<&'t str> = Vec::new();
    loop {
        let node = cursor.node();
        let seen = Seen {
            node,
            kind: node.kind(),
            field: if above.is_empty() {
                ""
            } else {
                cursor.field_name().unwrap_or("")
            },
            parent: above.last().copied().unwrap_or(""),
        };
        match see(&seen) {
            Step::Stop => return,
            Step::Into if cursor.goto_first_child() => {
                above.push(seen.kind);
                continue;
            }
            _ => {}
        }
        loop {
            if above.is_empty() {
                return;
            }
            if cursor.goto_next_sibling() {
                break;
            }
            cursor.goto_parent();
            above.pop();
        }
    }
}

fn first_trouble(root: Syntax) -> Trouble {
    let mut found = root;
    visit(root, |seen| {
        if seen.node.is_error() || seen.node.is_missing() {
            found = seen.node;
            Step::Stop
        } else if seen.node.has_error() {
            Step::Into
        } else {
            Step::Over
        }
    });
    trouble_at(found)
}

fn trouble_at(syntax: Syntax) -> Trouble {
    let at = syntax.start_position();
    Trouble {
        line: at.row as u32 + 1,
        col: at.column as u32,
    }
}

/// Where comments say `reloadr: once`.
struct Marks {
    /// Rows that such a comment stands directly above.
    below: HashSet<usize>,
    /// First bytes of such comments that stand behind a statement.
    behind: Vec<usize>,
}

const ONCE: &str = "reloadr: once";

impl Marks {
    fn of(text: &str, root: Syntax) -> Marks {
        let mut marks = Marks {
            below: HashSet::new(),
            behind: Vec::new(),
        };
        for (at, _) in text.match_indices(ONCE) {
            let first = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            let Some(comment) = root.descendant_for_byte_range(at, at) else {
                continue;
            };
            let says = text[comment.byte_range()]
                .trim_start_matches('#')
                .trim_start();
            if comment.kind_id() != ids().comment || !says.starts_with(ONCE) {
                continue;
            }
            if text[first..comment.start_byte()].trim().is_empty() {
                let comments = text[first..]
                    .lines()
                    .take_while(|line| line.trim_start().starts_with('#'));
                marks
                    .below
                    .insert(comment.start_position().row + comments.count());
            } else {
                marks.behind.push(comment.start_byte());
            }
        }
        marks
    }

    /// Whether a comment on lines of its own directly above marks this node of the entry that starts at
    /// `byte` on row `line`, or one behind it. That marks what ends on its line; a class or block never,
    /// but what it holds, and a function only if it stands on one line.
    fn on(&self, node: &Node, byte: usize, line: usize, text: &str) -> bool {
        let (start, end) = (
            byte + node.part.start as usize,
            byte + node.part.end as usize,
        );
        if !self.below.is_empty() && self.below.contains(&(line + node.part.line as usize)) {
            let first = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
            if text[first..start].trim().is_empty() {
                return true;
            }
        }
        let def_line = node
            .definition
            .as_ref()
            .map(|definition| definition.def_line);
        let reaches = match node.kind {
            Kind::Function => def_line == Some(node.end_line),
            kind => kind != Kind::Class && !kind.is_block(),
        };
        reaches
            && self.behind.iter().any(|&comment| {
                let between = text.get(end..comment);
                between.is_some_and(|between| {
                    between
                        .bytes()
                        .all(|byte| matches!(byte, b' ' | b'\t' | b';'))
                })
            })
    }
}

/// The grammar's numbers for the words that are compared often.
struct Ids {
    comment: u16,
    string: u16,
    line_continuation: u16,
    holders: [u16; HOLDERS.len()],
}

/// What ends with a block, and the block itself.
const HOLDERS: [&str; 15] = [
    "block",
    "function_definition",
    "class_definition",
    "decorated_definition",
    "if_statement",
    "elif_clause",
    "else_clause",
    "for_statement",
    "while_statement",
    "try_statement",
    "except_clause",
    "finally_clause",
    "with_statement",
    "match_statement",
    "case_clause",
];

impl Ids {
    /// Comments and backslashes at line ends stand between any two nodes.
    fn says_nothing(&self, syntax: Syntax) -> bool {
        let id = syntax.kind_id();
        id == self.comment || id == self.line_continuation
    }

    fn holds_block(&self, id: u16) -> bool {
        self.holders.contains(&id)
    }
}

fn ids() -> &'static Ids {
    static IDS: std::sync::OnceLock<Ids> = std::sync::OnceLock::new();
    IDS.get_or_init(|| {
        let language: tree_sitter::Language = tree_sitter_python::LANGUAGE.into();
        Ids {
            comment: language.id_for_node_kind("comment", true),
            string: language.id_for_node_kind("string", true),
            line_continuation: language.id_for_node_kind("line_continuation", true),
            holders: HOLDERS.map(|word| language.id_for_node_kind(word, true)),
        }
    })
}

/// How deep namespaces may nest: CPython allows 99 levels of indentation, and a suite on one line below.
const DEEPEST: usize = 100;

struct Arena<'a> {
    text: &'a str,
    marks: &'a Marks,
    byte: usize,
    line: usize,
    nodes: Vec<Node>,
    /// What CPython must be asked about, though the grammar sees no error.
    trouble: Option<Trouble>,
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
            end: (end_of(syntax).byte - self.byte) as u32,
            line: (at.row - self.line) as u32,
            col: at.column as u32,
            fingerprint: 0,
            reads: Vec::new(),
        }
    }

    /// The statements of a block from the first to the last.
    fn body(&self, block: Syntax) -> Part {
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
    fn node(
        &mut self,
        syntax: Syntax,
        parent: Option<(u32, u32)>,
        first: bool,
        depth: usize,
    ) -> u32 {
        let index = self.nodes.len() as u32;
        let kind = kind_of(syntax, first, self.text);
        let end = end_of(syntax);
        let mut part = self.bare(syntax);
        part.fingerprint = fingerprint([syntax], self.text);
        self.nodes.push(Node {
            kind,
            parent,
            part,
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
        self.nodes[index as usize].once =
            self.marks
                .on(&self.nodes[index as usize], self.byte, self.line, self.text);
        index
    }

    fn definition(&mut self, index: u32, syntax: Syntax, kind: Kind, depth: usize) {
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
            let inner = syntax.child_by_field_name("definition").unwrap_or(syntax);
            self.aligned(inner, syntax.start_position().column);
            inner
        } else {
            syntax
        };
        definition.def_line = (inner.start_position().row - self.line) as u32;
        definition.code_line = definition.def_line;
        if let Some(first) = first_decorator(syntax) {
            definition.code_line = (first.start_position().row - self.line) as u32;
        }
        definition.is_async = inner.child(0).is_some_and(|child| child.kind() == "async");
        definition.type_params = inner
            .child_by_field_name("type_parameters")
            .map(|params| self.part(params));
        let name = inner
            .child_by_field_name("name")
            .map_or("", |name| self.word(name));
        let name: Box<str> = name.into();
        let body = inner.child_by_field_name("body");
        if let Some(body) = body {
            definition.body = self.body(body);
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
                    if let (Some(keyword), Some(value)) = (
                        argument.child_by_field_name("name"),
                        argument.child_by_field_name("value"),
                    ) {
                        definition.bases.push(Base {
                            keyword: Some(self.word(keyword).into()),
                            value: self.part(value),
                        });
                    }
                } else if !ids().says_nothing(argument) {
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
            let suite = self.suite(body, index, 0, depth);
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
        definition.returns = inner
            .child_by_field_name("return_type")
            .map(|returns| self.part(returns));
        let Some(parameters) = inner.child_by_field_name("parameters") else {
            return;
        };
        let mut kind = ParamKind::Positional;
        let mut cursor = parameters.walk();
        for parameter in parameters.named_children(&mut cursor) {
            let (name, annotation, default) = match parameter.kind() {
                "identifier" | "list_splat_pattern" | "dictionary_splat_pattern" => {
                    (Some(parameter), None, None)
                }
                "default_parameter" => (
                    parameter.child_by_field_name("name"),
                    None,
                    parameter.child_by_field_name("value"),
                ),
                "typed_parameter" => (
                    named_child(parameter),
                    parameter.child_by_field_name("type"),
                    None,
                ),
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
            .filter(|child| !ids().says_nothing(*child))
            .collect();
        let mut rest = statements.as_slice();
        if let Some((first, others)) = statements.split_first()
            && let Some(string) = docstring(*first, self.text)
        {
            definition.docstring = Some(self.part(string));
            rest = others;
        }
        definition.body_fingerprint = fingerprint(rest.iter().copied(), self.text);
        let owner = definition
            .params
            .first()
            .map(|param| param.name.to_string());
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

    fn suite(&mut self, block: Syntax, parent: u32, branch: u32, depth: usize) -> Vec<u32> {
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
    fn aligned(&mut self, syntax: Syntax, column: usize) {
        let start = syntax.start_byte();
        let line = &self.text[..start];
        let first = line.rfind('\n').map_or(0, |newline| newline + 1);
        if syntax.start_position().column != column && line[first..].trim().is_empty() {
            self.trouble.get_or_insert_with(|| trouble_at(syntax));
        }
    }

    /// CPython brings names into a normal form (NFKC). For those that need not be in it already it is asked.
    fn known_names(&mut self, syntax: Syntax) {
        let unknown = |node: &Node| {
            let definition = node.definition.as_deref();
            let inner = definition.into_iter().flat_map(|definition| {
                let params = definition.params.iter().map(|param| &param.name);
                params.chain(&definition.self_stores)
            });
            let imported = node
                .imported
                .iter()
                .flat_map(|import| [&import.module, &import.name]);
            let headers = node
                .branches
                .iter()
                .flat_map(|branch| &branch.header)
                .flat_map(|part| &part.reads);
            let mut names = node
                .binds
                .iter()
                .chain(&node.part.reads)
                .chain(inner)
                .chain(imported)
                .chain(headers);
            names.any(|name| !name.chars().all(normal))
        };
        if self.nodes.iter().any(unknown) {
            self.trouble.get_or_insert_with(|| trouble_at(syntax));
        }
    }

    fn branch(
        &mut self,
        index: u32,
        label: &str,
        header: Option<Part>,
        body: Option<Syntax>,
        depth: usize,
    ) {
        if let Some(header) = &header {
            let reads = header.reads.iter().cloned();
            self.nodes[index as usize].part.reads.extend(reads);
        }
        let number = self.nodes[index as usize].branches.len();
        self.nodes[index as usize].branches.push(Branch {
            label: label.into(),
            header,
            suite: Vec::new(),
        });
        if let Some(body) = body {
            let suite = self.suite(body, index, number as u32, depth);
            self.nodes[index as usize].branches[number].suite = suite;
        }
    }

    /// What stands between the word that opens a clause and its colon, as one part.
    fn header(&self, clause: Syntax) -> Option<Part> {
        let mut cursor = clause.walk();
        let words = [
            "async", "if", "elif", "while", "with", "except", "*", "match", "case",
        ];
        let between =
            |child: &Syntax| !ids().says_nothing(*child) && child.end_byte() > child.start_byte();
        let children: Vec<Syntax> = clause
            .children(&mut cursor)
            .skip_while(|child| words.contains(&child.kind()))
            .take_while(|child| child.kind() != ":")
            .filter(between)
            .collect();
        let (first, last) = (children.first()?, children.last()?);
        let mut reads = Vec::new();
        for child in &children {
            collect_reads(*child, self.text, &mut reads);
        }
        Some(Part {
            end: (last.end_byte() - self.byte) as u32,
            fingerprint: fingerprint(children.iter().copied(), self.text),
            reads,
            ..self.bare(*first)
        })
    }

    fn block(&mut self, index: u32, syntax: Syntax, kind: Kind, depth: usize) {
        let field = |name: &str| syntax.child_by_field_name(name);
        let mut binds = Vec::new();
        match kind {
            Kind::If => self.branch(
                index,
                "if",
                self.header(syntax),
                field("consequence"),
                depth,
            ),
            Kind::While => self.branch(index, "while", self.header(syntax), field("body"), depth),
            Kind::Try => self.branch(index, "try", None, field("body"), depth),
            Kind::For => {
                let mut header = field("right").map(|right| self.part(right));
                if let (Some(left), Some(right), Some(header)) =
                    (field("left"), field("right"), &mut header)
                {
                    collect_targets(left, self.text, &mut binds);
                    // The target belongs to the header: `for a in x` is not `for b in x`.
                    header.fingerprint = fingerprint([left, right], self.text);
                }
                self.branch(index, "for", header, field("body"), depth);
            }
            Kind::With => {
                let mut cursor = syntax.walk();
                let clause = syntax
                    .named_children(&mut cursor)
                    .find(|child| child.kind() == "with_clause");
                if let Some(clause) = clause {
                    collect_alias_targets(clause, self.text, &mut binds);
                }
                self.branch(index, "with", self.header(syntax), field("body"), depth);
            }
            _ => self.branch(index, "match", self.header(syntax), None, depth),
        }
        let mut cursor = syntax.walk();
        let clauses: Vec<Syntax> = match kind {
            Kind::Match => field("body")
                .map(|body| body.named_children(&mut cursor).collect())
                .unwrap_or_default(),
            _ => syntax.named_children(&mut cursor).collect(),
        };
        let mut column = syntax.start_position().column;
        for (number, clause) in clauses
            .into_iter()
            .filter(|clause| clause.kind().ends_with("_clause"))
            .enumerate()
        {
            if kind == Kind::Match && number == 0 {
                column = clause.start_position().column;
            }
            if clause.kind() != "with_clause" {
                self.aligned(clause, column);
            }
            let body = last_block(clause);
            match clause.kind() {
                "elif_clause" => self.branch(index, "elif", self.header(clause), body, depth),
                "else_clause" => self.branch(index, "else", None, body, depth),
                "finally_clause" => self.branch(index, "finally", None, body, depth),
                "except_clause" => {
                    let star = clause.child(1).is_some_and(|child| child.kind() == "*");
                    collect_alias_targets(clause, self.text, &mut binds);
                    let mut header = self.header(clause);
                    if let Some(header) = &mut header {
                        // `except* A` is not `except A`.
                        header.fingerprint ^= u64::from(star);
                    }
                    self.branch(index, "except", header, body, depth);
                }
                "case_clause" => {
                    collect_captures(clause, self.text, &mut binds);
                    self.branch(index, "case", self.header(clause), body, depth);
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
        let node = &mut self.nodes[index as usize];
        node.binds = below;
        dedup(&mut node.part.reads);
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

/// Whether a letter is its own normal form and combines with no letter before: the common alphabets as they
/// are typed. A `false` only costs time.
fn normal(letter: char) -> bool {
    letter.is_ascii()
        || matches!(letter,
            'À'..='ı' | 'Ĵ'..='ľ' | 'Ł'..='ň' | 'Ŋ'..='ž' | 'Ά' | 'Έ'..='ώ' | 'Ѐ'..='ҁ' | 'Ҋ'..='ԣ'
            | 'א'..='ת' | 'ؠ'..='ي' | 'ぁ'..='ゖ' | 'ァ'..='ヺ' | '一'..='鿿' | '가'..='힣')
}

fn dedup(names: &mut Vec<Box<str>>) {
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
}

fn definition_reads(definition: &Definition) -> Vec<Box<str>> {
    let parts = definition
        .decorators
        .iter()
        .chain(&definition.type_params)
        .chain(&definition.returns)
        .chain(
            definition
                .params
                .iter()
                .flat_map(|param| param.annotation.iter().chain(&param.default)),
        )
        .chain(definition.bases.iter().map(|base| &base.value));
    let mut reads: Vec<Box<str>> = parts.flat_map(|part| part.reads.iter().cloned()).collect();
    dedup(&mut reads);
    reads
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

/// The expression of a definition's first decorator, without the parentheses around it.
fn first_decorator<'t>(syntax: Syntax<'t>) -> Option<Syntax<'t>> {
    let decorator = named_child(syntax).filter(|child| child.kind() == "decorator")?;
    let mut expression = named_child(decorator)?;
    while expression.kind() == "parenthesized_expression" {
        expression = named_child(expression)?;
    }
    Some(expression)
}

fn named_child<'t>(syntax: Syntax<'t>) -> Option<Syntax<'t>> {
    let mut cursor = syntax.walk();
    syntax
        .named_children(&mut cursor)
        .find(|child| !ids().says_nothing(*child))
}

/// Whether an expression statement is a tuple without parentheses, for which the grammar has no node.
fn is_tuple(statement: Syntax) -> bool {
    let mut cursor = statement.walk();
    statement
        .children(&mut cursor)
        .any(|child| child.kind() == ",")
}

fn last_block<'t>(clause: Syntax<'t>) -> Option<Syntax<'t>> {
    let mut cursor = clause.walk();
    clause
        .named_children(&mut cursor)
        .filter(|child| child.kind() == "block")
        .last()
}

/// The string of a docstring statement, in parentheses or not: a plain literal, no f-string and no bytes.
fn docstring<'t>(statement: Syntax<'t>, text: &str) -> Option<Syntax<'t>> {
    if statement.kind() != "expression_statement" || is_tuple(statement) {
        return None;
    }
    let mut child = named_child(statement)?;
    while child.kind() == "parenthesized_expression" {
        child = named_child(child)?;
    }
    let mut plain = matches!(child.kind(), "string" | "concatenated_string");
    visit(child, |seen| match seen.kind {
        "string_start" => {
            plain &= !text[seen.node.byte_range()].contains(['f', 'F', 'b', 'B', 't', 'T']);
            Step::Over
        }
        _ => Step::Into,
    });
    plain.then_some(child)
}

fn imports(syntax: Syntax, text: &str) -> Vec<Imported> {
    let word = |node: Syntax| -> Box<str> {
        let raw = &text[node.byte_range()];
        raw.chars()
            .filter(|c| !c.is_whitespace() && *c != '\\')
            .collect::<String>()
            .into()
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
                name: if alias.is_some() {
                    "as".into()
                } else {
                    "".into()
                },
                module: name,
            },
        });
    }
    let mut cursor = syntax.walk();
    if syntax
        .named_children(&mut cursor)
        .any(|child| child.kind() == "wildcard_import")
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
        let skipped = ids.says_nothing(node);
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

/// The rows of a text that begin inside a string.
pub fn string_rows(text: &str) -> HashSet<usize> {
    let mut rows = HashSet::new();
    let Ok(tree) = Parser::new().tree(text) else {
        return rows;
    };
    visit(tree.root_node(), |seen| {
        if seen.node.kind_id() != ids().string {
            return Step::Into;
        }
        rows.extend(seen.node.start_position().row + 1..=seen.node.end_position().row);
        Step::Over
    });
    rows
}

/// The hash of a node's exact text and of the column it starts at.
pub fn exact_hash(column: usize, source: &str) -> u64 {
    let mut hash = Xxh3Default::new();
    hash.update(&(column as u64).to_le_bytes());
    hash.update(source.as_bytes());
    hash.digest()
}

/// The hash of any text, for snapshots.
pub fn hash_text(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// The longest chain `a.b.c` that is listed as one name.
const CHAIN: usize = 8;

/// Names that an expression or statement reads. Names bound by an inner lambda or comprehension are
/// listed as well: taking a dependency that is not there costs a second look, missing one is wrong.
fn collect_reads(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
    visit(syntax, |seen| {
        match (seen.kind, seen.parent, seen.field) {
            ("identifier", "attribute", "attribute")
            | ("identifier", "keyword_argument", "name") => {}
            ("identifier", "assignment", "left")
            | ("identifier", "keyword_pattern" | "member_type", _) => {}
            ("identifier", ..) => out.push(text[seen.node.byte_range()].into()),
            // `print >>f, 1`, which is a tuple to CPython.
            ("print", "print_statement", _) => out.push("print".into()),
            ("attribute", ..) => out.extend(attribute_chain(seen.node, text)),
            ("dotted_name", ..) => {
                let name = text[seen.node.byte_range()].replace(char::is_whitespace, "");
                let dots = name.match_indices('.').map(|(at, _)| at).take(CHAIN - 1);
                out.extend(dots.chain([name.len()]).map(|at| name[..at].into()));
                return Step::Over;
            }
            _ => {}
        }
        Step::Into
    });
    dedup(out);
}

/// `a.b.c` for attributes of a plain name.
fn attribute_chain(attribute: Syntax, text: &str) -> Option<Box<str>> {
    let mut names = Vec::new();
    let mut node = attribute;
    while names.len() < CHAIN {
        match node.kind() {
            "attribute" => {
                names.push(&text[node.child_by_field_name("attribute")?.byte_range()]);
                node = node.child_by_field_name("object")?;
            }
            // `*a.b, c = d` is `(*a).b` to the grammar.
            "parenthesized_expression" | "list_splat" => node = named_child(node)?,
            "identifier" => {
                names.push(&text[node.byte_range()]);
                names.reverse();
                return Some(names.join(".").into());
            }
            _ => return None,
        }
    }
    None
}

/// Names bound by an assignment target.
fn collect_targets(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
    visit(syntax, |seen| match seen.kind {
        "identifier" => {
            out.push(text[seen.node.byte_range()].into());
            Step::Over
        }
        "attribute" | "subscript" => Step::Over,
        _ => Step::Into,
    });
}

/// Names after `as`, in the header of a `with` or `except`.
fn collect_alias_targets(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
    visit(syntax, |seen| match (seen.kind, seen.field) {
        ("block", _) => Step::Over,
        ("as_pattern_target", _) | (_, "alias") => {
            collect_targets(seen.node, text, out);
            Step::Over
        }
        _ => Step::Into,
    });
}

/// Names captured by the patterns of a `case`.
fn collect_captures(clause: Syntax, text: &str, out: &mut Vec<Box<str>>) {
    visit(clause, |seen| {
        let bare = match (seen.kind, seen.parent) {
            ("block" | "if_clause", _) | ("dotted_name", "class_pattern") => return Step::Over,
            ("identifier", "as_pattern" | "splat_pattern") => true,
            ("dotted_name", _) => seen.node.named_child_count() == 1,
            _ => false,
        };
        let name = &text[seen.node.byte_range()];
        if bare && name != "_" {
            out.push(name.into());
        }
        Step::Into
    });
}

fn collect_walrus(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
    visit(syntax, |seen| match (seen.kind, seen.parent, seen.field) {
        ("function_definition" | "class_definition" | "lambda", ..) => Step::Over,
        ("identifier", "named_expression", "name") => {
            out.push(text[seen.node.byte_range()].into());
            Step::Over
        }
        _ => Step::Into,
    });
}

/// Names that a simple statement binds.
fn collect_bindings(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
    let mut next = Some(syntax);
    while let Some(node) = next.take() {
        match node.kind() {
            "expression_statement" => next = named_child(node),
            "assignment" | "augmented_assignment" => {
                let right = node.child_by_field_name("right");
                // `x: int` alone binds nothing.
                if let Some(left) = node.child_by_field_name("left").filter(|_| right.is_some()) {
                    collect_targets(left, text, out);
                }
                next = right
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
            "delete_statement" => collect_targets(node, text, out),
            _ => {}
        }
    }
    collect_walrus(syntax, text, out);
}

/// What is asked of a function's body.
/// The plain name that `name: T` or `name: T = value` annotates.
fn annotated(statement: Syntax, text: &str) -> Option<Box<str>> {
    let assignment = named_child(statement).filter(|child| child.kind() == "assignment")?;
    assignment.child_by_field_name("type")?;
    let left = assignment.child_by_field_name("left")?;
    (left.kind() == "identifier").then(|| text[left.byte_range()].into())
}

struct BodyFacts<'a> {
    text: &'a str,
    owner: &'a str,
    stores: Vec<Box<str>>,
    has_class: bool,
}

impl BodyFacts<'_> {
    fn walk(&mut self, body: Syntax) {
        visit(body, |seen| {
            match (seen.kind, seen.parent, seen.field) {
                ("class_definition", ..) => {
                    self.has_class = true;
                    return Step::Over;
                }
                (
                    _,
                    "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause",
                    "left",
                )
                | ("as_pattern_target", ..) => self.targets(seen.node),
                _ => {}
            }
            Step::Into
        });
    }

    fn targets(&mut self, target: Syntax) {
        visit(target, |seen| {
            if seen.kind != "attribute" {
                return if seen.kind == "subscript" {
                    Step::Over
                } else {
                    Step::Into
                };
            }
            if let (Some(object), Some(name)) = (
                seen.node.child_by_field_name("object"),
                seen.node.child_by_field_name("attribute"),
            ) {
                // `*self.a, b = c` is `(*self).a` to the grammar.
                let object = self.text[object.byte_range()]
                    .trim_start_matches('*')
                    .trim_start();
                if object == self.owner || object == "self" {
                    self.stores.push(self.text[name.byte_range()].into());
                }
            }
            Step::Over
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(outline: &Outline) -> Vec<String> {
        outline
            .nodes()
            .map(|node| {
                format!(
                    "{} {} {}",
                    node.line(),
                    node.node().kind.as_str(),
                    node.qualname()
                )
            })
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
                "1 docstring ",
                "2 import ",
                "3 from ",
                "4 assignment ",
                "6 class C",
                "8 docstring C",
                "9 assignment C",
                "10 function C.m",
                "14 if ",
                "15 function f",
                "17 assignment "
            ]
        );
        let method = outline.nodes().nth(7).unwrap();
        let definition = method.node().definition.as_ref().unwrap();
        let params: Vec<_> = definition
            .params
            .iter()
            .map(|p| (&*p.name, p.kind))
            .collect();
        use ParamKind::*;
        assert_eq!(
            params,
            [
                ("self", PositionalOnly),
                ("a", PositionalOnly),
                ("b", Positional),
                ("args", VarPositional),
                ("k", KeywordOnly),
                ("kw", VarKeyword)
            ]
        );
        assert!(outline.nodes().last().unwrap().node().once);
    }

    #[test]
    fn an_update_gives_what_a_fresh_parse_gives() {
        let edits = [
            ("X = 1", "X = 2"),
            ("'''doc'''\n", ""),
            ("self.z = 1", "self.z = 2\n        return 3"),
            ("import a.b, c as d\n", "import a.b, c as d\n\n# more\n"),
            ("key=1", "key='é'"),
            ("Y = 2", "Y = ("),
        ];
        for (from, to) in edits {
            let mut parser = Parser::new();
            let old = parser.parse(TEXT);
            let text = TEXT.replace(from, to);
            let updated = parser.update(&old, text.as_str());
            let fresh = Parser::new().parse(text.as_str());
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
