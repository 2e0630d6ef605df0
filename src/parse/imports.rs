//! What an import statement binds.

use tree_sitter::Node as Syntax;

use crate::outline::Imported;

/// One item for each name, as the statement has it.
pub(super) fn imports(syntax: Syntax, text: &str) -> Vec<Imported> {
    let word = |node: Syntax| -> Box<str> {
        let raw = &text[node.byte_range()];
        raw.chars()
            .filter(|c| !c.is_whitespace() && *c != '\\')
            .collect::<String>()
            .into()
    };
    let from: Option<Box<str>> = match syntax.kind() {
        "future_import_statement" => Some("__future__".into()),
        "import_from_statement" => syntax.child_by_field_name("module_name").map(word),
        _ => None,
    };
    let mut out = Vec::new();
    let mut cursor = syntax.walk();
    for child in syntax.children_by_field_name("name", &mut cursor) {
        let (name, alias) = match child.kind() {
            "aliased_import" => (
                child.child_by_field_name("name").map(word),
                child.child_by_field_name("alias").map(word),
            ),
            _ => (Some(word(child)), None),
        };
        let Some(name) = name else { continue };
        out.push(match &from {
            Some(module) => Imported {
                module: module.clone(),
                bound: alias.unwrap_or_else(|| name.clone()),
                name,
            },
            None => Imported {
                bound: alias
                    .clone()
                    .unwrap_or_else(|| name.split('.').next().unwrap_or(&name).into()),
                // `import a.b as c` binds a.b itself, `import a.b` binds a.
                name: if alias.is_some() {
                    "as".into()
                } else {
                    "".into()
                },
                module: name,
            },
        });
    }
    let mut cursor = syntax.walk();
    if syntax
        .named_children(&mut cursor)
        .any(|child| child.kind() == "wildcard_import")
        && let Some(module) = from
    {
        out.push(Imported {
            module,
            name: "*".into(),
            bound: "".into(),
        });
    }
    out
}
