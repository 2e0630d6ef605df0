//! The names that a stretch of syntax reads, binds or annotates.

use std::collections::HashSet;

use tree_sitter::Node as Syntax;

use super::tree::{Step, named_child, visit};

/// The longest chain `a.b.c` that is listed as one name.
const CHAIN: usize = 8;

/// Names that an expression or statement reads. Names bound by an inner lambda or comprehension are
/// listed as well: taking a dependency that is not there costs a second look, missing one is wrong.
pub(super) fn collect_reads(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
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
pub(super) fn collect_targets(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
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
pub(super) fn collect_alias_targets(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
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
pub(super) fn collect_captures(clause: Syntax, text: &str, out: &mut Vec<Box<str>>) {
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

pub(super) fn collect_walrus(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
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
pub(super) fn collect_bindings(syntax: Syntax, text: &str, out: &mut Vec<Box<str>>) {
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

/// The plain name that `name: T` or `name: T = value` annotates.
pub(super) fn annotated(statement: Syntax, text: &str) -> Option<Box<str>> {
    let assignment = named_child(statement).filter(|child| child.kind() == "assignment")?;
    assignment.child_by_field_name("type")?;
    let left = assignment.child_by_field_name("left")?;
    (left.kind() == "identifier").then(|| text[left.byte_range()].into())
}

pub(super) fn dedup(names: &mut Vec<Box<str>>) {
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
}
