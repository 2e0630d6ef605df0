//! The text whose effects are live.
//!
//! When every edit of a save was applied, the baseline is the saved text. When some were not, because
//! they need a restart or because only one definition was asked for, the baseline is the old text with
//! just the applied edits in it, so that the others are found again by the next diff. It is a text of
//! its own then, with lines of its own; nothing but the diff looks at it.

use std::collections::HashSet;

use crate::diff::{Action, Diff};
use crate::definition::{Kind, NodeRef};

/// A replacement of bytes of the old text.
struct Splice {
    range: std::ops::Range<usize>,
    with: String,
}

/// The old text with the edits of these numbers applied, and no others.
///
/// Replacements never overlap: a class whose header changed is replaced up to its body, what it holds
/// by its own edits.
pub fn splice(old: &str, diff: &Diff, applied: &HashSet<usize>) -> String {
    let mut splices: Vec<Splice> = Vec::new();
    for (number, edit) in diff.edits.iter().enumerate() {
        if !applied.contains(&number) {
            continue;
        }
        match (edit.action, &edit.old, &edit.new) {
            (Action::Added, _, Some(new)) => splices.push(Splice {
                range: insertion_point(old, diff, new),
                with: format!("{}\n", whole_lines(new)),
            }),
            (Action::Removed, Some(node), _) => splices.push(Splice {
                range: node.span(),
                with: "pass".to_owned(),
            }),
            (_, Some(node), Some(new)) => {
                let (range, with) = if node.node().kind == Kind::Class && new.node().kind == Kind::Class {
                    (header(node), new.text[header(new)].to_owned())
                } else {
                    (node.span(), new.source().to_owned())
                };
                splices.push(Splice { range, with });
            }
            _ => {}
        }
    }
    splices.sort_by_key(|splice| splice.range.start);
    let mut out = String::with_capacity(old.len());
    let mut at = 0;
    for splice in splices {
        if splice.range.start < at {
            continue;
        }
        out.push_str(&old[at..splice.range.start]);
        out.push_str(&splice.with);
        at = splice.range.end;
    }
    out.push_str(&old[at..]);
    out
}

/// From the first decorator to the start of the body.
fn header(class: &NodeRef) -> std::ops::Range<usize> {
    let start = class.span().start;
    let end = class.node().definition.as_deref().map_or(start, |definition| {
        (class.place.byte + definition.body.start) as usize
    });
    start..end
}

fn whole_lines(node: &NodeRef) -> String {
    node.segment()
}

/// An added node goes to the end of its class in the old text, or to the end of the module: where it
/// stands among its siblings does not matter to later diffs, which match definitions by name.
fn insertion_point(old: &str, diff: &Diff, new: &NodeRef) -> std::ops::Range<usize> {
    let class = new.scopes().pop().map(|scope| scope.qualname());
    let at = class
        .and_then(|qualname| {
            let around = diff.edits.iter().filter_map(|edit| edit.old.as_ref());
            around.flat_map(|node| {
                let mut all = node.scopes();
                all.push(node.clone());
                all
            })
            .find(|node| node.node().kind == Kind::Class && node.qualname() == qualname)
            .map(|class| class.span().end)
        })
        .unwrap_or(old.len());
    let line_end = old[at..].find('\n').map_or(old.len(), |newline| at + newline + 1);
    line_end..line_end
}
