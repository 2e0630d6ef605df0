//! What of an earlier outline of the same file a new one can share.

use std::sync::Arc;

use tree_sitter::Node as Syntax;

use super::tree::end_of;
use crate::hunks::{Touched, common_prefix, common_suffix};
use crate::outline::{Kind, Outline, Placed, Top};

/// The same entries further up or down.
pub(super) fn moved(tops: &[Placed], bytes: i64, lines: i64, out: &mut Vec<Placed>) {
    out.extend(tops.iter().map(|place| Placed {
        byte: (i64::from(place.byte) + bytes) as u32,
        line: (i64::from(place.line) + lines) as u32,
        ..place.clone()
    }));
}

/// The line of the old text, from 0, on which these bytes begin.
pub(super) fn first_line(old: &Outline, touched: &Touched) -> u32 {
    match old.tops.get(touched.entries.start) {
        Some(place) if touched.old.start > 0 => {
            place.line - newlines(&old.text[touched.old.start..place.byte as usize]) as u32
        }
        _ => 0,
    }
}

pub(super) fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// The one contiguous stretch in which two texts differ.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Edited {
    start: usize,
    old_end: usize,
    new_end: usize,
}

impl Edited {
    pub(super) fn between(old: &str, new: &str) -> Edited {
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

/// Finds the old entry that the new one is a copy of, walking both in step.
pub(super) struct Reuse<'a> {
    outline: &'a Outline,
    edit: &'a Edited,
    at: usize,
}

impl<'a> Reuse<'a> {
    pub(super) fn new(outline: &'a Outline, edit: &'a Edited) -> Self {
        Reuse {
            outline,
            edit,
            at: 0,
        }
    }

    pub(super) fn find(&mut self, syntax: &Syntax, text: &str) -> Option<Arc<Top>> {
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
