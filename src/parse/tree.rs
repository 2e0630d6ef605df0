//! Ways through a syntax tree: the grammar's numbers, visiting all below a node, where a statement ends.

use tree_sitter::Node as Syntax;

use super::layout::{LAYOUTS, Layout};

/// Where a statement ends: a block's node goes on over the comments that follow its last statement.
#[derive(Clone, Copy)]
pub(super) struct End {
    pub(super) byte: usize,
    pub(super) row: usize,
}

pub(super) fn end_of(syntax: Syntax) -> End {
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
pub(super) enum Step {
    /// What is below.
    Into,
    /// What comes after.
    Over,
    /// Nothing more.
    Stop,
}

/// A node on the way of [`visit`].
pub(super) struct Seen<'t> {
    pub(super) node: Syntax<'t>,
    pub(super) kind: &'static str,
    /// The name of the field it fills.
    pub(super) field: &'static str,
    /// The kind of the node above; empty for the first.
    pub(super) parent: &'static str,
}

/// Visits a node and all below it in source order. Without recursion, because text may be nested deeper
/// than any stack.
pub(super) fn visit<'t>(root: Syntax<'t>, mut see: impl FnMut(&Seen<'t>) -> Step) {
    let ids = ids();
    let mut cursor = root.walk();
    let mut above: Vec<&'static str> = Vec::new();
    loop {
        let node = cursor.node();
        let seen = Seen {
            node,
            kind: ids.word(node),
            field: match cursor.field_id() {
                Some(number) if !above.is_empty() => ids.fields[usize::from(number.get())],
                _ => "",
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

/// The grammar's numbers for the words that are compared often.
pub(super) struct Ids {
    pub(super) comment: u16,
    pub(super) string: u16,
    pub(super) number: u16,
    pub(super) tuple: u16,
    line_continuation: u16,
    holders: [u16; HOLDERS.len()],
    layouts: Vec<Layout>,
    /// The words by number: the grammar's own are C strings, measured each time.
    words: Vec<&'static str>,
    fields: Vec<&'static str>,
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
    pub(super) fn says_nothing(&self, syntax: Syntax) -> bool {
        let id = syntax.kind_id();
        id == self.comment || id == self.line_continuation
    }

    /// What kind of node it is.
    fn word(&self, syntax: Syntax) -> &'static str {
        let word = self.words.get(usize::from(syntax.kind_id()));
        word.copied().unwrap_or("ERROR")
    }

    pub(super) fn layout(&self, syntax: Syntax) -> Layout {
        let layout = self.layouts.get(usize::from(syntax.kind_id()));
        layout.copied().unwrap_or(Layout::Said)
    }

    fn holds_block(&self, id: u16) -> bool {
        self.holders.contains(&id)
    }
}

pub(super) fn ids() -> &'static Ids {
    static IDS: std::sync::OnceLock<Ids> = std::sync::OnceLock::new();
    IDS.get_or_init(|| {
        // Made once, and its words are kept.
        let language: &'static tree_sitter::Language =
            Box::leak(Box::new(tree_sitter_python::LANGUAGE.into()));
        let kinds = 0..language.node_kind_count() as u16;
        let fields = 0..=language.field_count() as u16;
        Ids {
            words: kinds
                .map(|number| language.node_kind_for_id(number).unwrap_or(""))
                .collect(),
            fields: fields
                .map(|number| language.field_name_for_id(number).unwrap_or(""))
                .collect(),
            comment: language.id_for_node_kind("comment", true),
            string: language.id_for_node_kind("string", true),
            number: language.id_for_node_kind("integer", true),
            tuple: language.id_for_node_kind("tuple", true),
            layouts: layouts(language),
            line_continuation: language.id_for_node_kind("line_continuation", true),
            holders: HOLDERS.map(|word| language.id_for_node_kind(word, true)),
        }
    })
}

/// By the grammar's number: what layout has to do with a node. A word may have more than one number.
fn layouts(language: &tree_sitter::Language) -> Vec<Layout> {
    let numbers = 0..language.node_kind_count() as u16;
    let layout = |number: u16| {
        let word = language.node_kind_for_id(number)?;
        let found = LAYOUTS.iter().find(|(_, words)| words.contains(&word));
        found.map(|(layout, _)| *layout)
    };
    numbers
        .map(|number| layout(number).unwrap_or(Layout::Said))
        .collect()
}

pub(super) fn named_child<'t>(syntax: Syntax<'t>) -> Option<Syntax<'t>> {
    let mut cursor = syntax.walk();
    syntax
        .named_children(&mut cursor)
        .find(|child| !ids().says_nothing(*child))
}

/// Whether an expression statement is a tuple without parentheses, for which the grammar has no node.
pub(super) fn is_tuple(statement: Syntax) -> bool {
    let mut cursor = statement.walk();
    statement
        .children(&mut cursor)
        .any(|child| child.kind() == ",")
}

pub(super) fn last_block<'t>(clause: Syntax<'t>) -> Option<Syntax<'t>> {
    let mut cursor = clause.walk();
    clause
        .named_children(&mut cursor)
        .filter(|child| child.kind() == "block")
        .last()
}
