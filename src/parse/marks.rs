//! The comments that say `reloadr: once`, and which statement each of them is about.

use std::collections::HashSet;

use tree_sitter::Node as Syntax;

use super::tree::ids;
use crate::outline::{Kind, Node};

/// Where comments say `reloadr: once`.
pub(super) struct Marks {
    /// Rows that such a comment stands directly above.
    below: HashSet<usize>,
    /// First bytes of such comments that stand behind a statement.
    behind: Vec<usize>,
}

pub(super) const ONCE: &str = "reloadr: once";

impl Marks {
    pub(super) fn of(text: &str, root: Syntax) -> Marks {
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
    pub(super) fn on(&self, node: &Node, byte: usize, line: usize, text: &str) -> bool {
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
