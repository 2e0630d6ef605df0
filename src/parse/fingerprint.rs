//! Hashes: of syntax, blind to where it stands and how it is laid out and spelled, and of text.

use tree_sitter::{Node as Syntax, TreeCursor};
use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

use super::layout::Layout;
use super::literal::{Piece, number, strings};
use super::tree::ids;

/// A hash of the syntax: node kinds, nesting and the text of tokens. It is blind to position, comments and line
/// breaks, to the quotes and escapes of strings and the spelling of numbers, to commas behind the last of several and
/// to parentheses that group nothing.
pub(super) fn fingerprint<'t>(nodes: impl IntoIterator<Item = Syntax<'t>>, text: &str) -> u64 {
    let mut hash = Xxh3Default::new();
    for node in nodes {
        hash_syntax(node, text, &mut hash);
    }
    hash.digest()
}

const END: [u8; 2] = [0xff, 0xff];

fn hash_syntax(root: Syntax, text: &str, hash: &mut Xxh3Default) {
    let ids = ids();
    let mut cursor = root.walk();
    // What is around the cursor's node, below the root: its layout, and whether it was said.
    let mut above: Vec<(Layout, bool)> = Vec::new();
    loop {
        let node = cursor.node();
        let layout = ids.layout(node);
        let parent = above.last().map(|(layout, _)| *layout);
        let mut said = true;
        let into = match layout {
            Layout::Silent => false,
            Layout::Mark if parent.is_some_and(Layout::drops_marks) => false,
            Layout::Mark if parent == Some(Layout::Parentheses) && !above[above.len() - 1].1 => {
                false
            }
            Layout::Arguments if parent == Some(Layout::Class) && node.named_child_count() == 0 => {
                false
            }
            Layout::String => {
                hash_string(node, text, hash);
                false
            }
            Layout::Number => {
                hash_number(node, text, hash);
                false
            }
            Layout::Parentheses => {
                said = groups(&cursor, parent);
                if said {
                    hash.update(&node.kind_id().to_le_bytes());
                }
                true
            }
            Layout::Tuple => {
                hash.update(&ids.tuple.to_le_bytes());
                true
            }
            _ => {
                hash.update(&node.kind_id().to_le_bytes());
                let token = node.child_count() == 0;
                if token {
                    hash_token(text[node.byte_range()].as_bytes(), hash);
                }
                !token
            }
        };
        if into && cursor.goto_first_child() {
            above.push((layout, said));
            continue;
        }
        while above.is_empty() || !cursor.goto_next_sibling() {
            let Some((_, said)) = above.pop() else {
                return;
            };
            if said {
                hash.update(&END);
            }
            cursor.goto_parent();
        }
    }
}

/// Whether the parentheses at a cursor may say how operators go together. That is decided without the grammar's
/// precedence, which is not CPython's everywhere: `a & b ^ c`, `await a ** b`, `(a := b) if c else d`.
fn groups(cursor: &TreeCursor, parent: Option<Layout>) -> bool {
    let node = cursor.node();
    let inner = super::tree::named_child(node).map(|inner| ids().layout(inner));
    let field = match parent {
        Some(Layout::Assignment) => cursor.field_name(),
        _ => None,
    };
    if field == Some("left") {
        return true;
    }
    let slot = parent.is_none_or(Layout::has_slots);
    let atom = inner.is_some_and(Layout::is_atom) && parent != Some(Layout::Guarded);
    !(slot || atom)
}

fn hash_string(node: Syntax, text: &str, hash: &mut Xxh3Default) {
    let mut cursor = node.walk();
    let parts: Vec<Syntax> = if node.kind_id() == ids().string {
        vec![node]
    } else {
        let children = node.named_children(&mut cursor);
        children
            .filter(|child| child.kind_id() == ids().string)
            .collect()
    };
    let (makes, pieces) = strings(&parts, text);
    hash.update(&ids().string.to_le_bytes());
    hash.update(&[makes as u8]);
    for piece in &pieces {
        match piece {
            Piece::Text(bytes) => {
                hash.update(&[1]);
                hash_token(bytes, hash);
            }
            Piece::Written { raw, text } => {
                hash.update(&[2, u8::from(*raw)]);
                hash_token(text.as_bytes(), hash);
            }
            Piece::Field(text) => {
                hash.update(&[3]);
                hash_token(text.as_bytes(), hash);
            }
        }
    }
    hash.update(&END);
}

fn hash_number(node: Syntax, text: &str, hash: &mut Xxh3Default) {
    let written = &text[node.byte_range()];
    hash.update(&ids().number.to_le_bytes());
    match number(written) {
        Some(value) => hash_token(value.as_bytes(), hash),
        None => hash_token(written.as_bytes(), hash),
    }
}

fn hash_token(token: &[u8], hash: &mut Xxh3Default) {
    hash.update(&(token.len() as u32).to_le_bytes());
    hash.update(token);
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
