//! What functions and classes have beside other statements: decorators, parameters, bases, a body and what is
//! stored on `self` in it.

use tree_sitter::Node as Syntax;

use super::entry::Arena;
use super::fingerprint::fingerprint;
use super::literal::docstring;
use super::names::dedup;
use super::tree::{Step, ids, named_child, visit};
use crate::outline::{Base, Branch, Definition, Kind, Param, ParamKind};

impl Arena<'_> {
    pub(super) fn definition(&mut self, index: u32, syntax: Syntax, kind: Kind, depth: usize) {
        let mut definition = Definition::default();
        let mut cursor = syntax.walk();
        let inner = if syntax.kind() == "decorated_definition" {
            for decorator in syntax.named_children(&mut cursor) {
                if decorator.kind() == "decorator"
                    && let Some(expression) = named_child(decorator)
                {
                    definition.decorators.push(self.part(expression));
                }
            }
            let inner = syntax.child_by_field_name("definition").unwrap_or(syntax);
            self.aligned(inner, syntax.start_position().column);
            inner
        } else {
            syntax
        };
        definition.def_line = (inner.start_position().row - self.line) as u32;
        definition.code_line = definition.def_line;
        if let Some(first) = first_decorator(syntax) {
            definition.code_line = (first.start_position().row - self.line) as u32;
        }
        definition.is_async = inner.child(0).is_some_and(|child| child.kind() == "async");
        definition.type_params = inner
            .child_by_field_name("type_parameters")
            .map(|params| self.part(params));
        let name = inner
            .child_by_field_name("name")
            .map_or("", |name| self.word(name));
        let name: Box<str> = name.into();
        let body = inner.child_by_field_name("body");
        if let Some(body) = body {
            definition.body = self.body(body);
        }
        if kind == Kind::Function {
            self.signature(&mut definition, inner);
            if let Some(body) = body {
                self.function_body(&mut definition, body);
            }
        } else if let Some(bases) = inner.child_by_field_name("superclasses") {
            let mut cursor = bases.walk();
            for argument in bases.named_children(&mut cursor) {
                if argument.kind() == "keyword_argument" {
                    if let (Some(keyword), Some(value)) = (
                        argument.child_by_field_name("name"),
                        argument.child_by_field_name("value"),
                    ) {
                        definition.bases.push(Base {
                            keyword: Some(self.word(keyword).into()),
                            value: self.part(value),
                        });
                    }
                } else if !ids().says_nothing(argument) {
                    definition.bases.push(Base {
                        keyword: None,
                        value: self.part(argument),
                    });
                }
            }
        }
        let reads = definition_reads(&definition);
        let node = &mut self.nodes[index as usize];
        node.part.reads = reads;
        node.binds = vec![name.clone()];
        node.name = Some(name);
        node.definition = Some(Box::new(definition));
        if kind == Kind::Class
            && let Some(body) = body
        {
            let suite = self.suite(body, index, 0, depth);
            self.nodes[index as usize].branches.push(Branch {
                label: "body".into(),
                header: None,
                suite,
            });
            self.class_stores(index);
        }
    }

    /// A class's own `self_stores` are those of its methods, whatever block they stand in.
    fn class_stores(&mut self, index: u32) {
        let mut stores: Vec<Box<str>> = Vec::new();
        for node in &self.nodes[index as usize + 1..] {
            let mut parent = node.parent;
            while let Some((above, _)) = parent {
                if self.nodes[above as usize].kind == Kind::Class {
                    if above == index
                        && node.kind == Kind::Function
                        && let Some(definition) = &node.definition
                    {
                        stores.extend(definition.self_stores.iter().cloned());
                    }
                    break;
                }
                parent = self.nodes[above as usize].parent;
            }
        }
        stores.sort();
        stores.dedup();
        if let Some(definition) = &mut self.nodes[index as usize].definition {
            definition.self_stores = stores;
        }
    }

    fn signature(&self, definition: &mut Definition, inner: Syntax) {
        definition.returns = inner
            .child_by_field_name("return_type")
            .map(|returns| self.part(returns));
        let Some(parameters) = inner.child_by_field_name("parameters") else {
            return;
        };
        let mut kind = ParamKind::Positional;
        let mut cursor = parameters.walk();
        for parameter in parameters.named_children(&mut cursor) {
            let (name, annotation, default) = match parameter.kind() {
                "identifier" | "list_splat_pattern" | "dictionary_splat_pattern" => {
                    (Some(parameter), None, None)
                }
                "default_parameter" => (
                    parameter.child_by_field_name("name"),
                    None,
                    parameter.child_by_field_name("value"),
                ),
                "typed_parameter" => (
                    named_child(parameter),
                    parameter.child_by_field_name("type"),
                    None,
                ),
                "typed_default_parameter" => (
                    parameter.child_by_field_name("name"),
                    parameter.child_by_field_name("type"),
                    parameter.child_by_field_name("value"),
                ),
                "keyword_separator" => {
                    kind = ParamKind::KeywordOnly;
                    continue;
                }
                "positional_separator" => {
                    for param in &mut definition.params {
                        param.kind = ParamKind::PositionalOnly;
                    }
                    continue;
                }
                _ => continue,
            };
            let Some(name) = name else { continue };
            let this = match name.kind() {
                "list_splat_pattern" => ParamKind::VarPositional,
                "dictionary_splat_pattern" => ParamKind::VarKeyword,
                _ => kind,
            };
            if this == ParamKind::VarPositional {
                kind = ParamKind::KeywordOnly;
            }
            definition.params.push(Param {
                name: self.word(name).trim_start_matches('*').trim().into(),
                kind: this,
                annotation: annotation.map(|part| self.part(part)),
                default: default.map(|part| self.part(part)),
            });
        }
    }

    fn function_body(&self, definition: &mut Definition, body: Syntax) {
        let mut cursor = body.walk();
        let statements: Vec<Syntax> = body
            .named_children(&mut cursor)
            .filter(|child| !ids().says_nothing(*child))
            .collect();
        let mut rest = statements.as_slice();
        if let Some((first, others)) = statements.split_first()
            && let Some(string) = docstring(*first, self.text)
        {
            definition.docstring = Some(self.part(string));
            rest = others;
        }
        definition.body_fingerprint = fingerprint(rest.iter().copied(), self.text);
        let owner = definition
            .params
            .first()
            .map(|param| param.name.to_string());
        let mut facts = BodyFacts {
            text: self.text,
            owner: owner.as_deref().unwrap_or("self"),
            stores: Vec::new(),
        };
        facts.walk(body);
        facts.stores.sort();
        facts.stores.dedup();
        definition.self_stores = facts.stores;
    }
}

fn definition_reads(definition: &Definition) -> Vec<Box<str>> {
    let parts = definition
        .decorators
        .iter()
        .chain(&definition.type_params)
        .chain(&definition.returns)
        .chain(
            definition
                .params
                .iter()
                .flat_map(|param| param.annotation.iter().chain(&param.default)),
        )
        .chain(definition.bases.iter().map(|base| &base.value));
    let mut reads: Vec<Box<str>> = parts.flat_map(|part| part.reads.iter().cloned()).collect();
    dedup(&mut reads);
    reads
}

/// The expression of a definition's first decorator, without the parentheses around it.
fn first_decorator<'t>(syntax: Syntax<'t>) -> Option<Syntax<'t>> {
    let decorator = named_child(syntax).filter(|child| child.kind() == "decorator")?;
    let mut expression = named_child(decorator)?;
    while expression.kind() == "parenthesized_expression" {
        expression = named_child(expression)?;
    }
    Some(expression)
}

/// What is asked of a function's body.
struct BodyFacts<'a> {
    text: &'a str,
    owner: &'a str,
    stores: Vec<Box<str>>,
}

impl BodyFacts<'_> {
    fn walk(&mut self, body: Syntax) {
        visit(body, |seen| {
            match (seen.kind, seen.parent, seen.field) {
                ("class_definition", ..) => return Step::Over,
                (
                    _,
                    "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause",
                    "left",
                )
                | ("as_pattern_target", ..) => self.targets(seen.node),
                _ => {}
            }
            Step::Into
        });
    }

    fn targets(&mut self, target: Syntax) {
        visit(target, |seen| {
            if seen.kind != "attribute" {
                return if seen.kind == "subscript" {
                    Step::Over
                } else {
                    Step::Into
                };
            }
            if let (Some(object), Some(name)) = (
                seen.node.child_by_field_name("object"),
                seen.node.child_by_field_name("attribute"),
            ) {
                // `*self.a, b = c` is `(*self).a` to the grammar.
                let object = self.text[object.byte_range()]
                    .trim_start_matches('*')
                    .trim_start();
                if object == self.owner || object == "self" {
                    self.stores.push(self.text[name.byte_range()].into());
                }
            }
            Step::Over
        });
    }
}
