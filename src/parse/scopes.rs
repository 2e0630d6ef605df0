//! The definitions around a place in a syntax tree, and what each of them binds.

use tree_sitter::Node as Syntax;

use super::imports::imports;
use super::names::{collect_alias_targets, collect_captures, collect_targets};
use super::tree::{ids, named_child};
use crate::outline::Imported;

/// What the text of a scope says of one of its names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bound {
    /// How often it is bound there: two definitions of one name leave open which of them is called.
    pub(super) times: usize,
    /// The import that binds it.
    pub(super) import: Option<Imported>,
}

/// How a method is stored in its class, as far as its decorators tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Plain,
    Class,
    Static,
    Property,
}

/// Decorators after which a look-up calls the function, so that what the text calls is its result.
const PROPERTIES: [&str; 5] = ["property", "cached_property", "setter", "getter", "deleter"];

/// A definition that encloses a place.
pub(super) struct Scope<'t> {
    pub(super) syntax: Syntax<'t>,
    /// Dotted, as Python names it; of a lambda that of what it stands in, for nobody could look it up.
    pub(super) qualname: String,
    /// Whether it stands directly in the body of a class, and is a function.
    pub(super) is_method: bool,
}

impl Scope<'_> {
    pub(super) fn is_class(&self) -> bool {
        self.syntax.kind() == "class_definition"
    }
}

/// The definitions in whose bodies a place stands, outermost first. Decorators, defaults and bases of a definition
/// belong to the one around it.
pub(super) fn scopes<'t>(place: Syntax<'t>, text: &str) -> Vec<Scope<'t>> {
    let mut around = Vec::new();
    let mut node = place;
    while let Some(parent) = node.parent() {
        if is_scope(parent) && parent.child_by_field_name("body") == Some(node) {
            around.push(parent);
        }
        node = parent;
    }
    let mut scopes: Vec<Scope> = Vec::new();
    for syntax in around.into_iter().rev() {
        let above = scopes.last();
        let prefix = above.map_or("", |scope| &*scope.qualname);
        let in_class = above.is_some_and(Scope::is_class);
        let qualname = match name_of(syntax, text) {
            None => prefix.to_owned(),
            Some(name) if prefix.is_empty() => name.to_owned(),
            Some(name) if in_class => format!("{prefix}.{name}"),
            Some(name) => format!("{prefix}.<locals>.{name}"),
        };
        scopes.push(Scope {
            syntax,
            qualname,
            is_method: in_class && syntax.kind() == "function_definition",
        });
    }
    scopes
}

fn is_scope(syntax: Syntax) -> bool {
    matches!(
        syntax.kind(),
        "function_definition" | "class_definition" | "lambda"
    )
}

/// The name of a function or class.
pub(super) fn name_of<'a>(syntax: Syntax, text: &'a str) -> Option<&'a str> {
    let name = syntax.child_by_field_name("name")?;
    Some(&text[name.byte_range()])
}

/// How often a definition binds a name, its parameters included.
pub(super) fn bound_in(scope: Syntax, name: &str, text: &str) -> Bound {
    let body = scope.child_by_field_name("body");
    let mut found = bound_below(body.into_iter().collect(), name, text);
    if let Some(parameters) = scope.child_by_field_name("parameters") {
        let mut cursor = parameters.walk();
        let names = parameters
            .named_children(&mut cursor)
            .filter_map(parameter_name);
        found.times += names
            .filter(|each| text[each.byte_range()] == *name)
            .count();
    }
    found
}

/// The identifier of a parameter; None for what is none, a `/` or `*`.
fn parameter_name(parameter: Syntax) -> Option<Syntax> {
    let mut node = parameter;
    while node.kind() != "identifier" {
        node = node
            .child_by_field_name("name")
            .or_else(|| named_child(node))?;
    }
    Some(node)
}

/// The first parameter of a method, where it takes the instance or class.
pub(super) fn first_parameter<'a>(method: Syntax, text: &'a str) -> Option<&'a str> {
    let first = named_child(method.child_by_field_name("parameters")?)?;
    let name = parameter_name(first)?;
    let before = &text[first.start_byte()..name.start_byte()];
    (!before.starts_with('*')).then(|| &text[name.byte_range()])
}

/// How often statements bind a name in the scope that they stand in.
pub(super) fn bound_below(statements: Vec<Syntax>, name: &str, text: &str) -> Bound {
    let mut found = Bound::default();
    let mut todo = statements;
    let mut targets: Vec<Box<str>> = Vec::new();
    while let Some(node) = todo.pop() {
        match node.kind() {
            "function_definition" | "class_definition"
                if name_of(node, text) == Some(name) && !is_overload(node, text) =>
            {
                found.times += 1;
            }
            "global_statement" => {
                let mut cursor = node.walk();
                let mut names = node.named_children(&mut cursor);
                if names.any(|each| text[each.byte_range()] == *name) {
                    return Bound::default();
                }
            }
            "import_statement" | "import_from_statement" => {
                let bound = imports(node, text).into_iter();
                for import in bound.filter(|import| &*import.bound == name) {
                    found.times += 1;
                    found.import = Some(import);
                }
            }
            "assignment"
            | "augmented_assignment"
            | "for_statement"
            | "for_in_clause"
            | "type_alias_statement" => {
                if let Some(left) = node.child_by_field_name("left") {
                    collect_targets(left, text, &mut targets);
                }
            }
            "named_expression" => targets.extend(name_of(node, text).map(Box::from)),
            "delete_statement" => collect_targets(node, text, &mut targets),
            "with_clause" | "except_clause" => collect_alias_targets(node, text, &mut targets),
            "case_clause" => collect_captures(node, text, &mut targets),
            _ => {}
        }
        let inside = is_scope(node).then(|| node.child_by_field_name("body"));
        let mut cursor = node.walk();
        let below = node.named_children(&mut cursor);
        todo.extend(below.filter(|child| inside.flatten() != Some(*child)));
    }
    found.times += targets.iter().filter(|target| &***target == name).count();
    found
}

/// Whether it only describes the definition that follows.
fn is_overload(definition: Syntax, text: &str) -> bool {
    decorators(definition, text).contains(&"overload")
}

/// The last names of the decorators that are plain names: `setter` of `@size.setter`.
fn decorators<'a>(definition: Syntax, text: &'a str) -> Vec<&'a str> {
    let above = definition.parent();
    let Some(above) = above.filter(|above| above.kind() == "decorated_definition") else {
        return Vec::new();
    };
    let mut cursor = above.walk();
    let children = above.named_children(&mut cursor);
    let decorators = children.filter(|child| child.kind() == "decorator");
    decorators
        .filter_map(|each| dotted(named_child(each)?, text)?.pop())
        .collect()
}

/// How a method is stored in its class.
pub(super) fn method_kind(method: Syntax, text: &str) -> Method {
    let name = name_of(method, text).unwrap_or("");
    let names = decorators(method, text);
    if names.contains(&"staticmethod") {
        Method::Static
    } else if names.contains(&"classmethod")
        || matches!(name, "__init_subclass__" | "__class_getitem__")
    {
        Method::Class
    } else if names.iter().any(|name| PROPERTIES.contains(name)) {
        Method::Property
    } else {
        Method::Plain
    }
}

/// `a.b.c` as its names; None for anything else.
pub(super) fn dotted<'a>(expression: Syntax, text: &'a str) -> Option<Vec<&'a str>> {
    let mut names = Vec::new();
    let mut node = unwrapped(expression)?;
    while node.kind() == "attribute" {
        names.push(&text[node.child_by_field_name("attribute")?.byte_range()]);
        node = unwrapped(node.child_by_field_name("object")?)?;
    }
    if node.kind() != "identifier" {
        return None;
    }
    names.push(&text[node.byte_range()]);
    names.reverse();
    Some(names)
}

/// An expression without parentheses around it.
pub(super) fn unwrapped(expression: Syntax) -> Option<Syntax> {
    let mut node = expression;
    while node.kind() == "parenthesized_expression" {
        node = named_child(node)?;
    }
    debug_assert!(!ids().says_nothing(node));
    Some(node)
}
