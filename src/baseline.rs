//! The text whose effects are live.
//!
//! When every edit of a save was applied, the baseline is the saved text. When some were not, because
//! they need a restart or because only one definition was asked for, the baseline is the old text with
//! just the applied edits in it, so that the others are found again by the next diff. It is a text of
//! its own then, with lines of its own; nothing but the diff looks at it.
//!
//! Why a text and not an outline put together from two: positions, fingerprints and the tree for the
//! next incremental parse would all have to be made up for it.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::diff::{Action, Diff, Edit, Facet};
use crate::outline::{Kind, Maker, NodeRef, Outline};
use crate::parse::{Parser, string_rows};

/// A replacement of bytes of the old text.
#[derive(Debug)]
struct Splice {
    range: Range<usize>,
    with: String,
}

/// The old text with the edits of these numbers applied, and no others.
///
/// Where one edit holds another (a block that was added around a function that was there before), the
/// outer one decides. Should the result not parse, which no test has brought about, the old text is
/// returned: the edits are then found and applied once more.
pub fn splice(old: &Outline, new: &Outline, diff: &Diff, applied: &HashSet<usize>) -> String {
    if (0..diff.edits.len()).all(|number| applied.contains(&number)) {
        return new.text.to_string();
    }
    let edits: Vec<&Edit> = diff
        .edits
        .iter()
        .enumerate()
        .filter(|(number, _)| applied.contains(number))
        .map(|(_, edit)| edit)
        .collect();
    let out = Splicer::new(old, new, diff, applied, &edits).text(&edits);
    let parses = |text: &str| Parser::new().parse(text).trouble.is_none();
    let must = old.maker == Maker::Grammar && old.trouble.is_none() && new.trouble.is_none();
    if must && !parses(&out) {
        return old.text.to_string();
    }
    out
}

/// A node by its entry's place and its index there.
type Seat = (u32, u32);

fn seat(node: &NodeRef) -> Seat {
    (node.place.byte, node.index)
}

/// The members of a class, the statements of one branch of a block, or the top level.
struct Suite {
    members: Vec<NodeRef>,
    /// The class or block.
    owner: Option<NodeRef>,
}

struct Splicer<'a> {
    old: &'a Outline,
    /// The old node for each new one that has one.
    counterparts: HashMap<Seat, NodeRef>,
    new_tops: Vec<NodeRef>,
    /// New nodes that are put in whole, with all they hold.
    whole: HashSet<Seat>,
    splices: Vec<Splice>,
    /// Suites that were brought from one line onto lines of their own.
    spread: HashSet<usize>,
}

impl<'a> Splicer<'a> {
    fn new(
        old: &'a Outline,
        new: &Outline,
        diff: &Diff,
        numbers: &HashSet<usize>,
        applied: &[&Edit],
    ) -> Splicer<'a> {
        let mut counterparts: HashMap<Seat, NodeRef> = HashMap::new();
        let (olds, news): (Vec<NodeRef>, Vec<NodeRef>) =
            (old.roots().collect(), new.roots().collect());
        for (a, b) in olds.iter().zip(&news).take(diff.head) {
            counterparts.insert(seat(b), a.clone());
        }
        for (a, b) in olds.iter().rev().zip(news.iter().rev()).take(diff.tail) {
            counterparts.insert(seat(b), a.clone());
        }
        for (a, b) in &diff.matched {
            counterparts.insert(seat(b), a.clone());
        }
        // A class is put in with its own edits one by one, unless it moves and all of them are applied.
        let held = |class: &NodeRef| {
            let around = class.span();
            let inside = |node: &NodeRef| {
                let span = node.span();
                around.start <= span.start && span.end <= around.end
            };
            let edits = diff.edits.iter().enumerate();
            edits
                .filter(|(_, edit)| edit.action != Action::Formatted)
                .filter(|(_, edit)| edit.new.as_ref().is_some_and(inside))
                .all(|(number, _)| numbers.contains(&number))
        };
        let placed_whole = applied
            .iter()
            .filter_map(|edit| match (&edit.old, &edit.new) {
                (Some(a), Some(b)) if both_classes(a, b) => (moves(edit) && held(b)).then_some(b),
                (_, b) => b.as_ref(),
            });
        Splicer {
            old,
            counterparts,
            new_tops: news,
            whole: placed_whole.map(seat).collect(),
            splices: Vec::new(),
            spread: HashSet::new(),
        }
    }

    fn text(mut self, edits: &[&Edit]) -> String {
        for edit in edits {
            match (&edit.old, &edit.new) {
                (Some(old), Some(new)) if self.inside_another(new) => {
                    // It stands in the text of an outer edit already.
                    if !self.replaced(old, edits) {
                        self.remove(old);
                    }
                }
                (Some(old), Some(new)) if moves(edit) && self.whole.contains(&seat(new)) => {
                    self.remove(old);
                    self.insert(new);
                }
                (Some(old), Some(new)) => self.replace(old, new),
                (Some(old), None) => self.remove(old),
                (None, Some(new)) if !self.inside_another(new) => self.insert(new),
                (None, _) => {}
            }
        }
        let text = &self.old.text;
        // What is put in at a place comes before what replaces the text behind it.
        self.splices
            .sort_by_key(|splice| (splice.range.start, splice.range.end));
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for splice in &self.splices {
            if splice.range.start >= at {
                out.push_str(&text[at..splice.range.start]);
                out.push_str(&splice.with);
                at = splice.range.end;
            }
        }
        out.push_str(&text[at..]);
        out
    }

    /// Whether the text of an edit around it brings a new node along.
    fn inside_another(&self, new: &NodeRef) -> bool {
        let mut around = new.parent();
        while let Some((node, _)) = around {
            if self.whole.contains(&seat(&node)) {
                return true;
            }
            around = node.parent();
        }
        false
    }

    /// Whether an edit around it replaces or removes an old node.
    fn replaced(&self, old: &NodeRef, edits: &[&Edit]) -> bool {
        let span = old.span();
        edits.iter().any(|edit| {
            let (Some(outer), new) = (&edit.old, &edit.new) else {
                return false;
            };
            let around = outer.span();
            let header_only = (new.as_ref())
                .is_some_and(|new| both_classes(outer, new) && !self.whole.contains(&seat(new)));
            !header_only && around != span && around.start <= span.start && span.end <= around.end
        })
    }

    /// Nothing is left of it but a `pass`, which the diff does not see and an empty suite needs.
    fn remove(&mut self, old: &NodeRef) {
        self.splices.push(Splice {
            range: old.span(),
            with: "pass".to_owned(),
        });
    }

    fn replace(&mut self, old: &NodeRef, new: &NodeRef) {
        let (range, part) = if both_classes(old, new) {
            (header(old), header(new))
        } else {
            (old.span(), new.span())
        };
        let with = indented(new, part, &indent(old));
        self.splices.push(Splice { range, with });
    }

    /// Puts a new node behind the sibling that it stands behind, or first in its suite.
    fn insert(&mut self, new: &NodeRef) {
        let (suite, after) = self.place(new);
        let node = new.node();
        let simple = !node.kind.is_definition() && !node.kind.is_block();
        let text: &str = &self.old.text;
        let Some(first) = suite.members.first() else {
            // An empty file, or one of comments only.
            let at = text.len();
            let newline = if text.is_empty() || text.ends_with('\n') {
                ""
            } else {
                "\n"
            };
            let with = format!("{newline}{}\n", indented(new, new.span(), ""));
            return self.splices.push(Splice {
                range: at..at,
                with,
            });
        };
        let own_line = |node: &NodeRef| own_line(text, node.span().start);
        let on_header = suite.owner.as_ref().filter(|_| !own_line(first));
        let one_line = on_header.is_some();
        let column = on_header.map_or_else(|| indent(first), |owner| indent(owner) + "    ");
        let beside = |at: usize| suite.members.get(at).is_some_and(|next| !own_line(next));
        // Between two statements of one line, or behind the last of a suite on its header's line.
        let crowded = match after {
            Some(at) => one_line || beside(at + 1),
            None => one_line,
        };
        if crowded && simple && !new.source().contains('\n') {
            let (at, with) = match after {
                Some(at) => (suite.members[at].span().end, format!("; {}", new.source())),
                None => (first.span().start, format!("{}; ", new.source())),
            };
            return self.splices.push(Splice {
                range: at..at,
                with,
            });
        }
        if crowded {
            self.spread(&suite, &column, one_line);
        }
        let source = indented(new, new.span(), &column);
        let (at, with) = match after {
            None if one_line => (first.span().start, format!("\n{column}{source}\n{column}")),
            None => (
                above(text, first.span().start),
                format!("{column}{source}\n"),
            ),
            Some(at) if beside(at + 1) => {
                (suite.members[at].span().end, format!("\n{column}{source}"))
            }
            Some(at) => match next_line(text, suite.members[at].span().end) {
                Some(start) => (start, format!("{column}{source}\n")),
                None => (text.len(), format!("\n{column}{source}")),
            },
        };
        self.splices.push(Splice {
            range: at..at,
            with,
        });
    }

    /// Brings the statements of one line onto lines of their own.
    fn spread(&mut self, suite: &Suite, column: &str, from_header: bool) {
        let text: &str = &self.old.text;
        let starts = suite.members.iter().map(|node| node.span().start);
        let ends = suite.members.iter().map(|node| node.span().end);
        for (number, (start, end)) in starts.zip(std::iter::once(0).chain(ends)).enumerate() {
            let break_here = if number == 0 {
                from_header
            } else {
                !own_line(text, start)
            };
            if break_here && self.spread.insert(start) {
                let from = if number == 0 { start } else { end };
                self.splices.push(Splice {
                    range: from..start,
                    with: format!("\n{column}"),
                });
            }
        }
    }

    /// The old suite that a new node belongs in, and the member that it comes after.
    fn place(&self, new: &NodeRef) -> (Suite, Option<usize>) {
        let mut node = new.clone();
        // A block that is not there (yet) is looked through.
        let (siblings, suite) = loop {
            match node.parent() {
                None => break (self.new_tops.clone(), self.top_suite()),
                Some((parent, branch)) => {
                    let there = self.counterparts.get(&seat(&parent));
                    if let Some(suite) = there.and_then(|old| old_suite(&parent, old, branch)) {
                        break (members(&parent, branch as usize), suite);
                    }
                    node = parent;
                }
            }
        };
        let here = siblings
            .iter()
            .position(|sibling| seat(sibling) == seat(&node));
        let before = siblings[..here.unwrap_or(siblings.len())].iter().rev();
        let after = before
            .filter_map(|sibling| self.counterparts.get(&seat(sibling)))
            .find_map(|old| {
                suite
                    .members
                    .iter()
                    .position(|member| seat(member) == seat(old))
            });
        let docstring = (suite.members.first()).is_some_and(|it| it.node().kind == Kind::Docstring);
        let after = after.or(docstring.then_some(0));
        (suite, after)
    }

    fn top_suite(&self) -> Suite {
        Suite {
            members: self.old.roots().collect(),
            owner: None,
        }
    }
}

/// Whether a definition goes from one block to another.
fn moves(edit: &Edit) -> bool {
    edit.facets.contains(&Facet::Place)
}

fn both_classes(old: &NodeRef, new: &NodeRef) -> bool {
    old.node().kind == Kind::Class && new.node().kind == Kind::Class
}

fn members(owner: &NodeRef, branch: usize) -> Vec<NodeRef> {
    let branches = owner.node().branches.get(branch).into_iter();
    let suites = branches.flat_map(|branch| &branch.suite);
    suites.map(|&index| owner.at(index)).collect()
}

/// The suite of the old class or block that is the given branch of the new one.
fn old_suite(new: &NodeRef, old: &NodeRef, branch: u32) -> Option<Suite> {
    let label = |node: &NodeRef| {
        let found = node.node().branches.get(branch as usize);
        found.map(|branch| branch.label.clone())
    };
    let members = members(old, branch as usize);
    (label(new) == label(old) && !members.is_empty()).then(|| Suite {
        members,
        owner: Some(old.clone()),
    })
}

/// A class from its first decorator to the colon before its body.
fn header(class: &NodeRef) -> Range<usize> {
    let span = class.span();
    let Some(definition) = class.node().definition.as_deref() else {
        return span;
    };
    let byte = class.place.byte as usize;
    // No colon stands between the last part of a header and the one that ends it, except in comments.
    let parts = definition.bases.iter().map(|base| &base.value);
    let parts = parts
        .chain(&definition.type_params)
        .chain(&definition.decorators);
    let mut at = parts
        .map(|part| byte + part.end as usize)
        .max()
        .unwrap_or(span.start);
    let body = byte + definition.body.start as usize;
    let bytes = class.text.as_bytes();
    while at < body {
        match bytes[at] {
            b':' => return span.start..at + 1,
            b'#' => at += class.text[at..].find('\n').unwrap_or(0).max(1),
            _ => at += 1,
        }
    }
    span.start..body
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn own_line(text: &str, at: usize) -> bool {
    text[line_start(text, at)..at].trim().is_empty()
}

/// The start of the line after the one that holds `at`, if there is one.
fn next_line(text: &str, at: usize) -> Option<usize> {
    let mut from = at;
    loop {
        let newline = from + text[from..].find('\n')?;
        if !text[from..newline].ends_with('\\') || text[from..newline].contains('#') {
            return Some(newline + 1);
        }
        from = newline + 1;
    }
}

/// The start of the line that holds `at`, or of the first of the comment lines directly above.
fn above(text: &str, at: usize) -> usize {
    let mut start = line_start(text, at);
    while start > 0 {
        let before = line_start(text, start - 1);
        if !text[before..start].trim_start().starts_with('#') {
            break;
        }
        start = before;
    }
    start
}

/// The white space that the line of a node begins with.
fn indent(node: &NodeRef) -> String {
    let line = &node.text[line_start(&node.text, node.span().start)..];
    let blank = line.len() - line.trim_start_matches([' ', '\t', '\x0c']).len();
    line[..blank].to_owned()
}

/// The text of a node, or of its header, for a place with that indentation. Lines that begin inside a
/// string stay as they are, and so do those of a simple statement, which may be indented as they like.
fn indented(node: &NodeRef, range: Range<usize>, to: &str) -> String {
    let source = &node.text[range];
    let from = indent(node);
    let kind = node.node().kind;
    if from == to || !source.contains('\n') || !kind.is_definition() && !kind.is_block() {
        return source.to_owned();
    }
    let strings = string_rows(&node.segment());
    let mut out = String::with_capacity(source.len());
    for (row, line) in source.split_inclusive('\n').enumerate() {
        match line.strip_prefix(from.as_str()) {
            Some(rest) if row > 0 && !strings.contains(&row) && !rest.trim().is_empty() => {
                out.push_str(to);
                out.push_str(rest);
            }
            _ => out.push_str(line),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::diff;

    /// The old text with those edits applied whose new or old definition has one of these names, or whose
    /// statement binds one.
    fn spliced(old: &str, new: &str, names: &[&str]) -> String {
        let mut parser = Parser::new();
        let (a, b) = (parser.parse(old), parser.parse(new));
        let found = diff(&a, &b);
        let wanted = |edit: &Edit| {
            let node = edit.new.as_ref().or(edit.old.as_ref());
            let binds = node.map_or(&[][..], |node| &node.node().binds);
            binds.iter().any(|bound| names.contains(&&**bound))
        };
        let edits = found.edits.iter().enumerate();
        let applied = edits
            .filter(|(_, edit)| wanted(edit))
            .map(|(number, _)| number)
            .collect();
        splice(&a, &b, &found, &applied)
    }

    #[test]
    fn an_added_member_goes_where_it_stands_in_the_new_text() {
        let old = "class C:\n    'doc'\n    x = 1\n    # about y\n    y = 1\n";
        let new = "class C:\n    'doc'\n    def f(self): pass\n    x = 1\n    z = 1\n    # about y\n    y = 2\n";
        assert_eq!(
            spliced(old, new, &["f", "z"]),
            "class C:\n    'doc'\n    def f(self): pass\n    x = 1\n    z = 1\n    # about y\n    y = 1\n"
        );
    }

    #[test]
    fn a_suite_on_one_line_takes_what_does_not_fit_there() {
        let old = "class C: x = 1; y = 1  # c\n";
        assert_eq!(
            spliced(old, "class C: x = 1; z = 3; y = 2  # c\n", &["z"]),
            "class C: x = 1; z = 3; y = 1  # c\n"
        );
        let new = "class C:\n  x = 1\n  def f(self):\n    return 1\n  y = 2\n";
        assert_eq!(
            spliced(old, new, &["f"]),
            "class C: \n    x = 1\n    def f(self):\n      return 1\n    y = 1  # c\n"
        );
    }

    #[test]
    fn the_last_line_needs_no_end_and_the_file_no_line() {
        assert_eq!(spliced("x = 1", "x = 2\ny = 1", &["y"]), "x = 1\ny = 1");
        assert_eq!(
            spliced("# c", "# c\nx = 2\ny = 1\n", &["y"]),
            "# c\ny = 1\n"
        );
        assert_eq!(
            spliced("x = 1 \\\n\nz = 1\n", "x = 1\ny = 1\nz = 2\n", &["y"]),
            "x = 1 \\\n\ny = 1\nz = 1\n"
        );
    }

    #[test]
    fn a_header_is_replaced_up_to_its_colon() {
        let old = "class C(A,  # not: this\n        k={1: 2}): x = 1\n";
        let new = "@deco\nclass C(B):\n    x = 2\n";
        assert_eq!(spliced(old, new, &["C"]), "@deco\nclass C(B): x = 1\n");
        assert_eq!(
            spliced(new, old, &["C"]),
            "class C(A,  # not: this\n        k={1: 2}):\n    x = 2\n"
        );
    }

    #[test]
    fn what_moves_out_of_a_block_is_indented_anew_but_for_its_strings() {
        let old = "x = 1\nif a:\n  if b:\n    def f():\n      '''s\n    t'''\n      return 1\n";
        let new = "x = 2\nif a:\n  if b:\n    pass\ndef f():\n  '''s\n    t'''\n  return 1\n";
        assert_eq!(
            spliced(old, new, &["f"]),
            "x = 1\nif a:\n  if b:\n    pass\ndef f():\n  '''s\n    t'''\n  return 1\n"
        );
        assert_eq!(
            spliced(new, old, &["f"]),
            "x = 2\nif a:\n  if b:\n    def f():\n      '''s\n    t'''\n      return 1\n    pass\npass\n"
        );
    }
}
