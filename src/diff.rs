//! Two outlines to the edits between them. Pure: indices and fingerprints in, edits out.
//!
//! Definitions are matched by name within their namespace, whatever block they stand in, so that a
//! function which moved into a `try` is still that function. Statements are matched as a sequence
//! (`similar`, patience) suite by suite. What is left over is paired by what it binds, and then by how
//! much it looks alike (`similar` again): renames. Entries that both outlines share, or whose exact
//! text is equal, are passed over first, so a small edit in a long file is a small comparison.
//!
//! Why not a diff of syntax trees: the cheapest script between two trees says which tokens went where,
//! not which function is which, and that is all that matters here.

mod definitions;
mod facets;
mod moves;
mod renames;
mod statements;

use std::collections::HashSet;
use std::sync::Arc;

use crate::outline::{NodeRef, Outline, Placed};
pub use facets::Facet;
pub use moves::Shift;
use moves::shared_definitions;

/// What happened to a definition or statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Not there before.
    Added,
    /// Not there any more.
    Removed,
    /// Says something else.
    Changed,
    /// The same definition under another name, possibly changed as well.
    Renamed,
    /// Says the same with other columns, line breaks or comments: only positions differ.
    Formatted,
}

impl Action {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Added => "added",
            Action::Removed => "removed",
            Action::Changed => "changed",
            Action::Renamed => "renamed",
            Action::Formatted => "formatted",
        }
    }
}

/// One difference between two outlines.
#[derive(Debug, Clone)]
pub struct Edit {
    /// What happened.
    pub action: Action,
    /// Which sides of a definition; empty for a simple statement.
    pub facets: Vec<Facet>,
    /// Where it stood.
    pub old: Option<NodeRef>,
    /// Where it stands.
    pub new: Option<NodeRef>,
}

/// All differences between two outlines.
#[derive(Debug, Clone, Default)]
pub struct Diff {
    /// In the order of the new text; removed ones first.
    pub edits: Vec<Edit>,
    /// In the order of the old text, only those with a `delta`.
    pub shifts: Vec<Shift>,
    /// How many top-level entries at the start are the same.
    pub(crate) head: usize,
    /// How many at the end are.
    pub(crate) tail: usize,
    /// Between those, which old node is which new one, changed or not.
    pub(crate) matched: Vec<(NodeRef, NodeRef)>,
}

/// The edits that lead from `old` to `new`.
pub fn diff(old: &Outline, new: &Outline) -> Diff {
    let mut diff = Diff::default();
    let (a, b) = (&old.tops, &new.tops);
    let same = |x: &Placed, y: &Placed| {
        Arc::ptr_eq(&x.top, &y.top)
            || x.top.nodes[0].exact == y.top.nodes[0].exact && x.top == y.top
    };
    let head = a.iter().zip(b).take_while(|(x, y)| same(x, y)).count();
    let tail = a[head..]
        .iter()
        .rev()
        .zip(b[head..].iter().rev())
        .take_while(|(x, y)| same(x, y))
        .count();
    diff.shift_entries((0..head).map(|at| (at, &a[at], &b[at])));
    (diff.head, diff.tail) = (head, tail);
    let shared = shared_definitions(&a[head..a.len() - tail], &b[head..b.len() - tail]);
    diff.shift_entries(shared.iter().map(|&(x, y)| (x, &a[head + x], &b[head + y])));
    let middle = |outline: &Outline, end: usize, left_out: HashSet<usize>| -> Vec<NodeRef> {
        let entries = outline.tops[head..end].iter().enumerate();
        entries
            .filter(|(at, _)| !left_out.contains(at))
            .map(|(_, place)| NodeRef {
                text: outline.text.clone(),
                place: place.clone(),
                index: 0,
            })
            .collect()
    };
    let before = middle(
        old,
        a.len() - tail,
        shared.iter().map(|pair| pair.0).collect(),
    );
    let after = middle(
        new,
        b.len() - tail,
        shared.iter().map(|pair| pair.1).collect(),
    );
    let at = |outline: &Outline, place: &Placed| NodeRef {
        text: outline.text.clone(),
        place: place.clone(),
        index: 0,
    };
    let pairs = shared.iter();
    diff.matched
        .extend(pairs.map(|&(x, y)| (at(old, &a[head + x]), at(new, &b[head + y]))));
    diff.namespace(&before, &after);
    let last = a[a.len() - tail..]
        .iter()
        .zip(&b[b.len() - tail..])
        .enumerate();
    diff.shift_entries(last.map(|(at, (x, y))| (at, x, y)));
    diff.shifts.sort_by_key(|shift| shift.first);
    diff.merge_shifts();
    diff.edits.sort_by_key(|edit| match (&edit.new, &edit.old) {
        (Some(new), _) => (1, new.span().start),
        (None, Some(old)) => (0, old.span().start),
        (None, None) => (0, 0),
    });
    diff
}

impl Diff {
    fn push(
        &mut self,
        action: Action,
        facets: Vec<Facet>,
        old: Option<&NodeRef>,
        new: Option<&NodeRef>,
    ) {
        self.edits.push(Edit {
            action,
            facets,
            old: old.cloned(),
            new: new.cloned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Parser;

    fn edits(old: &str, new: &str) -> Vec<String> {
        let mut parser = Parser::new();
        let a = parser.parse(old);
        let b = parser.update(&a, new);
        diff(&a, &b)
            .edits
            .iter()
            .map(|edit| {
                let node = edit.new.as_ref().or(edit.old.as_ref()).unwrap();
                let facets: Vec<_> = edit.facets.iter().map(|facet| facet.as_str()).collect();
                let label = if node.node().name.is_some() {
                    node.qualname()
                } else {
                    node.source().to_owned()
                };
                format!("{} {} {:?}", edit.action.as_str(), label, facets)
            })
            .collect()
    }

    #[test]
    fn each_facet_is_told_apart() {
        assert_eq!(
            edits(
                "def f(a, b=1): return 1\n",
                "def f(a, b=2) -> int: 'd'; return 2\n"
            ),
            [r#"changed f ["defaults", "annotations", "docstring", "body"]"#]
        );
        assert_eq!(edits("class C(A): x = 1\n", "class C(B): x = 2\n").len(), 2);
    }

    #[test]
    fn comments_and_layout_are_no_change() {
        assert_eq!(
            edits(
                "x = 1\ndef f(): pass\n",
                "# c\n\nx = 1\n\n\ndef f(): pass\n"
            ),
            [] as [&str; 0]
        );
        assert_eq!(
            edits("x = (1,2)\n", "x = (1, 2)\n"),
            ["formatted x = (1, 2) []"]
        );
    }

    #[test]
    fn a_moved_statement_is_no_change_unless_order_matters() {
        assert_eq!(edits("a = 1\nb = 2\n", "b = 2\na = 1\n"), [] as [&str; 0]);
        assert!(!edits("a = 1\na = 2\n", "a = 2\na = 1\n").is_empty());
    }

    #[test]
    fn definitions_keep_their_identity_across_blocks_and_names() {
        assert_eq!(
            edits(
                "def f():\n    return 1\n",
                "if x:\n    def f():\n        return 1\n"
            ),
            [
                "added if x:\n    def f():\n        return 1 []",
                "changed f [\"place\"]"
            ]
        );
        assert_eq!(
            edits("def f():\n    return 1\n", "def g():\n    return 1\n"),
            [r#"renamed g ["name"]"#]
        );
    }

    #[test]
    fn lines_below_an_edit_shift_together() {
        let mut parser = Parser::new();
        let a = parser.parse("x = 1\ndef f(): pass\nclass C:\n    def m(self): pass\n");
        let b = parser.update(
            &a,
            "\n\nx = 1\ndef f(): pass\nclass C:\n    def m(self): pass\n",
        );
        let shifts = diff(&a, &b).shifts;
        assert_eq!(
            shifts,
            [Shift {
                first: 1,
                last: 4,
                delta: 2
            }]
        );
    }

    #[test]
    fn statements_inside_blocks_are_edits_of_their_own() {
        assert_eq!(
            edits(
                "if x:\n    a = 1\n    b = 1\n",
                "if x:\n    a = 1\n    b = 2\n"
            ),
            ["changed b = 2 []"]
        );
    }
}
