//! Hashes: of syntax, blind to where and how it is laid out, and of text.

use tree_sitter::Node as Syntax;
use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

use super::tree::ids;

/// A hash of the syntax: node kinds, nesting and the text of tokens; blind to position, comments and
/// line breaks. Strings count as one token, since the grammar does not cover their text with nodes.
pub(super) fn fingerprint<'t>(nodes: impl IntoIterator<Item = Syntax<'t>>, text: &str) -> u64 {
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
