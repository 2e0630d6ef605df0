//! Where a text is not one that the grammar is to be trusted with, so that CPython is asked: a syntax error, but
//! also indentation that the grammar's scanner measures in another way, and names that are not in normal form.

use std::collections::HashSet;

use tree_sitter::Node as Syntax;

use super::tree::{Step, visit};
use crate::outline::{Node, Trouble};

/// How many different indentations a text may have: CPython allows no more above one another.
const INDENTATIONS: usize = 100;

/// Where a text has more than that. The grammar's scanner keeps the levels that are open in a buffer and writes
/// past its end when there are some four hundred. Open levels grow, so there are never more of them than there
/// are different widths in the whole text, whatever the scanner takes for a string or a bracket, and that is
/// quickly counted. What has as many widths without being as deep is outlined by CPython like any other text
/// that the grammar does not know.
pub(super) fn deep_indentation(text: &str) -> Option<Trouble> {
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

/// Blank space before a tab: the grammar takes the tab for eight columns, CPython for as many as are left
/// to the next multiple of eight, so the two may nest the lines differently.
pub(super) fn odd_indentation(text: &str) -> Option<Trouble> {
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

pub(super) fn first_trouble(root: Syntax) -> Trouble {
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

pub(super) fn trouble_at(syntax: Syntax) -> Trouble {
    let at = syntax.start_position();
    Trouble {
        line: at.row as u32 + 1,
        col: at.column as u32,
    }
}

/// Whether CPython may know one of a node's names in another form than the text has it: it brings names into
/// a normal form (NFKC).
pub(super) fn has_unknown_names(node: &Node) -> bool {
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
}

/// Whether a letter is its own normal form and combines with no letter before: the common alphabets as they
/// are typed. A `false` only costs time.
fn normal(letter: char) -> bool {
    letter.is_ascii()
        || matches!(letter,
            'À'..='ı' | 'Ĵ'..='ľ' | 'Ł'..='ň' | 'Ŋ'..='ž' | 'Ά' | 'Έ'..='ώ' | 'Ѐ'..='ҁ' | 'Ҋ'..='ԣ'
            | 'א'..='ת' | 'ؠ'..='ي' | 'ぁ'..='ゖ' | 'ァ'..='ヺ' | '一'..='鿿' | '가'..='힣')
}
