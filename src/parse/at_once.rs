//! What of a statement is evaluated as it runs, and what later: the body of a lambda is, once somebody calls it.

use std::collections::HashSet;

use tree_sitter::Node as Syntax;

use super::Parser;
use super::facts::{callee, said_in};
use super::scopes::{dotted, unwrapped};
use super::tree::{Step, named_child, visit};

/// Functions that call what they are given.
const APPLYING: [&str; 9] = [
    "map", "filter", "sorted", "min", "max", "reduce", "submit", "apply", "starmap",
];

impl Parser {
    /// Whether an assignment reads names in the bodies of lambdas alone, and those are not called as it runs.
    pub fn reads_later(&mut self, text: &str, names: &HashSet<String>) -> bool {
        let mut later = text.contains("lambda");
        self.with_statements(text, |statements, text| {
            let mut todo = statements.to_vec();
            while let Some(node) = todo.pop() {
                let named =
                    dotted(node, text).is_some_and(|parts| names.contains(&parts.join(".")));
                if named || node.kind() == "call" && holds_lambda(node) {
                    later = false;
                    return;
                }
                todo.extend(at_once(node));
            }
        });
        later
    }

    /// Whether the text of a statement or expression calls one of these functions as it runs, or hands it to what does.
    pub fn calls(&mut self, text: &str, names: &HashSet<String>) -> bool {
        let mut found = false;
        self.with_statements(text, |statements, text| {
            let mut todo = statements.to_vec();
            while let Some(node) = todo.pop() {
                if node.kind() == "call" {
                    found |= calls_one(node, names, text);
                    // The body of a lambda that a call is given may run.
                    let given = given(node).into_iter().chain(callee(node));
                    let lambdas = given.filter(|each| each.kind() == "lambda");
                    todo.extend(lambdas.filter_map(|each| each.child_by_field_name("body")));
                }
                todo.extend(at_once(node));
            }
        });
        found
    }
}

/// The arguments of a call, those behind keywords included.
fn given(call: Syntax) -> Vec<Syntax> {
    let Some(arguments) = call.child_by_field_name("arguments") else {
        return Vec::new();
    };
    if arguments.kind() == "generator_expression" {
        return vec![arguments];
    }
    let given = said_in(arguments).into_iter();
    given
        .filter_map(|each| match each.kind() {
            "keyword_argument" => each.child_by_field_name("value"),
            "dictionary_splat" => named_child(each),
            _ => Some(each),
        })
        .filter_map(unwrapped)
        .collect()
}

fn calls_one(call: Syntax, names: &HashSet<String>, text: &str) -> bool {
    let Some(function) = callee(call) else {
        return false;
    };
    let last = match function.kind() {
        "attribute" => function.child_by_field_name("attribute"),
        _ => Some(function),
    };
    let last = last.map_or("", |last| &text[last.byte_range()]);
    let is_wanted = |expression: Syntax| {
        dotted(expression, text).is_some_and(|parts| names.contains(&parts.join(".")))
    };
    names.contains(last)
        || is_wanted(function)
        || APPLYING.contains(&last) && given(call).into_iter().any(is_wanted)
}

/// The nodes below one that are evaluated as it runs: not the body of a lambda. The names of keyword arguments, of
/// attributes and of parameters are none.
fn at_once(node: Syntax) -> Vec<Syntax> {
    let left_out = match node.kind() {
        "lambda" => node.child_by_field_name("body"),
        "attribute" => node.child_by_field_name("attribute"),
        "keyword_argument" | "default_parameter" => node.child_by_field_name("name"),
        _ => None,
    };
    let names = node.kind() == "lambda_parameters";
    let below = said_in(node).into_iter();
    below
        .filter(|child| Some(*child) != left_out)
        .filter(|child| !names || child.kind() == "default_parameter")
        .collect()
}

fn holds_lambda(root: Syntax) -> bool {
    let mut found = false;
    visit(root, |seen| {
        found |= seen.kind == "lambda";
        if found { Step::Stop } else { Step::Into }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> HashSet<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn what_is_called_as_a_statement_runs() {
        let calls = |text: &str| Parser::new().calls(text, &set(&["f", "m.g"]));
        for text in [
            "x = f(1)",
            "a.f()",
            "m.g()",
            "map(f, xs)",
            "sorted(xs, key=m.g)",
            "h(lambda: f())",
            "x = [f(y) for y in z]",
            "(lambda: f())()",
            "def h(x=f()): pass",
            "    x = f()",
        ] {
            assert!(calls(text), "{text}");
        }
        for text in [
            "x = f",
            "h(f)",
            "g()",
            "x = lambda: f()",
            "f.h()",
            "x = 'f()'",
        ] {
            assert!(!calls(text), "{text}");
        }
    }

    #[test]
    fn what_is_read_later() {
        let later = |text: &str| Parser::new().reads_later(text, &set(&["a", "m.b"]));
        assert!(later("x = lambda: a + m.b"));
        assert!(later("x = [lambda: a]"));
        assert!(later("x = lambda a, *b, c=1: a"));
        assert!(!later("x = lambda y=a: y"));
        assert!(!later("x = f(lambda: a)"));
        assert!(!later("x = a"));
        assert!(!later("x = m.b, lambda: 1"));
    }
}
