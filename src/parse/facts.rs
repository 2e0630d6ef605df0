//! What a single statement does, as far as its text tells: facts that few edits ask for, and that are read from the text
//! of the statement when they are.

use tree_sitter::{Node as Syntax, Tree};

use super::Parser;
use super::fingerprint::fingerprint;
use super::scopes::unwrapped;
use super::tree::{Step, ids, is_tuple, named_child, visit};

/// What a statement does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// `x += 1`
    pub augments: bool,
    /// It did nothing when it ran: a bare name or constant, `pass`, `assert`, `x: int`.
    pub plain: bool,
    /// A loop that does nothing but tell objects which module they are of, as packages do for what they offer:
    /// `for name in __all__: setattr(globals()[name], "__module__", "package")`. Once more changes nothing.
    pub sets_modules: bool,
    /// Each `globals()` in it is subscribed or updated at once, and handed to nobody.
    pub only_writes_globals: bool,
    /// An assignment to what is no name: `D["a"] += 1`, `x.count = 1`.
    pub stores_elsewhere: bool,
    /// Names whose objects it changes: `T.append(x)`, `T[k] = v`, `del T[k]`, `T += [x]`.
    pub fills: Vec<Box<str>>,
    /// Of an assignment to one name: the fingerprint of its value, if it has one, and the annotation as it is written.
    pub binding: Option<(Option<u64>, Box<str>)>,
}

/// Methods of the containers that change the object they are called on.
pub const FILLING: [&str; 22] = [
    "add",
    "append",
    "appendleft",
    "clear",
    "difference_update",
    "discard",
    "extend",
    "extendleft",
    "insert",
    "intersection_update",
    "move_to_end",
    "pop",
    "popitem",
    "popleft",
    "remove",
    "reverse",
    "rotate",
    "setdefault",
    "sort",
    "subtract",
    "symmetric_difference_update",
    "update",
];

impl Parser {
    /// What a statement does. `text`: its whole lines, as they stand in the file.
    pub fn facts(&mut self, text: &str) -> Facts {
        let mut facts = Facts::default();
        self.with_statements(text, |statements, text| {
            if let [statement] = statements {
                facts.of_one(*statement, text);
            }
            facts.plain = statements.iter().all(|each| is_plain(*each, text));
            let mut globals = (0, 0);
            for statement in statements {
                facts.fill(*statement, text);
                visit(*statement, |seen| {
                    let at_once = written_globals(seen.node, text);
                    globals.0 += usize::from(at_once);
                    globals.1 += usize::from(is_name(seen.node, "globals", text));
                    Step::Into
                });
            }
            facts.only_writes_globals = globals.0 == globals.1;
        });
        facts
    }

    /// Hands the statements of a text on, indented or not.
    pub(super) fn with_statements(&mut self, text: &str, read: impl FnOnce(&[Syntax], &str)) {
        let indented = text.starts_with([' ', '\t']);
        let whole = match indented {
            true => format!("if 1:\n{text}\n"),
            false => format!("{text}\n"),
        };
        let Ok(tree) = self.tree(&whole) else {
            return;
        };
        read(&statements_of(&tree, indented), &whole);
    }
}

fn statements_of(tree: &Tree, indented: bool) -> Vec<Syntax<'_>> {
    let root = tree.root_node();
    let block = match indented {
        true => named_child(root).and_then(|block| block.child_by_field_name("consequence")),
        false => Some(root),
    };
    block.map_or_else(Vec::new, said_in)
}

/// The named nodes directly below one, comments left out.
pub(super) fn said_in(syntax: Syntax) -> Vec<Syntax> {
    let mut cursor = syntax.walk();
    let children = syntax.named_children(&mut cursor);
    children
        .filter(|child| !ids().says_nothing(*child))
        .collect()
}

impl Facts {
    fn of_one(&mut self, statement: Syntax, text: &str) {
        self.sets_modules = statement.kind() == "for_statement"
            && statement.child_by_field_name("alternative").is_none()
            && statement
                .child_by_field_name("body")
                .is_some_and(|body| all_set_modules(body, text));
        let Some(assignment) = assignment_of(statement) else {
            return;
        };
        let left = assignment.child_by_field_name("left").and_then(unwrapped);
        let right = assignment.child_by_field_name("right");
        let annotation = assignment.child_by_field_name("type");
        self.augments = assignment.kind() == "augmented_assignment";
        self.stores_elsewhere =
            annotation.is_none() && targets(assignment).into_iter().any(is_place);
        let bare = assignment.child_by_field_name("left");
        let one = right.is_none_or(|right| right.kind() != "assignment");
        if !self.augments && one && left.is_some_and(|left| left.kind() == "identifier") {
            // `(x): int` says nothing of a name.
            if annotation.is_none() || bare == left {
                let annotation = annotation.map_or("", |each| &text[each.byte_range()]);
                let value = right.map(|right| fingerprint([right], text));
                self.binding = Some((value, annotation.into()));
            }
        }
    }

    fn fill(&mut self, statement: Syntax, text: &str) {
        visit(statement, |seen| {
            let node = seen.node;
            let mut changed = Vec::new();
            match seen.kind {
                "call" => changed.extend(filled_by_call(node, text)),
                "augmented_assignment" => {
                    let left = node.child_by_field_name("left").and_then(unwrapped);
                    changed.extend(left);
                    changed.extend(left.and_then(container));
                }
                "assignment" | "for_statement" | "for_in_clause" => {
                    let left = node.child_by_field_name("left");
                    changed.extend(left.into_iter().flat_map(subscripts).filter_map(container));
                }
                "delete_statement" | "as_pattern_target" => {
                    changed.extend(subscripts(node).into_iter().filter_map(container));
                }
                _ => {}
            }
            for each in changed
                .into_iter()
                .filter(|each| each.kind() == "identifier")
            {
                let name = &text[each.byte_range()];
                if !self.fills.iter().any(|known| **known == *name) {
                    self.fills.push(name.into());
                }
            }
            Step::Into
        });
    }
}

/// The assignment that a statement is.
fn assignment_of(statement: Syntax) -> Option<Syntax> {
    let inner = Some(statement).filter(|each| each.kind() == "expression_statement");
    let inner = named_child(inner?)?;
    matches!(inner.kind(), "assignment" | "augmented_assignment").then_some(inner)
}

/// `a` and `b` of `a = b = 1`.
fn targets(assignment: Syntax) -> Vec<Syntax> {
    let mut found = Vec::new();
    let mut next = Some(assignment);
    while let Some(each) = next.filter(|each| each.kind().ends_with("assignment")) {
        found.extend(each.child_by_field_name("left").and_then(unwrapped));
        next = each.child_by_field_name("right");
    }
    found
}

fn is_place(target: Syntax) -> bool {
    matches!(target.kind(), "subscript" | "attribute")
}

/// The subscripts among targets: `T[0]` and `D["a"]` of `T[0], (x, D["a"]) = ...`.
fn subscripts(target: Syntax) -> Vec<Syntax> {
    let mut found = Vec::new();
    let mut todo = vec![target];
    while let Some(node) = todo.pop() {
        match node.kind() {
            "subscript" => found.push(node),
            "attribute" | "call" => {}
            _ => todo.extend(said_in(node)),
        }
    }
    found
}

/// `T` of `T[k]`.
fn container(subscript: Syntax) -> Option<Syntax> {
    let subscript = Some(subscript).filter(|each| each.kind() == "subscript")?;
    subscript.child_by_field_name("value").and_then(unwrapped)
}

/// `T` of `T.append(x)`.
fn filled_by_call<'t>(call: Syntax<'t>, text: &str) -> Option<Syntax<'t>> {
    let method = callee(call).filter(|each| each.kind() == "attribute")?;
    let name = method.child_by_field_name("attribute")?;
    let fills = FILLING.contains(&&text[name.byte_range()]);
    let object = method.child_by_field_name("object").filter(|_| fills)?;
    unwrapped(object)
}

fn is_plain(statement: Syntax, text: &str) -> bool {
    match statement.kind() {
        "pass_statement" | "break_statement" | "continue_statement" | "global_statement"
        | "assert_statement" => true,
        "expression_statement" if is_tuple(statement) => false,
        "expression_statement" => named_child(statement)
            .and_then(unwrapped)
            .is_some_and(|inner| match inner.kind() {
                "assignment" => inner.child_by_field_name("right").is_none(),
                _ => inner.kind() == "identifier" || is_constant(inner, text),
            }),
        _ => false,
    }
}

fn is_constant(expression: Syntax, text: &str) -> bool {
    match expression.kind() {
        "integer" | "float" | "true" | "false" | "none" | "ellipsis" => true,
        "string" => is_plain_string(expression, text),
        "concatenated_string" => said_in(expression)
            .into_iter()
            .all(|part| is_plain_string(part, text)),
        _ => false,
    }
}

/// A string that is no f-string or template.
fn is_plain_string(string: Syntax, text: &str) -> bool {
    let word = &text[string.byte_range()];
    let prefix = word.split(['"', '\'']).next().unwrap_or("");
    string.kind() == "string" && !prefix.contains(['f', 'F', 't', 'T'])
}

fn all_set_modules(block: Syntax, text: &str) -> bool {
    said_in(block)
        .into_iter()
        .all(|each| sets_module(each, text))
}

fn sets_module(statement: Syntax, text: &str) -> bool {
    if statement.kind() == "if_statement" {
        let suites = said_in(statement)
            .into_iter()
            .filter_map(|part| match part.kind() {
                "block" => Some(part),
                "elif_clause" => part.child_by_field_name("consequence"),
                "else_clause" => part.child_by_field_name("body"),
                _ => None,
            });
        return suites.into_iter().all(|suite| all_set_modules(suite, text));
    }
    let value = match assignment_of(statement) {
        Some(assignment) => module_assigned(assignment, text),
        None => named_child(statement).and_then(|call| module_given(call, text)),
    };
    let value = value.and_then(unwrapped);
    value.is_some_and(|value| is_constant(value, text) || is_name(value, "__name__", text))
}

/// `value` of `x.__module__ = value`.
fn module_assigned<'t>(assignment: Syntax<'t>, text: &str) -> Option<Syntax<'t>> {
    let left = assignment.child_by_field_name("left")?;
    let name = left.child_by_field_name("attribute")?;
    let plain = assignment.kind() == "assignment"
        && assignment.child_by_field_name("type").is_none()
        && text[name.byte_range()] == *"__module__";
    assignment.child_by_field_name("right").filter(|_| plain)
}

/// `value` of `setattr(x, "__module__", value)`.
fn module_given<'t>(call: Syntax<'t>, text: &str) -> Option<Syntax<'t>> {
    let function = callee(call)?;
    let [_, name, value] = said_in(call.child_by_field_name("arguments")?)[..] else {
        return None;
    };
    let word = text[name.byte_range()].trim_matches(['"', '\'']);
    (is_name(function, "setattr", text) && word == "__module__").then_some(value)
}

fn is_name(expression: Syntax, name: &str, text: &str) -> bool {
    if expression.kind() != "identifier" || text[expression.byte_range()] != *name {
        return false;
    }
    // Asked last: the grammar's nodes find their parents by going down from the root.
    !expression.parent().is_some_and(|parent| {
        parent.child_by_field_name("attribute") == Some(expression)
            || parent.kind() == "keyword_argument"
                && parent.child_by_field_name("name") == Some(expression)
    })
}

/// Whether it subscribes or updates `globals()`.
fn written_globals(expression: Syntax, text: &str) -> bool {
    let object = match expression.kind() {
        "subscript" => expression.child_by_field_name("value"),
        "attribute" => {
            let name = expression.child_by_field_name("attribute");
            let name = name.map_or("", |name| &text[name.byte_range()]);
            let writes = matches!(name, "update" | "setdefault" | "pop" | "get");
            expression.child_by_field_name("object").filter(|_| writes)
        }
        _ => None,
    };
    let called = object.and_then(unwrapped).and_then(callee);
    called.is_some_and(|function| is_name(function, "globals", text))
}

/// What a call calls.
pub(super) fn callee(call: Syntax) -> Option<Syntax> {
    let call = Some(call).filter(|call| call.kind() == "call")?;
    call.child_by_field_name("function").and_then(unwrapped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &str) -> Facts {
        Parser::new().facts(text)
    }

    #[test]
    fn what_a_statement_fills() {
        for (text, fills) in [
            ("T.append(x)", &["T"][..]),
            ("T[k] = v", &["T"]),
            ("T[k], (D['a'], y) = v", &["D", "T"]),
            ("del T[k]", &["T"]),
            ("T += [1]", &["T"]),
            ("T[0] += 1", &["T"]),
            ("for T[0] in x: pass", &["T"]),
            ("T.rows.append(x)", &[]),
            ("T.get(x)", &[]),
            ("y = T[k]", &[]),
            ("T.x[0] = 1", &[]),
            ("    f(T.pop())", &["T"]),
        ] {
            let mut found = facts(text).fills;
            found.sort();
            assert_eq!(
                found.iter().map(|name| &**name).collect::<Vec<_>>(),
                fills,
                "{text}"
            );
        }
    }

    #[test]
    fn what_does_nothing_is_plain() {
        for text in [
            "x",
            "1",
            "'a' 'b'",
            "pass",
            "x: int",
            "assert f()",
            "global x",
            "(x)",
            "...",
        ] {
            assert!(facts(text).plain, "{text}");
        }
        for text in [
            "f()",
            "f'a'",
            "x = 1",
            "a, b",
            "x.y",
            "-1",
            "x: int = 1",
            "del x",
        ] {
            assert!(!facts(text).plain, "{text}");
        }
    }

    #[test]
    fn what_an_assignment_binds() {
        let binding = |text: &str| facts(text).binding;
        let bound = binding("x: int = f(1)").unwrap();
        assert_eq!(&*bound.1, "int");
        assert_eq!(bound.0, binding("x = f( 1 )").unwrap().0);
        assert_ne!(bound.0, binding("x = f(2)").unwrap().0);
        assert_eq!(binding("x: int"), Some((None, "int".into())));
        for text in ["x += 1", "x = y = 1", "x, y = 1", "x.y = 1", "f()"] {
            assert_eq!(binding(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_augmented_or_stored_elsewhere() {
        let both = |text: &str| (facts(text).augments, facts(text).stores_elsewhere);
        assert_eq!(both("x += 1"), (true, false));
        assert_eq!(both("    x.y += 1"), (true, true));
        assert_eq!(both("x = y[0] = 1"), (false, true));
        assert_eq!(both("x[0], y = 1, 2"), (false, false));
        assert_eq!(both("x == 1"), (false, false));
    }

    #[test]
    fn loops_that_only_set_modules() {
        for text in [
            "for name in __all__:\n    setattr(globals()[name], '__module__', 'p')\n",
            "for each in all:  # why\n    if each:\n        each.__module__ = __name__\n    else:\n        each.__module__ = 'p'\n",
        ] {
            assert!(facts(text).sets_modules, "{text}");
        }
        for text in [
            "for each in all:\n    each.__module__ = f()\n",
            "for each in all:\n    each.__name__ = 'p'\n",
            "for each in all:\n    each.__module__ = 'p'\nelse:\n    f()\n",
            "for each in all:\n    register(each)\n",
            "x = 1\n",
        ] {
            assert!(!facts(text).sets_modules, "{text}");
        }
    }

    #[test]
    fn globals_that_are_only_written() {
        for text in ["globals()['x'] = 1", "globals().update(x=1)", "f(1)"] {
            assert!(facts(text).only_writes_globals, "{text}");
        }
        for text in ["f(globals())", "g = globals", "globals().items()"] {
            assert!(!facts(text).only_writes_globals, "{text}");
        }
    }
}
